"""The application on the wire: what aiohttp has to be told for a public server."""

import asyncio
import logging

from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError

from dosfed.activitypub.connections import Server

# What is left of a body that was refused is read for so long, in case the answer gets through.
LINGERING_SECONDS = 1.0
KEEP_ALIVE_SECONDS = 75.0  # longer than nginx keeps an idle one to us, or it meets a closed door
LOOK_SECONDS = 0.02
LOG = logging.getLogger("dosfed.http")


class Runner(web.AppRunner):
    """Runs an application until its last connection was told that it is the last."""

    is_closing = False

    def begin_to_close(self) -> None:
        """Say with every answer from now on that the connection ends; new ones are still taken."""
        self.is_closing = True

    async def close_doors(self, seconds: float) -> None:
        """Take no new connections; whoever still has one may use it once more, within some seconds.

        A connection that is closed while a request is on its way loses that request, and who
        sent it cannot know whether it was read: therefore it is not closed at once.
        """
        self.begin_to_close()
        for site in list(self.sites):
            await site.stop()
        try:
            async with asyncio.timeout(seconds):
                while self.server is not None and self.server.connections:  # noqa: ASYNC110
                    await asyncio.sleep(LOOK_SECONDS)  # the library tells nobody
        except TimeoutError:
            pass

    async def _make_server(self) -> web.Server:
        return Server(await super()._make_server(), self._kwargs)


def make_runner(app: web.Application, *, shutdown_seconds: float) -> Runner:
    """Return a runner that unpacks nothing, lingers little and does not log others' nonsense.

    A compressed body could unfold without bound before any limit of ours is asked.
    """
    LOG.addFilter(_is_our_error)
    runner = Runner(
        app,
        access_log=None,
        auto_decompress=False,
        keepalive_timeout=KEEP_ALIVE_SECONDS,
        lingering_time=LINGERING_SECONDS,
        logger=LOG,
        shutdown_timeout=shutdown_seconds,
    )

    async def say_goodbye(_request: web.Request, response: web.StreamResponse) -> None:
        if runner.is_closing:
            response.headers["Connection"] = "close"
            response.force_close()

    app.on_response_prepare.append(say_goodbye)
    return runner


def _is_our_error(record: logging.LogRecord) -> bool:
    """Whether a record is worth keeping: what is not HTTP is answered with 400, and that is all."""
    error = record.exc_info[1] if record.exc_info else None
    return not isinstance(error, HttpProcessingError)
