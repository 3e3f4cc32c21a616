"""Signing in, by a password or a link, and out; what to do without a password."""

from dataclasses import replace

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncConnection

from dosfed.accounts import factors, tokens
from dosfed.accounts.addresses import BadAddress, read_address
from dosfed.accounts.factors import Proof
from dosfed.accounts.fediverse import take_token
from dosfed.accounts.people import (
    Account,
    account_at,
    load_account,
    renew_password,
    set_password,
)
from dosfed.accounts.rules import Flaw, Unfit, check_password
from dosfed.accounts.sessions import end_sessions
from dosfed.accounts.tokens import Purpose
from dosfed.context import CLOCK, DATABASE, INSTANCE, SETTINGS
from dosfed.web import pages, paths, session
from dosfed.web.accounts import fediverse, letters, second_step
from dosfed.web.accounts.flaws import with_flaw
from dosfed.web.accounts.guesses import hash_password, is_password
from dosfed.web.accounts.letters import Letter, Written
from dosfed.web.accounts.sent import show_sent
from dosfed.web.accounts.sign_up import address_in, over
from dosfed.web.browsers import browser_of, looks_ahead
from dosfed.web.forms import (
    EMPTY,
    UNPROCESSABLE,
    Form,
    check_token,
    read_form,
    signed_in,
    signed_in_form,
)
from dosfed.web.pages import Visitor, visitor_of
from dosfed.web.rendering import Page
from dosfed.web.services import PASSWORDS
from dosfed.web.session import SESSION_COOKIE
from dosfed.web.signing import lead, welcome

MAX_LOGIN = 300
# No password opens anything then, but a link in a mail does.
STOPPED = frozenset({Flaw.TOO_OFTEN, Flaw.BESIEGED})
GONE = web.HTTPGone.status_code


async def show(request: web.Request) -> web.Response:
    """GET /sign-in?return_to=…: with an account of this instance, or of another server."""
    visitor = await visitor_of(request)
    return_to = paths.local(request.query.get("return_to", "/"))
    if visitor.viewer is not None:
        raise web.HTTPSeeOther(return_to)
    form = Form(values={"return_to": (return_to,)})
    return _show(request, visitor, form)


async def sign_in(request: web.Request) -> web.Response:
    """POST /sign-in: `login`, a name or an address; `password`; `return_to`."""
    form, visitor = await read_form(request, "sign-in"), await visitor_of(request)
    check_token(form, visitor)
    try:
        account = await _identify(request, form)
    except Unfit as unfit:
        is_stopped = unfit.flaw in STOPPED
        wrong = with_flaw(form, unfit)
        return _show(request, visitor, wrong, status=UNPROCESSABLE, is_stopped=is_stopped)
    renewed = await _renewed(request, account, form.value("password"))
    async with request.app[DATABASE].write() as connection:
        at = await request.app[CLOCK].stamp(connection)
        if renewed is not None and account.password is not None:
            await renew_password(connection, account.user, old=account.password, new=renewed)
        await factors.hold(connection, account.user)
        token = ""
        if await factors.find_factor(connection, account.user) is None:
            if visitor.session is not None:
                await session.close_session(connection, visitor.session.token)
            token = await session.open_session(
                connection, account.user, at=at, browser=browser_of(request), proof=None
            )
    place = paths.with_notice(paths.local(form.value("return_to")), "signed-in")
    if not token:
        as_kept = replace(account, password=renewed or account.password)
        return second_step.ask(request, visitor, as_kept, place)
    return welcome(request, token, await lead(request, token, place))


async def _identify(request: web.Request, form: Form) -> Account:
    """Return whose name and password these are, or raise `Unfit` without saying which is wrong."""
    login = _login(request, form.value("login").strip()[:MAX_LOGIN])
    async with request.app[DATABASE].read() as connection:
        account = await _find(connection, login)
    # Guesses are counted at what was typed: if a name and an address ran out of them together,
    # that would tell whose address it is.
    kept = account.password if account else None
    if not await is_password(request, login, form.value("password"), kept) or account is None:
        raise Unfit("form", Flaw.UNKNOWN)
    if account.suspended_at is not None:
        raise Unfit("form", Flaw.SUSPENDED)
    return account


def _login(request: web.Request, typed: str) -> str:
    """Return the actor that a name or a handle of this instance names, or else an address."""
    instance = request.app[INSTANCE]
    name = typed.lower().removeprefix("@").removesuffix(f"@{instance.host}")
    if "@" not in name:
        return instance.citizen(name)
    try:
        return read_address(typed)
    except BadAddress:
        return typed.lower()


async def _find(connection: AsyncConnection, login: str) -> Account | None:
    """Return the account of an actor, or of an address."""
    if "://" in login:
        return await load_account(connection, login)
    return await account_at(connection, login)


async def _renewed(request: web.Request, account: Account, password: str) -> str | None:
    """Return the password at today's cost, if it was kept at another."""
    if account.password is None or not request.app[PASSWORDS].is_outdated(account.password):
        return None
    return await hash_password(request, password)


async def follow_link(request: web.Request) -> web.Response:
    """GET /sign-in/{token}: open a session, once; a browser that only looks ahead opens none."""
    if looks_ahead(request):
        return web.Response(status=web.HTTPServiceUnavailable.status_code)
    token = ""
    async with request.app[DATABASE].write() as connection:
        at = await request.app[CLOCK].stamp(connection)
        user = await session.use_link(connection, request.match_info["token"], at=at)
        if user is not None:
            # Not asked for a code: this is the way back in of those who lost it.
            token = await session.open_session(
                connection, user, at=at, browser=browser_of(request), proof=Proof.LINK
            )
    if user is None:
        page = Page(template="sign_in/used.html", values={}, status=GONE)
        return pages.answer_page(request, page, await visitor_of(request))
    return welcome(request, token, await lead(request, token, "/?notice=signed-in"))


