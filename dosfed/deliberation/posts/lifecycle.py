"""How a post gets from one state to another: two tables, of which docs/lifecycle.md is drawn.

    submitted → waiting ──→ published ⇄ hidden
                   │             │         │
                   ▼             └────┬────┘
                refused ────────────→ deleted

An act that would change a post asks `after` what comes of it, and is refused there if nothing
does: so it cannot be forgotten anywhere that a proposal is hidden, or that its author deleted it
while somebody was judging it. The tables do not know who asks; who may do what is the matter of
the rules of each act, which come first.

Three cells are worth a look. What is hidden and deleted is deleted, in whichever order. A hidden
proposal takes no new words and no signature, but its author may take it back, and whoever signed
may step back (rule 3.23). And nothing comes back from *deleted*: a mirror that hears once more of
what its home took down leaves it so. What its author's server has again is a new argument, in the
place that the deleted one kept (rule 3.6).
"""

import enum
from collections.abc import Mapping

from dosfed.deliberation.model import Refusal, Refused
from dosfed.deliberation.posts.model import PostState


class PostAct(enum.StrEnum):
    """What is done with a post."""

    SUBMIT = "submit"
    SEND = "send"  # to a home elsewhere
    KEEP = "keep"  # from an import, or on a mirror, which may hear of it again
    ACCEPT = "accept"
    REFUSE = "refuse"
    LIFT = "lift"  # a refusal that its author contested
    ASK = "ask"  # its author for a correction
    ANSWER = "answer"  # that, in words beside the text
    CHANGE = "change"  # its words, or its tags
    CHANGE_SOURCE = "change-source"  # the words of the Note that it came from
    DECIDE_TEXT = "decide-text"  # on what its author would have it say
    CO_SIGN = "co-sign"
    STEP_BACK = "step-back"
    HIDE = "hide"
    SHOW = "show"
    TAKE_BACK = "take-back"  # by its author, or who leaves
    DROP_CREDIT = "drop-credit"  # the same, where people have voted, or on a mirror
    TAKE_DOWN = "take-down"  # by its home, of a mirror


# What comes of an act, by the state in which it finds a post; none: there is no post yet. Where an
# act finds a state that it does not name, there is nothing for it: `unknown-object`.
Outcomes = Mapping[PostState | None, PostState | Refusal]
Table = Mapping[PostAct, Outcomes]

_WAITING, _SENT, _REFUSED, _PUBLISHED, _HIDDEN, _DELETED = PostState
_DECIDED: dict[PostState | None, PostState | Refusal] = dict.fromkeys(
    PostState, Refusal.ALREADY_DECIDED
)

PROPOSALS: Table = {
    PostAct.SUBMIT: {None: _WAITING},
    PostAct.SEND: {None: _SENT},
    PostAct.KEEP: {
        None: _PUBLISHED,
        _PUBLISHED: _PUBLISHED,
        _HIDDEN: _HIDDEN,
        _DELETED: _DELETED,
    },
    PostAct.ACCEPT: {**_DECIDED, _WAITING: _PUBLISHED},
    PostAct.REFUSE: {**_DECIDED, _WAITING: _REFUSED},
    PostAct.LIFT: {**_DECIDED, _REFUSED: _PUBLISHED},
    PostAct.ASK: {**_DECIDED, _WAITING: _WAITING},
    PostAct.ANSWER: {**_DECIDED, _WAITING: _WAITING},
    PostAct.CHANGE: {
        _WAITING: _WAITING,
        _SENT: _SENT,
        _REFUSED: Refusal.ALREADY_DECIDED,
        _PUBLISHED: _PUBLISHED,
        _HIDDEN: Refusal.HIDDEN,
    },
    PostAct.CHANGE_SOURCE: {
        _WAITING: _WAITING,
        _REFUSED: Refusal.ALREADY_DECIDED,
        _PUBLISHED: _PUBLISHED,
        _HIDDEN: Refusal.HIDDEN,
    },
    PostAct.DECIDE_TEXT: {_PUBLISHED: _PUBLISHED, _HIDDEN: Refusal.HIDDEN},
    PostAct.CO_SIGN: {_PUBLISHED: _PUBLISHED, _HIDDEN: Refusal.HIDDEN},
    PostAct.STEP_BACK: {_PUBLISHED: _PUBLISHED, _HIDDEN: _HIDDEN},
    PostAct.HIDE: {_PUBLISHED: _HIDDEN, _HIDDEN: _HIDDEN},
    PostAct.SHOW: {_PUBLISHED: _PUBLISHED, _HIDDEN: _PUBLISHED},
    PostAct.TAKE_BACK: dict.fromkeys((_WAITING, _SENT, _REFUSED, _PUBLISHED, _HIDDEN), _DELETED),
    PostAct.DROP_CREDIT: {_PUBLISHED: _PUBLISHED, _HIDDEN: _HIDDEN},
    PostAct.TAKE_DOWN: {_PUBLISHED: _DELETED, _HIDDEN: _DELETED},
}

ARGUMENTS: Table = {
    PostAct.SUBMIT: {None: _PUBLISHED},
    PostAct.CHANGE: {_PUBLISHED: _PUBLISHED, _HIDDEN: _HIDDEN},
    PostAct.HIDE: PROPOSALS[PostAct.HIDE],
    PostAct.SHOW: PROPOSALS[PostAct.SHOW],
    PostAct.TAKE_BACK: {_PUBLISHED: _DELETED, _HIDDEN: _DELETED},
    PostAct.TAKE_DOWN: PROPOSALS[PostAct.TAKE_DOWN],
}


def after(table: Table, act: PostAct, state: PostState | None) -> PostState:
    """Return the state of a post after an act, or raise `Refused` where the act finds nothing."""
    outcome = table[act].get(state, Refusal.UNKNOWN_OBJECT)
    if isinstance(outcome, Refusal):
        raise Refused(outcome)
    return outcome


def allows(table: Table, act: PostAct, state: PostState) -> bool:
    """Whether an act finds something to do in a state."""
    return isinstance(table[act].get(state), PostState)
