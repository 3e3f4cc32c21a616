"""Judging what came in: batches of the inbox, read, led to the door, their outcomes kept."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta

import orjson
from sqlalchemy.ext.asyncio import AsyncConnection

from dosfed.activitypub import budgets, follows, inbox, order, remote
from dosfed.activitypub.blocks import Blocklist
from dosfed.activitypub.inbox import Received, Verdict
from dosfed.activitypub.order import Line
from dosfed.activitypub.parsing import read_activity, signed_by
from dosfed.activitypub.reading import Malformed
from dosfed.acts.perform import perform
from dosfed.acts.submission import House, Submission
from dosfed.deliberation.model import Forget, Refusal
from dosfed.federation import early, protocol
from dosfed.federation.cases import (
    Asks,
    Case,
    Fetched,
    Wanted,
    as_new,
    authors_of,
    by_its_server,
    charges_for,
    end_of,
    is_charged,
    known_authors,
    known_posts,
    look_for_parent,
    verdict_on,
)
from dosfed.federation.dispatch import dispatch, kind_of
from dosfed.federation.early import Early, Key
from dosfed.federation.held import Threads, hold_back, known_places
from dosfed.federation.incoming import Ignored, Incoming, NeedsDocument, TurnedDown
from dosfed.federation.surprises import Surprises
from dosfed.storage.clock import Clock
from dosfed.storage.engine import Database, is_passing

# A batch goes through three steps, of which only the last writes:
#
#   claim     what is unjudged, in the order of storing (`activitypub.inbox`)
#   read      each act by itself, from bytes to what it asks for; whatever is wrong with one of them
#             is a verdict on that one
#   settle    in one transaction: acts of one kind that follow each other are led to the door
#             together, and every outcome is kept beside what it has changed
#
# An act therefore has an outcome if and only if its effects are there; if a process is stopped
# half way there is neither, and the batch is judged again.

# How long an act that waits for documents is left alone; fetching takes less.
LEASE = timedelta(seconds=60)
# So many bytes are read in one go, some milliseconds' work; then others get their turn.
SHARE = 16_384


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """What a batch came to: how many were judged, what must be fetched, whom we now follow."""

    number: int
    wanted: tuple[Wanted, ...]
    followed: tuple[str, ...]
    has_erased: bool = False  # bytes that must not be found again anywhere

    def __add__(self, other: "Judged") -> "Judged":
        """Return what two batches came to, one after the other."""
        return Judged(
            number=self.number + other.number,
            wanted=self.wanted + other.wanted,
            followed=self.followed + other.followed,
            has_erased=self.has_erased or other.has_erased,
        )


NOTHING = Judged(number=0, wanted=(), followed=())


@dataclass(slots=True, kw_only=True)
class _Desk:
    """What a batch has come to so far; `line` are those who wait for other servers."""

    line: Line
    early: Early
    run: list[tuple[Case, Submission]] = field(default_factory=list)
    doubtful: set[Key] = field(default_factory=set)  # what the run may take back too early
    spent: list[int] = field(default_factory=list)
    verdicts: list[Verdict] = field(default_factory=list)
    wanted: list[Wanted] = field(default_factory=list)
    leased: dict[int, int | None] = field(default_factory=dict)  # each with who waits before it
    followed: list[str] = field(default_factory=list)
    held: Threads = field(default_factory=dict)
    forgotten: list[Received] = field(default_factory=list)


class Judge:
    """Judges the inbox of one database; several may work side by side on PostgreSQL."""

    def __init__(
        self, database: Database, house: House, clock: Clock, blocklist: Blocklist
    ) -> None:
        self._database = database
        self._house = house
        self._clock = clock
        self._blocklist = blocklist
        self._surprises = Surprises()

    async def judge_batch(self) -> Judged:
        """Judge the oldest unjudged activities in one transaction.

        If something unforeseen stops the batch, it is judged in halves, and these again, until
        the act at fault is alone: it takes no other down, and costs few attempts.
        """
        try:
            if self._database.is_sqlite:
                return await self._judge_alone()
            # On PostgreSQL in one transaction: the locks of its shards keep others off its actors.
            async with self._database.write() as connection:
                batch = await inbox.claim(connection, now=self._clock.now())
                return await self._judge(connection, batch, {})
        except Exception as error:  # the edge: nothing may stop the queue
            if is_passing(error):
                raise
            self._surprises.note(error)
        # Without locks, which went with the transaction: each half takes its own (`hold`), and
        # leaves out what others have judged meanwhile.
        async with self._database.read() as connection:
            batch = await inbox.claim(connection, now=self._clock.now())
        return await self._judge_in_halves(batch)

    async def _judge_alone(self) -> Judged:
        """Judge a batch as the only worker, who reads it while others may still write."""
        async with self._database.read() as connection:
            batch = await inbox.claim(connection, now=self._clock.now())
            cases = await self._read_all(connection, batch, {}) if batch else []
        if not cases:
            return NOTHING
        async with self._database.write() as connection:
            # Meanwhile one of them may have been judged beside documents that it waited for.
            left = {received.row for received in await inbox.hold(connection, batch)}
            return await self._settle(
                connection, [case for case in cases if case.received.row in left]
            )

    async def judge_with(self, row: int, fetched: Fetched) -> Judged:
        """Judge one activity beside the documents it needed."""
        async with self._database.write() as connection:
            return await self._judge(connection, await inbox.load(connection, row), fetched)

    async def _judge_in_halves(self, batch: Sequence[Received]) -> Judged:
        """Judge a batch in a transaction; if that fails, each half of it in one of its own."""
        try:
            async with self._database.write() as connection:
                return await self._judge(connection, await inbox.hold(connection, batch), {})
        except Exception as error:  # the edge, again
            if is_passing(error):
                raise
            self._surprises.note(error)
            if len(batch) == 1:
                await self.give_up(batch[0].row, "malformed", f"unforeseen: {type(error).__name__}")
                return replace(NOTHING, number=1)
        middle = len(batch) // 2
        first = await self._judge_in_halves(batch[:middle])
        return first + await self._judge_in_halves(batch[middle:])

    async def give_up(self, row: int, outcome: str, reason: str) -> None:
        """Keep the outcome of an activity that cannot be judged, unless it was meanwhile."""
        async with self._database.write() as connection:
            for received in await inbox.load(connection, row):
                verdict = Verdict(row=row, kind="unknown", outcome=outcome, reason=reason)
                await self._keep(connection, [received], [verdict])

    async def _judge(
        self, connection: AsyncConnection, batch: Sequence[Received], fetched: Fetched
    ) -> Judged:
        if not batch:
            return NOTHING
        return await self._settle(connection, await self._read_all(connection, batch, fetched))

    async def _read_all(
        self, connection: AsyncConnection, batch: Sequence[Received], fetched: Fetched
    ) -> list[Case]:
        actors = {received.actor for received in batch}
        names = {
            actor: f"@{found.handle}@{found.host}"
            for actor, found in (
                await remote.known(connection, actors | authors_of(fetched))
            ).items()
        }
        followed = await follows.followed_here(connection)
        cases, unread = [], 0
        for received in batch:
            unread += len(received.body)
            if unread > SHARE:
                unread = 0
                await asyncio.sleep(0)
            cases.append(self._read(received, names, followed, fetched))
        return cases

    def _read(
        self,
        received: Received,
        names: Mapping[str, str],
        followed: frozenset[str],
        fetched: Fetched,
    ) -> Case:
        """Read one activity; whatever it says, it takes no other down."""
        incoming = None
        try:
            self._check_blocks(received.actor)
            # Its limits were checked before it was stored.
            document = signed_by(orjson.loads(received.body), received.actor)
            incoming = Incoming(
                activity=read_activity(document),
                document=document,
                at=received.at,
                instance=self._house.instance,
                names=names,
                followed=followed,
                fetched=fetched,
            )
            asked = dispatch(incoming)
        except NeedsDocument as needs:
            wanted = Wanted(row=received.row, uri=needs.uri)
            return Case(received=received, read=wanted)
        except (Malformed, Ignored, TurnedDown) as end:
            return Case(received=received, read=end_of(received, incoming, end))
        except Exception as error:  # noqa: BLE001 - reading is pure: nobody else is concerned
            self._surprises.note(error)
            verdict = Verdict(
                row=received.row,
                kind="unknown",
                outcome="malformed",
                reason=f"unforeseen: {type(error).__name__}",
            )
            return Case(received=received, read=verdict)
        return Case(received=received, read=Asks(asked=asked, incoming=incoming))

    def _check_blocks(self, actor: str) -> None:
        if self._blocklist.is_blocked(actor):
            raise TurnedDown(Refusal.BLOCKED.value)

    async def _settle(self, connection: AsyncConnection, cases: Sequence[Case]) -> Judged:
        """Perform what the cases ask for, in their order, and keep every outcome."""
        # The order of these lines is the order of the acts: a run is performed before whatever is
        # not of its kind, outcomes are kept once all are known, and anyone who is forgotten goes
        # last, when what they sent in this very batch has its outcome too.
        line, posts = (
            await order.load_line(connection, _keys(cases)),
            await known_posts(connection, cases),
        )
        authors = await known_authors(connection, cases)
        cases = [as_new(by_its_server(case, authors), posts) for case in cases]
        desk = _Desk(line=line, early=await early.load(connection, cases))
        await protocol.revive(connection, {case.received.actor for case in cases})
        known = await known_places(connection, cases)
        for case in cases:
            if not _stand_behind(case, desk):
                await self._take(connection, look_for_parent(case, known), desk)
        await self._flush(connection, desk)
        if desk.spent:
            await early.spend(connection, desk.spent)
        await self._keep(connection, [case.received for case in cases], desk.verdicts)
        if desk.leased:
            await order.lease(connection, desk.leased, until=self._clock.now() + LEASE)
        for received in desk.forgotten:
            await self._forget(connection, received.actor)
        return Judged(
            number=len(desk.verdicts),
            wanted=tuple(desk.wanted),
            followed=tuple(desk.followed),
            has_erased=bool(desk.forgotten) or any(verdict.forgets for verdict in desk.verdicts),
        )

    async def _keep(
        self,
        connection: AsyncConnection,
        batch: Sequence[Received],
        verdicts: Sequence[Verdict],
    ) -> None:
        """Keep every outcome, charge what was of no use, let go of what stayed behind."""
        now = self._clock.now()
        await inbox.settle(connection, verdicts, now=now)
        by_row = {received.row: received for received in batch}
        judged = [(by_row[verdict.row], verdict) for verdict in verdicts]
        if released := [received.row for received, _ in judged if received.has_waited]:
            await order.release(connection, released)
        if costly := [one for one in judged if is_charged(one[1])]:
            followed = await follows.followed_here(connection)
            await budgets.charge(connection, charges_for(costly, exempt=followed), now)

    async def _take(self, connection: AsyncConnection, case: Case, desk: _Desk) -> None:
        """Lead one case to the door, with others of its kind, or to the protocol."""
        received, read = case.received, case.read
        if (received.actor, received.object or "") in desk.doubtful:
            await self._flush(connection, desk)
        if case.activity is not None and (row := desk.early.find(received, case.activity)):
            desk.early.spend(row)
            desk.spent.append(row)
            read = end_of(received, None, Ignored(early.TOO_LATE))
        if isinstance(read, Asks):
            if isinstance(read.asked, Submission):
                desk.run.append((case, read.asked))
                if early.is_doubtful(case):
                    desk.doubtful.add((received.actor, received.object or ""))
                return
            await self._flush(connection, desk)
            read, granted = await self._protocol(connection, case, read)
            desk.followed += [granted] if granted else []
        if isinstance(read, Verdict):
            desk.verdicts.append(read)
            desk.early.add(received, read)
            return
        # It waits behind nobody, and whatever speaks of the same from here on waits behind it.
        desk.wanted.append(read)
        desk.leased[received.row] = None
        desk.line.join(received.row, received.actor, (received.activity, received.object))

    async def _flush(self, connection: AsyncConnection, desk: _Desk) -> None:
        """Perform what has gathered, in its order."""
        submissions = [submission for _, submission in desk.run]
        outcomes = await perform(connection, submissions, self._house)
        for (case, submission), outcome in zip(desk.run, outcomes, strict=True):
            received = case.received
            verdict = early.remembered(case, verdict_on(received.row, submission, outcome), outcome)
            verdict = await hold_back(connection, case, verdict, outcome, desk.held)
            desk.verdicts.append(verdict)
            desk.early.add(received, verdict)
            if received.object and early.is_restored(case, outcome):
                desk.early.restore(received.actor, received.object)
                await early.restore(connection, received.actor, received.object)
            if isinstance(submission.command, Forget):
                desk.forgotten.append(received)
        desk.run.clear()
        desk.doubtful.clear()

    async def _forget(self, connection: AsyncConnection, actor: str) -> None:
        """Let go of what somebody sent who is forgotten; what waits would bring them back."""
        verdicts = [
            Verdict(row=row, kind="unknown", outcome="ignored", reason="its actor left")
            for row in await order.waiting_of(connection, actor)
        ]
        await inbox.settle(connection, verdicts, now=self._clock.now())
        await inbox.erase(connection, [actor])
        await budgets.forget(connection, actor)

    async def _protocol(
        self, connection: AsyncConnection, case: Case, asks: Asks
    ) -> tuple[Wanted | Verdict, str | None]:
        """Do what is asked of the protocol; return what it came to, and whom we now follow."""
        received = case.received
        try:
            settled = await protocol.perform(connection, asks.asked, asks.incoming, self._house)
        except NeedsDocument as needs:
            return Wanted(row=received.row, uri=needs.uri), None
        except (Malformed, Ignored, TurnedDown) as end:
            return early.remembered(case, end_of(received, asks.incoming, end), None), None
        verdict = Verdict(
            row=received.row,
            kind=kind_of(asks.asked),
            outcome="admitted",
            forgets=settled.forgets,
        )
        return verdict, settled.followed


def _keys(cases: Sequence[Case]) -> set[order.Key]:
    return {
        (case.received.actor, case.received.object)
        for case in cases
        if case.received.object is not None and case.stays_behind
    }


def _stand_behind(case: Case, desk: _Desk) -> bool:
    """Let an act wait behind an earlier one of its actor about the same thing, if there is one."""
    received = case.received
    ahead = desk.line.ahead_of(received.row, received.actor, received.object)
    if ahead is None or not case.stays_behind:
        return False
    desk.leased[received.row] = ahead
    desk.line.join(received.row, received.actor, (received.activity, received.object))
    return True
