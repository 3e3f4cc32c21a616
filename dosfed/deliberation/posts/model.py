"""How far what somebody wrote has come."""

import enum
from typing import Self


class PostState(enum.StrEnum):
    """How far a proposal or an argument has come."""

    WAITING = "waiting"  # for a facilitator
    SENT = "sent"  # by a citizen of ours, to a home elsewhere
    REFUSED = "refused"
    PUBLISHED = "published"
    HIDDEN = "hidden"  # published, and hidden by a moderator
    DELETED = "deleted"

    @classmethod
    def _missing_(cls, value: object) -> Self | None:
        """Take a state that is not known as that of what nobody sees.

        It is in no list, as lists ask for the states that they show; and its page, or an act on
        it, is answered as that of what is gone.
        """
        return cls.DELETED if isinstance(value, str) else None
