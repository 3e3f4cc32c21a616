"""Whose request it is, when a proxy is in front of us."""

import ipaddress

from aiohttp import web

from dosfed.activitypub.networks import is_address
from dosfed.context import SETTINGS
from dosfed.settings import Network


def client_address(request: web.Request) -> str:
    """Return the address a request comes from; only trusted proxies are believed about it."""
    peer = request.remote or ""
    trusted = request.app[SETTINGS].trusted_proxies
    if not trusted or not _is_in(peer, trusted):
        return peer
    # Each proxy adds at the end the one it heard: the last stranger is the client.
    named = ",".join(request.headers.getall("X-Forwarded-For", ())).split(",")
    for address in (part.strip() for part in reversed(named)):
        if not is_address(address):
            break  # what is further left was written by whoever wrote this
        peer = address
        if not _is_in(address, trusted):
            break
    return peer


def _is_in(address: str, networks: tuple[Network, ...]) -> bool:
    if not is_address(address):
        return False
    parsed = ipaddress.ip_address(address)
    return any(parsed in network for network in networks)
