"""Where this server may reach out to: which URLs, and which addresses in the end."""

import errno
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network

from aiohttp import AddrInfoType
from yarl import URL

# Anybody can make us ask for a URL: a key id, a parent, an inbox. Without bounds they could have
# this machine ask others in its own network, a database or a cloud's metadata service, which trust
# it. A name that resolves to a public address when it is checked may resolve to a private one a
# moment later (DNS rebinding), so it is not names that are checked in the end but the address of
# each socket, when it is made.

MAX_URL = 2_048
# All that IANA has given out for servers; a list of what is reserved would never be complete.
GLOBAL_UNICAST = IPv6Network("2000::/3")
NAT64 = IPv6Network("64:ff9b::/96")  # RFC 6052
COMPATIBLE = IPv6Network("::/96")  # RFC 4291, section 2.5.5.1
# Global by Python's book, yet no server of anybody's: IETF protocols, 6to4 relays, documentation.
UNUSABLE = tuple(map(ip_network, ("192.0.0.0/24", "192.88.99.0/24", "3fff::/20")))


class Forbidden(ValueError):
    """A URL that this server does not ask for; the message says why."""


class AddressRefused(OSError):
    """An address that is not open to the whole world."""

    def __init__(self, host: str) -> None:
        super().__init__(errno.EACCES, f"not a public address: {host}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A URL that may be asked for; `host` and `path_qs` are as they go over the wire."""

    url: URL
    text: str
    origin: str
    host: str
    path_qs: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """What is open: `own_host` never, http, ports and private addresses in development only."""

    own_host: str
    allow_private: bool

    def target(self, url: str) -> Target:
        """Return where a URL leads, or raise `Forbidden`; a fragment is left away."""
        text = url.partition("#")[0]
        # Whoever sends us a URL with spaces or control characters in it tries something.
        if not text.isascii() or not text.isprintable() or " " in text or len(text) > MAX_URL:
            raise Forbidden("not a plain URL")
        try:
            parsed = URL(text)
            host = parsed.host_port_subcomponent
        except ValueError as error:
            raise Forbidden("not a URL") from error
        if not host or parsed.user is not None or parsed.password is not None:
            raise Forbidden("no host, or a user in it")
        self._check(parsed, host)
        return Target(
            url=parsed,
            text=text,
            origin=f"{parsed.scheme}://{host}",
            host=host,
            path_qs=parsed.raw_path_qs,
        )

    def _check(self, url: URL, host: str) -> None:
        if url.scheme != "https" and not (self.allow_private and url.scheme == "http"):
            raise Forbidden("not https")
        if not self.allow_private and not url.is_default_port():
            raise Forbidden("a port of its own")
        # A dot at the end names the same server under another name.
        if host == self.own_host or str(url.host).endswith("."):
            raise Forbidden("this server itself, or a name that ends in a dot")

    def open_socket(self, address: AddrInfoType) -> socket.socket:
        """Make the socket for one address that is about to be connected to: the last gate.

        Every connection passes here, whatever the name resolved to, IP addresses in URLs too.
        """
        family, kind, protocol, _, place = address
        if not self.allow_private and not is_public(str(place[0])):
            raise AddressRefused(str(place[0]))
        return socket.socket(family, kind, protocol)


def is_public(address: str) -> bool:
    """Whether an address, with every IPv4 address inside it, is open to the whole world."""
    try:
        outer = ip_address(address.partition("%")[0])
    except ValueError:
        return False
    return all(_is_public(inner) for inner in _unwrapped(outer))


def _unwrapped(address: IPv4Address | IPv6Address) -> Iterator[IPv4Address | IPv6Address]:
    """Yield the addresses that packets may reach in the end."""
    if isinstance(address, IPv4Address):
        yield address
        return
    last = IPv4Address(int(address) & 0xFFFF_FFFF)
    # These are an IPv4 address in other clothes: of the outer one nothing else is to be asked.
    if address.ipv4_mapped or address in COMPATIBLE or address in NAT64:
        yield last
        return
    # Through a tunnel (RFC 3056, RFC 4380) a packet may end at an address inside its own.
    yield address
    if address.sixtofour:
        yield address.sixtofour
    if address.teredo:
        yield from address.teredo


def _is_public(address: IPv4Address | IPv6Address) -> bool:
    if isinstance(address, IPv6Address) and address not in GLOBAL_UNICAST:
        return False
    return (
        address.is_global
        and not address.is_multicast
        and not address.is_reserved
        and not any(address in network for network in UNUSABLE)
    )
