"""The published tally of each poll: when it moves, and when it is final."""

from collections.abc import Collection
from datetime import datetime, timedelta

from sqlalchemy import func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from dosfed.deliberation.model import Tally
from dosfed.deliberation.polls import PollRecord, load_changed, load_due
from dosfed.deliberation.rules import may_close, may_move_tally
from dosfed.deliberation.tables import (
    Ballots,
    Consultations,
    Polls,
    PollServers,
    Proposals,
    Tallies,
)
from dosfed.deliberation.tally import count


async def count_ballots(connection: AsyncConnection, record: PollRecord, *, here: str) -> Tally:
    """Count the standing ballots; the published tally is made from this and checked against it."""
    rows = await connection.execute(
        select(Ballots.choices, Ballots.host, func.count())
        .where(Ballots.poll == record.poll.id, Ballots.replaced_at.is_(None))
        .group_by(Ballots.choices, Ballots.host)
    )
    origins = dict.fromkeys(record.listed, "listed") | {here: "here"}
    return count(
        len(record.poll.options),
        rows.all(),
        origins=origins,
        counts_from=record.poll.counts_from,
    )


async def is_anything_due(connection: AsyncConnection, now: datetime) -> bool:
    """Whether a poll judged here may have to close, to move its tally or to announce it."""
    at_home = (
        select(Polls.id)
        .join(Proposals, Proposals.id == Polls.proposal)
        .join(Consultations, Consultations.id == Proposals.consultation)
        .join(Tallies, Tallies.poll == Polls.id)
        .where(Consultations.home.is_(None))
    )
    ends = (Polls.closes <= now) & Polls.closed_at.is_(None)
    # What moves while its proposal is hidden is announced once that is shown again.
    is_untold = Tallies.is_stale & (Proposals.state == "published")
    due = at_home.where(or_(ends, Tallies.changed > 0, is_untold)).limit(1)
    return (await connection.execute(due)).first() is not None


async def move_due(
    connection: AsyncConnection, *, interval: timedelta, now: datetime, here: str
) -> list[str]:
    """Let the published tallies that may do so follow their ballots; return their polls."""
    moved: list[str] = []
    for record in await load_changed(connection):
        if await _may_move(connection, record, interval=interval, now=now):
            tally = await count_ballots(connection, record, here=here)
            await _publish(connection, record, tally, now=now)
            moved.append(record.poll.id)
    return moved


async def _may_move(
    connection: AsyncConnection, record: PollRecord, *, interval: timedelta, now: datetime
) -> bool:
    row = (
        await connection.execute(
            select(Tallies.changed, Tallies.counted_to, Tallies.moved_at).where(
                Tallies.poll == record.poll.id
            )
        )
    ).one()
    if not may_move_tally(
        record.poll, changed=row.changed, moved_at=row.moved_at, interval=interval, now=now
    ):
        return False
    if record.poll.counts_from <= 1:
        return True
    # One voter who changes a ballot five times must not give away another one's choice.
    voters = select(func.count()).where(
        Ballots.poll == record.poll.id,
        Ballots.replaced_at.is_(None),
        Ballots.id > row.counted_to,
    )
    return (await connection.execute(voters)).scalar_one() >= record.poll.counts_from


async def close_due(
    connection: AsyncConnection, *, waits: Collection[str], now: datetime, here: str
) -> list[str]:
    """Close the polls whose end has passed and count them for good; return them.

    `waits` are those for which something received in time is still unjudged.
    """
    closed: list[str] = []
    for record in await load_due(connection, now):
        if not may_close(record.poll, has_unjudged=record.poll.id in waits, now=now):
            continue
        tally = await count_ballots(connection, record, here=here)
        await connection.execute(
            update(Polls)
            .where(Polls.id == record.poll.id)
            .values(closed_at=now, erase_at=now + timedelta(days=record.erase_after_days))
        )
        await _publish(connection, record, tally, now=now)
        closed.append(record.poll.id)
    return closed


async def load_servers(connection: AsyncConnection, poll: str) -> list[str]:
    """Return the hosts of servers with a counted ballot; they hear the tally."""
    rows = await connection.execute(select(PollServers.host).where(PollServers.poll == poll))
    return list(rows.scalars())


async def load_stale(
    connection: AsyncConnection, *, interval: timedelta, now: datetime
) -> list[str]:
    """Return the proposals whose published tally moved and may be announced now (rule 2.5)."""
    rows = await connection.execute(
        select(Polls.proposal, Polls.hides_counts, Polls.closed_at, Tallies.announced_at)
        .join(Tallies, Tallies.poll == Polls.id)
        .join(Proposals, Proposals.id == Polls.proposal)
        .join(Consultations, Consultations.id == Proposals.consultation)
        .where(Tallies.is_stale, Consultations.home.is_(None), Proposals.state == "published")
    )
    return [
        row.proposal
        for row in rows
        if row.closed_at is not None
        or (
            not row.hides_counts
            and (row.announced_at is None or now >= row.announced_at + interval)
        )
    ]


async def mark_announced(connection: AsyncConnection, proposal: str, now: datetime) -> None:
    """Note that a proposal's published tally went out."""
    await connection.execute(
        update(Tallies)
        .where(Tallies.poll.in_(select(Polls.id).where(Polls.proposal == proposal)))
        .values(is_stale=False, announced_at=now)
    )


async def _publish(
    connection: AsyncConnection, record: PollRecord, tally: Tally, *, now: datetime
) -> None:
    is_telling = tally.voters >= record.poll.counts_from
    last = select(func.coalesce(func.max(Ballots.id), 0)).where(
        Ballots.poll == record.poll.id, Ballots.replaced_at.is_(None)
    )
    await connection.execute(
        update(Tallies)
        .where(Tallies.poll == record.poll.id)
        .values(
            counts=list(tally.counts) if is_telling else None,
            voters=tally.voters if is_telling else None,
            origins=dict(tally.origins) if is_telling and tally.origins else None,
            changed=0,
            counted_to=last.scalar_subquery(),
            moved_at=now,
            is_stale=True,
        )
    )
