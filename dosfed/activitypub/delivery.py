"""The courier: it carries what is in the outbox to other servers.

A delivery is a row until its answer is known, so nothing is lost when we are stopped; what
was under way then goes again under the same id. Each destination is a queue of its own:
one request at a time, in the order of writing, and one failure that may pass holds back all
that waits behind it. Destinations know nothing of each other: a request that takes long
gives its turn to another, and servers that failed lately share a small part of the room.

The database sees all this in rounds. One short transaction writes down what was answered,
gives back destinations that are done and claims others; several couriers can share one
database, since what is claimed is leased.
"""

import asyncio
import random
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from http import HTTPStatus
from typing import Self

import structlog
from sqlalchemy.exc import SQLAlchemyError

from dosfed.activitypub.client import Answer, Client, Form, Unreachable
from dosfed.activitypub.destinations import Standing, after_answer, after_failure
from dosfed.activitypub.keys import KeyRing, Signer
from dosfed.activitypub.queues import (
    Attempt,
    Delivery,
    Parcel,
    Queue,
    Room,
    claim,
    free_leases,
    is_any_due,
    load,
    next_due,
    settle,
)
from dosfed.activitypub.software import keep_learning
from dosfed.storage.clock import Clock
from dosfed.storage.engine import Database
from dosfed.waits import end, first

# How many destinations send at a time, and what each bound protects:
#
#   TURNS          the event loop: signing and parsing take a millisecond or so of each request, and
#                  a page that is asked for meanwhile waits for all that are ready before it.
#   TURN_SECONDS   those in line. Whoever answers at once keeps the turn for the next delivery; what
#                  takes longer goes on without, and waits for a turn before the next one.
#   HELD           memory and sockets: destinations held at a time, those included whose answer
#                  takes long.
#   …_FAILING      healthy servers: when many have gone, all their queues come due and none answers.
TURNS = 48
TURNS_FAILING = 16
TURN_SECONDS = 0.5
HELD = 320
HELD_FAILING = 96
CLAIMED_AT_ONCE = 128
CLAIMED_AT_LEAST = 32  # places must be free, so that rounds do not claim one by one
# With two requests of ten seconds each, a claim worked on for this long ends within its lease.
WORKED_ON_SECONDS = 60.0

GATHER_SECONDS = 0.1  # answers that come in meanwhile are written in one transaction
IDLE_SECONDS = 15.0  # other couriers' leases run out
STOP_SECONDS = 5.0
WRITTEN_SECONDS = 1.0  # what came of it is then to be written down
DATABASE_SECONDS = 2.0

log = structlog.get_logger()


class Verdict(Enum):
    """What an answer means for a delivery."""

    TAKEN = "taken"
    REFUSED = "refused"
    AGAIN = "again"


def verdict_of(status: int) -> Verdict:
    """Judge the answer of an inbox; 0 means that there was none.

    404 and 410 end a delivery but no follow: an answer is not signed, and the server of a
    follower that is gone says so by `Undo` or `Delete`, or is found dead in a week.
    A redirect is not followed, since the signature holds for one address only.
    """
    if status in _PASSING:  # first: some of them begin with 3 or 4
        return Verdict.AGAIN
    if status == HTTPStatus.NOT_IMPLEMENTED:
        return Verdict.REFUSED
    match status // 100:
        case 2:
            return Verdict.TAKEN
        case 3 | 4:
            return Verdict.REFUSED
        case _:
            return Verdict.AGAIN


