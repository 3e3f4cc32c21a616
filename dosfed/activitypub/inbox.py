"""Everything verified that came in: durable before it is acknowledged, its outcome kept."""

import asyncio
import hashlib
import zlib
from collections import defaultdict
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

import orjson
from sqlalchemy import Row, bindparam, select, text, update
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection

from dosfed.activitypub import order
from dosfed.activitypub.parsing import id_if_any
from dosfed.activitypub.reading import Document
from dosfed.activitypub.tables import Inbox
from dosfed.instance import host_of
from dosfed.storage.clock import Clock
from dosfed.storage.engine import Database
from dosfed.storage.statements import insert_ignore

# A row goes through three hands, which may be three processes:
#
#   received  `Receiver.receive`, in the web process: stored, then answered with 202
#   judged    `claim` (or `hold`, `load`), `settle`: in the transaction that does what is asked, so
#             that an act and its outcome are either both there or neither
#   emptied   `_drop` at once, except for the evidence of ballots; `erase…` and `purge` later (4.1,
#             4.3, 4.5)
#
# Repeats. Others deliver again what we have stored whenever our answer gets lost on its way, and
# some do so days later. What was sent before changes nothing: the same bytes, from the same actor,
# under the same id (docs/rules.md, section 1). That is one unique index over three columns, and
# an INSERT that leaves out what is there; nobody has to look first, and of two that arrive at once
# one wins. The id alone would not do, since some servers use ids again. The three columns are kept
# for as long as a repeat could change anything: of a ballot that counts until it is erased, when
# its poll is closed and the rules refuse whatever comes; of what changed nothing for seven days,
# after which it would change nothing again.
#
# Order. Acts count from the moment in which they were stored, and `id` is their order. All of one
# actor's are in one shard, which one transaction judges at a time (docs/decisions/0002); what may
# step out of the line is told in `order.py`.

SHARDS = 16  # so many workers can judge at once; one is enough for thousands of ballots a second
BATCH = 500  # long enough to share statements, short enough for other writers to get their turn
# Done and undone as often as somebody likes.
AGAIN_AND_AGAIN = frozenset(
    {"Like", "Dislike", "EmojiReact", "Announce", "Undo", "Follow", "Block"}
)
# Of what waited for another server, so many are tried again beside them.
AGAIN = 50
# A commit costs as much as storing fifty rows; its senders wait seconds without complaint.
GATHER_SECONDS = 0.015
# What somebody takes back is looked for in so many of their acts, of so many bytes each.
MOST_EVIDENCE = 500
SHORT = 16_384
COLUMNS = (
    Inbox.id,
    Inbox.actor,
    Inbox.activity,
    Inbox.object,
    Inbox.leased_until,
    Inbox.body,
    Inbox.received_at,
)
_SETTLE = (
    update(Inbox)
    .where(Inbox.id.in_(bindparam("rows", expanding=True)))
    .values(
        kind=bindparam("said_kind"),
        outcome=bindparam("said_outcome"),
        reason=bindparam("said_reason"),
        about=bindparam("said_about"),
        judged_at=bindparam("said_at"),
        leased_until=None,
        behind=None,
        object=None,
    )
)
# What some judged rows keep of what they speak of, for what comes late (`federation.early`).
_SPEAK_OF = update(Inbox).where(Inbox.id == bindparam("row")).values(object=bindparam("speaks_of"))
HELD = "waits-for-what-it-answers"  # the reason of what is judged anew
DELETED, UNDONE = order.REMOVED, "undo"  # kinds of such rows
_EMPTY: dict[str, None] = {"actor": None, "activity": None, "digest": None, "body": None}
# A server of one person is that person.
_FORGOTTEN: dict[str, str | None] = {**_EMPTY, "host": "", "about": None, "object": None}
RAW_KEPT = timedelta(days=7)
JUDGED_BY = timedelta(days=1)  # nothing waits for longer: what needs a document gives up sooner
# On PostgreSQL a shard is judged under the advisory lock of this number plus the shard.
LOCK = 0x0D05FED0


