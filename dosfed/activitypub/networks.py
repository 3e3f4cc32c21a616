"""Addresses of clients, and what they are counted by."""

import ipaddress

# What one household or machine has of IPv6 (RFC 6177): its addresses count as one.
HOUSEHOLD_BITS = 64


def network_of(address: str) -> str:
    """Return what a client is counted by: an IPv4 address, or the network of an IPv6 one."""
    try:
        parsed = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if isinstance(parsed, ipaddress.IPv4Address):
        return str(parsed)
    if parsed.ipv4_mapped is not None:  # as proxies write it that listen for both at once
        return str(parsed.ipv4_mapped)
    return str(ipaddress.ip_network((parsed, HOUSEHOLD_BITS), strict=False))


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
