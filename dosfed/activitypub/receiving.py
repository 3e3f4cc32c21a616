"""What an inbox answers: nothing is acknowledged that is not durable, nothing is judged here."""

import asyncio
import re
from email.message import Message
from functools import lru_cache

from aiohttp import web
from sqlalchemy import select

from dosfed.activitypub.actors import local_actor
from dosfed.activitypub.blocks import BLOCKLIST
from dosfed.activitypub.gate import Closed, Gate
from dosfed.activitypub.inbox import Receiver
from dosfed.activitypub.negotiation import problem
from dosfed.activitypub.parsing import id_if_any, is_unnamed
from dosfed.activitypub.proxies import client_address
from dosfed.activitypub.reading import (
    Document,
    Malformed,
    one_id,
    optional_id,
    optional_text,
    read_document,
    text,
)
from dosfed.activitypub.rejections import Reason, RejectionCounter
from dosfed.activitypub.tables import RemoteActors
from dosfed.activitypub.verification import SignedRequest, Unverified, Verifier
from dosfed.context import DATABASE, INSTANCE
from dosfed.instance import host_of

# What is asked of a request, in `_take`, goes from what costs nothing to what costs most:
#
#   a. the headers alone: size, content type, no encoding;
#   b. the body, within one deadline;
#   c. whether we can take anything now (rule 9.3), by a number that is looked up once a second;
#   d. the JSON, within bounds: a type, an actor, and an id if there is one;
#   e. whether it is the farewell of somebody unknown, which is answered and forgotten;
#   f. whether the actor is blocked, from memory. The actor is not proven yet; whoever names
#      somebody blocked and is not them has only turned themselves away;
#   g. the signature: steps 1 to 8 of `verification.py`, which may ask another server;
#   h. step 9: the key's owner is the actor;
#   i. the budget of the actor (rule 9.1), which only the actor's own requests may run into.
#
# Then the bytes are stored, and only then answered with 202. What they ask for is judged later,
# in the order of storing, by another process perhaps: the answer says that we have it, never that
# it counts. A server of our own kind is told that of a ballot by `Accept` or `Reject`
# (docs/decisions/0003); a voter of any other, if it does not count, by a message (rule 1.10).

# Room for the longest text of rule 3.2 in any script, as HTML and as Markdown beside it.
MAX_BODY = 256 * 1024
BODY_SECONDS = 10.0  # most other servers wait no longer themselves
CONTENT_TYPES = frozenset({"application/activity+json", "application/ld+json", "application/json"})
# Only to count rejections by host: a look at what nobody has verified, never more than that.
KEY_ID = re.compile(r'key[iI]d="([^"]{1,2048})"')
VERIFIER = web.AppKey("verifier", Verifier)
GATE = web.AppKey("gate", Gate)
RECEIVER = web.AppKey("receiver", Receiver)
REJECTIONS = web.AppKey("rejections", RejectionCounter)
# Actors of ours that were asked for already; they stay, so that only strangers cost a query.
KNOWN_INBOXES = web.AppKey("known_inboxes", set[str])


class NotTaken(Exception):
    """A request is turned away; the reason is counted, nothing else of it is kept."""

    def __init__(self, status: int, reason: str, *, retry_after: int | None = None) -> None:
        super().__init__(reason)
        self.status = status
        self.reason = reason
        self.retry_after = retry_after


def routes() -> list[web.RouteDef]:
    """Return the routes of this module."""
    personal = [
        web.post(f"/{prefix}/{{name:[a-z0-9_]{{1,64}}}}/inbox", personal_inbox) for prefix in "uoc"
    ]
    return [web.post("/inbox", inbox), web.post("/actor/inbox", inbox), *personal]


async def personal_inbox(request: web.Request) -> web.Response:
    """POST /{u,o,c}/{name}/inbox."""
    actor = request.app[INSTANCE].base_url + request.path.removesuffix("/inbox")
    known = request.app[KNOWN_INBOXES]
    if actor not in known:
        async with request.app[DATABASE].read() as connection:
            found = await local_actor(connection, actor)
        # Never 410: PieFed would take the whole instance for gone.
        if found is None or found.deleted_at is not None:
            return problem(404, "nobody here has this inbox")
        known.add(actor)
    return await inbox(request)


async def inbox(request: web.Request) -> web.Response:
    """POST /inbox: 202 once the activity is stored, or the status that design and senders know."""
    try:
        await _take(request)
    except (NotTaken, Closed) as refusal:
        request.app[REJECTIONS].add(str(refusal.reason), _claimed_host(request))
        return _turned_away(refusal)
    return web.Response(status=202)


