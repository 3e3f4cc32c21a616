"""The index of words is kept up to date with the texts, whoever changed them."""

import asyncio
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import Select, delete, select
from sqlalchemy.ext.asyncio import AsyncConnection

from dosfed import texts
from dosfed.deliberation.consultations.tables import Consultations
from dosfed.deliberation.debate.tables import Arguments
from dosfed.deliberation.posts.visible import READABLE, listed
from dosfed.deliberation.proposals.tables import Proposals, ProposalTags
from dosfed.deliberation.search.merging import note_gone
from dosfed.deliberation.search.tables import SearchEntries, SearchPending
from dosfed.deliberation.search.words import distinct_words, fold
from dosfed.storage.statements import upsert

BATCH = 100


async def is_behind(connection: AsyncConnection) -> bool:
    """Whether a text has changed since it was indexed."""
    return (await connection.execute(select(SearchPending.id).limit(1))).first() is not None


async def catch_up(connection: AsyncConnection, *, batch: int = BATCH) -> int:
    """Index some of the texts that changed, the oldest change first; return how many notes went.

    What is not public any more is not found any more.
    """
    changed = await _take(connection, batch)
    if not changed:
        return 0
    for kind, read in _READERS.items():
        await _index(connection, kind, changed[kind], await read(connection, changed[kind]))
    return sum(len(objects) for objects in changed.values())


async def _take(connection: AsyncConnection, batch: int) -> Mapping[str, list[str]]:
    # Taken out first and read afterwards: whatever changes in between leaves a note of its own.
    oldest = select(SearchPending.id).order_by(SearchPending.id).limit(batch)
    rows = await connection.execute(
        delete(SearchPending)
        .where(SearchPending.id.in_(oldest))
        .returning(SearchPending.id, SearchPending.kind, SearchPending.object)
    )
    changed: dict[str, list[str]] = defaultdict(list)
    for _, kind, uri in sorted(rows.all()):
        changed[kind].append(uri)
    return changed


Row = dict[str, Any]


async def _index(
    connection: AsyncConnection, kind: str, changed: Sequence[str], rows: Sequence[Row]
) -> None:
    known = select(SearchEntries.id).where(SearchEntries.object.in_(changed)).limit(1)
    if (await connection.execute(known)).first() is not None:
        await note_gone(connection)  # of a text that changed or went
    # In the order of the changes: a new entry's number says how new it is (`finding`).
    places = {uri: place for place, uri in enumerate(changed)}
    rows = sorted(rows, key=lambda row: places[row["object"]])
    await upsert(
        connection,
        SearchEntries,
        [{**row, "kind": kind} for row in rows],
        key=("object",),
        update=("title", "words"),
    )
    gone = set(changed) - {row["object"] for row in rows}
    if gone:
        await connection.execute(delete(SearchEntries).where(SearchEntries.object.in_(gone)))


async def _read_consultations(connection: AsyncConnection, ids: Collection[str]) -> list[Row]:
    statement = select(Consultations.id, Consultations.title, Consultations.summary).where(
        Consultations.id.in_(ids)
    )
    return [
        {
            "object": row.id,
            "consultation": row.id,
            "title": fold(row.title),
            "words": await _words(row.title, texts.render_markdown(row.summary)),
        }
        for row in await _rows(connection, statement, ids)
    ]


async def _read_proposals(connection: AsyncConnection, ids: Collection[str]) -> list[Row]:
    statement = select(Proposals.id, Proposals.consultation, Proposals.title, Proposals.html).where(
        Proposals.id.in_(ids), READABLE.of(Proposals)
    )
    rows = await _rows(connection, statement, ids)
    tags: dict[str, list[str]] = defaultdict(list)
    tagged = select(ProposalTags.proposal, ProposalTags.tag).where(ProposalTags.proposal.in_(ids))
    for row in await _rows(connection, tagged, ids):
        tags[row.proposal].append(row.tag)
    return [
        {
            "object": row.id,
            "consultation": row.consultation,
            "title": fold(row.title),
            "words": await _words(row.title, row.html, *tags[row.id]),
        }
        for row in rows
    ]


async def _read_arguments(connection: AsyncConnection, ids: Collection[str]) -> list[Row]:
    statement = (
        select(Arguments.id, Proposals.consultation, Arguments.html)
        .join(Proposals, Proposals.id == Arguments.about)
        .where(
            Arguments.id.in_(ids),
            listed(),
        )
    )
    return [
        {
            "object": row.id,
            "consultation": row.consultation,
            "title": "",
            "words": await _words("", row.html),
        }
        for row in await _rows(connection, statement, ids)
    ]


async def _rows(
    connection: AsyncConnection, statement: Select[*tuple[Any, ...]], ids: Collection[str]
) -> Sequence[Any]:
    return (await connection.execute(statement)).all() if ids else ()


async def _words(title: str, html: str, *tags: str) -> str:
    """Return the words of a text; between one and the next, others get their turn."""
    await asyncio.sleep(0)
    return distinct_words(title, texts.plain_text(html), *tags)


_READERS = {
    "consultation": _read_consultations,
    "proposal": _read_proposals,
    "argument": _read_arguments,
}