async def sign_out(request: web.Request) -> web.Response:
    """POST /sign-out: the session ends, with what another server lets us do for them."""
    _, visitor = await signed_in_form(request, "sign-out", counted=None)
    async with request.app[DATABASE].write() as connection:
        await session.close_session(connection, visitor.secret)
        taken = await take_token(connection, signed_in(visitor).id)
    await fediverse.leave(request, taken)
    response = web.Response(status=web.HTTPSeeOther.status_code, headers={"Location": "/"})
    session.drop_cookie(response, request.app[SETTINGS], SESSION_COOKIE)
    return response


async def show_forgot(request: web.Request) -> web.Response:
    """GET /forgot."""
    return _show_forgot(request, await visitor_of(request), EMPTY)


async def forget(request: web.Request) -> web.Response:
    """POST /forgot: `email`; the answer is the same for addresses that are not known."""
    form, visitor = await read_form(request, "forgot"), await visitor_of(request)
    check_token(form, visitor)
    try:
        letters.check_sends_mail(request)
        email = address_in(form)
    except Unfit as unfit:
        return _show_forgot(request, visitor, with_flaw(form, unfit), status=UNPROCESSABLE)
    if letters.check_mails(request, email):
        async with request.app[DATABASE].write() as connection:
            await _write_reset(request, connection, email, visitor.language)
    return show_sent(request, visitor, form, email)


async def _write_reset(
    request: web.Request, connection: AsyncConnection, email: str, language: str
) -> None:
    account = await account_at(connection, email)
    if account is None:
        if not letters.may_write_to_nobody(request):
            return
        unknown = Written(letter=Letter.RESET_UNKNOWN, to=email, language=language, path="/sign-in")
        await letters.send(request, connection, unknown)
        return
    at = await request.app[CLOCK].stamp(connection)
    token = await tokens.issue(connection, Purpose.RESET, user=account.user, email=None, at=at)
    written = Written(
        letter=Letter.RESET,
        to=email,
        language=account.language,
        path=f"/reset/{token}",
        values={"name": paths.last_segment(account.user)},
    )
    await letters.send(request, connection, written)


async def show_reset(request: web.Request) -> web.Response:
    """GET /reset/{token}."""
    account = await _account_to_reset(request)
    if account is None:
        return await over(request, "reset")
    return _show_reset(request, await visitor_of(request), account, EMPTY)


async def reset(request: web.Request) -> web.Response:
    """POST /reset/{token}: `password`; every session ends, and a new one begins here."""
    form, visitor = await read_form(request, "reset"), await visitor_of(request)
    check_token(form, visitor)
    account = await _account_to_reset(request)
    if account is None:
        return await over(request, "reset")
    names = [paths.last_segment(account.user), account.email or ""]
    try:
        check_password(form.value("password"), names=names)
    except Unfit as unfit:
        wrong = with_flaw(form, unfit)
        return _show_reset(request, visitor, account, wrong, status=UNPROCESSABLE)
    password = await hash_password(request, form.value("password"))
    token, place = await _reset(request, account, password), "/account?notice=password"
    if token is None:
        return await over(request, "reset")
    if not token:
        return second_step.ask(request, visitor, replace(account, password=password), place)
    return welcome(request, token, await lead(request, token, place))


async def _reset(request: web.Request, account: Account, password: str) -> str | None:
    """Keep the new password; return the token of a session, or none if the link is used.

    Whoever has a second factor gets an empty one: a mailbox must not be enough.
    """
    async with request.app[DATABASE].write() as connection:
        at = await request.app[CLOCK].stamp(connection)
        link = request.match_info["token"]
        if await tokens.use(connection, Purpose.RESET, link, at=at) is None:
            return None
        await set_password(connection, account.user, password)
        await end_sessions(connection, account.user)
        await letters.warn(request, connection, account, Letter.PASSWORD_CHANGED)
        await factors.hold(connection, account.user)
        if await factors.find_factor(connection, account.user) is not None:
            return ""
        return await session.open_session(
            connection, account.user, at=at, browser=browser_of(request), proof=None
        )


async def _account_to_reset(request: web.Request) -> Account | None:
    async with request.app[DATABASE].read() as connection:
        now = request.app[CLOCK].now()
        carried = await tokens.find(connection, Purpose.RESET, request.match_info["token"], at=now)
        account = await load_account(connection, carried.user) if carried else None
    return None if account is None or account.suspended_at is not None else account


def _show(
    request: web.Request,
    visitor: Visitor,
    form: Form,
    *,
    status: int = 200,
    is_stopped: bool = False,
) -> web.Response:
    return_to = paths.local(form.value("return_to"))
    values = {"form": form, "return_to": return_to, "is_stopped": is_stopped}
    page = Page(template="sign_in/show.html", values=values, status=status)
    return pages.answer_page(request, page, visitor)


def _show_forgot(
    request: web.Request, visitor: Visitor, form: Form, *, status: int = 200
) -> web.Response:
    page = Page(template="sign_in/forgot.html", values={"form": form}, status=status)
    return pages.answer_page(request, page, visitor)


def _show_reset(
    request: web.Request, visitor: Visitor, account: Account, form: Form, *, status: int = 200
) -> web.Response:
    values = {"form": form, "name": paths.last_segment(account.user)}
    page = Page(template="sign_in/reset.html", values=values, status=status)
    return pages.answer_page(request, page, visitor)
