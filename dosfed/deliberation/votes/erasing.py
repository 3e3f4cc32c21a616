"""Erasing who voted what: of a closed poll a few at a time, and of somebody who leaves."""

import random
from collections.abc import Collection
from datetime import datetime

from sqlalchemy import delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from dosfed.deliberation.consultations.tables import Consultations
from dosfed.deliberation.proposals.tables import Proposals
from dosfed.deliberation.votes.lots import Place
from dosfed.deliberation.votes.methods.model import read_choice
from dosfed.deliberation.votes.tables import (
    Ballots,
    ErasedBallots,
    Polls,
    PollServers,
    SentBallots,
    VotersTold,
)
from dosfed.deliberation.votes.tallies import load_lots, save_lots
from dosfed.deliberation.votes.tally import origin_of

# What erasing leaves of a ballot is what a count needs: the choices, and the origin of the voter.
# The count that was published can be checked against that for ever; who chose what, in which order
# and when, nobody can find out any more, the operator included:
#
#   - the voter, the time and what was replaced are not copied;
#   - the rows are written in a random order, since numbers that rise in the order of voting would
#     be as good as names to whoever watched the tally move;
#   - the origin is copied as one of three words, never as a host: a small server is its people;
#   - the signed bytes that prove a ballot, and the ballots that our own citizens sent elsewhere,
#     go with it (`acts.erasing`); whoever only voted is forgotten (`acts.strangers`), and the
#     files are cleaned of it all (`storage.scrubbing`).
#
# A large poll is erased in many transactions, each of which moves some rows from one table to the
# other, so that the sum of both is always the final count. What is left to do is what is still
# there: whatever interrupts it, the next call goes on.

AT_ONCE = 500


async def next_to_erase(connection: AsyncConnection, now: datetime) -> str | None:
    """Return a poll whose ballots have been kept long enough."""
    due = select(Polls.id).where(Polls.erase_at <= now, Polls.erased_at.is_(None))
    found: str | None = await connection.scalar(due.order_by(Polls.erase_at, Polls.id).limit(1))
    return found


async def erase_ballots(
    connection: AsyncConnection,
    poll: str,
    *,
    listed: Collection[str],
    here: str,
    shuffle: random.Random,
) -> int:
    """Leave some ballots' choices without voter, time and order; return how many there were."""
    rows = (
        await connection.execute(
            select(Ballots.id, Ballots.host, Ballots.choices)
            .where(Ballots.poll == poll, Ballots.replaced_at.is_(None))
            .limit(AT_ONCE)
        )
    ).all()
    kept = [
        {
            "poll": poll,
            "origin": origin_of(row.host, listed=listed, here=here),
            "choices": row.choices,
        }
        for row in rows
    ]
    shuffle.shuffle(kept)
    if kept:
        await connection.execute(insert(ErasedBallots), kept)
    if rows:
        erased = [row.id for row in rows]
        await connection.execute(delete(Ballots).where(Ballots.id.in_(erased)))
    return len(rows)


async def drop_replaced(connection: AsyncConnection, poll: str) -> int:
    """Drop some ballots that others replaced; return how many there were."""
    replaced = select(Ballots.id).where(Ballots.poll == poll, Ballots.replaced_at.is_not(None))
    dropped = await connection.execute(
        delete(Ballots).where(Ballots.id.in_(replaced.limit(AT_ONCE)))
    )
    return dropped.rowcount


async def load_sent(connection: AsyncConnection, poll: str) -> list[str]:
    """Return the activities by which citizens of this instance voted elsewhere."""
    rows = await connection.execute(select(SentBallots.activity).where(SentBallots.poll == poll))
    return list(rows.scalars())


async def end(connection: AsyncConnection, poll: str, now: datetime) -> None:
    """Drop the rest of what says who voted once no ballot is left, and note when that was."""
    for table in (PollServers, SentBallots, VotersTold):
        await connection.execute(delete(table).where(table.poll == poll))
    await connection.execute(update(Polls).where(Polls.id == poll).values(erased_at=now))


async def forget_ballots(connection: AsyncConnection, voter: str, *, here: str) -> None:
    """Take a voter's ballots out of every poll (rule 4.2).

    Where the tally is final the choice stays counted, without the voter.
    """
    rows = (
        await connection.execute(
            select(
                Ballots.poll,
                Ballots.host,
                Ballots.choices,
                Ballots.lot,
                Ballots.before,
                Polls.closed_at,
                Consultations.instances,
            )
            .join(Polls, Polls.id == Ballots.poll)
            .join(Proposals, Proposals.id == Polls.proposal)
            .join(Consultations, Consultations.id == Proposals.consultation)
            .where(Ballots.voter == voter, Ballots.replaced_at.is_(None))
            .order_by(Ballots.poll)
            .with_for_update(read=True, of=Polls)
        )
    ).all()
    origins = {row.poll: origin_of(row.host, listed=row.instances, here=here) for row in rows}
    frozen = [
        {"poll": row.poll, "origin": origins[row.poll], "choices": row.choices}
        for row in rows
        if row.closed_at is not None
    ]
    if frozen:
        await connection.execute(insert(ErasedBallots), frozen)
    await connection.execute(delete(Ballots).where(Ballots.voter == voter))
    await connection.execute(delete(SentBallots).where(SentBallots.voter == voter))
    still_open = [row for row in rows if row.closed_at is None]
    lots = await load_lots(connection, [row.poll for row in still_open])
    for row in still_open:
        place = Place(lot=row.lot, before=read_choice(row.before or ""))
        earlier = read_choice(row.choices)
        lots[row.poll].take(earlier, place, (), origin=origins[row.poll])
    await save_lots(connection, lots)
