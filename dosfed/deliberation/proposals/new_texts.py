"""New texts of published proposals, until somebody has read them.

People stand behind a proposal by name, and facilitators have let it be published. What its author
would have it say instead is no version of it yet: nobody but the author and the facilitators sees
it, until one of these has read it a second time (rule 3.31). It lapses with the first ballot, or
at the end of the vote, since from then on the text is frozen (rule 3.10). One that was refused, or
has lapsed, is kept for its author until they write another or let it go.
"""

import enum
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, delete, exists, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from dosfed.deliberation.consultations.tables import Consultations
from dosfed.deliberation.posts.visible import READABLE
from dosfed.deliberation.proposals.tables import NewTexts, Proposals
from dosfed.deliberation.votes.tables import Ballots, ErasedBallots, Polls
from dosfed.storage.statements import upsert


class NewTextState(enum.StrEnum):
    """How far a new text has come."""

    WAITING = "waiting"
    REFUSED = "refused"
    LAPSED = "lapsed"


@dataclass(frozen=True, slots=True, kw_only=True)
class NewText:
    """What an author would have a proposal say."""

    proposal: str
    number: int
    title: str
    text: str
    html: str
    note: str
    state: NewTextState
    reason: str | None
    at: datetime

    @property
    def waits(self) -> bool:
        """Whether a facilitator has still to read it."""
        return self.state is NewTextState.WAITING

    def says(self, title: str, text: str) -> bool:
        """Whether it says these words."""
        return (self.title, self.text) == (title, text)


_COLUMNS = tuple(getattr(NewTexts, name) for name in NewText.__slots__)


async def load_new_text(connection: AsyncConnection, proposal: str) -> NewText | None:
    """Return the new text of a proposal, in whatever state it is."""
    statement = select(*_COLUMNS).where(NewTexts.proposal == proposal)
    row = (await connection.execute(statement)).mappings().one_or_none()
    return None if row is None else NewText(**{**row, "state": NewTextState(row["state"])})


async def put_new_text(
    connection: AsyncConnection,
    proposal: str,
    words: dict[str, Any],
    *,
    before: NewText | None,
    at: datetime,
) -> None:
    """Let a new text wait, in the place of the one `before` it."""
    values = {
        "proposal": proposal,
        "number": 1 if before is None else before.number + 1,
        **words,
        "state": NewTextState.WAITING.value,
        "reason": None,
        "at": at,
    }
    await upsert(connection, NewTexts, [values], key=["proposal"], update=list(values))


async def refuse_new_text(connection: AsyncConnection, proposal: str, *, reason: str) -> None:
    """Keep why a new text was turned down, for its author."""
    await connection.execute(
        update(NewTexts)
        .where(NewTexts.proposal == proposal)
        .values(state=NewTextState.REFUSED.value, reason=reason)
    )


async def drop_new_text(connection: AsyncConnection, proposal: str) -> None:
    """Let go of a new text: it was taken over, or its author wants it no more."""
    await connection.execute(delete(NewTexts).where(NewTexts.proposal == proposal))


async def find_lapsed(connection: AsyncConnection, *, now: datetime) -> Sequence[str]:
    """Return the proposals whose new text comes too late: their own is frozen by now."""
    voted = exists().where(Ballots.poll == Polls.id, Ballots.replaced_at.is_(None))
    erased = exists().where(ErasedBallots.poll == Polls.id)
    is_over = or_(Polls.closed_at.is_not(None), Polls.closes <= now)
    rows = await connection.execute(
        select(NewTexts.proposal)
        .join(Polls, Polls.proposal == NewTexts.proposal)
        .where(NewTexts.state == NewTextState.WAITING.value, or_(is_over, voted, erased))
        .order_by(NewTexts.proposal)
    )
    return rows.scalars().all()


async def find_waiting(connection: AsyncConnection) -> Sequence[str]:
    """Return the proposals of this home whose new text waits to be read, the oldest first."""
    rows = await connection.execute(
        select(NewTexts.proposal)
        .join(Proposals, Proposals.id == NewTexts.proposal)
        .join(Consultations, Consultations.id == Proposals.consultation)
        .where(waiting())
        .order_by(NewTexts.at, NewTexts.proposal)
    )
    return rows.scalars().all()


async def lapse(connection: AsyncConnection, proposals: Sequence[str]) -> None:
    """Note that these new texts have come too late."""
    await connection.execute(
        update(NewTexts)
        .where(NewTexts.proposal.in_(proposals))
        .values(state=NewTextState.LAPSED.value)
    )


def waiting() -> ColumnElement[bool]:
    """Return the condition under which a proposal's new text waits here to be read.

    The statement joins its proposal, and that its consultation.
    """
    return and_(
        NewTexts.state == NewTextState.WAITING.value,
        READABLE.of(Proposals),
        Consultations.home.is_(None),
    )
