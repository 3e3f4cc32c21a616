"""Signing up: an address, a mail, and only then a name, a handle made of it, and a password.

Without a mail server nobody can be asked whether an address is theirs. Then an invitation, which
an operator hands over by another way, leads to name and password at once, and nothing else does.
"""

from dataclasses import replace

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncConnection

from dosfed.accounts import sign_ups
from dosfed.accounts.addresses import BadAddress, read_address
from dosfed.accounts.invitations import find_invitation
from dosfed.accounts.people import AddressTaken, account_at
from dosfed.accounts.rules import NAME_LENGTHS, Flaw, Unfit, check_password, check_sign_up
from dosfed.accounts.sign_ups import Waiting
from dosfed.accounts.site import SignUp
from dosfed.accounts.tokens import MAX_TOKEN, digest
from dosfed.activitypub.actors import NAME, RESERVED, BadName
from dosfed.acts.memberships import Member, accept_invitation, finish_sign_up, propose
from dosfed.acts.naming import fit_name
from dosfed.context import CLOCK, DATABASE, SETTINGS
from dosfed.deliberation.model import Role
from dosfed.web import pages, paths, session
from dosfed.web.accounts import letters
from dosfed.web.accounts.flaws import with_flaw
from dosfed.web.accounts.guesses import hash_password
from dosfed.web.accounts.letters import Letter, Written
from dosfed.web.accounts.sent import show_sent
from dosfed.web.browsers import browser_of
from dosfed.web.forms import EMPTY, UNPROCESSABLE, Form, check_token, read_form
from dosfed.web.languages import language_of
from dosfed.web.pages import Visitor, visitor_of
from dosfed.web.rendering import Page
from dosfed.web.services import CACHE, HOUSE
from dosfed.web.signing import lead, welcome
from dosfed.web.site import sign_up_of

MEMBER = "member"  # the form with what is chosen
GONE = web.HTTPGone.status_code


async def show(request: web.Request) -> web.Response:
    """GET /sign-up?return_to=…."""
    form = Form(values={"return_to": (request.query.get("return_to", ""),)})
    return await _show(request, await visitor_of(request), form)


async def show_invited(request: web.Request, *, back: str = "") -> web.Response:
    """GET /invitation/{token}: the same for somebody who was invited; it uses nothing up.

    Whoever has an account may come `back` from the sign-in page, if it is of use to them too.
    """
    if not await _is_invited(request):
        return await over(request, "invitation")
    visitor = await visitor_of(request)
    if sign_up_of(request) is not SignUp.CLOSED and not request.app[SETTINGS].sends_mail:
        return _show_member(request, visitor, EMPTY, email=None)
    form = Form(values={"invitation": (request.match_info["token"],)})
    return await _show(request, visitor, form, back=back)


async def accept(request: web.Request) -> web.Response:
    """POST /invitation/{token}: as to /sign-up/{token}; no mail confirms an address (rule 6.2)."""
    form, visitor = await read_form(request, MEMBER), await visitor_of(request)
    check_token(form, visitor)
    if request.app[SETTINGS].sends_mail:
        raise web.HTTPSeeOther(request.path)
    if not await _is_invited(request):
        return await over(request, "invitation")
    if _asks_for_handle(form):
        return await _propose(request, visitor, form, email=None)
    try:
        token = await _join(request, form, visitor)
    except Unfit as unfit:
        wrong = with_flaw(form, unfit)
        return _show_member(request, visitor, wrong, email=None, status=UNPROCESSABLE)
    request.app[CACHE].clear()
    return welcome(request, token, await lead(request, token, "/?notice=welcome"))


async def _is_invited(request: web.Request) -> bool:
    async with request.app[DATABASE].read() as connection:
        kept, now = digest(request.match_info["token"]), request.app[CLOCK].now()
        return await find_invitation(connection, kept, at=now) is not None


async def ask(request: web.Request) -> web.Response:
    """POST /sign-up: `email`, `invitation`, `return_to`; known addresses get the same answer."""
    form, visitor = await read_form(request, "sign-up"), await visitor_of(request)
    check_token(form, visitor)
    try:
        invitation = await _invitation(request, form)
        check_sign_up(sign_up_of(request), is_invited=invitation is not None)
        letters.check_sends_mail(request)
        email = address_in(form)
    except Unfit as unfit:
        return await _show(request, visitor, with_flaw(form, unfit), status=UNPROCESSABLE)
    if letters.check_mails(request, email, of_all=invitation is None):
        async with request.app[DATABASE].write() as connection:
            await _write(request, connection, email, invitation, form.value("return_to"))
    return show_sent(request, visitor, form, email)


def address_in(form: Form, name: str = "email") -> str:
    """Return the mail address in a field of a form, or raise `Unfit`."""
    try:
        return read_address(form.value(name))
    except BadAddress as error:
        raise Unfit(name, Flaw.BAD_ADDRESS) from error


async def _invitation(request: web.Request, form: Form) -> bytes | None:
    token = form.value("invitation")
    if not 0 < len(token) <= MAX_TOKEN:
        return None
    async with request.app[DATABASE].read() as connection:
        kept, now = digest(token), request.app[CLOCK].now()
        if await find_invitation(connection, kept, at=now) is None:
            raise Unfit("form", Flaw.INVITATION_OVER)
    return kept


async def _write(
    request: web.Request,
    connection: AsyncConnection,
    email: str,
    invitation: bytes | None,
    return_to: str,
) -> None:
    account = await account_at(connection, email)
    if account is not None:
        known = Written(
            letter=Letter.SIGN_UP_KNOWN, to=email, language=account.language, path="/forgot"
        )
        await letters.send(request, connection, known)
        return
    at = await request.app[CLOCK].stamp(connection)
    language = language_of(request)
    token = await sign_ups.begin(connection, email, language=language, invitation=invitation, at=at)
    path = f"/sign-up/{token}{paths.coming_back(paths.local(return_to))}"
    written = Written(letter=Letter.SIGN_UP, to=email, language=language, path=path)
    await letters.send(request, connection, written)


