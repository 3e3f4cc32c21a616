"""The web process: routes, what they work with, and by default the worker in the same process."""

import asyncio
import os
import socket
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import datetime
from functools import partial

import structlog
from aiohttp import web
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection

from dosfed import processes
from dosfed.accounts.courier import way_out
from dosfed.activitypub import routes as protocol_routes
from dosfed.activitypub.blocks import BLOCKLIST
from dosfed.activitypub.client import CLIENT
from dosfed.activitypub.gate import Gate
from dosfed.activitypub.inbox import Receiver
from dosfed.activitypub.receiving import GATE, RECEIVER, REJECTIONS, VERIFIER
from dosfed.activitypub.rejections import RejectionCounter
from dosfed.activitypub.runner import Runner, make_runner
from dosfed.activitypub.verification import Verifier
from dosfed.activitypub.wellknown import COUNTS, Count, Usage
from dosfed.acts.opening import open_instance, prepare
from dosfed.acts.usage import count_usage
from dosfed.context import CLOCK, DATABASE, INSTANCE, SETTINGS
from dosfed.federation.admission import admission
from dosfed.instance import Instance
from dosfed.repeating import Repeater
from dosfed.settings import Settings
from dosfed.storage.clock import SystemClock
from dosfed.storage.lock import worker_lock
from dosfed.supervision import handed_over
from dosfed.tools import Tools, open_tools
from dosfed.waits import end
from dosfed.web import routes as page_routes
from dosfed.web.services import CACHE
from dosfed.web.session import SEEN, note_seen
from dosfed.web.site import SITE
from dosfed.worker import Worker

log = structlog.get_logger(__name__)

BACKLOG = 1024
SHUTDOWN_SECONDS = 0.5
LAST_USE_SECONDS = 1.0
FLUSH_SECONDS = 5.0
LOOK_SECONDS = 1.0
SELDOM_SECONDS = 300.0
CLOSING_SECONDS = 1.0


def make_app(settings: Settings, tools: Tools, worker: Worker | None) -> web.Application:
    """Put the web process together; what is stored wakes the worker of the same process."""
    app = web.Application(middlewares=page_routes.middlewares)
    instance = tools.house.instance
    app[DATABASE] = tools.database
    app[SETTINGS] = settings
    app[INSTANCE] = instance
    app[CLOCK] = tools.clock
    app[CLIENT] = tools.client
    app[BLOCKLIST] = tools.blocklist
    app[REJECTIONS] = RejectionCounter()
    app[COUNTS] = _usage(instance, settings)
    app[GATE] = Gate(tools.database, tools.clock, admission(tools.house))
    app[VERIFIER] = Verifier(tools.database, tools.client, instance, settings, tools.clock)
    receiver = Receiver(tools.database, tools.clock, worker.wake if worker else _nothing)
    app[RECEIVER] = receiver
    protocol_routes.add_routes(app)
    page_routes.add_routes(app)
    app.cleanup_ctx.append(_housekeeping(tools, receiver))
    return app


def _usage(instance: Instance, settings: Settings) -> Count:
    async def count(connection: AsyncConnection, now: datetime) -> Usage:
        sends_mail = settings.sends_mail
        return await count_usage(connection, now, host=instance.host, sends_mail=sends_mail)

    return count


def _nothing() -> None:
    """Leave it to the worker's next look."""


def _housekeeping(
    tools: Tools, receiver: Receiver
) -> Callable[[web.Application], AsyncIterator[None]]:
    async def keep(app: web.Application) -> AsyncIterator[None]:
        repeater = Repeater(database=tools.database, changes=tools.changes)
        flush, look = partial(_flush, app, tools), partial(_look_around, app, tools)
        loops = (
            repeater.every(FLUSH_SECONDS, flush),
            repeater.on_change(look, pause=LOOK_SECONDS, latest=lambda: SELDOM_SECONDS),
        )
        tasks = [asyncio.create_task(loop) for loop in loops]
        yield
        await end(tasks, seconds=CLOSING_SECONDS)
        try:
            async with asyncio.timeout(CLOSING_SECONDS):
                await receiver.close()
                await _flush(app, tools)
        except (SQLAlchemyError, OSError) as error:  # a `TimeoutError` too
            tools.database.troubles.note(error, where="housekeeping")

    return keep


async def _look_around(app: web.Application, tools: Tools) -> None:
    """See what other processes blocked or set up."""
    async with tools.database.read() as connection:
        await tools.blocklist.load(connection)
        is_new = await app[SITE].load(connection, tools.house.instance.host)
    if is_new:
        app[CACHE].clear()


async def _flush(app: web.Application, tools: Tools) -> None:
    """Write down what was turned away, and when sessions were used."""
    seen = app[SEEN].copy()
    if not seen and app[REJECTIONS].is_empty:
        return
    app[SEEN].clear()
    async with tools.database.write() as connection:
        await note_seen(connection, seen)
        await app[REJECTIONS].flush(connection, tools.clock.now())


def serve(settings: Settings, *, with_worker: bool, is_new: bool) -> None:
    """Serve until SIGTERM."""
    processes.leave_when_told()
    # Migrating takes twelve megabytes of libraries; if it fails here, opening says why.
    processes.apart(lambda: prepare(settings, is_new=is_new))
    processes.run(_serve(settings, with_worker=with_worker, is_new=is_new))


async def _serve(settings: Settings, *, with_worker: bool, is_new: bool) -> None:
    async with AsyncExitStack() as stack:
        clock, stopped = SystemClock(), processes.heed_signals()
        sockets = handed_over(os.environ)
        opened = await stack.enter_async_context(open_instance(settings, clock, is_new=is_new))
        if with_worker and opened.database.is_sqlite:
            stack.enter_context(worker_lock(settings.data_dir))
        tools = await stack.enter_async_context(
            open_tools(settings, opened.database, opened.house, clock)
        )
        worker = Worker(tools) if with_worker else None
        log.info("mails", leave_by=way_out(settings))
        app = make_app(settings, tools, worker)
        runner = await stack.enter_async_context(listening(settings, app, sockets))
        processes.ready()
        work = worker.run() if worker else _idle()
        await processes.until_stopped(stopped, work, runner.begin_to_close)
    log.info("stopped")


@asynccontextmanager
async def listening(
    settings: Settings, app: web.Application, sockets: Sequence[socket.socket] = ()
) -> AsyncIterator[Runner]:
    """Answer requests, on the sockets that are given if any; at the end those under way first."""
    runner = make_runner(app, shutdown_seconds=SHUTDOWN_SECONDS)
    await runner.setup()
    try:
        for site in _sites(settings, runner, sockets):
            await site.start()
        for host, port, *_ in runner.addresses:
            log.info("listening", address=f"{host}:{port}", base_url=settings.base_url)
        yield runner
        await runner.close_doors(LAST_USE_SECONDS)
    finally:
        await runner.cleanup()


def _sites(
    settings: Settings, runner: Runner, sockets: Sequence[socket.socket]
) -> Sequence[web.BaseSite]:
    if sockets:
        return [web.SockSite(runner, one, backlog=BACKLOG) for one in sockets]
    return [web.TCPSite(runner, settings.listen_host, settings.listen_port, backlog=BACKLOG)]


async def _idle() -> None:
    await asyncio.Event().wait()
