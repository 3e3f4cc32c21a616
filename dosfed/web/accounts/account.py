"""One's own account: how it is reached, what it is told, where it is signed in."""

from binascii import Error as NotHex
from binascii import unhexlify

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncConnection

from dosfed.accounts import fediverse, tokens
from dosfed.accounts.factors import find_factor
from dosfed.accounts.people import (
    Account,
    AddressTaken,
    Digest,
    account_at,
    ensure_account,
    load_account,
    set_address,
    set_password,
    set_preferences,
    want_name_in_data,
)
from dosfed.accounts.rules import Flaw, Unfit, check_password
from dosfed.accounts.sessions import end_session, end_sessions, list_sessions
from dosfed.accounts.tokens import Purpose, digest
from dosfed.acts import naming
from dosfed.acts.team_watch import want_team_mails
from dosfed.context import CLOCK, DATABASE, INSTANCE
from dosfed.shown.called import load_name_beside
from dosfed.shown.viewers import View, Viewer
from dosfed.shown.writings import load_writings
from dosfed.web import languages, pages
from dosfed.web.accounts import letters
from dosfed.web.accounts.flaws import with_flaw
from dosfed.web.accounts.guesses import hash_password, is_password
from dosfed.web.accounts.letters import Letter, Written
from dosfed.web.accounts.sign_up import address_in, over
from dosfed.web.browsers import browser_of
from dosfed.web.forms import EMPTY, UNPROCESSABLE, Form, TooOften, signed_in, signed_in_form
from dosfed.web.limits import seconds_now
from dosfed.web.pages import Visitor, page_number, visitor_of
from dosfed.web.rendering import Page
from dosfed.web.services import CACHE, HOUSE, RENAMES
from dosfed.web.session import open_session
from dosfed.web.signing import sign_in_first, welcome
from dosfed.web.site import SITE


async def owner(request: web.Request) -> Visitor:
    """Return who looks at their own account; anybody else is led to sign in first."""
    visitor = await visitor_of(request)
    if visitor.viewer is None:
        raise sign_in_first(request)
    return visitor


def is_citizen(request: web.Request, viewer: Viewer) -> bool:
    """Whether somebody has an account of this instance."""
    return viewer.host == request.app[INSTANCE].host


async def show(request: web.Request) -> web.Response:
    """GET /account."""
    return await _show(request, await owner(request), EMPTY)


async def _show(
    request: web.Request, visitor: Visitor, form: Form, *, status: int = 200, sent_to: str = ""
) -> web.Response:
    viewer = signed_in(visitor)

    async def load(connection: AsyncConnection, view: View) -> Page:
        values = {
            "form": form,
            "sent_to": sent_to,
            "account": await load_account(connection, viewer.id),
            "called": await load_name_beside(connection, viewer.id, viewer.handle),
            "is_citizen": is_citizen(request, viewer),
            "factor": await find_factor(connection, viewer.id),
            "sessions": await list_sessions(connection, viewer.id, now=view.now),
            "digests": tuple(Digest),
        }
        return Page(template="accounts/show.html", values=values, status=status)

    return await pages.answer_now(request, load, visitor)


async def show_writings(request: web.Request) -> web.Response:
    """GET /account/writings?page=…: what somebody wrote, for them alone."""
    visitor = await owner(request)
    author = signed_in(visitor).id
    async with request.app[DATABASE].read() as connection:
        found = await load_writings(connection, author, page=page_number(request))
    shown = Page(template="accounts/writings.html", values={"page": found})
    return pages.answer_page(request, shown, visitor)


