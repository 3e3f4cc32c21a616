"""How often somebody may do what costs us, or others, an effort."""

from aiohttp import web

from dosfed.activitypub.networks import network_of
from dosfed.activitypub.proxies import client_address
from dosfed.activitypub.services import CLOCK
from dosfed.activitypub.throttle import Throttle


def check_rate(request: web.Request, counted: web.AppKey[Throttle], name: str) -> None:
    """Count one attempt under a name; raise 429 if there were enough of them for now."""
    throttle, now = request.app[counted], seconds_now(request)
    if seconds := throttle.seconds_left(name, now):
        raise web.HTTPTooManyRequests(headers={"Retry-After": str(int(seconds) + 1)})
    throttle.add(name, now)


def seconds_now(request: web.Request) -> float:
    """Return the time by which attempts are counted."""
    return request.app[CLOCK].now().timestamp()


def client_network(request: web.Request) -> str:
    """Return who asks, for counting."""
    return network_of(client_address(request))
