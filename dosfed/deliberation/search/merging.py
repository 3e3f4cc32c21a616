"""The index of words forgets those of texts that are gone.

SQLite's full-text table only notes that a word is gone; the word itself stays in its file until
the parts of the index that hold it are merged into one. Merging reads and writes all of it, so
it is done when words have gone, some pages at a time, with other writers in between.
"""

from sqlalchemy import delete, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from dosfed.storage.schema import Kept
from dosfed.storage.statements import upsert

NOTE = "words_gone"  # in `kept`: words went since the index was last one part
BEGIN, GO_ON = "begin", "go on"
PAGES = 64
# One page more or less is SQLite's own bookkeeping (sqlite.org/fts5.html, 6.6).
NOTHING = 2


async def note_gone(connection: AsyncConnection) -> None:
    """Write down that words went, on an engine where the index keeps them."""
    if connection.dialect.name == "sqlite":
        row = {"name": NOTE, "value": BEGIN}
        await upsert(connection, Kept, [row], key=("name",), update=("value",))


async def has_words_to_forget(connection: AsyncConnection) -> bool:
    """Whether the index may still hold words that are gone."""
    return await _step(connection) is not None


async def _step(connection: AsyncConnection) -> str | None:
    return await connection.scalar(select(Kept.value).where(Kept.name == NOTE))


async def merge_some(connection: AsyncConnection) -> None:
    """Merge some pages of the index, and note when there is nothing left to merge."""
    step = await _step(connection)
    if step is None:
        return
    before = await connection.scalar(text("SELECT total_changes()"))
    # Below zero, all parts are first marked to become one.
    pages = -PAGES if step == BEGIN else PAGES
    await connection.execute(
        text("INSERT INTO search_index (search_index, rank) VALUES ('merge', :pages)"),
        {"pages": pages},
    )
    after = await connection.scalar(text("SELECT total_changes()"))
    if after - before < NOTHING:
        await connection.execute(delete(Kept).where(Kept.name == NOTE))
        return
    await connection.execute(update(Kept).where(Kept.name == NOTE).values(value=GO_ON))