async def prefer(request: web.Request) -> web.Response:
    """POST /account/preferences: `language`, and `digest` for those with an account here."""
    form, visitor = await signed_in_form(request, "preferences")
    viewer = signed_in(visitor)
    language, chosen = form.value("language"), form.value("digest")
    if language not in request.app[SITE].site.languages:
        raise web.HTTPBadRequest
    if is_citizen(request, viewer) and chosen not in set(Digest):
        raise web.HTTPBadRequest
    async with request.app[DATABASE].write() as connection:
        at = await request.app[CLOCK].stamp(connection)
        if is_citizen(request, viewer):
            await ensure_account(connection, viewer.id, language=language)
            await set_preferences(
                connection, viewer.id, language=language, digest=Digest(chosen), at=at
            )
            named = bool(form.value("named_in_data"))
            await want_name_in_data(connection, viewer.id, wanted=named)
            if viewer.is_on_a_team:
                wanted = bool(form.value("team_mails"))
                await want_team_mails(connection, viewer.id, wanted=wanted)
        else:
            await fediverse.set_language(connection, viewer.id, language)
    response = web.HTTPSeeOther("/account?notice=preferences")
    languages.remember(request, response, language)
    raise response


async def rename(request: web.Request) -> web.Response:
    """POST /account/name: `display`, empty for none."""
    form, visitor = await signed_in_form(request, "name")
    viewer = citizen_of(request, visitor)
    renames, now = request.app[RENAMES], seconds_now(request)
    if seconds := renames.seconds_left(viewer.id, now):
        raise TooOften(form, seconds)
    try:
        async with request.app[DATABASE].write() as connection:
            at = await request.app[CLOCK].stamp(connection)
            house, name = request.app[HOUSE], form.value("display")
            await naming.rename(connection, viewer.id, name, house, at=at)
    except Unfit as unfit:
        return await _show(request, visitor, with_flaw(form, unfit), status=UNPROCESSABLE)
    renames.add(viewer.id, now)
    request.app[CACHE].clear()
    raise web.HTTPSeeOther("/account?notice=name")


async def change_password(request: web.Request) -> web.Response:
    """POST /account/password: `current` where there is one, `password`."""
    form, visitor = await signed_in_form(request, "password", counted=None)
    viewer = citizen_of(request, visitor)
    account = await account_of(request, viewer, visitor)
    try:
        await check_current(request, account, form)
        names = [viewer.name, account.email or ""]
        check_password(form.value("password"), names=names)
    except Unfit as unfit:
        return await _show(request, visitor, with_flaw(form, unfit), status=UNPROCESSABLE)
    password = await hash_password(request, form.value("password"))
    async with request.app[DATABASE].write() as connection:
        await set_password(connection, viewer.id, password)
        await end_sessions(connection, viewer.id)
        await letters.warn(request, connection, account, Letter.PASSWORD_CHANGED)
        # A new one here too: anyone with a copy of this browser's cookie is out as well.
        at = await request.app[CLOCK].stamp(connection)
        proof = visitor.session.proof if visitor.session else None
        token = await open_session(
            connection, viewer.id, at=at, browser=browser_of(request), proof=proof
        )
    return welcome(request, token, "/account?notice=password")


async def check_current(request: web.Request, account: Account, form: Form) -> None:
    """Raise `Unfit` unless a form carries the account's password, where it has one (rule 6.8)."""
    if account.password is None:
        return
    # Counted apart: guesses at sign-in must not keep somebody who is in from locking others out.
    name = f"signed in: {account.user}"
    if not await is_password(request, name, form.value("current"), account.password):
        raise Unfit("current", Flaw.WRONG_PASSWORD)


async def ask_for_address(request: web.Request) -> web.Response:
    """POST /account/address: `email`, `current`; a link goes to the new address."""
    form, visitor = await signed_in_form(request, "address")
    viewer = citizen_of(request, visitor)
    account = await account_of(request, viewer, visitor)
    try:
        letters.check_sends_mail(request)
        email = _other_address(form, account)
        await check_current(request, account, form)
    except Unfit as unfit:
        return await _show(request, visitor, with_flaw(form, unfit), status=UNPROCESSABLE)
    if letters.check_mails(request, email, of_all=True):
        async with request.app[DATABASE].write() as connection:
            await _write_to_new(request, connection, account, email)
    return await _show(request, visitor, form, sent_to=email)


def _other_address(form: Form, account: Account) -> str:
    email = address_in(form)
    if email == account.email:
        raise Unfit("email", Flaw.SAME_ADDRESS)
    return email