class _Verified(Protocol):
    @property
    def actor(self) -> str: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """A verified activity as it was stored; `at` is the moment from which it counts."""

    row: int
    actor: str
    activity: str | None
    object: str | None  # what it speaks of
    has_waited: bool  # for another server
    body: bytes
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What became of an activity; `about` is what it is counted for, such as a poll.

    `is_held`: it is judged anew once what it is about is there (`judge_anew`).
    `speaks_of` is the thing that its actor may come back to, such as what was deleted.
    `forgets`: who sent what goes at once, as for a direct message.
    """

    row: int
    kind: str
    outcome: str  # admitted, refused, ignored, malformed
    reason: str | None = None
    about: str | None = None
    speaks_of: str | None = None
    is_held: bool = False
    forgets: bool = False

    @property
    def is_evidence(self) -> bool:
        """Whether its bytes are kept: the evidence of what counts, and what is judged again."""
        return self.is_held or (self.outcome == "admitted" and self.about is not None)


def shard_of(actor: str) -> int:
    """Return the shard in which an actor's acts are judged, one after the other."""
    return zlib.crc32(actor.encode()) % SHARDS


class Receiver:
    """Stores what was verified, many requests in one commit.

    Requests gather for a moment, and while an earlier commit is on its way to the disk;
    `on_stored` is called after each commit.
    """

    def __init__(self, database: Database, clock: Clock, on_stored: Callable[[], None]) -> None:
        self._database = database
        self._clock = clock
        self._on_stored = on_stored
        self._waiting: list[tuple[dict[str, object], asyncio.Future[None]]] = []
        self._writer: asyncio.Task[None] | None = None

    async def receive(self, verified: _Verified, raw: bytes, document: Document) -> None:
        """Store an activity; it is durable, or a known repeat, once this returns.

        A Follow is never taken for a repeat, since each one is answered: somebody who follows anew
        after leaving may send the very same bytes, and somebody who got no Accept asks again. Nor
        is what says the same each time and has no id by which to tell: who likes a thing again
        after taking that back. What takes several things away is stored once for each of them.
        """
        parts = order.apart(document)
        if len(parts) == 1:
            await self._receive(verified, raw, document)
            return
        await asyncio.gather(*(self._receive(verified, orjson.dumps(part), part) for part in parts))

    async def _receive(self, verified: _Verified, raw: bytes, document: Document) -> None:
        activity = id_if_any(document)
        kind = order.kind_of(document)
        is_new = kind == "Follow" or (not activity and kind in AGAIN_AND_AGAIN)
        row: dict[str, object] = {
            "actor": verified.actor,
            "activity": activity,
            "digest": None if is_new else hashlib.sha256(raw).digest(),
            "host": host_of(verified.actor),
            # Before it is judged three words of it are known, as its sender chose them. A poll
            # that closes, and the line of those who wait, ask for these without reading it.
            "shard": shard_of(verified.actor),
            "kind": kind,
            "about": order.answered(document),
            "object": order.spoken_of(document),
            "body": raw,
            "size": len(raw),
        }
        stored = asyncio.get_running_loop().create_future()
        self._waiting.append((row, stored))
        if self._writer is None or self._writer.done():
            self._writer = asyncio.create_task(self._write())
        await stored

    async def close(self) -> None:
        """Wait until everything taken in is stored."""
        if self._writer is not None:
            await self._writer

    async def _write(self) -> None:
        while self._waiting:
            await asyncio.sleep(GATHER_SECONDS)
            batch, self._waiting = self._waiting, []
            try:
                async with self._database.write() as connection:
                    # Inside the transaction, so that the commit follows soon: a poll waits two
                    # seconds after its end for what was stamped before it (rule 1.6).
                    at = await self._clock.stamp(connection)
                    await insert_ignore(
                        connection, Inbox, [{**row, "received_at": at} for row, _ in batch]
                    )
            except (SQLAlchemyError, OSError) as error:
                for _, stored in batch:
                    if not stored.done():
                        stored.set_exception(error)
                continue
            for _, stored in batch:
                if not stored.done():  # the sender may have gone away meanwhile
                    stored.set_result(None)
            self._on_stored()


