"""The published tally of each poll: when it moves, and when it is final."""

import asyncio
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from secrets import token_bytes
from typing import Any

import structlog
from sqlalchemy import Row, Select, bindparam, case, func, literal, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from dosfed.deliberation.consultations.tables import Consultations
from dosfed.deliberation.posts.visible import READABLE
from dosfed.deliberation.proposals.tables import Proposals
from dosfed.deliberation.votes import recount
from dosfed.deliberation.votes.lots import Lots
from dosfed.deliberation.votes.methods.model import Method
from dosfed.deliberation.votes.model import Tally
from dosfed.deliberation.votes.polls import METHOD_COLUMNS, PollRecord, load_due, read_method
from dosfed.deliberation.votes.rules import lot_size, may_announce_tally, may_close, may_move_tally
from dosfed.deliberation.votes.tables import Ballots, Polls, PollServers, Tallies
from dosfed.deliberation.votes.tally import Count, count, read_count
from dosfed.storage.statements import slow

log = structlog.get_logger(__name__)

SEED_BYTES = 32


# The published tally of a poll is one row, and whatever shows counts shows this row: the page,
# feeds, `tallies.json`, the `Question` and its `Update`s. It is never a count of the ballots as
# they are at that moment; which count it is, and why, is told in `lots`. Its life:
#
#   a ballot comes, changes    `load_lots`, `Lots.take`, `save_lots`, in the ballot's transaction:
#   or goes                    three counts move along, nothing is published
#   it moves (2.3)             `move_due`: `ready` becomes `counts`, at most once per interval. That
#                              reads no ballot, so it costs the same in a poll of a million
#   it goes out (2.5)          `mark_announced`, by whoever sends the `Update`
#   the poll closes (1.6)      `close_due`: the ballots themselves are counted, once, and that is
#                              final. It must equal the count that moved along; if one of them is
#                              wrong the ballots are believed, and the log is told
#
# Two rows hold all this together on PostgreSQL. Whoever votes or leaves has a share of the poll's
# row, and whoever closes has all of it: no ballot slips in beside the closing. Whoever lets a
# ballot into the lots holds the tally's row, so that ballots of two processes enter one by one.
#
# What is kept to count by says something of single ballots: it goes when all are counted.
_NO_LOTS = {"lot_voters": 0, "running": None, "held": None, "ready": None}


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """All standing ballots of a poll, and the count that was kept of them one by one."""

    whole: Count
    running: Count
    ballots: recount.Ballots
    sha256: str  # of the file that these ballots are


async def load_lots(connection: AsyncConnection, polls: Collection[str]) -> dict[str, Lots]:
    """Return how far the lots of polls have come.

    Nobody else adds to them before the transaction ends.
    """
    rows = await connection.execute(
        select(
            Tallies.poll,
            Tallies.lot,
            Tallies.lot_voters,
            Tallies.running,
            Tallies.held,
            Tallies.ready,
            Polls.counts_from,
            Polls.options,
            *METHOD_COLUMNS,
        )
        .join(Polls, Polls.id == Tallies.poll)
        .where(Tallies.poll.in_(polls))
        .order_by(Tallies.poll)  # in one order, so that two processes never wait for each other
        .with_for_update(of=Tallies)
    )
    return {row.poll: _read_lots(row, read_method(row)) for row in rows}


def _read_lots(row: Row[*tuple[Any, ...]], method: Method) -> Lots:
    return Lots(
        method=method,
        size=lot_size(row.counts_from),
        lot=row.lot,
        voters=row.lot_voters,
        now=list(row.running or count(method, len(row.options), ())),
        held=None if row.held is None else tuple(row.held),
        ready=None if row.ready is None else tuple(row.ready),
    )


async def save_lots(connection: AsyncConnection, kept: Mapping[str, Lots]) -> None:
    """Write how far the lots of polls have come."""
    if not kept:
        return
    await connection.execute(
        update(Tallies)
        .where(Tallies.poll == bindparam("of"))
        .values(
            lot=bindparam("number"),
            lot_voters=bindparam("fill"),
            running=bindparam("now"),
            held=bindparam("full"),
            ready=bindparam("next"),
        ),
        [
            {
                "of": poll,
                "number": lots.lot,
                "fill": lots.voters,
                "now": lots.now,
                "full": lots.held,
                "next": lots.ready,
            }
            for poll, lots in kept.items()
        ],
    )


