"""One's own second factor: set up, proven, replaced and removed (rule 6.13)."""

from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, replace

import segno
from aiohttp import web
from markupsafe import Markup
from sqlalchemy.ext.asyncio import AsyncConnection

from dosfed.accounts import codes, factors
from dosfed.accounts.factors import Proof
from dosfed.accounts.people import Account, load_account
from dosfed.accounts.rules import Flaw, Unfit
from dosfed.accounts.secrets import Unreadable
from dosfed.accounts.sessions import end_sessions, prove_session
from dosfed.accounts.tokens import digest
from dosfed.context import CLOCK, DATABASE, SETTINGS
from dosfed.shown.viewers import View, Viewer
from dosfed.web import pages, paths, session
from dosfed.web.accounts import letters
from dosfed.web.accounts.account import account_of, check_current, citizen_of, owner
from dosfed.web.accounts.flaws import with_flaw
from dosfed.web.accounts.guesses import count_code
from dosfed.web.accounts.letters import Letter
from dosfed.web.accounts.second_step import given_code, use_code
from dosfed.web.browsers import browser_of
from dosfed.web.forms import UNPROCESSABLE, Form, signed_in, signed_in_form
from dosfed.web.pages import Visitor
from dosfed.web.rendering import Page
from dosfed.web.services import VAULT
from dosfed.web.session import SESSION_COOKIE
from dosfed.web.signing import welcome
from dosfed.web.site import SITE

