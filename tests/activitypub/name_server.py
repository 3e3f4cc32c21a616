"""A name server on loopback that answers some names and leaves others without any answer."""

import asyncio
import socket
import struct
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

A, CLASS_IN = 1, 1
RESPONSE, NO_SUCH_NAME = 0x8180, 0x8183
POINTER_TO_QUESTION = 0xC00C


@dataclass(slots=True, kw_only=True)
class NameServer(asyncio.DatagramProtocol):
    """Knows the addresses of some names, and says nothing of those under `silent`."""

    addresses: Mapping[str, str]
    silent: str = "silent.test"
    asked: list[str] = field(default_factory=list)
    port: int = 0
    transport: asyncio.DatagramTransport | None = None

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        """Answer one question, or do not."""
        name, kind, question = _read_question(data)
        self.asked.append(name)
        if self.transport is not None and not name.endswith(self.silent):
            address = self.addresses.get(name)
            self.transport.sendto(_answer(data[:2], question, kind, address), addr)


def _read_question(data: bytes) -> tuple[str, int, bytes]:
    labels, at = [], 12
    while length := data[at]:
        labels.append(data[at + 1 : at + 1 + length].decode())
        at += 1 + length
    (kind,) = struct.unpack_from("!H", data, at + 1)
    return ".".join(labels).lower(), kind, data[12 : at + 5]


def _answer(number: bytes, question: bytes, kind: int, address: str | None) -> bytes:
    has_answer = address is not None and kind == A
    flags = NO_SUCH_NAME if address is None else RESPONSE
    head = number + struct.pack("!HHHHH", flags, 1, has_answer, 0, 0) + question
    if not has_answer or address is None:
        return head
    return (
        head
        + struct.pack("!HHHIH", POINTER_TO_QUESTION, A, CLASS_IN, 0, 4)
        + socket.inet_aton(address)
    )


@asynccontextmanager
async def name_server(addresses: Mapping[str, str]) -> AsyncIterator[NameServer]:
    """Run a name server on a free port of this machine."""
    loop = asyncio.get_running_loop()
    transport, server = await loop.create_datagram_endpoint(
        lambda: NameServer(addresses=addresses), local_addr=("127.0.0.1", 0)
    )
    server.transport, server.port = transport, transport.get_extra_info("sockname")[1]
    try:
        yield server
    finally:
        transport.close()