_PASSING = frozenset(
    {
        HTTPStatus.FOUND,
        HTTPStatus.SEE_OTHER,
        HTTPStatus.TEMPORARY_REDIRECT,
        HTTPStatus.REQUEST_TIMEOUT,
        HTTPStatus.TOO_EARLY,
        HTTPStatus.TOO_MANY_REQUESTS,
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Held:
    """A destination that is being worked on."""

    queue: Queue
    task: asyncio.Task[Standing]


class Courier:
    """Delivers what is queued; `chance` gives numbers from 0 to 1 that spread attempts."""

    def __init__(
        self,
        database: Database,
        client: Client,
        keys: KeyRing,
        clock: Clock,
        chance: Callable[[], float] = random.random,
    ) -> None:
        self._chance = chance
        self._database = database
        self._client = client
        self._keys = keys
        self._clock = clock
        self._turns = asyncio.Semaphore(TURNS)
        self._failing_turns = asyncio.Semaphore(TURNS_FAILING)
        self._news = asyncio.Event()
        self._is_idle = asyncio.Event()
        self._held: dict[str, _Held] = {}
        self._attempts: list[Attempt] = []
        self._released: list[Standing] = []
        self._finished = 0
        self._is_stopping = False
        self._idle_seconds = IDLE_SECONDS

    def wake(self) -> None:
        """Look for new deliveries at once; without it they are seen within 15 seconds."""
        self._news.set()

    async def run(self) -> None:
        """Deliver until cancelled; what is under way then has five seconds to end."""
        if self._database.is_sqlite:
            # Only one worker opens a SQLite file, so leases are those of one that was killed.
            async with self._database.write() as connection:
                await free_leases(connection)
        learning = asyncio.create_task(keep_learning(self._database, self._client, self._clock))
        learning.add_done_callback(_tell_if_broken)
        working = asyncio.create_task(self._keep_delivering())
        try:
            await asyncio.shield(working)
        finally:
            # A round that has begun comes to its end: what it claims would be nobody's.
            self._is_stopping = True
            self.wake()
            learning.cancel()
            await asyncio.wait([working, learning], timeout=STOP_SECONDS + WRITTEN_SECONDS)
            await end([working, learning], seconds=0)

    async def _keep_delivering(self) -> None:
        while not self._is_stopping:
            await self._safe_round()
            await self._pause()
        tasks = [held.task for held in self._held.values()]
        if tasks:
            _, late = await asyncio.wait(tasks, timeout=STOP_SECONDS)
            await end(late, seconds=WRITTEN_SECONDS)
            await asyncio.sleep(0)  # what is to be done when those tasks end
        await self._safe_round()

    async def deliver_due(self) -> int:
        """Try all that is due now, and return how many deliveries were finished."""
        before = self._finished
        await self._round()
        while self._held or self._attempts or self._released:
            await self._pause()
            await self._round()
        return self._finished - before

    async def _pause(self) -> None:
        """Wait for news, then a little longer so that one round serves many answers."""
        await first(self._news, self._idle_seconds)
        if self._held:
            await first(self._is_idle, GATHER_SECONDS)
        self._news.clear()

    async def _safe_round(self) -> None:
        try:
            await self._round()
        except (SQLAlchemyError, OSError) as error:
            # Nothing is forgotten: what was answered is written once the database is back.
            self._database.troubles.note(error, where="deliveries")
            await asyncio.sleep(DATABASE_SECONDS)

    async def _round(self) -> None:
        """Write down what came of deliveries, and start on destinations that are due."""
        # Copies: while the transaction is open others add to these lists, and only what was
        # written may be taken off them. If it fails, all of it is written the next time.
        attempts, released = list(self._attempts), list(self._released)
        room = self._room()
        is_full = room.healthy + room.failing == 0
        if not (attempts or released) and (is_full or not await self._is_any_due()):
            return
        async with self._database.write() as connection:
            at = await self._clock.stamp(connection)
            # In this order: a destination that was given back may be claimed again at once.
            await settle(connection, attempts, released, at)
            claimed = await claim(connection, room, at)
        del self._attempts[: len(attempts)], self._released[: len(released)]
        if claimed:
            await self._start_all(claimed)

    async def _start_all(self, claimed: Sequence[Standing]) -> None:
        try:
            # Reading holds up no other writer: what was claimed is ours.
            async with self._database.read() as connection:
                queues = await load(connection, claimed)
            actors = {delivery.actor for queue in queues for delivery in queue.deliveries}
            signers = await self._signers(actors)
        except (SQLAlchemyError, OSError):
            self._released += claimed  # else they would be nobody's until their lease runs out
            raise
        for queue in queues:
            self._start(queue, signers)

    async def _signers(self, actors: Iterable[str]) -> dict[str, Signer]:
        signers = {}
        for actor in actors:
            try:
                signers[actor] = await self._keys.signer(actor)
            except LookupError:
                log.warning("deliveries of an actor who is not ours", actor=actor)
        return signers

    async def _is_any_due(self) -> bool:
        async with self._database.read() as connection:
            at = self._clock.now()
            if await is_any_due(connection, at):
                return True
            upcoming = await next_due(connection, at)
        seconds = IDLE_SECONDS if upcoming is None else (upcoming - at).total_seconds()
        self._idle_seconds = min(seconds, IDLE_SECONDS)
        return False

    def _room(self) -> Room:
        if self._is_stopping:
            return Room(healthy=0, failing=0)
        failing = sum(held.queue.standing.failures > 0 for held in self._held.values())
        healthy = len(self._held) - failing
        return Room(healthy=_places(HELD, healthy), failing=_places(HELD_FAILING, failing))

    def _start(self, queue: Queue, signers: Mapping[str, Signer]) -> None:
        host = queue.standing.host
        task = asyncio.create_task(self._work(queue, signers))
        self._held[host] = _Held(queue=queue, task=task)
        self._is_idle.clear()
        task.add_done_callback(lambda _: self._end(host))

    def _end(self, host: str) -> None:
        held = self._held.pop(host)
        standing = held.queue.standing
        if held.task.cancelled():
            pass  # stopped half-way: it goes again, and the server is not to blame
        elif (error := held.task.exception()) is not None:
            log.error("deliveries: a queue broke", host=host, exc_info=error)
            standing = after_failure(standing, self._clock.now(), None, self._chance())
        else:
            standing = held.task.result()
        self._released.append(standing)
        self._news.set()
        if not self._held:
            self._is_idle.set()

    async def _work(self, queue: Queue, signers: Mapping[str, Signer]) -> Standing:
        """Send what waits for one destination, one by one, and return its standing afterwards."""
        standing = queue.standing
        now = asyncio.get_running_loop().time
        until = now() + WORKED_ON_SECONDS
        with _Turn(self._failing_turns if standing.failures else self._turns) as turn:
            for delivery in queue.deliveries:
                signer = signers.get(delivery.actor)
                if signer is None or delivery.parcel is None:
                    self._note(Attempt(delivery=delivery, status=0, is_finished=True))
                    continue
                await turn.take()
                if self._is_stopping or now() > until:
                    break
                if delivery.trial is not None:
                    await self._try(delivery, delivery.parcel, signer, standing.form)
                    break  # what becomes of the rest is decided with the outcome
                standing = await self._deliver(delivery, delivery.parcel, signer, standing)
                if standing.failures:
                    break  # what waits behind it must not overtake it
        return standing

    async def _try(self, delivery: Delivery, parcel: Parcel, signer: Signer, form: Form) -> None:
        """Post a delivery once, to somebody who may never have asked for it.

        Whatever is answered says nothing about those who read there by their own wish.
        """
        answer = await self._post(delivery.inbox, parcel, signer, form)
        log.info("inbox tried", host=delivery.host, of=delivery.on_trial, status=answer.status)
        self._note(
            Attempt(delivery=delivery, status=answer.status, is_finished=True, trial=delivery.trial)
        )

    async def _deliver(
        self, delivery: Delivery, parcel: Parcel, signer: Signer, standing: Standing
    ) -> Standing:
        """Post a delivery; on 401 knock once more with the other form of signature."""
        form = standing.form
        answer = await self._post(delivery.inbox, parcel, signer, form)
        # Double knocking, as RFC 9421 is brought into the fediverse: the form that was taken is
        # kept for this server, and tried first from then on.
        if answer.status == HTTPStatus.UNAUTHORIZED:
            form = "rfc9421" if form == "cavage" else "cavage"
            answer = await self._post(delivery.inbox, parcel, signer, form)
        verdict = verdict_of(answer.status)
        is_finished = verdict is not Verdict.AGAIN
        self._note(Attempt(delivery=delivery, status=answer.status, is_finished=is_finished))
        match verdict:
            case Verdict.TAKEN:
                return after_answer(standing, form)
            case Verdict.REFUSED:
                log.info("delivery refused", host=delivery.host, status=answer.status)
                return after_answer(standing, standing.form)
            case Verdict.AGAIN:
                return self._back_off(standing, answer)

    async def _post(self, inbox: str, parcel: Parcel, signer: Signer, form: Form) -> Answer:
        try:
            return await self._client.post(
                inbox, parcel.body, digest=parcel.digest, signer=signer, form=form
            )
        except Unreachable:
            return Answer(status=0, retry_after=None)

    def _back_off(self, standing: Standing, answer: Answer) -> Standing:
        at = self._clock.now()
        later = after_failure(standing, at, answer.retry_after, self._chance())
        log.info(
            "destination failing" if later.dead_at is None else "destination given up",
            host=later.host,
            status=answer.status,
            failures=later.failures,
            next_at=later.next_at.isoformat(),
        )
        return later

    def _note(self, attempt: Attempt) -> None:
        self._attempts.append(attempt)
        self._finished += attempt.is_finished
        self._news.set()


class _Turn:
    """A destination's share of the sending, in turns that end by themselves."""

    def __init__(self, turns: asyncio.Semaphore) -> None:
        self._turns = turns
        self._timer: asyncio.TimerHandle | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._end()

    async def take(self) -> None:
        """Wait for a turn unless there is time left of the last one."""
        if self._timer is None:
            await self._turns.acquire()
            self._timer = asyncio.get_running_loop().call_later(TURN_SECONDS, self._end)

    def _end(self) -> None:
        self._timer = None
        self._turns.release()


def _tell_if_broken(task: asyncio.Task[None]) -> None:
    if not task.cancelled() and (error := task.exception()) is not None:
        log.error("software: learning broke", exc_info=error)


def _places(all_places: int, taken: int) -> int:
    places = min(all_places - taken, CLAIMED_AT_ONCE)
    return places if places >= CLAIMED_AT_LEAST else 0
