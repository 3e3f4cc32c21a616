"""When a consultation puts its polls before its followers again."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from dosfed.deliberation.posts.visible import READABLE
from dosfed.deliberation.proposals.tables import Proposals
from dosfed.deliberation.votes.boost_rules import next_boost, next_moment
from dosfed.deliberation.votes.model import Poll
from dosfed.deliberation.votes.tables import Boosts
from dosfed.storage.statements import upsert


@dataclass(frozen=True, slots=True, kw_only=True)
class Boost:
    """How a poll was announced last: the ids of its Create, and of the Announce that stands."""

    proposal: str
    created: str | None
    announced: str | None
    announced_at: datetime | None


def _due(now: datetime) -> Select[*tuple[Any, ...]]:
    """Select what is due; what is hidden waits until it is shown again."""
    return (
        select(Boosts.proposal, Boosts.created, Boosts.announced, Boosts.announced_at)
        .join(Proposals, Proposals.id == Boosts.proposal)
        .where(Boosts.next_at <= now, READABLE.of(Proposals))
        .order_by(Boosts.next_at, Boosts.proposal)
    )


async def is_any_due(connection: AsyncConnection, now: datetime) -> bool:
    """Whether any poll should be boosted now."""
    return (await connection.execute(_due(now).limit(1))).first() is not None


async def load_due(connection: AsyncConnection, now: datetime, *, most: int) -> Sequence[Boost]:
    """Return what should be boosted now; no other worker does so meanwhile, or after."""
    # A worker that waits for another's rows reads them as they are then: not due any more.
    rows = await connection.execute(_due(now).limit(most).with_for_update(of=Boosts))
    return [Boost(**row) for row in rows.mappings()]


async def keep(connection: AsyncConnection, boost: Boost, poll: Poll, *, at: datetime) -> None:
    """Keep how a poll was announced `at` a moment; the next boost follows from its dates."""
    row = {
        "proposal": boost.proposal,
        "created": boost.created,
        "announced": boost.announced,
        "announced_at": boost.announced_at,
        "next_at": next_boost(poll, after=at),
    }
    update_all = ("created", "announced", "announced_at", "next_at")
    await upsert(connection, Boosts, [row], key=("proposal",), update=update_all)


async def move(
    connection: AsyncConnection,
    proposal: str,
    opens: datetime,
    closes: datetime,
    *,
    at: datetime,
) -> None:
    """Let a poll that has been boosted be boosted again by the dates that it has now."""
    await connection.execute(
        update(Boosts)
        .where(Boosts.proposal == proposal)
        .values(next_at=next_moment(opens, closes, after=at))
    )


async def end(connection: AsyncConnection, proposal: str) -> None:
    """Let a poll be boosted no more: it is over."""
    await connection.execute(update(Boosts).where(Boosts.proposal == proposal).values(next_at=None))
