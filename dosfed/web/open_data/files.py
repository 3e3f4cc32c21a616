"""Files that are made of many rows: written once, kept for a minute, read at anybody's pace.

A file is made on the disk, beside the database, without a name: the rows are read as fast as the
database gives them, whoever asks may then take as long as their line needs, and what was hidden or
deleted meanwhile is soon in no file here (rule 4.4). One is made at a time, and kept for as long as
caches on the way may keep it; so whoever asks for all files again and again costs one processor a
part of its time, and the disk what `MOST_BYTES` says.
"""

import asyncio
import hashlib
import os
import tempfile
from collections import OrderedDict
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from aiohttp import web

MAX_AGE = 60
MOST_BYTES = 400_000_000
MOST_WAITING = 20
MOST_READERS = 100
CHUNK = 128 * 1024
STALLED_SECONDS = 60.0
LONGEST_SECONDS = 1_800.0
RETRY_SECONDS = "10"

Write = Callable[["Growing"], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Growing:
    """A file that is being written."""

    file: IO[bytes]

    async def add(self, part: bytes) -> None:
        """Write a part, and let others have their turn."""
        self.file.write(part)
        await asyncio.sleep(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Digest:
    """By what somebody who has downloaded a file knows that it is whole."""

    size: int
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """A file that was made: its bytes lie on the disk as long as it is open."""

    file: IO[bytes]
    size: int
    sha256: str

    @property
    def digest(self) -> Digest:
        """What a catalogue says of it."""
        return Digest(size=self.size, sha256=self.sha256)


class Busy(Exception):
    """Too many wait for files already."""


class DataFiles:
    """The files that were made in the last minute, by what they are."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._kept: OrderedDict[str, Made] = OrderedDict()
        self._turn = asyncio.Lock()
        self._waiting = 0
        self._free_at = 0.0
        self._readers = 0

    async def get_or_make(self, name: str, write: Write) -> Made:
        """Return a file, made by whoever asks for it first; raise `Busy` if too many wait."""
        made = self._kept.get(name)
        if made is not None:
            return made
        if self._waiting >= MOST_WAITING:
            raise Busy
        self._waiting += 1
        try:
            async with self._turn:
                made = self._kept.get(name)
                if made is None:
                    await asyncio.sleep(self._free_at - _now())
                    began = _now()
                    made = await self._make(write)
                    # As long again belongs to everybody else.
                    self._free_at = 2 * _now() - began
                    self._keep(name, made)
                return made
        finally:
            self._waiting -= 1

    async def _make(self, write: Write) -> Made:
        file = tempfile.TemporaryFile(dir=self._folder)  # noqa: SIM115 - it is kept open
        try:
            await write(Growing(file))
            file.flush()
            size = file.tell()
            sha256 = await asyncio.to_thread(_digest, file.fileno(), size)
        except BaseException:
            file.close()
            raise
        return Made(file=file, size=size, sha256=sha256)

    def _keep(self, name: str, made: Made) -> None:
        self._kept[name] = made
        asyncio.get_running_loop().call_later(MAX_AGE, self._drop, name, made)
        while sum(one.size for one in self._kept.values()) > MOST_BYTES and len(self._kept) > 1:
            self._drop(*next(iter(self._kept.items())))

    def _drop(self, name: str, made: Made) -> None:
        """Let go of a file; who is reading it has opened it for themselves."""
        if self._kept.get(name) is made:
            del self._kept[name]
            made.file.close()

    def clear(self) -> None:
        """Let go of all files."""
        for name, made in list(self._kept.items()):
            self._drop(name, made)

    @asynccontextmanager
    async def reading(self, made: Made) -> AsyncIterator[int]:
        """Open a file once more for a reader, who may be slow; raise `Busy` if too many read."""
        if self._readers >= MOST_READERS:
            raise Busy
        # Before anything else has a turn: the file may be let go of at any time.
        opened = os.dup(made.file.fileno())
        self._readers += 1
        try:
            yield opened
        finally:
            self._readers -= 1
            os.close(opened)


def _now() -> float:
    return asyncio.get_running_loop().time()


def _digest(opened: int, size: int) -> str:
    digest = hashlib.sha256()
    for start in range(0, size, CHUNK):
        digest.update(os.pread(opened, CHUNK, start))
    return digest.hexdigest()


DATA_FILES = web.AppKey("data_files", DataFiles)


async def answer(
    request: web.Request, made: Made, *, content_type: str, headers: dict[str, str]
) -> web.StreamResponse:
    """Answer with a file, as fast as it is read; or with 304 to whoever has it already."""
    common = {
        **headers,
        "ETag": f'"{made.sha256[:32]}"',
        "Cache-Control": f"public, max-age={MAX_AGE}",
        "Access-Control-Allow-Origin": "*",
        "X-Content-Type-Options": "nosniff",
    }
    known = request.if_none_match or ()
    if any(one.value in {made.sha256[:32], "*"} for one in known):
        return web.Response(status=web.HTTPNotModified.status_code, headers=common)
    response = web.StreamResponse(headers={**common, "Content-Type": content_type})
    response.content_length = made.size
    async with request.app[DATA_FILES].reading(made) as opened:
        try:
            async with asyncio.timeout(LONGEST_SECONDS):
                await response.prepare(request)
                if request.method != "HEAD":
                    await send(response, opened, made.size)
        except TimeoutError:
            # Whoever takes nothing for a minute holds a file and a connection for nothing. The
            # answer has begun: there is no other way to say that it ends here.
            if request.transport is not None:
                request.transport.abort()
    return response


async def send(response: web.StreamResponse, opened: int, size: int) -> None:
    """Send an open file at the pace of its reader, who takes something within a minute."""
    for start in range(0, size, CHUNK):
        async with asyncio.timeout(STALLED_SECONDS):
            await response.write(os.pread(opened, CHUNK, start))
    await response.write_eof()
