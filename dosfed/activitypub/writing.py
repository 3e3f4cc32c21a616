"""Build the activities that we publish, in the shapes that every known server reads."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Literal

import orjson

from dosfed.activitypub.namespace import context_of_terms
from dosfed.activitypub.reading import Document
from dosfed.activitypub.vocabulary import ACTOR_TYPES
from dosfed.instance import PUBLIC, Instance

# One context for all that we publish: an actor inside an Update is read under the Update's.
CONTEXT: list[Any] = [
    "https://www.w3.org/ns/activitystreams",
    "https://w3id.org/security/v1",
    "https://w3id.org/security/multikey/v1",
    {
        "assertionMethod": {
            "@id": "https://w3id.org/security#assertionMethod",
            "@type": "@id",
            "@container": "@set",
        },
        "Hashtag": "as:Hashtag",
        "sensitive": "as:sensitive",
        "manuallyApprovesFollowers": "as:manuallyApprovesFollowers",
        "toot": "http://joinmastodon.org/ns#",
        "votersCount": "toot:votersCount",
        "discoverable": "toot:discoverable",
        "indexable": "toot:indexable",
        "featured": {"@id": "toot:featured", "@type": "@id"},
        "implements": {
            "@id": "https://w3id.org/fep/844e/implements",
            "@type": "@id",
            "@container": "@list",
        },
        "gts": "https://gotosocial.org/ns#",
        "interactionPolicy": {"@id": "gts:interactionPolicy", "@type": "@id"},
        "canQuote": {"@id": "gts:canQuote", "@type": "@id"},
        "automaticApproval": {"@id": "gts:automaticApproval", "@type": "@id"},
        "QuoteAuthorization": "https://w3id.org/fep/044f#QuoteAuthorization",
        "interactingObject": {"@id": "gts:interactingObject", "@type": "@id"},
        "interactionTarget": {"@id": "gts:interactionTarget", "@type": "@id"},
        **context_of_terms(),
    },
]


def to_json(document: Document) -> bytes:
    """Return a document as the bytes that are signed and sent, its @context first."""
    return orjson.dumps({"@context": CONTEXT, **document})


def rfc3339(moment: datetime, *, milliseconds: bool = False) -> str:
    """Return a moment in UTC with a Z; whole seconds are what every server reads."""
    precision = "milliseconds" if milliseconds else "seconds"
    return moment.astimezone(UTC).isoformat(timespec=precision).removesuffix("+00:00") + "Z"


def create(instance: Instance, document: Document) -> dict[str, Any]:
    """Return the Create that publishes an object, in its author's name, to its audience."""
    published = {"published": document["published"]} if "published" in document else {}
    return {
        **_activity(instance, "Create", document["attributedTo"]),
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
        **_activity(instance, "Update", actor),
        **addressed,
        "object": embedded(document),
    }


def delete(instance: Instance, actor: str, removed: Document) -> dict[str, Any]:
    """Return the Delete that tells everybody of a `tombstone`, or of the actor's own end."""
    return {
        **_activity(instance, "Delete", actor),
        **_public(actor),
        "object": actor if removed["id"] == actor else embedded(removed),
    }


def tombstone(uri: str, *, former_type: str, at: datetime) -> dict[str, Any]:
    """Return what stands, with status 410, where something was deleted."""
    return {
        "@context": CONTEXT,
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
    return {
        **_activity(instance, "Announce", actor),
        "published": rfc3339(at),
        **_public(actor),
        "object": thing if isinstance(thing, str) else embedded(thing),
    }


def follow(activity: str, follower: str, followed: str) -> dict[str, Any]:
    """Return a Follow under a given id: a repeated one is the same request."""
    return {
        "@context": CONTEXT,
        "id": activity,
        "type": "Follow",
        "actor": follower,
        "to": [followed],
        "object": followed,
    }


def accept(
    instance: Instance, actor: str, request: Document, *, result: str | None = None
) -> dict[str, Any]:
    """Return the Accept of a request, embedded whole: Lemmy and PieFed read no bare id."""
    extra = {} if result is None else {"result": result}
    return _answer(instance, "Accept", actor, request) | extra


def reject(
    instance: Instance, actor: str, request: Document, *, reason: str | None = None
) -> dict[str, Any]:
    """Return the Reject of a request; our own instances read the reason."""
    extra = {} if reason is None else {"dosfed:reason": reason}
    return _answer(instance, "Reject", actor, request) | extra


def undo(instance: Instance, activity: Document) -> dict[str, Any]:
    """Return the Undo of an activity of ours, to whom it had been addressed."""
    return {
        **_activity(instance, "Undo", activity["actor"]),
        **_addressed_as(activity),
        "object": embedded(activity),
    }


def weigh(
    instance: Instance, kind: Literal["Like", "Dislike"], *, actor: str, post: Document
) -> dict[str, Any]:
    """Return a Like or Dislike, which goes to the author of the post alone."""
    return {
        **_activity(instance, kind, actor),
        "to": [post["attributedTo"]],
        "object": post["id"],
    }


def flag(instance: Instance, author: str, posts: Sequence[str], *, words: str) -> dict[str, Any]:
    """Return a report on somebody's posts, made by the instance itself, to their own server.

    Mastodon wants the actor beside the posts, and reads the words in `content`.
    """
    return {
        **_activity(instance, "Flag", instance.actor),
        "to": [author],
        "content": words,
        "object": [author, *posts],
    }


def embedded(document: Document) -> dict[str, Any]:
    """Return a document as it stands inside another, whose @context speaks for both."""
    return {name: value for name, value in document.items() if name != "@context"}


def _answer(instance: Instance, kind: str, actor: str, request: Document) -> dict[str, Any]:
    return {
        **_activity(instance, kind, actor),
        "to": [request["actor"]],
        "object": embedded(request),
    }


def _activity(instance: Instance, kind: str, actor: str) -> dict[str, Any]:
    return {
        "@context": CONTEXT,
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