async def is_anything_due(
    connection: AsyncConnection, *, interval: timedelta, now: datetime
) -> bool:
    """Whether a poll judged here may have to close, to move its tally or to announce it."""
    ends = (Polls.closes <= now) & Polls.closed_at.is_(None)
    moves = Tallies.ready.is_not(None)
    rows = await connection.execute(_select_judged_here().where(or_(ends, moves, Tallies.is_stale)))
    return any(
        (row.closed_at is None and row.closes <= now)
        or (row.ready is not None and _may_move(row, interval=interval, now=now))
        or _may_announce(row, interval=interval, now=now)
        for row in rows
    )


async def next_end(connection: AsyncConnection) -> datetime | None:
    """Return when the next poll ends that is judged here and not closed, if there is one."""
    ends = (
        select(func.min(Polls.closes))
        .join(Proposals, Proposals.id == Polls.proposal)
        .join(Consultations, Consultations.id == Proposals.consultation)
        .where(Consultations.home.is_(None), Polls.closed_at.is_(None))
    )
    return (await connection.execute(ends)).scalar_one()


def _select_judged_here() -> Select[*tuple[Any, ...]]:
    return (
        select(
            Polls.id,
            Polls.proposal,
            Polls.closes,
            Polls.closed_at,
            Polls.hides_counts,
            Polls.counts_from,
            READABLE.of(Proposals).label("is_readable"),
            Tallies.ready,
            Tallies.is_stale,
            Tallies.moved_at,
            Tallies.announced_at,
        )
        .join(Proposals, Proposals.id == Polls.proposal)
        .join(Consultations, Consultations.id == Proposals.consultation)
        .join(Tallies, Tallies.poll == Polls.id)
        .where(Consultations.home.is_(None))
    )


def _may_move(row: Row[*tuple[Any, ...]], *, interval: timedelta, now: datetime) -> bool:
    return may_move_tally(
        counts_from=row.counts_from, moved_at=row.moved_at, interval=interval, now=now
    )


def _may_announce(row: Row[*tuple[Any, ...]], *, interval: timedelta, now: datetime) -> bool:
    """Whether a tally moved and may go out; while its proposal is hidden it waits (rule 3.23)."""
    return (
        row.is_stale
        and row.is_readable
        and may_announce_tally(
            hides_counts=row.hides_counts,
            is_closed=row.closed_at is not None,
            announced_at=row.announced_at,
            interval=interval,
            now=now,
        )
    )


async def move_due(connection: AsyncConnection, *, interval: timedelta, now: datetime) -> list[str]:
    """Let the published tallies that may do so move on; return their polls.

    That costs the same however many have voted: what they move to was counted as it came.
    """
    rows = await connection.execute(
        _select_judged_here()
        .where(Tallies.ready.is_not(None), Polls.closed_at.is_(None))
        .order_by(Tallies.poll)
        .with_for_update(of=Tallies)
    )
    moving = [row for row in rows if _may_move(row, interval=interval, now=now)]
    for row in moving:
        tally = read_count(tuple(row.ready), counts_from=row.counts_from)
        await _publish(connection, row.id, tally, {"ready": None}, now=now)
    return [row.id for row in moving]


async def count_whole(connection: AsyncConnection, record: PollRecord, *, here: str) -> Counted:
    """Count all standing ballots, which takes a while where many have voted.

    The final tally is this, and tests ask it for any other.
    """
    kept = select(Tallies.running).where(Tallies.poll == record.poll.id)
    running = (await connection.execute(kept)).scalar_one()
    method, options = record.poll.method, len(record.poll.options)
    origin = case(
        (Ballots.host == here, literal("here")),
        (Ballots.host.in_(record.listed), literal("listed")),
        else_=literal("fediverse"),
    ).label("origin")
    groups = (
        select(Ballots.choices, origin, func.count())
        .where(Ballots.poll == record.poll.id, Ballots.replaced_at.is_(None))
        .group_by(Ballots.choices, "origin")
    )
    rows = [(row[0], row[1], row[2]) for row in await connection.execute(slow(groups))]
    file = recount.Ballots(
        poll=record.poll.id,
        method=method,
        options=record.poll.options,
        closed=record.poll.closes,
        seed=token_bytes(SEED_BYTES),
        groups=recount.kept_groups((kept, number) for kept, _, number in rows),
    )
    return Counted(
        whole=count(method, options, rows),
        ballots=file,
        # Beside the loop: of a million ballots it takes seconds.
        sha256=await asyncio.to_thread(recount.digest, file),
        running=count(method, options, ()) if running is None else tuple(running),
    )