async def over(request: web.Request, kind: str) -> web.Response:
    """Answer that a link of a mail, or an invitation, is good no more."""
    page = Page(template="sign_in/over.html", values={"kind": kind}, status=GONE)
    return pages.answer_page(request, page, await visitor_of(request))


async def show_waiting(request: web.Request) -> web.Response:
    """GET /sign-up/{token}: what is still to be chosen; programs that look ahead use nothing up."""
    waiting = await _find(request)
    if waiting is None:
        return await over(request, "sign-up")
    form = Form(values={"return_to": (request.query.get("return_to", ""),)})
    return _show_member(request, await visitor_of(request), form, email=waiting.email)


async def finish(request: web.Request) -> web.Response:
    """POST /sign-up/{token}: `display`, `name`, `password`; somebody has an account, and is in.

    With `display` alone, a handle is proposed for that name: it is shown, and can be changed.
    """
    form, visitor = await read_form(request, MEMBER), await visitor_of(request)
    check_token(form, visitor)
    waiting = await _find(request)
    if waiting is None:
        return await over(request, "sign-up")
    if _asks_for_handle(form):
        return await _propose(request, visitor, form, email=waiting.email)
    try:
        token = await _join(request, form, visitor, waiting)
    except Unfit as unfit:
        wrong = with_flaw(form, unfit)
        return _show_member(request, visitor, wrong, email=waiting.email, status=UNPROCESSABLE)
    request.app[CACHE].clear()
    place = paths.with_notice(paths.local(form.value("return_to")), "welcome")
    return welcome(request, token, await lead(request, token, place))


def _asks_for_handle(form: Form) -> bool:
    """Whether a handle is to be proposed: after the first step, or where it was left empty."""
    if form.value("step"):
        return True
    return not form.value("name").strip() and bool(
        form.value("display").strip() or not form.value("password")
    )


async def _propose(
    request: web.Request, visitor: Visitor, form: Form, *, email: str | None
) -> web.Response:
    """Show what follows the name: a handle made of it, and a password."""
    display, name = form.value("display"), form.value("name").strip()
    try:
        async with request.app[DATABASE].read() as connection:
            house = request.app[HOUSE]
            display = await fit_name(connection, display, Role.CITIZEN, house)
            if display and not name:
                name = await propose(connection, display)
    except Unfit as unfit:
        wrong = with_flaw(form, unfit)
        return _show_member(request, visitor, wrong, email=email, status=UNPROCESSABLE)
    filled = {**form.values, "display": (display,), "name": (name,), "step": ()}
    shown = replace(form, values=filled)
    return _show_member(request, visitor, shown, email=email)


async def _join(
    request: web.Request, form: Form, visitor: Visitor, waiting: Waiting | None = None
) -> str:
    """Make the account and open a session; return its token, or raise `Unfit`.

    It is that of a confirmed address, or else of the invitation that the page is about.
    """
    name = _name_in(form)
    check_password(form.value("password"), names=[name, waiting.email if waiting else ""])
    password = await hash_password(request, form.value("password"))
    display = form.value("display")
    member = Member(name=name, display=display, language=visitor.language, password=password)
    try:
        async with request.app[DATABASE].write() as connection:
            at = await request.app[CLOCK].stamp(connection)
            house = request.app[HOUSE]
            if waiting is not None:
                user = await finish_sign_up(connection, member, house, waiting=waiting, at=at)
            else:
                kept = digest(request.match_info["token"])
                user = await accept_invitation(connection, member, house, invitation=kept, at=at)
            return await session.open_session(
                connection, user, at=at, browser=browser_of(request), proof=None
            )
    except BadName as error:
        raise Unfit("name", Flaw.NAME_TAKEN) from error
    except AddressTaken as error:
        raise Unfit("form", Flaw.ADDRESS_TAKEN) from error


def _name_in(form: Form) -> str:
    """Return the name that a form asks for, or raise `Unfit` (rule 6.5)."""
    name = form.value("name").strip().lower().removeprefix("@")
    if NAME.fullmatch(name) is None or len(name) not in NAME_LENGTHS:
        raise Unfit("name", Flaw.BAD_NAME)
    if name in RESERVED:
        raise Unfit("name", Flaw.RESERVED_NAME)
    return name


async def _find(request: web.Request) -> Waiting | None:
    async with request.app[DATABASE].read() as connection:
        now = request.app[CLOCK].now()
        return await sign_ups.find(connection, request.match_info["token"], at=now)


async def _show(
    request: web.Request, visitor: Visitor, form: Form, *, back: str = "", status: int = 200
) -> web.Response:
    return_to = paths.local(form.value("return_to"))
    coming_back = paths.coming_back(back or return_to)
    values = {"form": form, "return_to": return_to, "coming_back": coming_back}
    page = Page(template="sign_in/sign_up.html", values=values, status=status)
    return pages.answer_page(request, page, visitor)


def _show_member(
    request: web.Request,
    visitor: Visitor,
    form: Form,
    *,
    email: str | None,
    status: int = 200,
) -> web.Response:
    values = {
        "form": form,
        "email": email,
        "is_first": form.name != MEMBER or bool(form.value("step")),
        "return_to": paths.local(form.value("return_to")),
    }
    page = Page(template="sign_in/member.html", values=values, status=status)
    return pages.answer_page(request, page, visitor)
