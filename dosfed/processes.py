"""Processes that run until they are told to stop, with their log on stderr."""

import asyncio
import gc
import logging
import os
import resource
import signal
import sys
import threading
from collections.abc import Callable, Coroutine
from typing import Any

import structlog
import uvloop

from dosfed import supervision
from dosfed.waits import end

# Docker kills ten seconds after SIGTERM. Three bounds lie within them: the work's own
# (`worker.STOP_SECONDS`), its process's, and the last, after which nobody is asked any more.
# What is under way may end; longer than this, an operator need not wait.
STOP_SECONDS = 7.5
# Everything that was acknowledged is durable: whatever still hangs then is left where it is.
LAST_SECONDS = 9.5
OPEN_FILES = 65_536
GARBAGE_THRESHOLD = 10_000  # objects; a batch makes thousands and drops them all

log = structlog.get_logger(__name__)


def run(main: Coroutine[Any, Any, None]) -> None:
    """Run a process's main coroutine on uvloop."""
    configure_log()
    _raise_limit()
    uvloop.run(main)


def leave_when_told() -> None:
    """Let SIGTERM end the process well while it still starts: nothing is under way yet."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))


def _raise_limit() -> None:
    """Allow as many open connections as the system lets us: a fan-out keeps one per server."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = OPEN_FILES if hard == resource.RLIM_INFINITY else min(OPEN_FILES, hard)
    if soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def apart(work: Callable[[], Coroutine[Any, Any, object]]) -> None:
    """Do something in a child process, so that what it loads goes with it.

    Whether it went well is for the caller to see; nothing runs in this process yet.
    """
    # Before there is a loop or a thread: a copy of either would be half of one.
    child = os.fork()
    if child:
        os.waitpid(child, 0)
        return
    try:
        asyncio.run(work())
    finally:
        os._exit(0)  # the parent's buffers and handlers are not this process's business


def ready() -> None:
    """Say that the process is ready.

    What was loaded to start with is left out of every later search for garbage.
    """
    _tell("READY=1")
    gc.collect()
    gc.freeze()
    gc.set_threshold(GARBAGE_THRESHOLD)


def heed_signals() -> asyncio.Event:
    """Return what SIGTERM and SIGINT set from now on: a process heeds them before it is ready.

    Once it was told so, the process ends in time, whatever happens to what it waits for.
    """
    loop = asyncio.get_running_loop()
    stopped = asyncio.Event()

    def stop() -> None:
        if not stopped.is_set():
            _end_by(LAST_SECONDS)
        stopped.set()

    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, stop)
    return stopped


def _end_by(seconds: float) -> None:
    """End the process after so long, unless it has ended before.

    A thread does it: what hangs may be the loop, or another thread that the interpreter waits for.
    """

    def leave() -> None:
        log.warning("stopped late")
        os._exit(0)

    timer = threading.Timer(seconds, leave)
    timer.daemon = True
    timer.start()


def _tell(state: str) -> None:
    try:
        supervision.tell(state)
    except OSError as error:  # whoever does not listen to us cannot keep us from working
        log.warning("the service manager cannot be told", state=state, error=str(error))


async def until_stopped(
    stopped: asyncio.Event,
    work: Coroutine[Any, Any, None],
    at_end: Callable[[], None] = lambda: None,
) -> None:
    """Work until stopped, then let it end; a failure of the work itself is raised.

    `at_end` is called before what is under way is waited for.
    """
    task = asyncio.create_task(work)
    waiting = asyncio.create_task(stopped.wait())
    try:
        await asyncio.wait({task, waiting}, return_when=asyncio.FIRST_COMPLETED)
        if task.done():
            task.result()
    finally:
        _tell("STOPPING=1")
        at_end()
        await end([task, waiting], seconds=STOP_SECONDS)


def configure_log() -> None:
    """Write facts with their fields to stderr, a line each."""
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.LogfmtRenderer(key_order=["timestamp", "level", "event"]),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    logging.basicConfig(stream=sys.stderr, level=logging.WARNING)
