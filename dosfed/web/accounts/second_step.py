"""The step between a password and a session, where somebody has a second factor.

Nothing is kept of somebody who is between the two: the page with the field for the code carries a
ticket, sealed, which says whose password was right, in which browser, and until when. It opens
nothing by itself, in no other browser, and nothing any more once the password is another one.
"""

import hashlib
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import timedelta
from hmac import compare_digest

import orjson
from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncConnection

from dosfed.accounts import factors
from dosfed.accounts.codes import read_code
from dosfed.accounts.factors import Proof, Used
from dosfed.accounts.people import Account, load_account
from dosfed.accounts.rules import Flaw, Unfit
from dosfed.accounts.secrets import Unreadable
from dosfed.context import CLOCK, DATABASE
from dosfed.web import pages, session
from dosfed.web.accounts import letters
from dosfed.web.accounts.flaws import with_flaw
from dosfed.web.accounts.guesses import count_code
from dosfed.web.accounts.letters import Letter
from dosfed.web.browsers import browser_of
from dosfed.web.forms import EMPTY, UNPROCESSABLE, Form, check_token, read_form
from dosfed.web.pages import Visitor, visitor_of
from dosfed.web.rendering import Page
from dosfed.web.services import VAULT
from dosfed.web.signing import welcome

FORM = "code"
LASTS = timedelta(minutes=10)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ticket:
    """Whose password was right, in which browser, until when; `place` is where they want to go."""

    user: str
    browser: str  # digest of the secret that its forms are made from
    password: str  # digest of what is kept of it
    until: float
    place: str


def ask(request: web.Request, visitor: Visitor, account: Account, place: str) -> web.Response:
    """Answer the right password of somebody with a second factor: ask for its code."""
    ticket = Ticket(
        user=account.user,
        browser=_digest(visitor.secret),
        password=_digest(account.password or ""),
        until=(request.app[CLOCK].now() + LASTS).timestamp(),
        place=place,
    )
    sealed = request.app[VAULT].seal(orjson.dumps(asdict(ticket)).decode()).decode()
    return _show(request, visitor, EMPTY, sealed)


async def finish(request: web.Request) -> web.Response:
    """POST /sign-in/code: `ticket`, and `otp` or `recovery`; opens the session."""
    form, visitor = await read_form(request, FORM), await visitor_of(request)
    check_token(form, visitor)
    sealed = form.value("ticket")
    ticket = _read(request, visitor, sealed)
    if ticket is None:
        return _over(request, visitor)
    try:
        token = await _open_session(request, visitor, ticket, given_code(form))
    except Unfit as unfit:
        if unfit.flaw is Flaw.STEP_OVER:
            return _over(request, visitor)
        is_guessed = unfit.flaw is Flaw.CODES_GUESSED
        return _show(request, visitor, with_flaw(form, unfit), sealed, is_guessed=is_guessed)
    return welcome(request, token, ticket.place)


async def _open_session(request: web.Request, visitor: Visitor, ticket: Ticket, code: str) -> str:
    async with request.app[DATABASE].read() as connection:
        account = _still_good(await load_account(connection, ticket.user), ticket)
    count_code(request, account, code, signed_in=False)
    async with request.app[DATABASE].write() as connection:
        at = await request.app[CLOCK].stamp(connection)
        await factors.hold(connection, ticket.user)
        # Again: the password, and whether they may sign in, can have changed since.
        account = _still_good(await load_account(connection, ticket.user), ticket)
        await use_code(request, connection, account, code)
        if visitor.session is not None:
            await session.close_session(connection, visitor.session.token)
        return await session.open_session(
            connection, ticket.user, at=at, browser=browser_of(request), proof=Proof.CODE
        )


def given_code(form: Form) -> str:
    """Return the code that a form carries, of the app or of those that help without it."""
    return read_code(form.value("recovery") or form.value("otp"))


async def use_code(
    request: web.Request, connection: AsyncConnection, account: Account, code: str
) -> None:
    """Use a code up, or raise `Unfit`; whoever gave a recovery code is written so."""
    at = request.app[CLOCK].now()
    used = await factors.use_code(connection, request.app[VAULT], account.user, code, at=at)
    if used is Used.RECOVERY:
        factor = await factors.find_factor(connection, account.user)
        left = factor.recovery_codes if factor else 0
        values = {"left": left}
        await letters.warn(request, connection, account, Letter.RECOVERY_CODE_USED, values)


def _still_good(account: Account | None, ticket: Ticket) -> Account:
    """Return the account while what the ticket says of it is still so, or raise `Unfit`."""
    if account is None or account.suspended_at is not None:
        raise Unfit("form", Flaw.STEP_OVER)
    if not compare_digest(_digest(account.password or ""), ticket.password):
        raise Unfit("form", Flaw.STEP_OVER)
    return account


def _read(request: web.Request, visitor: Visitor, sealed: str) -> Ticket | None:
    """Return what a ticket says, if it was given to this very browser a moment ago."""
    with suppress(Unreadable):
        ticket = Ticket(**orjson.loads(request.app[VAULT].open(sealed.encode())))
        is_here = bool(visitor.secret) and compare_digest(ticket.browser, _digest(visitor.secret))
        if is_here and request.app[CLOCK].now().timestamp() < ticket.until:
            return ticket
    return None


def _over(request: web.Request, visitor: Visitor) -> web.Response:
    form = with_flaw(Form(name="sign-in"), Unfit("form", Flaw.STEP_OVER))
    values = {"form": form, "return_to": "/", "is_stopped": False}
    page = Page(template="sign_in/show.html", values=values, status=UNPROCESSABLE)
    return pages.answer_page(request, page, visitor)


def _show(
    request: web.Request,
    visitor: Visitor,
    form: Form,
    ticket: str,
    *,
    is_guessed: bool = False,
) -> web.Response:
    status = UNPROCESSABLE if form.errors else web.HTTPOk.status_code
    values = {"form": form, "ticket": ticket, "is_guessed": is_guessed}
    page = Page(template="sign_in/code.html", values=values, status=status)
    response = pages.answer_page(request, page, visitor)
    response.headers["Cache-Control"] = "no-store"
    return response


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
