"""How often somebody may do what costs us, or others, an effort."""

import ipaddress
import time

from aiohttp import web

from dosfed.activitypub.proxies import client_address
from dosfed.activitypub.throttle import Throttle

# What one household or machine has of IPv6 (RFC 6177): its addresses count as one.
HOUSEHOLD_BITS = 64


def check_rate(throttle: Throttle, name: str) -> None:
    """Count one attempt under a name; raise 429 if there were enough of them for now."""
    now = time.monotonic()
    if seconds := throttle.seconds_left(name, now):
        raise web.HTTPTooManyRequests(headers={"Retry-After": str(int(seconds) + 1)})
    throttle.add(name, now)


def client_network(request: web.Request) -> str:
    """Return who asks, for counting: an IPv4 address, or the network of an IPv6 one."""
    address = client_address(request)
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(parsed, ipaddress.IPv4Address):
        return address
    return str(ipaddress.ip_network((parsed, HOUSEHOLD_BITS), strict=False))
