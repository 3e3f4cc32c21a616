"""How often somebody may do what costs us, or others, an effort."""

from math import ceil

from aiohttp import web

from dosfed.activitypub.networks import network_of
from dosfed.activitypub.proxies import client_address
from dosfed.activitypub.services import CLOCK
from dosfed.activitypub.throttle import Throttle


def check_rate(request: web.Request, counted: web.AppKey[Throttle], name: str) -> None:
    """Count one attempt under a name; raise 429 if there were enough of them for now."""
    if seconds := seconds_to_wait(request, counted, name):
        raise web.HTTPTooManyRequests(headers=retry_after(seconds))


def seconds_to_wait(request: web.Request, counted: web.AppKey[Throttle], name: str) -> float:
    """Count one attempt under a name and return 0; or how long to wait, counting nothing."""
    throttle, now = request.app[counted], seconds_now(request)
    seconds = throttle.seconds_left(name, now)
    if not seconds:
        throttle.add(name, now)
    return seconds


def retry_after(seconds: float) -> dict[str, str]:
    """Return what tells a program when to try again (RFC 9110, section 10.2.3)."""
    return {"Retry-After": str(ceil(seconds))}


def seconds_now(request: web.Request) -> float:
    """Return the time by which attempts are counted."""
    return request.app[CLOCK].now().timestamp()


def client_network(request: web.Request) -> str:
    """Return who asks, for counting."""
    return network_of(client_address(request))
