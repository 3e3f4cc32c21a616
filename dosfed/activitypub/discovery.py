"""Find actors of other servers, as well as the pages where their people interact."""

import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlsplit

from dosfed.activitypub.client import Client, FetchFailed, is_activity_type
from dosfed.activitypub.handles import Handle, read_handle
from dosfed.activitypub.reading import (
    Document,
    Malformed,
    id_of,
    many,
    one_id,
    optional_text,
    read_document,
)
from dosfed.activitypub.remote import RemoteActor, fetch_actor
from dosfed.activitypub.vocabulary import ACTOR_TYPES
from dosfed.instance import host_of

MAX_JRD = 128 * 1024
MAX_TEMPLATE = 2_048
SECONDS = 5.0  # a person waits
JRD_TYPES = "application/jrd+json, application/json"
OK = 200

# Where a template has the object: FEP-3b86 first, then what everybody has had since OStatus.
INTENTS = (
    ("https://w3id.org/fep/3b86/Object", "object"),
    ("http://ostatus.org/schema/1.0/subscribe", "uri"),
)
PLACEHOLDER = re.compile(r"\{([^{}]*)\}")
OBJECT = "{uri}"


class NotFound(LookupError):
    """Nobody answers to a handle or an address; the message says why, in one line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """What WebFinger says of a handle; `origins` are those that spoke for it."""

    subject: Handle
    links: tuple[Document, ...]
    origins: tuple[str, ...]


async def look_up(client: Client, handle_or_url: str) -> str:
    """Return the id of the actor that a handle or an address leads to, or raise `NotFound`."""
    text = handle_or_url.strip()
    if text.startswith(("https://", "http://")):
        return await _actor_at(client, text)
    handle = read_handle(text)
    if handle is None:
        raise NotFound(f"{text[:100]!r}: expected @name@host or an address")
    account = await _ask(client, handle)
    return _self_link(account)


async def subscribe_template(client: Client, handle: str) -> str | None:
    """Return where a person's own server shows an object, with `{uri}` in the object's place.

    The address lies on the server that answers for the handle, or else it is not believed. None
    if that server names no such place; raise `NotFound` if nobody answers for the handle.
    """
    asked = read_handle(handle)
    if asked is None:
        raise NotFound(f"{handle[:100]!r}: expected @name@host")
    account = await _ask(client, asked)
    for rel, name in INTENTS:
        for link in account.links:
            template = _usable(link.get("template"), name, account.origins)
            if link.get("rel") == rel and template is not None:
                return template
    # Mastodon's path is no guess worth making: GoToSocial, Hollo and Fedify have nothing there.
    return None


async def find_person(client: Client, text: str) -> RemoteActor:
    """Return the actor that a handle names, as its own document describes it.

    The actor lies on the handle's host, or its host says in its turn that this is its handle;
    raise `NotFound` for anybody else.
    """
    handle = read_handle(text)
    if handle is None:
        raise NotFound(f"{text[:100]!r}: expected @name@host")
    account = await _ask(client, handle)
    uri = _self_link(account)
    try:
        actor = await fetch_actor(client, uri, total_seconds=SECONDS)
    except (FetchFailed, Malformed) as error:
        raise NotFound(f"{handle}: {error}") from error
    name = actor.handle.lower()
    if name != account.subject.name or not name.isprintable():
        raise NotFound(f"{handle}: the actor goes by another name")
    if actor.host != host_of(account.origins[0]):
        back = await _ask(client, Handle(name=name, host=actor.host))
        if back.subject != account.subject or _self_link(back) != uri:
            raise NotFound(f"{handle}: {actor.host} does not confirm who that is")
    return actor


def fill_template(template: str, uri: str) -> str:
    """Return a template's address for one object."""
    return template.replace(OBJECT, quote(uri, safe=""))


async def _actor_at(client: Client, url: str) -> str:
    try:
        document = await client.get_document(url)
        uri = one_id(document, "id")
    except (FetchFailed, Malformed) as error:
        raise NotFound(f"no actor at {url[:200]}: {error}") from error
    if ACTOR_TYPES.isdisjoint(str(kind) for kind in many(document, "type")):
        raise NotFound(f"not an actor: {url[:200]}")
    return uri


async def _ask(client: Client, handle: Handle) -> Account:
    """Ask a handle's host who that is; a subject elsewhere counts if its own host confirms it.

    Otherwise any host could speak for the people of another.
    """
    account = await _webfinger(client, handle)
    if account.subject in {handle, handle.without_port()}:
        return account
    confirmed = await _webfinger(client, account.subject)
    if confirmed.subject != account.subject or _self_link(confirmed) != _self_link(account):
        raise NotFound(f"{handle}: {account.subject.host} does not confirm who that is")
    return confirmed


async def _webfinger(client: Client, handle: Handle) -> Account:
    origin = f"{_scheme(handle.host)}://{handle.host}"
    url = f"{origin}/.well-known/webfinger?resource={quote(str(handle), safe='')}"
    try:
        response = await client.get(
            url, accept=JRD_TYPES, max_bytes=MAX_JRD, total_seconds=SECONDS, signed=False
        )
        if response.status != OK:
            raise NotFound(f"{handle}: its server answered {response.status}")
        document = read_document(response.body)
    except (FetchFailed, Malformed) as error:
        raise NotFound(f"{handle}: {error}") from error
    return Account(
        subject=read_handle(optional_text(document, "subject") or "") or handle,
        links=tuple(link for link in many(document, "links") if isinstance(link, dict)),
        origins=(origin, _origin_of(response.url)),
    )


def _scheme(host: str) -> str:
    """Return http for hosts that exist in development only; the client refuses it elsewhere."""
    name, _, port = host.rpartition(":")
    is_local = (port.isdigit() and name != "") or host.endswith("localhost")
    return "http" if is_local else "https"


def _origin_of(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def _self_link(account: Account) -> str:
    """Return the actor's id: the one link that leads to an ActivityPub document."""
    for link in account.links:
        if link.get("rel") == "self" and is_activity_type(str(link.get("type", ""))):
            uri = id_of(link.get("href"))
            if uri is not None and uri.startswith(_origin_scheme(account)):
                return uri
    raise NotFound(f"{account.subject}: its server names no ActivityPub actor")


def _origin_scheme(account: Account) -> str:
    """Return what an id starts with: https, unless the handle itself was asked for by http."""
    return "https://" if account.origins[0].startswith("https://") else "http"


def _usable(template: Any, name: str, origins: tuple[str, ...]) -> str | None:
    """Return a template with `{uri}` for its object and nothing for what we do not know."""
    if not isinstance(template, str) or len(template) > MAX_TEMPLATE:
        return None
    if not template.isascii() or not template.isprintable() or f"{{{name}}}" not in template:
        return None
    # The whole host is there, before any placeholder.
    if not any(template.lower().startswith(f"{origin}/") for origin in origins):
        return None
    return PLACEHOLDER.sub(lambda found: OBJECT if found[1] == name else "", template)
