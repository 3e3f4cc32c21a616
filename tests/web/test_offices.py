"""What the team of a consultation writes is marked, as long as they are the team."""

from functools import partial

import pytest
from sqlalchemy import delete, insert, update

from dosfed.acts.team import change_role
from dosfed.deliberation.consultations.tables import Consultations
from dosfed.deliberation.model import Role
from dosfed.deliberation.team.tables import ConsultationTeam
from dosfed.web.services import CACHE
from tests.web.site import Browser, Site, path_of

MARK = '<span class="role">{}</span>'


async def argue(browser: Browser, page: str, text: str) -> None:
    answer = await browser.submit(page, f"{page}/arguments", text=text, stance="for")
    assert answer.status == 200


async def marks(site: Site, page: str) -> list[str]:
    """Return what a stranger sees beside arguments."""
    site.app[CACHE].clear()
    text = (await site.browser().get(page)).text.partition('class="debate')[2]
    return [word for word in ("Organiser", "Team") if MARK.format(word) in text]


async def give(site: Site, name: str, role: Role) -> None:
    user, by = (f"{site.base_url}/u/{one}" for one in (name, "oscar"))
    async with site.database.write() as connection:
        await change_role(connection, user, role, by=by, at=site.clock.now())


@pytest.mark.rule("8.12")
@pytest.mark.parametrize(
    ("role", "mark"),
    [
        (Role.CITIZEN, []),
        (Role.MODERATOR, ["Team"]),
        (Role.FACILITATOR, ["Team"]),
        (Role.ORGANISER, ["Organiser"]),
        (Role.OPERATOR, ["Team"]),
    ],
)
async def test_words_of_the_team_are_marked(
    site: Site, proposals: dict[str, str], role: Role, mark: list[str]
) -> None:
    page = path_of(proposals["quais"])
    await argue(await site.signed_in("ana", role), page, "Oui")

    assert await marks(site, page) == mark


@pytest.mark.rule("8.12")
async def test_who_gets_or_loses_a_role_is_marked_with_what_they_wrote_in_it_and_have(
    site: Site, proposals: dict[str, str]
) -> None:
    page = path_of(proposals["quais"])
    await site.signed_in("oscar", Role.OPERATOR)
    ana = await site.signed_in("ana")
    await argue(ana, page, "Avant")
    site.clock.advance(hours=1)
    await give(site, "ana", Role.ORGANISER)
    assert await marks(site, page) == []

    site.clock.advance(hours=1)
    await argue(ana, page, "Pendant")
    assert await marks(site, page) == ["Organiser"]
    shown = (await site.browser().get(page)).text
    assert shown.count(MARK.format("Organiser")) == 2  # one of them beside the proposal

    await give(site, "ana", Role.CITIZEN)
    assert await marks(site, page) == []


@pytest.mark.rule("8.12")
async def test_a_role_for_one_consultation_is_marked_there(
    site: Site, proposals: dict[str, str]
) -> None:
    page = path_of(proposals["quais"])
    ana = await site.signed_in("ana")
    member = {"user": f"{site.base_url}/u/ana", "role": "organiser", "since": site.clock.now()}
    async with site.database.write() as connection:
        add = partial(insert(ConsultationTeam).values, **member)
        await connection.execute(add(consultation=f"{site.base_url}/c/other"))
    await argue(ana, page, "Oui")
    assert await marks(site, page) == []

    async with site.database.write() as connection:
        await connection.execute(add(consultation=f"{site.base_url}/c/quais"))
    assert await marks(site, page) == ["Organiser"]
    async with site.database.write() as connection:
        await connection.execute(delete(ConsultationTeam))
    assert await marks(site, page) == []


@pytest.mark.rule("8.12")
async def test_nobody_here_is_the_team_of_a_consultation_elsewhere(
    site: Site, proposals: dict[str, str]
) -> None:
    page = path_of(proposals["quais"])
    await argue(await site.signed_in("ana", Role.ORGANISER), page, "Oui")
    async with site.database.write() as connection:
        await connection.execute(update(Consultations).values(home="x.example"))
    argument = (await site.browser().get("/u/ana")).text

    assert MARK.format("Organiser") not in argument
