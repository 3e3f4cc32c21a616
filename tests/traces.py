"""Looking for words in all files of a running database."""

import os
from collections import Counter
from pathlib import Path

from sqlalchemy import text

from dosfed.storage.clock import Clock
from dosfed.storage.engine import Database
from dosfed.storage.scrubbing import Scrubber

CALLS = 100


async def scrub(database: Database, clock: Clock) -> None:
    """Clean the files, as the worker does little by little."""
    scrubber = Scrubber(database, clock)
    for _ in range(CALLS):
        await scrubber.scrub()
        if not await is_to_be_scrubbed(database):
            return
    raise AssertionError("the files are never clean")


async def is_to_be_scrubbed(database: Database) -> bool:
    """Whether something was erased that files may still hold."""
    async with database.read() as connection:
        marks = await connection.scalar(text("SELECT count(*) FROM erasures"))
        left = await connection.scalar(text("SELECT count(*) FROM kept WHERE name = 'overwriting'"))
    return bool(marks or left)


async def traces(database: Database, *words: str) -> Counter[str]:
    """Return how often files of the database hold any of these words: heaps, indexes, logs."""
    async with database.read() as connection:
        if database.is_sqlite:
            folder = Path(database.writer.url.database or "").parent
            files = [path for path in folder.iterdir() if path.is_file()]
        else:
            # What pages say in memory alone is on its way to the files.
            folder = Path(str(await connection.scalar(text("SHOW data_directory"))))
            ours = await connection.scalar(
                text("SELECT oid FROM pg_database WHERE datname = current_database()")
            )
            await connection.execute(text("COMMIT"))
            await connection.execute(text("CHECKPOINT"))
            files = _files_of(folder, str(ours))
    found: Counter[str] = Counter()
    for path in files:
        held = _read(path)
        for word in words:
            found[str(path.relative_to(folder))] += held.count(word.encode())
    return +found


def _files_of(cluster: Path, database: str) -> list[Path]:
    """Return the files of one database, and those that all share: logs, catalogues.

    Other tests make and drop their databases beside it: what vanishes meanwhile is theirs.
    """
    found: list[Path] = []
    for folder, below, names in os.walk(cluster):
        if Path(folder) == cluster / "base":
            below[:] = [name for name in below if name == database]
        found += [Path(folder, name) for name in names]
    return found


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError:  # dropped meanwhile
        return b""