async def _take(request: web.Request) -> None:
    _check_headers(request)
    body = await _read_body(request)
    gate = request.app[GATE]
    await gate.check_backlog()
    document, named = _read_envelope(body)
    if named is not None and await _is_end_of_a_stranger(request, document, named):
        return
    if named is not None:
        _check_blocks(request, named)
    signed = SignedRequest(
        method=request.method, path_qs=request.raw_path, headers=request.headers, body=body
    )
    verifier = request.app[VERIFIER]
    change = None if named is None else _change_of_self(document, named)
    try:
        verified = await verifier.verify(
            signed, client_address(request), is_farewell=change == "Delete"
        )
    except Unverified as error:
        raise NotTaken(error.status, error.reason, retry_after=error.retry_after) from error
    actor = verified.actor
    if named is None:
        _check_blocks(request, actor)
    elif named != actor:  # step 9 of a verification
        raise NotTaken(403, Reason.NOT_THE_ACTOR)
    if change is not None:
        # From now on, and not only once this is judged: the next request of this actor may come
        # before that. A budget is not asked, or a thief who spent it would keep the owner's keys
        # from being changed (rule 9.1).
        await verifier.doubt(actor)
    else:
        await gate.check_budget(actor, document)
    # Before it is stored: of a thousand requests at once the last must know of the first.
    gate.count(len(body))
    await request.app[RECEIVER].receive(verified, body, document)


def _check_headers(request: web.Request) -> None:
    # What the header says is only the cheap half: `_read_slowly` counts what really comes.
    if (request.content_length or 0) > MAX_BODY:
        raise NotTaken(413, Reason.TOO_LARGE)
    # A digest speaks of the bytes as they travel: a compressed body would be others.
    is_plain = request.headers.get("Content-Encoding", "identity").lower() == "identity"
    if not is_plain or not _is_json(request.headers.get("Content-Type", "")):
        raise NotTaken(400, Reason.MALFORMED)


@lru_cache(maxsize=64)  # all servers together send a handful of them
def _is_json(content_type: str) -> bool:
    """Whether a Content-Type is one that we take, in UTF-8."""
    message = Message()
    message["Content-Type"] = content_type or "application/octet-stream"
    charset = message.get_content_charset() or "utf-8"
    return message.get_content_type() in CONTENT_TYPES and charset == "utf-8"


async def _read_body(request: web.Request) -> bytes:
    if request.content.is_eof():  # all of it came along with the headers: nothing to wait for
        body = request.content.read_nowait()
    else:
        body = await _read_slowly(request)
    if len(body) > MAX_BODY:
        raise NotTaken(413, Reason.TOO_LARGE)
    return body


async def _read_slowly(request: web.Request) -> bytes:
    """Read within one deadline for the whole body, and no more than shows that it is too large."""
    body = bytearray()
    try:
        async with asyncio.timeout(BODY_SECONDS):
            async for chunk in request.content.iter_any():
                body += chunk
                if len(body) > MAX_BODY:
                    break
    except TimeoutError as error:
        raise NotTaken(408, Reason.TOO_SLOW) from error
    except (ConnectionError, web.RequestPayloadError) as error:
        # The sender went away halfway, or its chunks are none: nobody is at fault here.
        raise NotTaken(400, Reason.MALFORMED) from error
    return bytes(body)


def _check_blocks(request: web.Request, actor: str) -> None:
    if request.app[BLOCKLIST].is_blocked(actor):
        raise NotTaken(403, Reason.BLOCKED)


def _read_envelope(body: bytes) -> tuple[Document, str | None]:
    """Return the activity and its actor, if it names any; it has a type, and its id is one."""
    try:
        document = read_document(body)
        id_if_any(document)
        text(document, "type")
        return document, None if is_unnamed(document) else one_id(document, "actor")
    except Malformed as error:
        raise NotTaken(400, Reason.MALFORMED) from error


def _change_of_self(document: Document, actor: str) -> str | None:
    """Return "Update" or "Delete" where an actor says that of itself."""
    kind = optional_text(document, "type")
    is_change = kind in {"Update", "Delete"} and optional_id(document, "object") == actor
    return kind if is_change else None


async def _is_end_of_a_stranger(request: web.Request, document: Document, actor: str) -> bool:
    """Whether an actor we never heard of deletes itself: its key is gone, and nothing is here.

    Answered with 401, every Mastodon would repeat it for days: each server tells all that it
    knows of when an account goes, and its key cannot be asked for any more. So it is taken
    unverified, as Mastodon does, and nothing is done.
    """
    if _change_of_self(document, actor) != "Delete":
        return False
    async with request.app[DATABASE].read() as connection:
        known = await connection.execute(
            select(RemoteActors.id).where(RemoteActors.id == actor, RemoteActors.gone_at.is_(None))
        )
        return known.first() is None


def _claimed_host(request: web.Request) -> str:
    """Return the host whose key is said to have signed; nobody has checked it."""
    for name in ("Signature-Input", "Signature"):
        if match := KEY_ID.search(request.headers.get(name, "")):
            return host_of(match[1])
    return ""


def _turned_away(refusal: NotTaken | Closed) -> web.Response:
    headers = {}
    if refusal.retry_after is not None:
        headers["Retry-After"] = str(refusal.retry_after)
    response = problem(refusal.status, str(refusal.reason), headers=headers)
    if refusal.status in {408, 413}:
        response.force_close()  # the rest of the body is not waited for
    return response