async def claim(
    connection: AsyncConnection, *, now: datetime, limit: int = BATCH
) -> list[Received]:
    """Return the oldest unjudged activities, in order, for this transaction to judge.

    Left out is what waits for another server, and on PostgreSQL the shards that another worker
    judges right now. What waited long enough is tried again, a little of it at a time, so that
    it never goes before what came in since.
    """
    shards = await _free_shards(connection)
    free = [] if shards is None else [Inbox.shard.in_(shards)]
    fresh = select(*COLUMNS).where(order.IS_FRESH, *free).order_by(Inbox.id).limit(limit)
    again = (
        select(*COLUMNS)
        .where(Inbox.outcome.is_(None), Inbox.leased_until <= now, *free)
        .order_by(Inbox.leased_until, Inbox.id)
        .limit(AGAIN)
    )
    rows = [*await connection.execute(fresh), *await connection.execute(again)]
    return sorted(map(_received, rows), key=lambda received: received.row)


async def _free_shards(connection: AsyncConnection) -> list[int] | None:
    """Lock the shards that nobody judges until this transaction ends; None means all."""
    if connection.dialect.name != "postgresql":
        return None
    rows = await connection.execute(
        text(
            "select shard from generate_series(0, :last) as shard"
            " where pg_try_advisory_xact_lock(:lock + shard)"
        ),
        {"last": SHARDS - 1, "lock": LOCK},
    )
    return list(rows.scalars())


async def hold(connection: AsyncConnection, batch: Sequence[Received]) -> list[Received]:
    """Return those of some activities that are still unjudged.

    Nobody else judges any of their actors before the transaction ends.
    """
    if connection.dialect.name == "postgresql":
        # In one order, so that two workers never wait for each other.
        for shard in sorted({shard_of(received.actor) for received in batch}):
            await connection.execute(
                text("select pg_advisory_xact_lock(:lock)"), {"lock": LOCK + shard}
            )
    rows = await connection.execute(
        select(Inbox.id).where(
            Inbox.id.in_([received.row for received in batch]), Inbox.outcome.is_(None)
        )
    )
    left = set(rows.scalars())
    return [received for received in batch if received.row in left]


async def load(connection: AsyncConnection, row: int) -> list[Received]:
    """Return one activity for this transaction to judge, if it is still unjudged."""
    rows = await connection.execute(
        select(*COLUMNS).where(Inbox.id == row, Inbox.outcome.is_(None))
    )
    return await hold(connection, [_received(found) for found in rows])


def _received(row: Row[*tuple[Any, ...]]) -> Received:
    return Received(
        row=row.id,
        actor=row.actor or "",
        activity=row.activity,
        object=row.object,
        has_waited=row.leased_until is not None,
        body=row.body or b"",
        at=row.received_at,
    )


async def settle(
    connection: AsyncConnection, verdicts: Sequence[Verdict], *, now: datetime
) -> None:
    """Keep what became of activities; their bytes go, except the evidence of what counts.

    What somebody wrote would otherwise stay in them after it was deleted (rule 4.3).
    """
    if not verdicts:
        return
    # Ballots of a storm differ in nothing but their rows: grouped, a batch costs a few statements.
    alike: dict[tuple[str, str, str | None, str | None], list[int]] = defaultdict(list)
    for verdict in verdicts:
        said = (verdict.kind, verdict.outcome, verdict.reason, verdict.about)
        alike[said].append(verdict.row)
    for said, rows in alike.items():  # hundreds of ballots, but a handful of polls
        kind, outcome, reason, about = said
        await connection.execute(
            _SETTLE,
            {
                "rows": rows,
                "said_kind": kind,
                "said_outcome": outcome,
                "said_reason": reason,
                "said_about": about,
                "said_at": now,
            },
        )
    spoken = [
        {"row": verdict.row, "speaks_of": verdict.speaks_of}
        for verdict in verdicts
        if verdict.speaks_of is not None
    ]
    if spoken:
        await connection.execute(_SPEAK_OF, spoken)
    await _drop(connection, verdicts)
    forgotten = [verdict.row for verdict in verdicts if verdict.forgets]
    if forgotten:
        await connection.execute(update(Inbox).where(Inbox.id.in_(forgotten)).values(_EMPTY))


