"""Judging what came in: batches of the inbox, read, led to the door, their outcomes kept."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta

import orjson
import structlog
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from dosfed.activitypub import inbox, remote
from dosfed.activitypub.blocks import Blocklist
from dosfed.activitypub.inbox import Received, Verdict
from dosfed.activitypub.reading import Document, Malformed, id_of
from dosfed.activitypub.tables import Followings
from dosfed.activitypub.vocabulary import read_activity
from dosfed.acts.perform import perform
from dosfed.acts.submission import Done, House, Outcome, Submission
from dosfed.deliberation.arguments import load_places
from dosfed.deliberation.model import CastBallot, Forget, PostArgument, Refusal
from dosfed.federation import protocol
from dosfed.federation.dispatch import dispatch, kind_of
from dosfed.federation.incoming import Asked, Ignored, Incoming, NeedsDocument, TurnedDown
from dosfed.storage.clock import Clock
from dosfed.storage.engine import Database, is_passing

log = structlog.get_logger(__name__)

# How long the later acts of an actor wait for the documents that an earlier one needs.
LEASE = timedelta(seconds=60)
Fetched = Mapping[str, Document | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """An activity that can be judged only beside a document from elsewhere."""

    row: int
    uri: str
    is_parent: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """What a batch came to: how many were judged, what must be fetched, whom we now follow."""

    number: int
    wanted: tuple[Wanted, ...]
    followed: tuple[str, ...]
    has_erased: bool = False  # bytes that must not be found again anywhere


NOTHING = Judged(number=0, wanted=(), followed=())


@dataclass(frozen=True, slots=True, kw_only=True)
class _Case:
    """One activity of a batch, read; `asked` is none when its verdict is known already."""

    received: Received
    incoming: Incoming | None
    asked: Asked | None
    verdict: Verdict | None
    wanted: Wanted | None = None

    @property
    def post(self) -> PostArgument | None:
        """The argument that it brings, if it brings one."""
        command = self.asked.command if isinstance(self.asked, Submission) else None
        return command if isinstance(command, PostArgument) else None


@dataclass(slots=True, kw_only=True)
class _Desk:
    """What a batch has come to so far; later acts of who is `waiting` are left for later."""

    run: list[_Case] = field(default_factory=list)
    verdicts: list[Verdict] = field(default_factory=list)
    wanted: list[Wanted] = field(default_factory=list)
    waiting: set[str] = field(default_factory=set)
    followed: list[str] = field(default_factory=list)
    forgotten: list[str] = field(default_factory=list)


class Judge:
    """Judges the inbox of one database; several may work side by side on PostgreSQL."""

    def __init__(
        self, database: Database, house: House, clock: Clock, blocklist: Blocklist
    ) -> None:
        self._database = database
        self._house = house
        self._clock = clock
        self._blocklist = blocklist

    async def judge_batch(self) -> Judged:
        """Judge the oldest unjudged activities in one transaction.

        If something unforeseen stops the batch, its activities are judged one by one, so that
        the one at fault takes no other down.
        """
        try:
            if self._database.is_sqlite:
                return await self._judge_alone()
            async with self._database.write() as connection:
                batch = await inbox.claim(connection, now=self._clock.now())
                return await self._judge(connection, batch, {})
        except Exception as error:  # noqa: BLE001 - this is the edge: nothing may stop the queue
            log.warning("batch failed", error=type(error).__name__)
            return await self._judge_singly()

    async def _judge_alone(self) -> Judged:
        """Judge a batch as the only worker, who reads it while others may still write."""
        async with self._database.read() as connection:
            batch = await inbox.claim(connection, now=self._clock.now())
            cases = await self._read_all(connection, batch, {}) if batch else []
        if not cases:
            return NOTHING
        async with self._database.write() as connection:
            # Meanwhile one of them may have been judged beside documents that it waited for.
            settled = await inbox.judged_among(connection, [received.row for received in batch])
            left = [case for case in cases if case.received.row not in settled]
            return await self._settle(connection, left)

    async def judge_with(self, row: int, fetched: Fetched) -> Judged:
        """Judge one activity beside the documents it needed."""
        async with self._database.write() as connection:
            received = await inbox.load(connection, row)
            batch = [] if received is None else [received]
            return await self._judge(connection, batch, fetched)

    async def _judge_singly(self) -> Judged:
        async with self._database.read() as connection:
            now = self._clock.now()
            batch = await inbox.claim(connection, now=now, limit=50)
        number = 0
        wanted: list[Wanted] = []
        followed: list[str] = []
        waiting: set[str] = set()
        for received in batch:
            if received.actor in waiting:
                continue
            try:
                judged = await self.judge_with(received.row, {})
            except Exception as error:  # the edge, again
                if is_passing(error):
                    raise
                log.exception("activity failed", row=received.row)
                reason = f"unforeseen: {type(error).__name__}"
                await self.give_up(received.row, "malformed", reason)
                judged = Judged(number=1, wanted=(), followed=())
            if judged.wanted:
                waiting.add(received.actor)
            number += judged.number
            wanted += judged.wanted
            followed += judged.followed
        return Judged(number=number, wanted=tuple(wanted), followed=tuple(followed))

    async def give_up(self, row: int, outcome: str, reason: str) -> None:
        """Keep the outcome of an activity that cannot be judged."""
        async with self._database.write() as connection:
            verdict = Verdict(row=row, kind="unknown", outcome=outcome, reason=reason)
            await inbox.settle(connection, [verdict], now=self._clock.now())

    async def _judge(
        self, connection: AsyncConnection, batch: Sequence[Received], fetched: Fetched
    ) -> Judged:
        if not batch:
            return NOTHING
        return await self._settle(connection, await self._read_all(connection, batch, fetched))

    async def _read_all(
        self, connection: AsyncConnection, batch: Sequence[Received], fetched: Fetched
    ) -> list[_Case]:
        actors = {received.actor for received in batch}
        names = {
            actor: f"@{found.handle}@{found.host}"
            for actor, found in (
                await remote.known(connection, actors | authors_of(fetched))
            ).items()
        }
        followed = await _followed(connection)
        return [self._read(received, names, followed, fetched) for received in batch]

    def _read(
        self,
        received: Received,
        names: Mapping[str, str],
        followed: frozenset[str],
        fetched: Fetched,
    ) -> _Case:
        """Read one activity; nothing it says can raise anything but these."""
        incoming = None
        try:
            self._check_blocks(received.actor)
            document = orjson.loads(received.body)  # its limits were checked before it was stored
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
            return _case(received, incoming, wanted=Wanted(row=received.row, uri=needs.uri))
        except (Malformed, Ignored, TurnedDown) as end:
            return _case(received, incoming, verdict=_end(received, incoming, end))
        return _case(received, incoming, asked=asked)

    def _check_blocks(self, actor: str) -> None:
        if self._blocklist.is_blocked(actor):
            raise TurnedDown(Refusal.BLOCKED.value)

    async def _settle(self, connection: AsyncConnection, cases: Sequence[_Case]) -> Judged:
        """Perform what the cases ask for, in their order, and keep every outcome."""
        desk = _Desk()
        await protocol.revive(connection, {case.received.actor for case in cases})
        known = await _known_places(connection, cases)
        for case in cases:
            if case.received.actor not in desk.waiting:
                await self._take(connection, _look_for_parent(case, known), desk)
        await self._flush(connection, desk)
        now = self._clock.now()
        await inbox.settle(connection, desk.verdicts, now=now)
        for actor in desk.forgotten:
            await inbox.erase(connection, actor=actor)
        if desk.wanted:
            rows = [want.row for want in desk.wanted]
            await inbox.lease(connection, rows, until=now + LEASE)
        return Judged(
            number=len(desk.verdicts),
            wanted=tuple(desk.wanted),
            followed=tuple(desk.followed),
            has_erased=bool(desk.forgotten) or any(verdict.forgets for verdict in desk.verdicts),
        )

    async def _take(self, connection: AsyncConnection, case: _Case, desk: _Desk) -> None:
        """Lead one case to the door, with others of its kind, or to the protocol."""
        if isinstance(case.asked, Submission):
            desk.run.append(case)
            return
        if case.asked is not None:
            await self._flush(connection, desk)
            case, granted = await self._protocol(connection, case)
            desk.followed += [granted] if granted else []
        if case.wanted is not None:
            desk.wanted.append(case.wanted)
            desk.waiting.add(case.received.actor)
        elif case.verdict is not None:
            desk.verdicts.append(case.verdict)

    async def _flush(self, connection: AsyncConnection, desk: _Desk) -> None:
        """Perform what has gathered, in its order."""
        submissions = [case.asked for case in desk.run if isinstance(case.asked, Submission)]
        outcomes = await perform(connection, submissions, self._house)
        for case, submission, outcome in zip(desk.run, submissions, outcomes, strict=True):
            desk.verdicts.append(_verdict(case.received.row, submission, outcome))
            if isinstance(submission.command, Forget):
                desk.forgotten.append(case.received.actor)
        desk.run.clear()

    async def _protocol(self, connection: AsyncConnection, case: _Case) -> tuple[_Case, str | None]:
        """Do what is asked of the protocol; return how the case ends, and whom we now follow."""
        received, asked, incoming = case.received, case.asked, case.incoming
        if asked is None or incoming is None:
            return case, None
        try:
            settled = await protocol.perform(connection, asked, incoming, self._house)
        except NeedsDocument as needs:
            return replace(case, wanted=Wanted(row=received.row, uri=needs.uri)), None
        except (Malformed, Ignored) as end:
            return replace(case, verdict=_end(received, incoming, end)), None
        verdict = Verdict(row=received.row, kind=kind_of(asked), outcome="admitted")
        return replace(case, verdict=verdict), settled.followed


def authors_of(fetched: Fetched) -> set[str]:
    """Return who wrote the documents that were fetched; whoever signed had passed them on."""
    named = (id_of(document.get("attributedTo")) for document in fetched.values() if document)
    return {author for author in named if author}


def _case(
    received: Received,
    incoming: Incoming | None,
    *,
    asked: Asked | None = None,
    verdict: Verdict | None = None,
    wanted: Wanted | None = None,
) -> _Case:
    return _Case(received=received, incoming=incoming, asked=asked, verdict=verdict, wanted=wanted)


async def _known_places(connection: AsyncConnection, cases: Sequence[_Case]) -> set[str]:
    """Return what can be answered of the things that the arguments of a batch answer."""
    parents = {case.post.in_reply_to for case in cases if case.post is not None}
    return set(await load_places(connection, parents)) if parents else set()


def _look_for_parent(case: _Case, known: set[str]) -> _Case:
    """Have the parent of an argument fetched if nobody has looked for it yet.

    `known` are the things that can be answered; what is argued here joins them.
    """
    post, incoming = case.post, case.incoming
    if post is None or incoming is None:
        return case
    parent = post.in_reply_to
    if parent in known or parent in incoming.fetched or incoming.instance.is_ours(parent):
        known.add(post.id)
        return case
    wanted = Wanted(row=case.received.row, uri=parent, is_parent=True)
    return replace(case, asked=None, wanted=wanted)


def _verdict(row: int, submission: Submission, outcome: Outcome) -> Verdict:
    command = submission.command
    is_done = isinstance(outcome, Done)
    return Verdict(
        row=row,
        kind=kind_of(submission),
        outcome="admitted" if is_done else "refused",
        reason=None if isinstance(outcome, Done) else outcome.value,
        about=command.poll if isinstance(command, CastBallot) else None,
    )


def _end(received: Received, incoming: Incoming | None, end: Exception) -> Verdict:
    """Return the verdict on an activity that asks for nothing; private words are not kept."""
    kind = "unknown" if incoming is None else type(incoming.activity).__name__
    outcome = {Malformed: "malformed", Ignored: "ignored", TurnedDown: "refused"}[type(end)]
    reason = str(end)[:200]
    return Verdict(
        row=received.row,
        kind=kind,
        outcome=outcome,
        reason=reason,
        forgets=reason == Refusal.NOT_PUBLIC.value,
    )


async def _followed(connection: AsyncConnection) -> frozenset[str]:
    rows = await connection.execute(
        select(Followings.followed).where(Followings.state == "accepted")
    )
    return frozenset(rows.scalars())
