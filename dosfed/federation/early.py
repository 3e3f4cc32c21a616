"""What came before the thing that it speaks of: remembered, and heeded when that comes.

Servers send in parallel, and try again what failed, so that a deletion may overtake the post
that it deletes, and an `Undo` the `Like`. What was deleted before it came is never shown, and
what was taken back never counts. The inbox itself remembers: a judged row keeps what it speaks
of, for seven days (`inbox.purge`), and is paid for as any other that is of no use (rule 9.1).
This is rule 3.27.
"""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from dosfed.activitypub.inbox import DELETED, UNDONE, Received, Verdict
from dosfed.activitypub.tables import Inbox
from dosfed.activitypub.vocabulary import (
    Activity,
    Announce,
    Create,
    Dislike,
    Follow,
    Like,
    Undo,
    Update,
)
from dosfed.acts.facts import NothingNew
from dosfed.acts.submission import Done, Outcome
from dosfed.deliberation.debate.model import PostArgument, Remove, Share, Weigh
from dosfed.deliberation.model import Refusal
from dosfed.deliberation.proposals.model import SubmitProposal
from dosfed.federation.cases import Case
from dosfed.instance import host_of

# An `Undo` that does not say of which `Like` overtakes one that is on its way, no later one.
ON_ITS_WAY = timedelta(hours=1)
TOO_LATE = "taken back before it came"
NOTHING_YET = "taken back before it came, if it comes"
MAY_BE_LATE = Create | Update | Like | Dislike | Announce | Follow
Key = tuple[str, str]  # an actor, and what is spoken of


@dataclass(frozen=True, slots=True, kw_only=True)
class _Row:
    row: int
    kind: str
    thing: str
    named: str | None  # the id of the activity that is undone
    at: datetime


class Early:
    """What some actors took back of which nothing was here yet."""

    def __init__(self) -> None:
        self._rows: dict[Key, list[_Row]] = defaultdict(list)

    def add(self, received: Received, verdict: Verdict) -> None:
        """Remember what was judged just now."""
        if verdict.speaks_of is None or verdict.kind not in {DELETED, UNDONE}:
            return
        self.keep(
            received.actor,
            _Row(
                row=received.row,
                kind=verdict.kind,
                thing=verdict.speaks_of,
                named=verdict.about,
                at=received.at,
            ),
        )

    def keep(self, actor: str, row: _Row) -> None:
        """Remember a row of the inbox."""
        self._rows[actor, row.thing].append(row)

    def find(self, received: Received, activity: Activity) -> int | None:
        """Return the row that takes an activity back before it came, if there is one."""
        things = {received.object or "", received.activity or ""} - {""}
        rows = [row for thing in things for row in self._rows.get((received.actor, thing), [])]
        return next((row.row for row in rows if _takes_back(row, received, activity)), None)

    def restore(self, actor: str, thing: str) -> None:
        """Let what somebody deleted be spoken of as before."""
        rows = self._rows[actor, thing]
        self._rows[actor, thing] = [row for row in rows if row.kind != DELETED]

    def spend(self, row: int) -> None:
        """Let a row take nothing else back, unless it is a deletion."""
        for key, rows in self._rows.items():
            self._rows[key] = [one for one in rows if one.row != row or one.kind == DELETED]


def _takes_back(row: _Row, received: Received, activity: Activity) -> bool:
    if row.kind == DELETED:
        return isinstance(activity, Create | Update)
    if received.activity and received.activity == row.named:
        return True
    is_weight = isinstance(activity, Like | Dislike) and row.thing == activity.object
    says_which = bool(row.named and received.activity)
    return is_weight and not says_which and received.at - row.at <= ON_ITS_WAY


async def load(connection: AsyncConnection, cases: Sequence[Case]) -> Early:
    """Return what the actors of a batch took back before of what they do now."""
    early = Early()
    may_be_late = [
        case.received
        for case in cases
        if isinstance(case.activity, MAY_BE_LATE) and not case.is_ballot
    ]
    things = {thing for one in may_be_late for thing in (one.object, one.activity) if thing}
    if not things:
        return early
    rows = await connection.execute(
        select(Inbox.id, Inbox.actor, Inbox.kind, Inbox.object, Inbox.about, Inbox.received_at)
        .where(
            Inbox.actor.in_({one.actor for one in may_be_late}),
            Inbox.object.in_(things),
            Inbox.kind.in_((DELETED, UNDONE)),
            Inbox.outcome.is_not(None),
        )
        .order_by(Inbox.id)
    )
    for row in rows:
        kept = _Row(
            row=row.id, kind=row.kind, thing=row.object, named=row.about, at=row.received_at
        )
        early.keep(row.actor, kept)
    return early


async def spend(connection: AsyncConnection, rows: Collection[int]) -> None:
    """Let some rows take nothing else back."""
    await connection.execute(
        update(Inbox).where(Inbox.id.in_(rows), Inbox.kind == UNDONE).values(object=None)
    )


async def restore(connection: AsyncConnection, actor: str, thing: str) -> None:
    """Let what somebody deleted, and shows again, be spoken of as before."""
    await connection.execute(
        update(Inbox)
        .where(Inbox.actor == actor, Inbox.object == thing, Inbox.kind == DELETED)
        .values(object=None)
    )


def is_restored(case: Case, outcome: Outcome) -> bool:
    """Whether an author shows again what they had deleted."""
    return (
        isinstance(case.activity, Undo)
        and isinstance(case.command, PostArgument | SubmitProposal)
        and isinstance(outcome, Done)
    )


def remembered(case: Case, verdict: Verdict, outcome: Outcome | None) -> Verdict:
    """Return a verdict with what must be known of its activity later."""
    command, activity, received = case.command, case.activity, case.received
    if isinstance(command, Remove):
        is_own = host_of(command.id) == host_of(received.actor)
        if is_own and (outcome is Refusal.UNKNOWN_OBJECT or isinstance(outcome, Done)):
            # Who says that something is for few says it of what never came as well.
            return replace(verdict, kind=DELETED, speaks_of=command.id, forgets=False)
        return verdict
    if isinstance(activity, Undo):
        found_nothing = verdict.outcome == "ignored" or _is_nothing(outcome)
        return _undone(activity, received, verdict) if found_nothing else verdict
    if isinstance(command, Weigh | Share) and isinstance(outcome, Done):
        return replace(verdict, speaks_of=command.object)
    return verdict


def _is_nothing(outcome: Outcome | None) -> bool:
    if isinstance(outcome, Done):
        return any(isinstance(fact, NothingNew) for fact in outcome.facts)
    return outcome is Refusal.UNKNOWN_OBJECT


def _undone(undo: Undo, received: Received, verdict: Verdict) -> Verdict:
    named = undo.about.id if undo.about is not None else undo.object
    return replace(
        verdict,
        kind=UNDONE,
        outcome="ignored",
        reason=NOTHING_YET,
        about=named or None,
        speaks_of=received.object,
    )


def is_doubtful(case: Case) -> bool:
    """Whether what comes later of the same actor depends on what comes of an activity."""
    command = case.command
    is_undone = isinstance(command, Weigh) and command.weight == 0
    is_undone |= isinstance(command, Share) and not command.is_shared
    return isinstance(command, Remove) or is_undone
