"""Names of other servers to addresses, however many name servers are silent.

The system's own way (getaddrinfo) takes a thread for each name and waits in it; a process has
few of them, and a few names whose name servers never answer would stop all others. So names are
asked for by c-ares, which holds no thread and gives up in time. It reads the machine's
`resolv.conf` and `hosts` like everybody.
"""

import asyncio
import socket
from collections.abc import Callable

import aiodns
import pycares
from aiohttp.abc import AbstractResolver, ResolveResult

from dosfed.activitypub.guard import AddressRefused, Policy, is_public

LOOPBACK = "127.0.0.1"
# 1.5 s, then 3 s: together just within `LOOKUP_SECONDS`, which ends what c-ares does not.
FIRST_TRY_SECONDS = 1.5
TRIES = 2  # the second one waits twice as long
LOOKUP_SECONDS = 5.0
LOOKUPS = 512  # at a time: each holds a little memory, and any number of names may be silent


def ask_system() -> aiodns.DNSResolver:
    """Return what asks the name servers of this machine; a name is taken as it is, whole."""
    return aiodns.DNSResolver(
        timeout=FIRST_TRY_SECONDS, tries=TRIES, flags=pycares.ARES_FLAG_NOSEARCH
    )


class Resolver(AbstractResolver):
    """DNS without the addresses that a policy refuses; in development *.localhost needs none."""

    def __init__(self, policy: Policy, make: Callable[[], aiodns.DNSResolver] = ask_system) -> None:
        self._policy = policy
        self._make = make
        self._names: aiodns.DNSResolver | None = None
        self._lookups = 0

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """Return the addresses that may be connected to, or raise `OSError`."""
        if self._policy.allow_private and (host == "localhost" or host.endswith(".localhost")):
            return [_result(host, LOOPBACK, port, socket.AF_INET)]
        found = await self._look_up(host, port, family)
        if self._policy.allow_private:
            return found
        # Some of each kind, as split DNS may give: the public ones will do.
        public = [result for result in found if is_public(result["host"])]
        if not public:
            raise AddressRefused(host)
        return public

    async def close(self) -> None:
        """Give up what is under way."""
        if self._names is not None:
            await self._names.close()
            self._names = None

    async def _look_up(
        self, host: str, port: int, family: socket.AddressFamily
    ) -> list[ResolveResult]:
        if self._lookups >= LOOKUPS:
            raise OSError(f"too many names are looked up: {host}")
        if self._names is None:
            self._names = self._make()
        self._lookups += 1
        try:
            async with asyncio.timeout(LOOKUP_SECONDS):
                answer = await self._names.getaddrinfo(
                    host, family=family, port=port, type=socket.SOCK_STREAM
                )
        except (aiodns.error.DNSError, TimeoutError) as error:
            raise OSError(f"no address: {host}") from error
        finally:
            self._lookups -= 1
        nodes = [(node.addr[0].decode(), node.family) for node in answer.nodes]
        return [_result(host, address, port, kind) for address, kind in nodes]


def _result(host: str, address: str, port: int, family: int) -> ResolveResult:
    return ResolveResult(
        hostname=host,
        host=address,
        port=port,
        family=family,
        proto=0,
        flags=socket.AI_NUMERICHOST | socket.AI_NUMERICSERV,
    )
