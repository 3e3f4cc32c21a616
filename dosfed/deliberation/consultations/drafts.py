"""Consultations that only the team sees, as they are kept: import files that wait to be imported.

Nothing of a draft is in any other table, so that no page, feed or document can show it by mistake
(docs/decisions/0027).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from dosfed.deliberation.consultations.tables import ConsultationDrafts

Document = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A consultation in the making; `document` is one consultation of the import format.

    `edition` counts how often it was saved; `preview` is the digest of its link, if there is one.
    """

    id: str
    document: Document
    edition: int
    changed_at: datetime
    preview: bytes | None

    @property
    def title(self) -> str:
        """Return what it is called so far."""
        return str(self.document.get("title") or "")


COLUMNS = (
    ConsultationDrafts.id,
    ConsultationDrafts.document,
    ConsultationDrafts.edition,
    ConsultationDrafts.changed_at,
    ConsultationDrafts.preview,
)


async def insert_draft(
    connection: AsyncConnection, draft: str, document: Document, *, by: str, at: datetime
) -> None:
    """Keep a new draft."""
    await connection.execute(
        insert(ConsultationDrafts).values(
            id=draft, document=dict(document), edition=1, made_by=by, made_at=at, changed_at=at
        )
    )


async def load_drafts(connection: AsyncConnection) -> list[Draft]:
    """Return all drafts, the latest changed first."""
    rows = await connection.execute(
        select(*COLUMNS).order_by(ConsultationDrafts.changed_at.desc(), ConsultationDrafts.id)
    )
    return [Draft(**row) for row in rows.mappings()]


async def load_draft(connection: AsyncConnection, draft: str) -> Draft | None:
    """Return a draft."""
    rows = await connection.execute(select(*COLUMNS).where(ConsultationDrafts.id == draft))
    row = rows.mappings().first()
    return None if row is None else Draft(**row)


async def find_previewed(connection: AsyncConnection, preview: bytes) -> Draft | None:
    """Return the draft to which a preview link leads."""
    rows = await connection.execute(select(*COLUMNS).where(ConsultationDrafts.preview == preview))
    row = rows.mappings().first()
    return None if row is None else Draft(**row)


async def update_draft(
    connection: AsyncConnection, draft: str, document: Document, *, edition: int, at: datetime
) -> bool:
    """Save a draft; false where it is not the edition any more that its author saw."""
    saved = await connection.execute(
        update(ConsultationDrafts)
        .where(ConsultationDrafts.id == draft, ConsultationDrafts.edition == edition)
        .values(document=dict(document), edition=edition + 1, changed_at=at)
    )
    return saved.rowcount > 0


async def set_preview(connection: AsyncConnection, draft: str, preview: bytes | None) -> None:
    """Let a new link lead to a draft, in place of one that there was; or none."""
    await connection.execute(
        update(ConsultationDrafts).where(ConsultationDrafts.id == draft).values(preview=preview)
    )


async def take_draft(connection: AsyncConnection, draft: str) -> Draft | None:
    """Delete a draft and return it: of two who take it at once, one gets it."""
    rows = await connection.execute(
        delete(ConsultationDrafts).where(ConsultationDrafts.id == draft).returning(*COLUMNS)
    )
    row = rows.mappings().first()
    return None if row is None else Draft(**row)


async def forget_maker(connection: AsyncConnection, person: str) -> None:
    """Keep the drafts of somebody who leaves, without their name."""
    await connection.execute(
        update(ConsultationDrafts).where(ConsultationDrafts.made_by == person).values(made_by=None)
    )
