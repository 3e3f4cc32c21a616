"""Addresses of clients, and what they are counted by."""

import ipaddress

# What one household or machine has of IPv6 (RFC 6177): its addresses count as one.
HOUSEHOLD_BITS = 64
# And what anybody may have who asks for more: so many households, all of one owner.
SITE_BITS = 48


def network_of(address: str) -> str:
    """Return what a client is counted by: an IPv4 address, or the network of an IPv6 one."""
    parsed = _parsed(address)
    if isinstance(parsed, ipaddress.IPv6Address):
        return _within(parsed, HOUSEHOLD_BITS)
    return address if parsed is None else str(parsed)


def site_of(address: str) -> str | None:
    """Return the wider network of an IPv6 address, which may hold 65,536 clients; else none."""
    parsed = _parsed(address)
    return _within(parsed, SITE_BITS) if isinstance(parsed, ipaddress.IPv6Address) else None


def _parsed(address: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        parsed = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return None
    # As proxies write it that listen for both at once.
    mapped = parsed.ipv4_mapped if isinstance(parsed, ipaddress.IPv6Address) else None
    return mapped or parsed


def _within(address: ipaddress.IPv6Address, bits: int) -> str:
    return str(ipaddress.ip_network((address, bits), strict=False))


def is_loopback(address: str) -> bool:
    """Whether a client runs on this machine."""
    return is_address(address) and ipaddress.ip_address(address).is_loopback


def is_address(text: str) -> bool:
    """Whether a text is an address of IPv4 or IPv6."""
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True