async def _write_to_new(
    request: web.Request, connection: AsyncConnection, account: Account, email: str
) -> None:
    other = await account_at(connection, email)
    if other is not None:
        known = Written(
            letter=Letter.ADDRESS_KNOWN, to=email, language=other.language, path="/sign-in"
        )
        await letters.send(request, connection, known)
        return
    at = await request.app[CLOCK].stamp(connection)
    token = await tokens.issue(connection, Purpose.ADDRESS, user=account.user, email=email, at=at)
    path = f"/account/address/{token}"
    written = Written(letter=Letter.ADDRESS, to=email, language=account.language, path=path)
    await letters.send(request, connection, written)


async def show_address(request: web.Request) -> web.Response:
    """GET /account/address/{token}: a button, for the account's owner alone.

    Whoever gets the mail by mistake must not take the account over with it.
    """
    visitor = await owner(request)
    async with request.app[DATABASE].read() as connection:
        now = request.app[CLOCK].now()
        carried = await tokens.find(
            connection, Purpose.ADDRESS, request.match_info["token"], at=now
        )
    if carried is None or carried.user != signed_in(visitor).id:
        return await over(request, "address")
    page = Page(template="accounts/address.html", values={"email": carried.email})
    return pages.answer_page(request, page, visitor)


async def confirm_address(request: web.Request) -> web.Response:
    """POST /account/address/{token}."""
    _, visitor = await signed_in_form(request, "confirm")
    viewer = citizen_of(request, visitor)
    account = await account_of(request, viewer, visitor)
    link = request.match_info["token"]
    async with request.app[DATABASE].write() as connection:
        at = await request.app[CLOCK].stamp(connection)
        carried = await tokens.find(connection, Purpose.ADDRESS, link, at=at)
        is_good = carried is not None and carried.user == viewer.id
        if carried is not None and carried.email is not None and is_good:
            await tokens.use(connection, Purpose.ADDRESS, link, at=at)
            try:
                await set_address(connection, viewer.id, carried.email)
                await letters.warn(request, connection, account, Letter.ADDRESS_CHANGED)
            except AddressTaken:
                is_good = False
    if not is_good:
        return await over(request, "address")
    raise web.HTTPSeeOther("/account?notice=address")


async def show_sessions(request: web.Request) -> web.Response:
    """GET /account/sessions."""
    visitor = await owner(request)
    viewer = signed_in(visitor)

    async def load(connection: AsyncConnection, view: View) -> Page:
        values = {
            "sessions": await list_sessions(connection, viewer.id, now=view.now),
            "current": digest(visitor.secret),
        }
        return Page(template="accounts/sessions.html", values=values)

    return await pages.answer_now(request, load, visitor)


async def end(request: web.Request) -> web.Response:
    """POST /account/sessions: `session`, or `others` for all but this one."""
    form, visitor = await signed_in_form(request, "sessions", counted=None)
    viewer = signed_in(visitor)
    try:
        kept = unhexlify(form.value("session"))
    except (NotHex, ValueError) as error:
        raise web.HTTPBadRequest from error
    async with request.app[DATABASE].write() as connection:
        if form.value("others"):
            await end_sessions(connection, viewer.id, but=digest(visitor.secret))
        else:
            await end_session(connection, viewer.id, kept)
    raise web.HTTPSeeOther("/account/sessions?notice=sessions")


def citizen_of(request: web.Request, visitor: Visitor) -> Viewer:
    """Return who has an account here; others have no password and no address with us."""
    viewer = signed_in(visitor)
    if not is_citizen(request, viewer):
        raise web.HTTPForbidden
    return viewer


async def account_of(request: web.Request, viewer: Viewer, visitor: Visitor) -> Account:
    """Return somebody's account; one from before there were accounts is made now."""
    async with request.app[DATABASE].read() as connection:
        account = await load_account(connection, viewer.id)
    if account is not None:
        return account
    async with request.app[DATABASE].write() as connection:
        await ensure_account(connection, viewer.id, language=visitor.language)
        made = await load_account(connection, viewer.id)
    if made is None:
        raise web.HTTPForbidden
    return made
