"""Mails about accounts, written in the reader's language."""

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncConnection

from dosfed.accounts.mails import Mail, put_mail
from dosfed.accounts.people import Account
from dosfed.accounts.rules import Flaw, Unfit
from dosfed.accounts.site import Site
from dosfed.context import CLOCK, SETTINGS
from dosfed.settings import Settings
from dosfed.web.limits import (
    check_client,
    check_rate,
    client_networks,
    retry_after,
    seconds_now,
    seconds_to_wait,
)
from dosfed.web.rendering import TEMPLATES, Page, Templates
from dosfed.web.services import (
    FEW_SIGN_UPS,
    MAILS_BY,
    MAILS_OF_ALL,
    MAILS_TO,
    RESETS_OF_ALL,
    SIGN_UPS_BY_CROWDS,
)
from dosfed.web.site import SITE


class Letter(enum.StrEnum):
    """What is written about an account; each has a template in templates/mails."""

    SIGN_UP = "sign_up"
    SIGN_UP_KNOWN = "sign_up_known"
    RESET = "reset"
    RESET_UNKNOWN = "reset_unknown"
    ADDRESS = "address"
    ADDRESS_KNOWN = "address_known"
    ADDRESS_CHANGED = "address_changed"
    PASSWORD_CHANGED = "password_changed"  # noqa: S105 - the name of a letter
    FACTOR_ADDED = "factor_added"
    FACTOR_REMOVED = "factor_removed"
    RECOVERY_CODE_USED = "recovery_code_used"
    DELETED = "deleted"


def _(message: str) -> str:
    """Mark a message for the catalogues; it is translated when written."""
    return message


SUBJECTS: Mapping[Letter, str] = {
    Letter.SIGN_UP: _("%(site)s: create your account"),
    Letter.SIGN_UP_KNOWN: _("%(site)s: you already have an account"),
    Letter.RESET: _("%(site)s: choose a new password"),
    Letter.RESET_UNKNOWN: _("%(site)s: there is no account for this address"),
    Letter.ADDRESS: _("%(site)s: confirm your new address"),
    Letter.ADDRESS_KNOWN: _("%(site)s: this address belongs to another account"),
    Letter.ADDRESS_CHANGED: _("%(site)s: your address has been changed"),
    Letter.PASSWORD_CHANGED: _("%(site)s: your password has been changed"),
    Letter.FACTOR_ADDED: _("%(site)s: two-step sign-in is on"),
    Letter.FACTOR_REMOVED: _("%(site)s: two-step sign-in is off"),
    Letter.RECOVERY_CODE_USED: _("%(site)s: a recovery code has been used"),
    Letter.DELETED: _("%(site)s: your account has been deleted"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """What a letter says, to whom; `path` is what its link opens."""

    letter: Letter
    to: str
    language: str
    path: str = ""
    values: Mapping[str, Any] = field(default_factory=dict)


def check_mails(request: web.Request, address: str, *, of_all: bool = False) -> bool:
    """Count a mail that a stranger asks for; raise 429 where too many were asked for (rule 6.7).

    `of_all`: it may go to somebody who never heard of us. All clients together are then
    counted, for addresses that are known as well: whose request is refused must not tell.
    False where an address was written to often enough: nothing is sent then, and the page
    says the same as ever.
    """
    check_client(request, MAILS_BY)
    if of_all:
        _check_crowd(request)
        check_rate(request, MAILS_OF_ALL, "sign-up")
    return seconds_to_wait(request, MAILS_TO, address) == 0


def _check_crowd(request: web.Request) -> None:
    """Raise 429 for a client that asks for many, where what many may ask for is used up."""
    now, by = seconds_now(request), request.app[MAILS_BY]
    if request.app[MAILS_OF_ALL].count("sign-up", now) < SIGN_UPS_BY_CROWDS:
        return
    for name, _ in client_networks(request):
        if by.count(name, now) > FEW_SIGN_UPS:
            seconds = request.app[MAILS_OF_ALL].ends_in("sign-up", now)
            raise web.HTTPTooManyRequests(headers=retry_after(seconds))


def may_write_to_nobody(request: web.Request) -> bool:
    """Whether one who has no account may still be told so; the page says the same as ever."""
    return seconds_to_wait(request, RESETS_OF_ALL, "reset") == 0


def check_sends_mail(request: web.Request) -> None:
    """Raise `Unfit` where no mail leaves, so that no page promises one."""
    if not request.app[SETTINGS].sends_mail:
        raise Unfit("form", Flaw.NO_MAIL)


async def warn(
    request: web.Request,
    connection: AsyncConnection,
    account: Account,
    letter: Letter,
    values: Mapping[str, Any] | None = None,
) -> None:
    """Write to the address that an account had: somebody who did not do this should know."""
    # A new password helps against who knew the last one, but not who has the mailbox already.
    path = "/about" if letter is Letter.ADDRESS_CHANGED else "/forgot"
    if account.email is not None:
        warned = Written(
            letter=letter,
            to=account.email,
            language=account.language,
            path=path,
            values=values or {},
        )
        await send(request, connection, warned)


async def send(request: web.Request, connection: AsyncConnection, written: Written) -> None:
    """Put a letter on its way, once this transaction has committed; where none leaves, drop it."""
    settings, site = request.app[SETTINGS], request.app[SITE].site
    if not settings.sends_mail:
        return
    mail = compose(request.app[TEMPLATES], settings, site, written)
    await put_mail(connection, mail, at=request.app[CLOCK].now())


def compose(templates: Templates, settings: Settings, site: Site, written: Written) -> Mail:
    """Return a letter as it goes out, in its reader's language."""
    language = written.language if written.language in site.languages else site.language
    page = Page(
        template=f"mails/{written.letter}.txt",
        values={
            "site": site,
            "link": settings.base_url + written.path,
            "address": written.to,
            **written.values,
        },
        content_type="text/plain",
    )
    return Mail(
        recipient=written.to,
        subject=templates.translate(SUBJECTS[written.letter], language) % {"site": site.name},
        text=templates.render(page, language, site.zone),
        headers={"Content-Language": language},
    )
