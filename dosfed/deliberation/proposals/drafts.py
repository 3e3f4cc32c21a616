"""Drafts: proposals that nobody but their author sees."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy import delete, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from dosfed.deliberation.consultations.tables import Consultations
from dosfed.deliberation.proposals.rules import check_draft
from dosfed.deliberation.proposals.tables import Drafts
from dosfed.deliberation.rules import check_length, check_there
from dosfed.storage.statements import take_turns, upsert

# Of what is read only when the proposal is submitted; more than any of it may hold then.
LINE_LENGTH = 500
_FIELDS = ("title", "text", "language", "tags", "group_name", "group_size", "saved_at")


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A proposal as far as somebody has written it; everything is as it was typed."""

    id: str
    author: str
    consultation: str
    title: str
    text: str
    language: str
    tags: str
    group_name: str
    group_size: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftLine:
    """A draft in its author's list."""

    id: str
    title: str
    language: str
    saved_at: datetime
    address: str
    consultation_title: str
    consultation_language: str


async def save_draft(connection: AsyncConnection, draft: Draft, *, at: datetime) -> None:
    """Keep a draft, new or changed, or raise `Refused` (rule 3.14)."""
    await take_turns(connection, f"drafts of {draft.author}")
    others = select(func.count()).where(Drafts.author == draft.author, Drafts.id != draft.id)
    check_draft(draft.title, draft.text, others=(await connection.execute(others)).scalar_one())
    for line in (draft.tags, draft.group_name, draft.group_size):
        check_length(line, LINE_LENGTH)
    owner = select(Drafts.author, Drafts.consultation).where(Drafts.id == draft.id)
    kept = (await connection.execute(owner)).first()
    is_theirs = kept is None or tuple(kept) == (draft.author, draft.consultation)
    check_there(draft if is_theirs else None)
    row = {**asdict(draft), "saved_at": at}
    await upsert(connection, Drafts, [row], key=("id",), update=_FIELDS)


async def load_draft(connection: AsyncConnection, draft: str, author: str) -> Draft | None:
    """Return a draft to its author, and to nobody else."""
    rows = await connection.execute(
        select(
            Drafts.id,
            Drafts.author,
            Drafts.consultation,
            Drafts.title,
            Drafts.text,
            Drafts.language,
            Drafts.tags,
            Drafts.group_name,
            Drafts.group_size,
        ).where(Drafts.id == draft, Drafts.author == author)
    )
    row = rows.mappings().one_or_none()
    return None if row is None else Draft(**row)


async def load_drafts(connection: AsyncConnection, author: str) -> Sequence[DraftLine]:
    """Return somebody's drafts, what was saved last first."""
    rows = await connection.execute(
        select(
            Drafts.id,
            Drafts.title,
            Drafts.language,
            Drafts.saved_at,
            Consultations.address,
            Consultations.title.label("consultation_title"),
            Consultations.language.label("consultation_language"),
        )
        .join(Consultations, Consultations.id == Drafts.consultation)
        .where(Drafts.author == author)
        .order_by(Drafts.saved_at.desc(), Drafts.id)
    )
    return [DraftLine(**row) for row in rows.mappings()]


async def delete_draft(connection: AsyncConnection, draft: str, author: str) -> None:
    """Throw a draft of somebody away."""
    await connection.execute(delete(Drafts).where(Drafts.id == draft, Drafts.author == author))


async def forget_drafts(connection: AsyncConnection, author: str) -> None:
    """Throw all drafts of somebody away."""
    await connection.execute(delete(Drafts).where(Drafts.author == author))
