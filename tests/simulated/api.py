"""What applications do for an account of a simulated Mastodon, by its API."""

import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from html import escape
from typing import Any
from urllib.parse import urlsplit

import pyromark
from aiohttp import web

from tests.simulated import following, oauth
from tests.simulated.actors import SimulatedActor
from tests.simulated.mastodon import Document, Text
from tests.simulated.oauth import Gate

MENTION = re.compile(r"@([a-z0-9_]+)@([a-z0-9.:-]+[a-z0-9])", re.IGNORECASE)
HASHTAG = re.compile(r"#(\w+)")
MAX_LENGTH = 500
MARKDOWN = "text/markdown"

Get = Callable[[str, SimulatedActor], Awaitable[tuple[int, Any]]]
Post = Callable[[SimulatedActor, str, Document], Awaitable[int]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wire:
    """How an account reaches other servers."""

    get: Get
    post: Post


@dataclass(slots=True, kw_only=True)
class Api:
    """The API of one server; tests look at everything, and change what they please."""

    gate: Gate = field(default_factory=Gate)
    claims: Document | None = None  # of who a token's account is, instead of the truth
    max_length: int = MAX_LENGTH
    formats: tuple[str, ...] = ()  # of posts, as it announces them
    statuses: dict[str, str] = field(default_factory=dict)  # uri by the server's own id
    posted: list[dict[str, str]] = field(default_factory=list)
    keys: dict[str, Document] = field(default_factory=dict)  # statuses by Idempotency-Key


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A request with the server it came to."""

    request: web.Request
    origin: str
    actors: Mapping[str, SimulatedActor]
    api: Api
    wire: Wire
    fields: Mapping[str, str]


def is_api(path: str) -> bool:
    """Whether a path belongs to the API, or to the pages of whoever is signed in."""
    places = ("/api/", "/oauth/", "/.well-known/oauth-authorization-server", following.PATH)
    return path.startswith(places)


async def answer(asked: Asked) -> web.Response:
    """Answer as Mastodon does."""
    gate, query, fields = asked.api.gate, asked.request.query, asked.fields
    account = _signed_in(asked)
    match asked.request.method, asked.request.path:
        case "GET", "/.well-known/oauth-authorization-server":
            return oauth.metadata(gate, asked.origin)
        case "POST", "/api/v1/apps":
            return oauth.register(gate, fields)
        case "GET", "/oauth/authorize":
            return oauth.consent_page(gate, query, account)
        case "POST", "/oauth/authorize":
            return oauth.consent(gate, fields, account)
        case "POST", "/oauth/token":
            return oauth.give_token(gate, fields)
        case "POST", "/oauth/revoke":
            return oauth.revoke(gate, fields)
        case _:
            return await _act(asked)


def _signed_in(asked: Asked) -> str:
    """Return the account of whoever looks at this server's pages."""
    return asked.api.gate.signed_in or next(iter(asked.actors), "")


async def _act(asked: Asked) -> web.Response:
    match asked.request.method, asked.request.path:
        case "GET", following.PATH:
            return following.ask(asked.request.query, _signed_in(asked))
        case "POST", following.PATH:
            actor, uri = asked.actors[_signed_in(asked)], asked.fields["uri"]
            return await following.follow(asked.wire.get, asked.wire.post, actor, uri)
        case "GET", "/api/v1/accounts/verify_credentials":
            return _who(asked)
        case "GET", "/api/v2/search":
            return await _search(asked)
        case "GET", "/api/v1/instance" | "/api/v2/instance":
            return _instance(asked)
        case "POST", "/api/v1/statuses":
            return await _post(asked)
        case _:
            return web.json_response({"error": "Record not found"}, status=404)


def _who(asked: Asked) -> web.Response:
    gate = asked.api.gate
    name = gate.account_of(asked.request, "profile", "read", "read:accounts")
    actor = asked.actors[name]
    document = {
        "id": "1",
        "username": name,
        "acct": name,
        "display_name": name.title(),
        "url": f"{asked.origin}/@{name}",
        "uri": actor.id,
        "source": {"privacy": "public", "note": ""},
    }
    return web.json_response(document if asked.api.claims is None else asked.api.claims)


async def _search(asked: Asked) -> web.Response:
    name = asked.api.gate.account_of(asked.request, "read", "read:search")
    uri = asked.request.query["q"]
    found = await _document(asked, uri, asked.actors[name])
    statuses = [] if found is None else [_status(_id_of(asked.api, uri), found)]
    if asked.api.gate.software == "snac":
        statuses = [_boost(asked.origin, one) for one in statuses]
    return web.json_response({"accounts": [], "statuses": statuses, "hashtags": []})


def _boost(origin: str, status: Document) -> Document:
    """Return how snac finds a post that somebody boosted: as the boost, with the post in it."""
    uri = f"{origin}/diego/d/{status['id']}/Announce"
    boost = {"id": f"17{status['id']}", "uri": uri, "url": uri, "visibility": "public"}
    return boost | {"content": "", "reblog": status | {"reblog": None}}


def _instance(asked: Asked) -> web.Response:
    """Say what it is, and in which formats posts may be written, as its software says that."""
    api, version = asked.api, asked.request.path.split("/")[2]
    if api.gate.software in {"akkoma", "pleroma"}:
        if version == "v2":
            return web.json_response({"error": "Not found"}, status=404)
        return web.json_response({"pleroma": {"metadata": {"post_formats": list(api.formats)}}})
    statuses: Document = {"max_characters": api.max_length}
    if api.formats:
        statuses["supported_mime_types"] = list(api.formats)
    return web.json_response({"configuration": {"statuses": statuses}})


async def _document(asked: Asked, uri: str, actor: SimulatedActor) -> Document | None:
    for one in asked.actors.values():
        if uri in one.objects:
            return one.objects[uri]
    status, document = await asked.wire.get(uri, actor)
    return document if status == 200 and document["id"] == uri else None


def _id_of(api: Api, uri: str) -> str:
    known = next((number for number, other in api.statuses.items() if other == uri), None)
    number = known or str(1_000 + len(api.statuses))
    api.statuses[number] = uri
    return number


async def _post(asked: Asked) -> web.Response:
    api, fields = asked.api, asked.fields
    actor = asked.actors[api.gate.account_of(asked.request, "write", "write:statuses")]
    key = asked.request.headers.get("Idempotency-Key", "")
    if key in api.keys:
        return web.json_response(api.keys[key])
    if len(fields["status"]) > api.max_length:
        error = f"Validation failed: Text character limit of {api.max_length} exceeded"
        return web.json_response({"error": error}, status=422)
    parent = api.statuses.get(fields.get("in_reply_to_id", ""))
    api.posted.append(dict(fields))
    mentions = await _mentions(asked, fields["status"], actor)
    is_markdown = fields.get("content_type") == MARKDOWN and MARKDOWN in api.formats
    text = _text(fields, mentions, is_markdown=is_markdown)
    create = actor.post(text, in_reply_to=parent)
    note = create["object"]
    if key:
        api.keys[key] = _status(_id_of(api, note["id"]), note)
    await _deliver(asked, actor, create, [uri for uri, _ in mentions])
    return web.json_response(_status(_id_of(api, note["id"]), note))


def _status(number: str, note: Document) -> Document:
    return {
        "id": number,
        "uri": note["id"],
        "url": note.get("url", note["id"]),
        "visibility": "public",
        "content": note.get("content", ""),
    }


async def _mentions(asked: Asked, status: str, actor: SimulatedActor) -> list[tuple[str, str]]:
    """Return whom a text names, with their ids as their own servers give them."""
    found = []
    for name, host in dict.fromkeys(MENTION.findall(status)):
        scheme = asked.origin.partition("://")[0]
        resource = f"acct:{name}@{host}"
        url = f"{scheme}://{host}/.well-known/webfinger?resource={resource}"
        status_code, document = await asked.wire.get(url, actor)
        if status_code == 200:
            href = next(link["href"] for link in document["links"] if link["rel"] == "self")
            found.append((href, f"@{name}@{host}"))
    return found


def _text(fields: Mapping[str, str], mentions: list[tuple[str, str]], *, is_markdown: bool) -> Text:
    status = fields["status"]
    html = pyromark.html(status) if is_markdown else _paragraphs(status)
    for uri, handle in mentions:
        html = html.replace(handle, f'<a href="{uri}" class="u-url mention">{handle}</a>')
    html = HASHTAG.sub(
        r'<a href="/tags/\1" class="mention hashtag" rel="tag">#<span>\1</span></a>', html
    )
    return Text(
        html=html,
        language=fields.get("language", "en"),
        mentions=mentions,
        hashtags=HASHTAG.findall(fields["status"]),
    )


def _paragraphs(status: str) -> str:
    html = escape(status, quote=False)
    return "".join(
        f"<p>{part.replace(chr(10), '<br>')}</p>" for part in html.split("\n\n") if part.strip()
    )


async def _deliver(
    asked: Asked, actor: SimulatedActor, create: Document, mentioned: list[str]
) -> None:
    """Send a post to whom it names and to whom it answers, as Mastodon does."""
    people = dict.fromkeys(mentioned)
    parent = create["object"]["inReplyTo"]
    if parent is not None:
        document = await _document(asked, parent, actor)
        if document is not None:
            people[document["attributedTo"]] = None
    for uri in people:
        if urlsplit(uri).netloc == urlsplit(asked.origin).netloc:
            continue
        status, document = await asked.wire.get(uri, actor)
        if status == 200:
            await asked.wire.post(actor, document["inbox"], create)
