"""The work behind the web: the inbox is judged, deliveries go out, the clock is obeyed."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from datetime import datetime
from functools import partial

import structlog
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from dosfed import processes
from dosfed.accounts.courier import way_out
from dosfed.accounts.digests import is_any_due
from dosfed.accounts.fediverse import find_app, forget_journeys, take_idle_tokens
from dosfed.accounts.notices import put_notices
from dosfed.activitypub.client import FetchFailed
from dosfed.activitypub.delivery import Courier
from dosfed.activitypub.reading import Malformed
from dosfed.activitypub.tables import Inbox
from dosfed.acts import team_watch, voice
from dosfed.acts.ballots import find_undelivered, note_undelivered
from dosfed.acts.boosts import boost_due
from dosfed.acts.clockwork import count_ended, is_anything_due, tick
from dosfed.acts.opening import open_instance
from dosfed.acts.reminders import find_due
from dosfed.acts.visits import give_back
from dosfed.cleaning import SCRUB_SECONDS, SWEEP_SECONDS, Cleaner
from dosfed.deliberation.search.indexing import catch_up, is_behind
from dosfed.deliberation.votes import boosts
from dosfed.deliberation.votes.tallies import next_end
from dosfed.federation import reader
from dosfed.federation.cases import Wanted
from dosfed.federation.fetching import Fetching
from dosfed.federation.judge import Judge
from dosfed.federation.surprises import Surprises
from dosfed.instance import host_of
from dosfed.repeating import Repeater
from dosfed.settings import Settings
from dosfed.storage.clock import SystemClock
from dosfed.storage.engine import is_passing
from dosfed.storage.lock import worker_lock
from dosfed.tools import Tools, open_tools
from dosfed.waits import end, first

log = structlog.get_logger(__name__)

# Most loops look first and write then. A look by `read` holds nobody up and mostly finds nothing;
# only what is found is worth a place in the queue of writers, and is looked at again there.

FULL_BATCH = 250  # after less than this, more is let gather before the next
GATHER_SECONDS = 0.2  # a batch of hundreds costs little more than one act
IDLE_SECONDS = 15.0  # what waits for other servers is taken up again by then
TICK_SECONDS = 0.5
LOOK_SECONDS = 1.0
# What is tried again later, and what is due by the clock, may be late by so much.
SELDOM_SECONDS = 15.0
LATE_SECONDS = 10.0
REMIND_SECONDS = 60.0
PAUSE_SECONDS = 1.0  # after the database failed
STOP_SECONDS = 6.0  # a second more than deliveries that are under way


class Worker:
    """Judges, fetches, delivers and keeps time, until it is cancelled."""

    def __init__(self, tools: Tools) -> None:
        self._tools = tools
        self._judge = Judge(tools.database, tools.house, tools.clock, tools.blocklist)
        self._reading = reader.Services(
            database=tools.database,
            client=tools.client,
            clock=tools.clock,
            house=tools.house,
            judge=self._judge,
        )
        self._courier = Courier(tools.database, tools.client, tools.keys, tools.clock)
        self._news = asyncio.Event()
        self.cleaner = Cleaner(tools.database, tools.house, tools.clock)
        self._next_end: datetime | None = None
        self._digests: Callable[[], Awaitable[int]] | None = None
        self._team_mails: Callable[[], Awaitable[int]] | None = None
        self._fetching = Fetching(self.wake)
        self._surprises = Surprises()

    def wake(self) -> None:
        """Judge what was stored just now, without waiting for the next look."""
        self._news.set()

    async def run(self) -> None:
        """Work until cancelled; nothing that is durable is lost by that."""
        repeater = Repeater(database=self._tools.database, changes=self._tools.changes)
        on_change, every = repeater.on_change, repeater.every
        for wake in (self.wake, self._courier.wake):
            self._tools.changes.call(wake)
        loops = (
            self._courier.run(),
            self._keep_judging(),
            on_change(self.tick, pause=TICK_SECONDS, latest=self._seconds_to_tick),
            on_change(self.index, pause=TICK_SECONDS, latest=_hardly),
            on_change(self._load_blocks, pause=LOOK_SECONDS, latest=_hardly),
            on_change(self.note_undelivered, pause=LOOK_SECONDS, latest=_hardly),
            on_change(self.boost, pause=LOOK_SECONDS, latest=_seldom),
            on_change(self.speak, pause=LOOK_SECONDS, latest=_seldom),
            on_change(self.send_mails, pause=LOOK_SECONDS, latest=_seldom),
            on_change(self.cleaner.scrub, pause=SCRUB_SECONDS, latest=self.cleaner.rest),
            every(SWEEP_SECONDS, self.cleaner.sweep),
            every(SWEEP_SECONDS, self.give_tokens_back),
            every(REMIND_SECONDS, self.remind),
            every(REMIND_SECONDS, self.write_digests),
            every(REMIND_SECONDS, self.write_to_team),
        )
        tasks = [asyncio.create_task(loop) for loop in loops]
        try:
            # One that breaks ends the worker: half of it at work would look like all of it.
            broken, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_EXCEPTION)
            for task in broken:
                task.result()
        finally:
            await end(tasks, seconds=STOP_SECONDS)
            await self._fetching.stop()

    async def judge_all(self) -> int:
        """Judge everything that waits, what must be fetched included; return how many."""
        number = 0
        while (judged := await self._judge_once()) or self._fetching.tasks:
            number += judged
            if self._fetching.tasks:
                await asyncio.wait(self._fetching.tasks)
        return number

    async def deliver_all(self) -> int:
        """Try every delivery that is due once; return how many were finished."""
        return await self._courier.deliver_due()

    async def tick(self) -> None:
        """Close, move and announce what is due."""
        tools = self._tools
        now = tools.clock.now()
        async with tools.database.read() as connection:
            self._next_end = await next_end(connection)
            if not await is_anything_due(connection, tools.house, now=now):
                return
            counted = await count_ended(connection, tools.house, now=now)
        async with tools.database.write() as connection:
            now = await tools.clock.stamp(connection)
            has_news = await tick(connection, tools.house, counted, now=now)
        if has_news:
            self._courier.wake()

    def _seconds_to_tick(self) -> float:
        """Return how long no poll ends; a tally that may move again is late by this at most."""
        seconds = min(self._tools.settings.tally_interval / 10, LATE_SECONDS)
        if self._next_end is None:
            return seconds
        return min(seconds, (self._next_end - self._tools.clock.now()).total_seconds())

    async def index(self) -> None:
        """Let texts that changed be found by the words that they have now."""
        async with self._tools.database.read() as connection:
            if not await is_behind(connection):
                return
        while await self._index_some():
            continue  # a transaction each, so that others write in between

    async def _index_some(self) -> int:
        async with self._tools.database.write() as connection:
            return await catch_up(connection)

    async def send_mails(self) -> None:
        """Send the mails that are due."""
        await self._tools.mails.send_due()

    async def remind(self) -> None:
        """Tell people what closes soon and what has closed."""
        tools = self._tools
        async with tools.database.read() as connection:
            found = await find_due(connection, now=tools.clock.now())
        if found:
            async with tools.database.write() as connection:
                await put_notices(connection, found, at=tools.clock.now())

    async def boost(self) -> None:
        """Let consultations boost their polls when votes open, and before they end."""
        tools = self._tools
        async with tools.database.read() as connection:
            if not await boosts.is_any_due(connection, tools.clock.now()):
                return
        async with tools.database.write() as connection:
            now = await tools.clock.stamp(connection)
            boosted = await boost_due(connection, tools.house, now=now)
        if boosted:
            self._courier.wake()

    async def speak(self) -> None:
        """Let organisers post that something opens, begins, ends soon or is counted."""
        tools = self._tools
        async with tools.database.read() as connection:
            if not await voice.is_any_due(connection, tools.clock.now()):
                return
        async with tools.database.write() as connection:
            now = await tools.clock.stamp(connection)
            spoken = await voice.speak_due(connection, tools.house, now=now)
        if spoken:
            self._courier.wake()

    async def write_digests(self) -> None:
        """Put the digests that are due on their way."""
        if not self._tools.settings.sends_mail:
            return  # what is new is told once mails leave again, of a month at most
        if self._digests is None:
            async with self._tools.database.read() as connection:
                if not await is_any_due(connection, now=self._tools.clock.now()):
                    return
            self._digests = _digest_writer(self._tools)
        await self._digests()

    async def write_to_team(self) -> None:
        """Let the team know what waits for it, and no longer what does not."""
        async with self._tools.database.read() as connection:
            is_any_done = await team_watch.is_any_done(connection)
        if is_any_done:
            async with self._tools.database.write() as connection:
                await team_watch.drop_done(connection)
        if not self._tools.settings.sends_mail:
            return  # its menu and its notices say so, and `dosfed doctor`
        if self._team_mails is None:
            async with self._tools.database.read() as connection:
                if not await team_watch.load_due(connection, now=self._tools.clock.now(), most=1):
                    return
            self._team_mails = _team_writer(self._tools)
        await self._team_mails()

    async def note_undelivered(self) -> None:
        """Tell voters whose ballot was not taken elsewhere."""
        async with self._tools.database.read() as connection:
            found = await find_undelivered(connection)
        if found:
            async with self._tools.database.write() as connection:
                await note_undelivered(connection, found)

    async def give_tokens_back(self) -> None:
        """Give back what other servers let us do for people whose sessions are over."""
        tools, now = self._tools, self._tools.clock.now()
        async with tools.database.write() as connection:
            await forget_journeys(connection, at=now)
            taken = await take_idle_tokens(connection, at=now)
        for one in taken:
            async with tools.database.read() as connection:
                app = await find_app(connection, one.host)
            await give_back(tools.client, tools.vault, app, one)

    async def _load_blocks(self) -> None:
        async with self._tools.database.read() as connection:
            await self._tools.blocklist.load(connection)

    async def _keep_judging(self) -> None:
        while True:
            try:
                judged = await self._judge_once()
            except (SQLAlchemyError, OSError) as error:
                self._tools.database.troubles.note(error, where="inbox")
                await asyncio.sleep(PAUSE_SECONDS)
                continue
            except Exception:
                log.exception("inbox: failed")  # the edge: delivering and the clock go on
                await asyncio.sleep(PAUSE_SECONDS)
                continue
            if not judged:
                await first(self._news, IDLE_SECONDS)
                self._news.clear()
            if judged < FULL_BATCH:
                await asyncio.sleep(GATHER_SECONDS)

    async def _judge_once(self) -> int:
        judged = await self._judge.judge_batch()
        self.cleaner.has_erased |= judged.has_erased
        for want in judged.wanted:
            self._fetching.start(host_of(want.uri), partial(self._resolve, want))
        for group in judged.followed:
            self._fetching.start(host_of(group), partial(self._backfill, group))
        if judged.number:
            self._courier.wake()
        return judged.number

    async def _resolve(self, want: Wanted) -> None:
        async with self._tools.database.read() as connection:
            rows = await connection.execute(select(Inbox.received_at).where(Inbox.id == want.row))
            received_at = rows.scalar_one()
        try:
            await reader.resolve(self._reading, want, received_at)
        except Exception as error:  # noqa: BLE001 - the edge: nothing else is to be held up
            if is_passing(error):
                self._tools.database.troubles.note(error, where="inbox")
            else:  # it would fail at every attempt
                self._surprises.note(error)
                reason = f"unforeseen: {type(error).__name__}"
                await self._judge.give_up(want.row, "malformed", reason)
        self._courier.wake()

    async def _backfill(self, group: str) -> None:
        try:
            number = await reader.backfill(self._reading, group)
        except (FetchFailed, Malformed) as error:
            log.warning("mirror: cannot be read", group=group, reason=str(error)[:200])
        else:
            log.info("mirror: read", group=group, posts=number)


def _digest_writer(tools: Tools) -> Callable[[], Awaitable[int]]:
    """Return what writes the digests that are due."""
    # Where nobody reads digests, the worker does without templates and what they take.
    from dosfed.web.keeping_up.digests import DigestWriter, templates_for  # noqa: PLC0415

    instance = tools.house.instance
    templates = templates_for(tools.settings, instance)
    return DigestWriter(tools.database, tools.clock, instance, templates).send_due


def _team_writer(tools: Tools) -> Callable[[], Awaitable[int]]:
    """Return what writes to the team, with templates as digests have them."""
    from dosfed.web.keeping_up.digests import templates_for  # noqa: PLC0415
    from dosfed.web.keeping_up.team_mails import TeamWriter  # noqa: PLC0415

    instance = tools.house.instance
    templates = templates_for(tools.settings, instance)
    return TeamWriter(tools.database, tools.clock, instance, templates).send_due


def _seldom() -> float:
    return SELDOM_SECONDS


def _hardly() -> float:
    return SWEEP_SECONDS  # nothing of it is due by the clock


def run(settings: Settings) -> None:
    """Work until SIGTERM, without the web."""
    processes.leave_when_told()
    processes.run(_run(settings))


async def _run(settings: Settings) -> None:
    clock, stopped = SystemClock(), processes.heed_signals()
    async with AsyncExitStack() as stack:
        opened = await stack.enter_async_context(open_instance(settings, clock))
        if opened.database.is_sqlite:
            stack.enter_context(worker_lock(settings.data_dir))
        tools = await stack.enter_async_context(
            open_tools(settings, opened.database, opened.house, clock)
        )
        log.info("working", base_url=settings.base_url)
        log.info("mails", leave_by=way_out(settings))
        processes.ready()
        await processes.until_stopped(stopped, Worker(tools).run())
