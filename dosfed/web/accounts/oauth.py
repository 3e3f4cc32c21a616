"""The steps of a sign-in in which another server has a part."""

from contextlib import suppress

import structlog
from aiohttp import web

from dosfed.accounts import fediverse
from dosfed.accounts.fediverse import Journey, KeptApp
from dosfed.accounts.secrets import Unreadable
from dosfed.activitypub import remote
from dosfed.activitypub.blocks import BLOCKLIST
from dosfed.activitypub.client import CLIENT
from dosfed.activitypub.discovery import NotFound, find_person
from dosfed.activitypub.handles import read_handle
from dosfed.activitypub.mastodon import (
    ApiFailed,
    App,
    Errand,
    Failure,
    Grant,
    MastodonApi,
    is_same,
    wanted_scope,
)
from dosfed.activitypub.remote import RemoteActor
from dosfed.acts.visits import opened, origin_of
from dosfed.context import CLOCK, DATABASE, INSTANCE
from dosfed.web.confirmations import _
from dosfed.web.forms import UNPROCESSABLE
from dosfed.web.limits import check_rate
from dosfed.web.services import SERVERS_ASKED, VAULT
from dosfed.web.site import SITE

log = structlog.get_logger(__name__)

MAX_CODE = 2_048

NO_HANDLE = _("Write your address like this: @name@server.example")
OURS = _("This is an account of this site: sign in here with its password.")
NO_ANSWER = _("That server does not know this address, or is not answering.")
NO_DOOR = _("That server does not allow signing in elsewhere, or is not answering at the moment.")
BLOCKED = _("People of that server cannot sign in here.")
DENIED = _("You did not give permission, so nothing was changed.")
FAILED = _("Your server did not confirm the sign-in. Please try again.")
SOMEBODY_ELSE = _(
    "You are signed in to your server with another account. Write the address of that "
    "account, or sign out there first."
)


class NotWelcome(Exception):
    """Somebody cannot sign in; the message says why."""

    def __init__(self, message: str, status: int = web.HTTPForbidden.status_code) -> None:
        super().__init__(message)
        self.message = message
        self.status = status


def api_of(request: web.Request, actor: str) -> MastodonApi:
    """Return the API of an actor's own server."""
    return MastodonApi(request.app[CLIENT], origin_of(actor))


def errand(request: web.Request, journey: Journey, state: str = "") -> Errand:
    """Return what a server is told of somebody's journey.

    Each server has a way back of its own, so that none gets the code of another
    (RFC 9700, 4.4.2).
    """
    return Errand(
        redirect_uri=_redirect_uri(request, journey.host),
        scope=journey.scope,
        state=state,
        verifier=journey.verifier,
    )


async def find_actor(request: web.Request, text: str) -> RemoteActor:
    """Return the actor that an address names, as its own server describes it."""
    handle = read_handle(text)
    if handle is None:
        raise NotWelcome(NO_HANDLE, UNPROCESSABLE)
    if handle.host in {request.app[INSTANCE].host, request.app[INSTANCE].handle}:
        raise NotWelcome(OURS, UNPROCESSABLE)
    # Before anything is asked of it.
    if request.app[BLOCKLIST].is_blocked(f"https://{handle.host}/"):
        raise NotWelcome(BLOCKED)
    check_rate(request, SERVERS_ASKED, handle.host)
    try:
        actor = await find_person(request.app[CLIENT], text)
    except NotFound as error:
        raise NotWelcome(NO_ANSWER, UNPROCESSABLE) from error
    if request.app[BLOCKLIST].is_blocked(actor.id):
        raise NotWelcome(BLOCKED)
    return actor


async def introduce(request: web.Request, actor: RemoteActor) -> App:
    """Return what this instance is called on a server; it is introduced there if need be."""
    database, vault = request.app[DATABASE], request.app[VAULT]
    try:
        app = await _known_app(request, actor)
        if app is not None:
            return app
        api, now = api_of(request, actor.id), request.app[CLOCK].now()
        made = await api.register(
            name=request.app[SITE].site.name,
            website=f"{request.app[INSTANCE].base_url}/",
            redirect_uri=_redirect_uri(request, actor.host),
            scope=wanted_scope(await api.offered_scopes(), posts=True),
        )
    except ApiFailed as failed:
        raise NotWelcome(NO_DOOR, UNPROCESSABLE) from failed
    sealed = KeptApp(
        client_id=made.client_id,
        client_secret=vault.seal(made.client_secret),
        scope=made.scope,
        registered_at=now,
    )
    async with database.write() as connection:
        kept = await fediverse.keep_app(connection, actor.host, sealed)
    return made if kept == sealed else opened(kept, vault)


async def _known_app(request: web.Request, actor: RemoteActor) -> App | None:
    """Return what a server was told before, if both sides still know it."""
    async with request.app[DATABASE].read() as connection:
        kept = await fediverse.find_app(connection, actor.host)
    if kept is None:
        return None
    try:
        app = opened(kept, request.app[VAULT])
        # Asked each time: snac forgets an application as soon as one person signs out.
        if await api_of(request, actor.id).knows(app, _redirect_uri(request, actor.host)):
            return app
    except Unreadable:
        log.warning("application's secret unreadable", host=actor.host)
    await _forget_app(request, actor.host, kept)
    return None


async def identify(request: web.Request, journey: Journey, code: str) -> Grant:
    """Return what was granted by the very actor who left, or raise `NotWelcome` (rule 7.1).

    A server speaks for its own actors alone: whom it names must be the one whose document,
    fetched from there, said so before.
    """
    async with request.app[DATABASE].read() as connection:
        actor = (await remote.known(connection, [journey.actor])).get(journey.actor)
        kept = await fediverse.find_app(connection, journey.host)
    if actor is None or kept is None or not 0 < len(code) <= MAX_CODE:
        raise NotWelcome(FAILED)
    if request.app[BLOCKLIST].is_blocked(actor.id):
        raise NotWelcome(BLOCKED)
    api = api_of(request, actor.id)
    try:
        app = opened(kept, request.app[VAULT])
        grant = await api.redeem(app, errand(request, journey), code)
    except (ApiFailed, Unreadable) as error:
        if isinstance(error, ApiFailed) and error.failure is Failure.UNKNOWN_APP:
            await _forget_app(request, journey.host, kept)
        raise NotWelcome(FAILED) from error
    try:
        is_actor = is_same(await api.whose(grant.token), actor)
    except ApiFailed as error:
        raise NotWelcome(FAILED) from error
    if not is_actor:
        log.warning("sign-in as somebody else", host=journey.host)
        with suppress(ApiFailed):
            await api.revoke(app, grant.token)
        raise NotWelcome(SOMEBODY_ELSE)
    return grant


async def _forget_app(request: web.Request, host: str, kept: KeptApp) -> None:
    async with request.app[DATABASE].write() as connection:
        await fediverse.forget_app(connection, host, kept.client_id)


def _redirect_uri(request: web.Request, host: str) -> str:
    return f"{request.app[INSTANCE].base_url}/sign-in/fediverse/callback/{host}"
