"""Activities in the shapes that Mastodon sends (every id, name and text is made up here)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

Document = dict[str, Any]
PUBLIC = "https://www.w3.org/ns/activitystreams#Public"
CONTEXT = "https://www.w3.org/ns/activitystreams"
NOTE_CONTEXT = [
    CONTEXT,
    {
        "ostatus": "http://ostatus.org#",
        "atomUri": "ostatus:atomUri",
        "inReplyToAtomUri": "ostatus:inReplyToAtomUri",
        "conversation": "ostatus:conversation",
        "sensitive": "as:sensitive",
        "toot": "http://joinmastodon.org/ns#",
        "votersCount": "toot:votersCount",
    },
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """What somebody writes: HTML in one language, with the people and words that it names.

    `mentions` are pairs of actor id and handle, the first of them the one answered.
    """

    html: str
    language: str = "en"
    mentions: Sequence[tuple[str, str]] = ()
    hashtags: Sequence[str] = ()
    is_public: bool = True


def moment(at: datetime) -> str:
    """Return a moment as Mastodon writes it, to the second."""
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")


def follow(actor: str, target: str, number: int) -> Document:
    """Ask to follow an actor."""
    return {
        "@context": CONTEXT,
        "id": f"{_origin(actor)}/follows/{number}",
        "type": "Follow",
        "actor": actor,
        "object": target,
    }


def undo(activity: Mapping[str, Any], suffix: str = "undo") -> Document:
    """Take an activity back, embedding it."""
    inner = {key: value for key, value in activity.items() if key != "@context"}
    return {
        "@context": CONTEXT,
        "id": f"{activity['id']}/{suffix}",
        "type": "Undo",
        "actor": activity["actor"],
        "object": inner,
    }


def accept(actor: str, follow_activity: Mapping[str, Any], number: int) -> Document:
    """Grant a follow that came in, embedding it."""
    inner = {key: value for key, value in follow_activity.items() if key != "@context"}
    return {
        "@context": CONTEXT,
        "id": f"{actor}#accepts/follows/{number}",
        "type": "Accept",
        "actor": actor,
        "object": inner,
    }


def vote(actor: str, poll: str, author: str, option: str, number: int) -> Document:
    """Choose one option of a poll."""
    return {
        "@context": CONTEXT,
        "id": f"{actor}#votes/{number}/activity",
        "type": "Create",
        "actor": actor,
        "to": author,
        "object": {
            "id": f"{actor}#votes/{number}",
            "type": "Note",
            "name": option,
            "attributedTo": actor,
            "inReplyTo": poll,
            "to": author,
        },
    }


def note(actor: str, in_reply_to: str | None, text: Text, number: int, at: datetime) -> Document:
    """Write a post, an answer if `in_reply_to` names one; it has no context of its own."""
    status = f"{actor}/statuses/{number}"
    mentioned = [uri for uri, _ in text.mentions]
    to, cc = [PUBLIC], [f"{actor}/followers", *mentioned]
    if not text.is_public:
        to, cc = mentioned, []
    return {
        "id": status,
        "type": "Note",
        "summary": None,
        "inReplyTo": in_reply_to,
        "published": moment(at),
        "url": status.replace("/users/", "/@").replace("/statuses/", "/"),
        "attributedTo": actor,
        "to": to,
        "cc": cc,
        "sensitive": False,
        "atomUri": status,
        "inReplyToAtomUri": in_reply_to,
        "conversation": f"tag:{_origin(actor).rpartition('/')[2]},2026:objectId={number}",
        "content": text.html,
        "contentMap": {text.language: text.html},
        "attachment": [],
        "tag": [
            *({"type": "Mention", "href": uri, "name": name} for uri, name in text.mentions),
            *(
                {
                    "type": "Hashtag",
                    "href": f"{_origin(actor)}/tags/{word.lower()}",
                    "name": f"#{word}",
                }
                for word in text.hashtags
            ),
        ],
        "replies": {
            "id": f"{status}/replies",
            "type": "Collection",
            "first": {
                "type": "CollectionPage",
                "next": f"{status}/replies?only_other_accounts=true&page=true",
                "partOf": f"{status}/replies",
                "items": [],
            },
        },
    }


def create(post: Mapping[str, Any]) -> Document:
    """Publish a post."""
    return {
        "@context": NOTE_CONTEXT,
        "id": f"{post['id']}/activity",
        "type": "Create",
        "actor": post["attributedTo"],
        "published": post["published"],
        "to": post["to"],
        "cc": post["cc"],
        "object": dict(post),
    }


def update(post: Mapping[str, Any], at: datetime) -> Document:
    """Publish a post anew after an edit."""
    return {
        "@context": NOTE_CONTEXT,
        "id": f"{post['id']}#updates/{int(at.timestamp())}",
        "type": "Update",
        "actor": post["attributedTo"],
        "published": moment(at),
        "to": post["to"],
        "cc": post["cc"],
        "object": {**post, "updated": moment(at)},
    }


def delete(actor: str, status: str) -> Document:
    """Withdraw a post."""
    return {
        "@context": [CONTEXT, {"ostatus": "http://ostatus.org#", "atomUri": "ostatus:atomUri"}],
        "id": f"{status}#delete",
        "type": "Delete",
        "actor": actor,
        "to": [PUBLIC],
        "object": {"id": status, "type": "Tombstone", "atomUri": status},
    }


def delete_actor(actor: str) -> Document:
    """Leave the network."""
    return {
        "@context": CONTEXT,
        "id": f"{actor}#delete",
        "type": "Delete",
        "actor": actor,
        "to": [PUBLIC],
        "object": actor,
    }


def like(actor: str, target: str, number: int) -> Document:
    """Favour a post."""
    return {
        "@context": CONTEXT,
        "id": f"{actor}#likes/{number}",
        "type": "Like",
        "actor": actor,
        "object": target,
    }


def announce(actor: str, target: str, number: int, at: datetime) -> Document:
    """Boost a post."""
    status = f"{actor}/statuses/{number}"
    return {
        "@context": CONTEXT,
        "id": f"{status}/activity",
        "type": "Announce",
        "actor": actor,
        "published": moment(at),
        "to": [PUBLIC],
        "cc": [f"{actor}/followers"],
        "object": target,
    }


def block(actor: str, target: str, number: int) -> Document:
    """Cut an actor off."""
    return {
        "@context": CONTEXT,
        "id": f"{actor}#blocks/{number}",
        "type": "Block",
        "actor": actor,
        "object": target,
    }


def flag(instance_actor: str, targets: Sequence[str], comment: str, number: int) -> Document:
    """Report to the moderators, in the name of the server."""
    return {
        "@context": CONTEXT,
        "id": f"{_origin(instance_actor)}/reports/{number}",
        "type": "Flag",
        "actor": instance_actor,
        "content": comment,
        "object": list(targets),
    }


def quote_request(actor: str, target: str, instrument: str, number: int) -> Document:
    """Ask to quote a post (FEP-044f)."""
    return {
        "@context": [CONTEXT, {"QuoteRequest": "https://w3id.org/fep/044f#QuoteRequest"}],
        "id": f"{actor}/quote_requests/{number}",
        "type": "QuoteRequest",
        "actor": actor,
        "object": target,
        "instrument": instrument,
    }


def _origin(uri: str) -> str:
    return "/".join(uri.split("/", 3)[:3])
