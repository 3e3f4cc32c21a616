"""What is asked in a debate."""

import enum
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Self

from dosfed.deliberation.model import ActorId, ArgumentId, ConsultationId, Group, ProposalId


class Stance(enum.StrEnum):
    """Where an argument stands towards its proposal."""

    FOR = "for"
    AGAINST = "against"
    NEUTRAL = "neutral"

    @classmethod
    def _missing_(cls, value: object) -> Self | None:
        """Take a stance that is not known as none: what a row says must not fail its debate.

        What people choose and servers send is compared with the words themselves.
        """
        return cls.NEUTRAL if isinstance(value, str) else None


@dataclass(frozen=True, slots=True, kw_only=True)
class PostArgument:
    """An author answers a proposal, or another argument, in public.

    `proposal` is where it was written, if that was on a page; what it answers must belong there.
    `text` is Markdown when written here; `html` is what is shown, sanitised again then.
    `clause` is the anchor of the clause of the proposal that it is about. `updated`: it comes by a
    change that its author made then. `restores`: its author, or their server, had deleted it.
    """

    id: ArgumentId
    proposal: ProposalId | None
    in_reply_to: str
    author: ActorId
    author_name: str
    stance: Stance
    text: str | None
    html: str
    language: str | None
    url: str
    published: datetime | None
    clause: str | None = None
    sources: tuple[str, ...] = ()
    group: Group | None = None
    updated: datetime | None = None
    restores: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class EditArgument:
    """An author changes an argument, or the Note from which a waiting proposal came.

    `title` and `text` are what a proposal would say, `html` what an argument would; `markdown`
    is what the argument's author typed, none where HTML came. `updated` is the sender's word; it
    orders two edits that both carry it. A stance or sources that are not given stay as they are.
    `is_moderated`: the author's own instance hides it, and these are not its words but the reason.
    """

    id: str
    author: ActorId
    stance: Stance | None
    title: str
    text: str
    html: str
    markdown: str | None
    language: str | None
    updated: datetime | None
    sources: tuple[str, ...] | None = None
    is_moderated: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Remove:
    """An author deletes an argument, or the Note from which a proposal came.

    `within`: the consultation whose Group says so, where the author's own act is not at hand.
    """

    id: str
    actor: ActorId
    within: ConsultationId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Weigh:
    """An actor finds an argument strong (1) or weak (-1), or no longer either (0)."""

    object: str
    actor: ActorId
    weight: Literal[-1, 0, 1]


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """An actor announces an object of ours to others, or takes that back."""

    object: str
    actor: ActorId
    is_shared: bool


DebateCommand = PostArgument | EditArgument | Remove | Weigh | Share