PATH = "/account/second-factor"
Do = Callable[[AsyncConnection, Account], Awaitable[None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Setup:
    """A secret that an app may make codes from, and is not kept before it has made one.

    `sealed` comes back with the form, and is good for nobody but whom it was made for.
    """

    secret: str
    sealed: str


async def show(request: web.Request) -> web.Response:
    """GET /account/second-factor?return_to=…; with `new`, to put another phone in its place."""
    visitor = await owner(request)
    citizen_of(request, visitor)
    form = Form(values={"return_to": (request.query.get("return_to", ""),)})
    return await _show(request, visitor, form)


async def set_up(request: web.Request) -> web.Response:
    """POST /account/second-factor: `setup`, `otp`, `current` where there is a password.

    As with a new password every session ends, and one begins anew here. The page that comes back
    shows the recovery codes, this once.
    """
    form, visitor = await signed_in_form(request, "setup")
    viewer = citizen_of(request, visitor)
    account = await account_of(request, viewer, visitor)
    setup = _read_setup(request, viewer, form.value("setup"))
    if setup is None:
        raise web.HTTPSeeOther(PATH)
    try:
        # Whoever comes by an operator's link has lost what they signed in with, the password too.
        if _proof(visitor) is not Proof.LINK:
            await check_current(request, account, form)
        token, recovery = await _keep(request, visitor, account, setup, form)
    except Unfit as unfit:
        return await _show(request, visitor, with_flaw(form, unfit), setup=setup)
    return await _show_codes(request, visitor, recovery, form, token=token)


async def _keep(
    request: web.Request, visitor: Visitor, account: Account, setup: Setup, form: Form
) -> tuple[str, list[str]]:
    """Keep what an app has proved to know; return a session's token, and the recovery codes."""
    recovery, sealed = codes.new_recovery_codes(), request.app[VAULT].seal(setup.secret)
    async with request.app[DATABASE].write() as connection:
        at = await request.app[CLOCK].stamp(connection)
        await factors.hold(connection, account.user)
        has_one = await factors.find_factor(connection, account.user) is not None
        if has_one and _proof(visitor) is None:
            raise Unfit("form", Flaw.STEP_OVER)
        step = codes.step_of(setup.secret, codes.read_code(form.value("otp")), at)
        if step is None:
            raise Unfit("otp", Flaw.WRONG_CODE)
        await factors.keep_factor(connection, account.user, sealed, step=step, at=at)
        await factors.keep_recovery_codes(connection, account.user, recovery)
        await letters.warn(request, connection, account, Letter.FACTOR_ADDED)
        token = await _begin_anew(request, connection, account, Proof.CODE)
    return token, recovery


async def prove(request: web.Request) -> web.Response:
    """POST /account/second-factor/prove: `otp` or `recovery`, after an operator's link."""
    form, visitor = await signed_in_form(request, "prove", counted=None)

    async def do(connection: AsyncConnection, _account: Account) -> None:
        await prove_session(connection, digest(visitor.secret), Proof.CODE)

    try:
        await _with_code(request, visitor, form, do)
    except Unfit as unfit:
        return await _show(request, visitor, with_flaw(form, unfit))
    raise web.HTTPSeeOther(_place(form) or f"{PATH}?notice=factor-proven")


async def renew_codes(request: web.Request) -> web.Response:
    """POST /account/second-factor/codes: `current`, or a code where there is no password."""
    form, visitor = await signed_in_form(request, "codes")
    recovery = codes.new_recovery_codes()

    async def do(connection: AsyncConnection, account: Account) -> None:
        await factors.keep_recovery_codes(connection, account.user, recovery)

    try:
        await _with_password_or_code(request, visitor, form, do)
    except Unfit as unfit:
        return await _show(request, visitor, with_flaw(form, unfit))
    return await _show_codes(request, visitor, recovery, form)


async def remove(request: web.Request) -> web.Response:
    """POST /account/second-factor/remove: `current`, or a code where there is no password."""
    form, visitor = await signed_in_form(request, "remove")
    token = ""

    async def do(connection: AsyncConnection, account: Account) -> None:
        nonlocal token
        if await factors.drop_factor(connection, account.user):
            await letters.warn(request, connection, account, Letter.FACTOR_REMOVED)
        token = await _begin_anew(request, connection, account, None)

    try:
        await _with_password_or_code(request, visitor, form, do)
    except Unfit as unfit:
        return await _show(request, visitor, with_flaw(form, unfit))
    return welcome(request, token, f"{PATH}?notice=factor-removed")


async def _begin_anew(
    request: web.Request, connection: AsyncConnection, account: Account, proof: Proof | None
) -> str:
    """End every session of somebody, and open one here; return its token."""
    await end_sessions(connection, account.user)
    at = request.app[CLOCK].now()
    return await session.open_session(
        connection, account.user, at=at, browser=browser_of(request), proof=proof
    )


async def _with_password_or_code(
    request: web.Request, visitor: Visitor, form: Form, do: Do
) -> None:
    """Do something if a form carries the password, or a code where there is none."""
    account = await account_of(request, citizen_of(request, visitor), visitor)
    if account.password is None:
        await _with_code(request, visitor, form, do)
        return
    await check_current(request, account, form)
    async with request.app[DATABASE].write() as connection:
        await request.app[CLOCK].stamp(connection)
        await factors.hold(connection, account.user)
        await _there(connection, account)
        await do(connection, account)


async def _with_code(request: web.Request, visitor: Visitor, form: Form, do: Do) -> None:
    """Do something if a form carries a code that counts, which is used up with it."""
    account = await account_of(request, citizen_of(request, visitor), visitor)
    code = given_code(form)
    count_code(request, account, code, signed_in=True)
    async with request.app[DATABASE].write() as connection:
        await request.app[CLOCK].stamp(connection)
        await factors.hold(connection, account.user)
        await _there(connection, account)
        await use_code(request, connection, account, code)
        await do(connection, account)


async def _there(connection: AsyncConnection, account: Account) -> None:
    """Lead somebody whose factor is gone, in another tab perhaps, to what is there now."""
    if await factors.find_factor(connection, account.user) is None:
        raise web.HTTPSeeOther(PATH)


def _proof(visitor: Visitor) -> Proof | None:
    return visitor.session.proof if visitor.session else None


def _place(form: Form) -> str:
    """Return where somebody wanted to go when they were led here."""
    typed = form.value("return_to")
    return paths.local(typed) if typed else ""


def _new_setup(request: web.Request, viewer: Viewer) -> Setup:
    secret = codes.new_secret()
    sealed = request.app[VAULT].seal(f"{viewer.id} {secret}").decode()
    return Setup(secret=secret, sealed=sealed)


def _read_setup(request: web.Request, viewer: Viewer, sealed: str) -> Setup | None:
    """Return what was shown to this very person to set up."""
    with suppress(Unreadable):
        user, _, secret = request.app[VAULT].open(sealed.encode()).partition(" ")
        if user == viewer.id:
            return Setup(secret=secret, sealed=sealed)
    return None


async def _show(
    request: web.Request, visitor: Visitor, form: Form, *, setup: Setup | None = None
) -> web.Response:
    viewer, proof = signed_in(visitor), _proof(visitor)

    async def load(connection: AsyncConnection, _view: View) -> Page:
        factor = await factors.find_factor(connection, viewer.id)
        account = await load_account(connection, viewer.id)
        # A session in which no code was given puts no other phone in the place of the first.
        is_new = factor is None or (proof is not None and (setup or "new" in request.query))
        values = {
            "form": form,
            "factor": factor,
            "has_password": account is not None and account.password is not None,
            "proof": proof,
            "return_to": _place(form),
            "app": _app(request, viewer, setup) if is_new else None,
        }
        status = UNPROCESSABLE if form.errors else web.HTTPOk.status_code
        return Page(template="accounts/second_factor.html", values=values, status=status)

    response = await pages.answer_now(request, load, visitor)
    response.headers["Cache-Control"] = "no-store"
    return response


def _app(request: web.Request, viewer: Viewer, setup: Setup | None) -> dict[str, str | Markup]:
    """Return what an app is told: a secret that was shown before, or a new one."""
    known = setup or _new_setup(request, viewer)
    site = request.app[SITE].site.name
    link = codes.app_link(known.secret, site=site, name=f"{viewer.name}@{viewer.host}")
    return {
        "setup": known.sealed,
        "secret": codes.in_groups(known.secret),
        "link": link,
        "drawing": draw_code(link),
    }


def draw_code(link: str) -> Markup:
    """Draw a QR code of a link as SVG: dark on light in either scheme, or cameras miss it."""
    code = segno.make(link, error="m", micro=False)
    # The drawing is made of numbers alone.
    return Markup(code.svg_inline(omitsize=True, dark="#000", light="#fff", svgclass="qr"))  # noqa: S704


async def _show_codes(
    request: web.Request, visitor: Visitor, recovery: list[str], form: Form, *, token: str = ""
) -> web.Response:
    """Show recovery codes, in the session that was opened just now if there is one."""
    if token:
        opened = await session.session_of(request, token, now=request.app[CLOCK].now())
        visitor = replace(visitor, session=opened, secret=token)
    values = {
        "codes": [codes.in_groups(code, "-") for code in recovery],
        "is_first": bool(token),
        "return_to": _place(form) or PATH,
    }
    page = Page(template="accounts/recovery_codes.html", values=values)
    response = pages.answer_page(request, page, visitor)
    response.headers["Cache-Control"] = "no-store"
    if token:
        session.set_cookie(response, request.app[SETTINGS], SESSION_COOKIE, token)
    return response
