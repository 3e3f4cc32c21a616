"""Reports: a Flag, by which an instance tells another of somebody's posts."""

from collections.abc import Sequence
from typing import Any

from dosfed.activitypub import writing
from dosfed.activitypub.vocabulary import Flag
from dosfed.deliberation.debate.rules import REPORT_LENGTH, REPORT_OBJECTS
from dosfed.deliberation.model import ActorId
from dosfed.deliberation.moderation.model import Report
from dosfed.instance import Instance


def write_report(
    instance: Instance, author: str, posts: Sequence[str], *, words: str
) -> dict[str, Any]:
    """Return a report on somebody's posts, made by the instance itself, to their own server.

    Mastodon wants the actor beside the posts, and reads the words in `content`.
    """
    return {
        **writing.act(instance, "Flag", instance.actor),
        "to": [author],
        "content": words,
        "object": [author, *posts],
    }


def read_report(flag: Flag) -> Report:
    """Return what somebody of another server reports."""
    # Nobody can shorten what comes from elsewhere; its beginning says enough.
    return Report(
        reporter=ActorId(flag.actor),
        objects=flag.objects[:REPORT_OBJECTS],
        text=flag.content[:REPORT_LENGTH],
    )
