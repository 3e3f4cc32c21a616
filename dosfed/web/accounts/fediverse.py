"""Signing in with an account of another server, as the actor that one is there."""

import asyncio
import secrets
from contextlib import suppress
from dataclasses import replace

from aiohttp import web

from dosfed.accounts import fediverse
from dosfed.accounts.fediverse import Journey, KeptAccount, KeptToken
from dosfed.accounts.secrets import Unreadable
from dosfed.accounts.tokens import MAX_TOKEN
from dosfed.activitypub import remote
from dosfed.activitypub.client import CLIENT
from dosfed.activitypub.mastodon import Grant, wanted_scope
from dosfed.acts.visits import give_back
from dosfed.context import CLOCK, DATABASE, INSTANCE
from dosfed.web import pages, paths, session
from dosfed.web.accounts import oauth
from dosfed.web.accounts.oauth import NotWelcome
from dosfed.web.browsers import browser_of
from dosfed.web.confirmations import _
from dosfed.web.forms import UNPROCESSABLE, Form, check_token, read_form
from dosfed.web.limits import check_client
from dosfed.web.pages import Visitor, visitor_of
from dosfed.web.rendering import Page
from dosfed.web.services import SIGN_INS, VAULT
from dosfed.web.signing import welcome

FORM = "fediverse"
SECONDS = 20.0  # for all that is asked of their server while a person waits
MAX_HANDLE = 300

SUSPENDED = _("This account can no longer sign in here.")
NO_JOURNEY = _(
    "This sign-in has expired: it took too long, was already used, or was "
    "started in another browser."
)


async def ask(request: web.Request) -> web.Response:
    """GET /sign-in/fediverse?return_to=…: where to write one's address."""
    visitor = await visitor_of(request)
    values = {"return_to": (paths.local(request.query.get("return_to", "/")),)}
    if visitor.viewer is not None and visitor.viewer.host != request.app[INSTANCE].host:
        values["handle"] = (visitor.viewer.handle,)
    return _page(request, visitor, Form(name=FORM, values=values))


async def start(request: web.Request) -> web.Response:
    """POST /sign-in/fediverse: `handle`; `posting` if this site shall post for them there."""
    check_client(request, SIGN_INS)
    form, visitor = await read_form(request, FORM), await visitor_of(request)
    check_token(form, visitor)
    try:
        async with asyncio.timeout(SECONDS):
            door = await _send_off(request, form, visitor)
    except TimeoutError:
        return _refuse(request, visitor, form, NotWelcome(oauth.NO_ANSWER, UNPROCESSABLE))
    except NotWelcome as refused:
        return _refuse(request, visitor, form, refused)
    return _go(door)


async def finish(request: web.Request) -> web.Response:
    """GET /sign-in/fediverse/callback/{host}: somebody comes back from their server's door."""
    visitor = await visitor_of(request)
    form = Form(name=FORM)
    try:
        journey = await _welcome_back(request, visitor)
        again = {"handle": (journey.handle,), "return_to": (journey.return_to,)}
        form = Form(name=FORM, values=again)
        grant = await oauth.identify(request, journey, _code(request))
        token = await _open_session(request, visitor, journey, grant)
    except NotWelcome as refused:
        return _refuse(request, visitor, form, refused)
    return welcome(request, token, paths.with_notice(journey.return_to, "signed-in"))


async def leave(request: web.Request, taken: KeptToken | None) -> None:
    """Give a token that was dropped here back to the server it came from."""
    if taken is not None:
        async with request.app[DATABASE].read() as connection:
            app = await fediverse.find_app(connection, taken.host)
        await give_back(request.app[CLIENT], request.app[VAULT], app, taken)


