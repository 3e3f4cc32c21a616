"""Build the activities that we publish, in the shapes that every known server reads."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import orjson

from dosfed.activitypub.reading import Document
from dosfed.activitypub.vocabulary import ACTOR_TYPES
from dosfed.instance import PUBLIC, Instance


def to_json(instance: Instance, document: Document) -> bytes:
    """Return a document as the bytes that are sent, its own @context first, or else ours."""
    return orjson.dumps({"@context": instance.context, **document})


def rfc3339(moment: datetime, *, milliseconds: bool = False) -> str:
    """Return a moment in UTC with a Z; whole seconds are what every server reads."""
    precision = "milliseconds" if milliseconds else "seconds"
    return moment.astimezone(UTC).isoformat(timespec=precision).removesuffix("+00:00") + "Z"


def latest(*moments: datetime | None) -> datetime | None:
    """Return the moment from which a document is what it is: its `updated`.

    Mastodon takes no new words from an Update that does not carry a later one.
    """
    return max((moment for moment in moments if moment is not None), default=None)


def create(instance: Instance, document: Document) -> dict[str, Any]:
    """Return the Create that publishes an object, in its author's name, to its audience."""
    published = {"published": document["published"]} if "published" in document else {}
    return {
        **act(instance, "Create", document["attributedTo"]),
        **_context_of(document),
        **published,
        **_addressed_as(document),
        "object": embedded(document),
    }


def update(instance: Instance, document: Document) -> dict[str, Any]:
    """Return the Update that publishes an object or an actor anew, whole."""
    if document["type"] in ACTOR_TYPES:
        actor = document["id"]
        addressed = _public(actor)
    else:
        actor = document["attributedTo"]
        addressed = _addressed_as(document)
    return {
        **act(instance, "Update", actor),
        **_context_of(document),
        **addressed,
        "object": embedded(document),
    }


def delete(instance: Instance, actor: str, removed: Document) -> dict[str, Any]:
    """Return the Delete that tells everybody of a `tombstone`, or of the actor's own end."""
    return {
        **act(instance, "Delete", actor),
        **_public(actor),
        "object": actor if removed["id"] == actor else embedded(removed),
    }


def tombstone(uri: str, *, former_type: str, at: datetime) -> dict[str, Any]:
    """Return what stands, with status 410, where something was deleted."""
    return {
        "id": uri,
        "type": "Tombstone",
        "formerType": former_type,
        "deleted": rfc3339(at),
    }


def announce(
    instance: Instance, actor: str, thing: str | Document, *, at: datetime
) -> dict[str, Any]:
    """Return an Announce of an object's bare id, or of a whole activity (FEP-1b12).

    Without the public address an Announce is seen by nobody on Mastodon.
    """
    brought = {}
    if not isinstance(thing, str) and instance.is_ours(thing["id"]):
        brought = _context_of(thing)
    return {
        **act(instance, "Announce", actor),
        **brought,
        "published": rfc3339(at),
        **_public(actor),
        "object": thing if isinstance(thing, str) else embedded(thing),
    }


def accept(
    instance: Instance, actor: str, request: Document, *, result: str | None = None
) -> dict[str, Any]:
    """Return the Accept of a request, embedded whole: Lemmy and PieFed read no bare id."""
    extra = {} if result is None else {"result": result}
    return _answer(instance, "Accept", actor, request) | extra


def reject(instance: Instance, actor: str, request: Document) -> dict[str, Any]:
    """Return the Reject of a request."""
    return _answer(instance, "Reject", actor, request)


def undo(instance: Instance, activity: Document) -> dict[str, Any]:
    """Return the Undo of an activity of ours, to whom it had been addressed."""
    return {
        **act(instance, "Undo", activity["actor"]),
        **_addressed_as(activity),
        "object": embedded(activity),
    }


def _context_of(document: Document) -> dict[str, Any]:
    """Return the @context that a document of ours brings along, if it has words that few have."""
    return {"@context": document["@context"]} if "@context" in document else {}


def embedded(document: Document) -> dict[str, Any]:
    """Return a document as it stands inside another, whose @context speaks for both."""
    return {name: value for name, value in document.items() if name != "@context"}


def _answer(instance: Instance, kind: str, actor: str, request: Document) -> dict[str, Any]:
    return {
        **act(instance, kind, actor),
        "to": [request["actor"]],
        "object": embedded(request),
    }


def act(instance: Instance, kind: str, actor: str) -> dict[str, Any]:
    """Return what every activity of an actor of ours begins with."""
    return {
        "@context": instance.context,
        "id": instance.new_activity(),
        "type": kind,
        "actor": actor,
    }


def _public(actor: str) -> dict[str, Any]:
    return {"to": [PUBLIC], "cc": [f"{actor}/followers"]}


def _addressed_as(document: Document) -> dict[str, Any]:
    """Return the addressing of a document: Lemmy refuses a Create that lacks `to` or `cc`."""
    addressed: Mapping[str, Any] = {"to": document.get("to", []), "cc": document.get("cc", [])}
    audience = {"audience": document["audience"]} if "audience" in document else {}
    return {**addressed, **audience}