async def _drop(connection: AsyncConnection, verdicts: Sequence[Verdict]) -> None:
    """Drop the bytes of all that is no evidence (rule 4.3)."""
    done = [verdict.row for verdict in verdicts if not verdict.is_evidence]
    if done:
        await connection.execute(update(Inbox).where(Inbox.id.in_(done)).values(body=None))


async def judge_anew(connection: AsyncConnection, about: str) -> None:
    """Let what was held until something is there be judged again, as of when it came."""
    await connection.execute(
        update(Inbox)
        .where(Inbox.about == about, Inbox.reason == HELD, Inbox.body.is_not(None))
        .values(outcome=None, reason=None, judged_at=None)
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """An admitted act whose bytes are kept, because they prove it."""

    about: str | None
    at: datetime
    body: bytes


async def load_evidence(
    connection: AsyncConnection, actor: str, *, kind: str
) -> tuple[Evidence, ...]:
    """Return the latest of what proves an actor's acts of a kind; of long ones, none."""
    rows = await connection.execute(
        select(Inbox.about, Inbox.received_at, Inbox.body)
        .where(
            Inbox.actor == actor,
            Inbox.kind == kind,
            Inbox.outcome == "admitted",
            Inbox.body.is_not(None),
            Inbox.size <= SHORT,
        )
        .order_by(Inbox.id.desc())
        .limit(MOST_EVIDENCE)
    )
    return tuple(
        Evidence(about=row.about, at=row.received_at, body=row.body) for row in rows if row.body
    )


async def erase(connection: AsyncConnection, actors: Collection[str]) -> None:
    """Empty judged rows by these actors: that acts were judged, and how, stays."""
    await connection.execute(
        update(Inbox).where(Inbox.actor.in_(actors), Inbox.outcome.is_not(None)).values(_FORGOTTEN)
    )


async def erase_about(connection: AsyncConnection, thing: str) -> int:
    """Empty some judged rows about a thing; return how many there were."""
    rows = select(Inbox.id).where(Inbox.about == thing, Inbox.outcome.is_not(None)).limit(BATCH)
    erased = await connection.execute(update(Inbox).where(Inbox.id.in_(rows)).values(_FORGOTTEN))
    return erased.rowcount


async def purge(connection: AsyncConnection, now: datetime, *, since: datetime | None) -> None:
    """Drop raw bytes after seven days, except the evidence of what counts.

    Of what changed nothing, who sent it goes with them. `since` is when this was done last: what
    was old enough then need not be looked at again.
    """
    old = Inbox.received_at < now - RAW_KEPT
    if since is not None:
        old &= Inbox.received_at >= since - RAW_KEPT - JUDGED_BY
    await connection.execute(
        update(Inbox)
        .where(old, Inbox.host != "", Inbox.outcome.is_not(None), Inbox.outcome != "admitted")
        .values(_FORGOTTEN)
    )
    await connection.execute(
        update(Inbox)
        .where(old, Inbox.object.is_not(None), Inbox.kind == DELETED)
        .values(object=None)
    )
    await connection.execute(
        update(Inbox)
        .where(
            old,
            Inbox.body.is_not(None),
            Inbox.outcome == "admitted",
            Inbox.about.is_(None),
        )
        .values(body=None)
    )
