"""What operators change of the instance itself: how it is called, what it says."""

from collections.abc import Callable

from sqlalchemy.ext.asyncio import AsyncConnection

from dosfed.accounts.site import Site, TextPage, load_site, save_site, save_text
from dosfed.deliberation.rules import check_length
from dosfed.deliberation.team.kept import role_of
from dosfed.deliberation.team.rules import check_operator
from dosfed.storage.statements import take_turns

TEXT_LENGTH = 50_000


async def change_site(
    connection: AsyncConnection, change: Callable[[Site], Site], *, host: str, by: str
) -> Site:
    """Change what stands of the instance, and return it as it is now; or raise `Refused`."""
    check_operator(await role_of(connection, by))
    await take_turns(connection, "site")  # a logo and a name are set at once, and both stay
    site = change(await load_site(connection, host))
    await save_site(connection, site)
    return site


async def change_text(
    connection: AsyncConnection, page: TextPage, language: str, text: str, *, by: str
) -> None:
    """Keep an operator's words for a page, or raise `Refused`."""
    check_operator(await role_of(connection, by))
    check_length(text, TEXT_LENGTH)
    await save_text(connection, page, language, text)
