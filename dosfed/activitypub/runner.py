"""How the application stands on the wire: what aiohttp has to be told for a public server."""

import logging

from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError

# What is left of a body that was refused is read for so long, in case the answer gets through.
LINGERING_SECONDS = 1.0
KEEP_ALIVE_SECONDS = 75.0
LOG = logging.getLogger("dosfed.http")


def make_runner(app: web.Application, *, shutdown_seconds: float) -> web.AppRunner:
    """Return a runner that unpacks nothing, lingers little and does not log others' nonsense.

    A compressed body could unfold without bound before any limit of ours is asked.
    """
    LOG.addFilter(_is_our_error)
    return web.AppRunner(
        app,
        access_log=None,
        auto_decompress=False,
        keepalive_timeout=KEEP_ALIVE_SECONDS,
        lingering_time=LINGERING_SECONDS,
        logger=LOG,
        shutdown_timeout=shutdown_seconds,
    )


def _is_our_error(record: logging.LogRecord) -> bool:
    """Whether a record is worth keeping: what is not HTTP is answered with 400, and that is all."""
    error = record.exc_info[1] if record.exc_info else None
    return not isinstance(error, HttpProcessingError)