async def close_due(
    connection: AsyncConnection,
    counted: Mapping[str, Counted],
    *,
    waits: Collection[str],
    now: datetime,
) -> list[str]:
    """Close the polls whose end has passed and that were counted; return them.

    `waits` are those for which something received in time is still unjudged. One from which
    somebody took a ballot since it was counted is left to be counted again.
    """
    closed: list[str] = []
    for record in await load_due(connection, now, holds=True):
        poll = record.poll.id
        if poll not in counted or not may_close(record.poll, has_unjudged=poll in waits, now=now):
            continue
        lots = (await load_lots(connection, [poll]))[poll]
        now_standing = tuple(lots.now)
        # The whole was counted before this transaction, which would hold everybody up. Nobody can
        # have voted since, but somebody may have left, and taken a ballot along (rule 4.2).
        if counted[poll].running != now_standing:
            continue
        if counted[poll].whole != now_standing:
            log.error("tally differs from its ballots", poll=poll)
        await connection.execute(
            update(Polls)
            .where(Polls.id == poll)
            .values(closed_at=now, erase_at=now + timedelta(days=record.erase_after_days))
        )
        tally = read_count(counted[poll].whole, counts_from=record.poll.counts_from)
        is_telling = tally.voters >= record.poll.counts_from  # rule 2.6
        file = _file(counted[poll]) if is_telling else {}
        await _publish(connection, poll, tally if is_telling else None, _NO_LOTS | file, now=now)
        closed.append(poll)
    return closed


def _file(counted: Counted) -> dict[str, Any]:
    """Return what is kept so that everybody can count again (rule 2.8)."""
    return {
        "ballots_seed": counted.ballots.seed,
        "ballots_groups": counted.ballots.groups,
        "ballots_sha256": counted.sha256,
    }


async def close_withdrawn(
    connection: AsyncConnection, polls: Collection[str], *, now: datetime
) -> None:
    """Close polls that have no result; who voted what is erased next (rule 10.6).

    The caller holds them (`consultations.changing`), so that no ballot slips in beside this.
    """
    await connection.execute(
        update(Polls)
        .where(Polls.id.in_(polls), Polls.closed_at.is_(None))
        .values(closes=now, closed_at=now, withdrawn_at=now, erase_at=now)
    )
    await connection.execute(
        update(Polls)
        .where(Polls.id.in_(polls), Polls.withdrawn_at == now, Polls.opens > now)
        .values(opens=now)
    )
    nothing = {"counts": None, "voters": None, "origins": None, "is_stale": False, "moved_at": now}
    await connection.execute(
        update(Tallies).where(Tallies.poll.in_(polls)).values(**nothing, **_NO_LOTS)
    )


async def load_servers(connection: AsyncConnection, poll: str) -> list[str]:
    """Return the hosts of servers with a counted ballot; they hear the tally."""
    rows = await connection.execute(select(PollServers.host).where(PollServers.poll == poll))
    return list(rows.scalars())


async def load_stale(
    connection: AsyncConnection, *, interval: timedelta, now: datetime
) -> list[str]:
    """Return the proposals whose published tally moved and may be announced now (rule 2.5)."""
    rows = await connection.execute(_select_judged_here().where(Tallies.is_stale))
    return [row.proposal for row in rows if _may_announce(row, interval=interval, now=now)]


async def mark_announced(connection: AsyncConnection, proposal: str, now: datetime) -> None:
    """Note that a proposal's published tally went out."""
    await connection.execute(
        update(Tallies)
        .where(Tallies.poll.in_(select(Polls.id).where(Polls.proposal == proposal)))
        .values(is_stale=False, announced_at=now)
    )


async def _publish(
    connection: AsyncConnection,
    poll: str,
    tally: Tally | None,
    lots: Mapping[str, Any],
    *,
    now: datetime,
) -> None:
    await connection.execute(
        update(Tallies)
        .where(Tallies.poll == poll)
        .values(
            counts=list(tally.counts) if tally else None,
            voters=tally.voters if tally else None,
            origins=dict(tally.origins) if tally and tally.origins else None,
            moved_at=now,
            is_stale=True,
            **lots,
        )
    )