async def _send_off(request: web.Request, form: Form, visitor: Visitor) -> str:
    """Return the door of somebody's own server, their way back being prepared."""
    actor = await oauth.find_actor(request, form.value("handle").strip()[:MAX_HANDLE])
    app = await oauth.introduce(request, actor)
    state, posts = secrets.token_urlsafe(32), form.value("posting") == "yes"
    journey = Journey(
        host=actor.host,
        handle=f"@{actor.handle}@{actor.host}",
        actor=actor.id,
        verifier=secrets.token_urlsafe(48),
        scope=wanted_scope(frozenset(app.scope.split()), posts=posts),
        return_to=paths.local(form.value("return_to")),
    )
    async with request.app[DATABASE].write() as connection:
        at = await request.app[CLOCK].stamp(connection)
        await remote.remember(connection, actor, at)
        await fediverse.send_off(connection, journey, state=state, browser=visitor.secret, at=at)
    return oauth.api_of(request, actor.id).door(app, oauth.errand(request, journey, state))


async def _welcome_back(request: web.Request, visitor: Visitor) -> Journey:
    """Return who comes back, and left from this very browser; a state serves once."""
    state = request.query.get("state", "")
    if not 0 < len(state) <= MAX_TOKEN or not visitor.secret:
        raise NotWelcome(NO_JOURNEY)
    async with request.app[DATABASE].write() as connection:
        at = await request.app[CLOCK].stamp(connection)
        journey = await fediverse.welcome_back(
            connection, state=state, browser=visitor.secret, at=at
        )
    if journey is None or request.match_info["host"] != journey.host:
        raise NotWelcome(NO_JOURNEY)
    return journey


def _code(request: web.Request) -> str:
    """Return what a server gave somebody to bring here, if they did not refuse it."""
    error = request.query.get("error")
    if error is not None:
        # RFC 6749, 4.1.2.1
        raise NotWelcome(oauth.DENIED if error == "access_denied" else oauth.FAILED)
    return request.query.get("code", "")


async def _open_session(
    request: web.Request, visitor: Visitor, journey: Journey, grant: Grant
) -> str:
    """Open a session for the person who came back; a token is kept only to post (rule 7.6).

    What they granted last counts: what was kept before, or is not kept now, is given back.
    """
    granted = KeptToken(
        actor=journey.actor,
        host=journey.host,
        token=request.app[VAULT].seal(grant.token),
        scope=grant.scope,
    )
    account = KeptAccount(
        actor=journey.actor,
        host=journey.host,
        handle=journey.handle,
        language=visitor.language,
        token=granted.token if grant.may_post else None,
        scope=grant.scope,
    )
    async with request.app[DATABASE].write() as connection:
        at = await request.app[CLOCK].stamp(connection)
        # What was kept goes whatever happens next: the later grant counts, even if it grants less.
        before = await fediverse.take_token(connection, journey.actor)
        is_suspended = await fediverse.is_suspended(connection, journey.actor)
        token = ""
        if not is_suspended:
            await fediverse.keep_account(connection, account, at=at)
            if visitor.session is not None:
                await session.close_session(connection, visitor.session.token)
            token = await session.open_session(
                connection, journey.actor, at=at, browser=browser_of(request), proof=None
            )
    is_kept = grant.may_post and not is_suspended
    # Some servers give the same token again as long as nobody gave it back.
    if not (is_kept and before is not None and _is_same(request, before, grant)):
        await leave(request, before)
    if not is_kept:
        await leave(request, granted)
    if is_suspended:
        raise NotWelcome(SUSPENDED)
    return token


def _is_same(request: web.Request, kept: KeptToken, grant: Grant) -> bool:
    with suppress(Unreadable):
        return request.app[VAULT].open(kept.token) == grant.token
    return False


def _refuse(
    request: web.Request, visitor: Visitor, form: Form, refused: NotWelcome
) -> web.Response:
    field = "handle" if refused.status == UNPROCESSABLE else "form"
    wrong = replace(form, errors={field: refused.message})
    return _page(request, visitor, wrong, refused.status)


def _page(request: web.Request, visitor: Visitor, form: Form, status: int = 200) -> web.Response:
    page = Page(template="fediverse/sign_in.html", values={"form": form}, status=status)
    return pages.answer_page(request, page, visitor)


def _go(place: str) -> web.Response:
    """Send a browser on; as it stands, since `HTTPSeeOther` would undo the quoting inside."""
    return web.Response(
        status=web.HTTPSeeOther.status_code,
        headers={"Location": place, "Cache-Control": "no-store"},
    )
