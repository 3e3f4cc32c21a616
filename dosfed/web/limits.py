"""How often somebody may do what costs us, or others, an effort."""

from math import ceil

from aiohttp import web

from dosfed.activitypub.networks import network_of, site_of
from dosfed.activitypub.proxies import client_address
from dosfed.activitypub.throttle import Throttle
from dosfed.context import CLOCK

# A network of IPv6 that anybody can have holds thousands of clients: it counts as so many.
SITE_TIMES = 4


def check_rate(request: web.Request, counted: web.AppKey[Throttle], name: str) -> None:
    """Count one attempt under a name; raise 429 if there were enough of them for now."""
    if seconds := seconds_to_wait(request, counted, name):
        raise web.HTTPTooManyRequests(headers=retry_after(seconds))


def check_client(request: web.Request, counted: web.AppKey[Throttle]) -> None:
    """Count one attempt of whoever asks; raise 429 if that network made enough of them for now."""
    if seconds := client_to_wait(request, counted):
        raise web.HTTPTooManyRequests(headers=retry_after(seconds))


def client_to_wait(request: web.Request, counted: web.AppKey[Throttle]) -> float:
    """Count one attempt of whoever asks and return 0; or how long to wait, counting nothing."""
    throttle, now, networks = request.app[counted], seconds_now(request), client_networks(request)
    seconds = max(throttle.seconds_left(name, now, times=times) for name, times in networks)
    if not seconds:
        for name, _ in networks:
            throttle.add(name, now)
    return seconds


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


def client_networks(request: web.Request) -> list[tuple[str, int]]:
    """Return by what whoever asks is counted, each with how many clients' limits it has."""
    address = client_address(request)
    site = site_of(address)
    return [(network_of(address), 1), *([] if site is None else [(site, SITE_TIMES)])]
