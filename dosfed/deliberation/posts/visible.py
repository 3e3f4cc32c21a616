"""What may be seen of proposals and arguments, and by whom: the one place that says so.

A page, a list, a number, a feed, a search, an export, a document for other servers: each asks one
of these sights, of a table while it selects or of a record that it has loaded. So nothing that is
hidden in one place can be read in another, and a new reader has nothing to get wrong but the name.

Two things are not the state of a post itself. An argument on a hidden proposal is not hidden: it
is read at its own address, while no list, number, feed, search or export shows it any more
(rule 3.21); `listed` and `counted` ask its proposal too. And the Note by which a citizen of ours
proposed something to a home elsewhere stays *sent* while the proposal that was made of it is
hidden: `says_why` is asked of what it says.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from sqlalchemy import ColumnElement, exists, inspect
from sqlalchemy.orm import aliased

from dosfed.deliberation.debate.tables import ArgumentPosts, Arguments
from dosfed.deliberation.posts.model import PostState
from dosfed.deliberation.proposals.tables import ProposalPosts, Proposals

Posts = type[ProposalPosts] | type[ArgumentPosts]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sight:
    """The states in which something may be seen, of a proposal and of an argument."""

    proposals: frozenset[PostState]
    arguments: frozenset[PostState]

    def of(self, posts: Posts) -> ColumnElement[bool]:
        """Return the condition under which a row of a table, or of its alias, may be seen so."""
        return in_state(posts, *(self.arguments if _are_arguments(posts) else self.proposals))


def _both(*states: PostState) -> Sight:
    return Sight(proposals=frozenset(states), arguments=frozenset(states))


# Its words: on pages, in lists, feeds and exports, found by search, sent to other servers.
READABLE = _both(PostState.PUBLISHED)
# Its address: a hidden one says there why.
WITH_A_PAGE = _both(PostState.PUBLISHED, PostState.HIDDEN)
# Its number, and those of what belongs to it: a hidden argument keeps its place among its
# answers, of a hidden proposal no number is shown (rule 3.21).
COUNTED = Sight(proposals=READABLE.proposals, arguments=WITH_A_PAGE.arguments)
# That it is known already, when its author says the same words again.
STANDING = Sight(
    proposals=WITH_A_PAGE.proposals | {PostState.WAITING, PostState.SENT},
    arguments=WITH_A_PAGE.arguments,
)


def in_state(posts: Posts, *states: PostState) -> ColumnElement[bool]:
    """Return the condition that a row is in one of these states."""
    words = sorted(state.value for state in states)
    return posts.state == words[0] if len(words) == 1 else posts.state.in_(words)


def was_hidden(posts: Posts) -> ColumnElement[bool]:
    """Return the condition that a moderator hid a post, also if its author then deleted it."""
    return posts.hidden_at.is_not(None)


def _are_arguments(posts: Posts) -> bool:
    inspected: Any = inspect(posts)
    return inspected.mapper.class_ is ArgumentPosts


def listed() -> ColumnElement[bool]:
    """Return the condition under which an argument is in lists, beside the one to be read.

    The statement joins its proposal.
    """
    return READABLE.of(Arguments) & READABLE.of(Proposals)


def counted() -> ColumnElement[bool]:
    """Return the condition under which an argument counts in numbers; joins its proposal too."""
    return COUNTED.of(Arguments) & COUNTED.of(Proposals)


def to_decide() -> ColumnElement[bool]:
    """Return which proposals wait for a decision: not those whose author was asked to correct."""
    return in_state(Proposals, PostState.WAITING) & Proposals.correction_asked_at.is_(None)


def unpublished(viewer: ColumnElement[str], *, is_facilitator: bool) -> ColumnElement[bool]:
    """Return which unpublished proposals somebody sees: their own, facilitators all that wait.

    A Note to a home elsewhere is no more of them once the home has made a proposal of it.
    """
    own = Proposals.author == viewer
    waits = in_state(Proposals, PostState.WAITING)
    mine = own & (
        in_state(Proposals, PostState.WAITING, PostState.REFUSED)
        | (in_state(Proposals, PostState.SENT) & ~is_made())
    )
    few = in_state(Proposals, PostState.WAITING, PostState.REFUSED, PostState.SENT)
    # `few` is said beside what follows from it, so that an index finds these.
    return few & (mine | waits if is_facilitator else mine)


def written() -> ColumnElement[bool]:
    """Return which proposals their author finds among what they wrote: none of them twice."""
    decided = in_state(Proposals, PostState.WAITING, PostState.REFUSED)
    sent = in_state(Proposals, PostState.SENT) & ~is_made()
    return WITH_A_PAGE.of(Proposals) | decided | sent


def is_made() -> ColumnElement[bool]:
    """Return the condition that a proposal was made of a Note, which is a proposal *sent*."""
    made = aliased(ProposalPosts)
    return exists().where(made.source == Proposals.id, WITH_A_PAGE.of(made))


class Moderated(Protocol):
    """What a moderator can hide."""

    @property
    def hidden_at(self) -> datetime | None:
        """Since when it is hidden."""


def says_why(post: Moderated) -> bool:
    """Whether a post says why it is hidden, instead of its words.

    The Note from which a citizen of ours proposed something elsewhere does so too, while what was
    made of it is hidden.
    """
    return post.hidden_at is not None
