"""How far what somebody wrote has come."""

import enum


class PostState(enum.StrEnum):
    """How far a proposal or an argument has come."""

    WAITING = "waiting"  # for a facilitator
    SENT = "sent"  # by a citizen of ours, to a home elsewhere
    REFUSED = "refused"
    PUBLISHED = "published"
    HIDDEN = "hidden"  # published, and hidden by a moderator
    DELETED = "deleted"
