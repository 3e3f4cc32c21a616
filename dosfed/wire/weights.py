"""Weights: how strong somebody finds an argument, as a Like or a Dislike."""

from typing import Any

from dosfed.activitypub import writing
from dosfed.activitypub.reading import Document
from dosfed.activitypub.vocabulary import Dislike, Like
from dosfed.deliberation.debate.model import Weigh
from dosfed.deliberation.model import ActorId
from dosfed.instance import Instance


def write_weight(instance: Instance, weight: int, *, actor: str, post: Document) -> dict[str, Any]:
    """Return a Like or Dislike, which goes to the author of the post alone."""
    return {
        **writing.act(instance, "Like" if weight > 0 else "Dislike", actor),
        "to": [post["attributedTo"]],
        "object": post["id"],
    }


def read_weight(activity: Like | Dislike) -> Weigh:
    """Return what somebody thinks of an argument."""
    return Weigh(
        object=activity.object,
        actor=ActorId(activity.actor),
        weight=1 if isinstance(activity, Like) else -1,
    )
