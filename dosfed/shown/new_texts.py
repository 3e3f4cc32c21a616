"""New texts of published proposals: for their author, and for facilitators to read."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from dosfed.deliberation.consultations.tables import Consultations
from dosfed.deliberation.posts.model import PostState
from dosfed.deliberation.proposals.co_signers import count_signers
from dosfed.deliberation.proposals.differences import Difference, compare
from dosfed.deliberation.proposals.kept import ProposalRecord, load_proposal
from dosfed.deliberation.proposals.new_texts import NewText, load_new_text, waiting
from dosfed.deliberation.proposals.tables import NewTexts, Proposals
from dosfed.deliberation.proposals.versions import is_frozen
from dosfed.shown.called import load_name_beside, name_beside
from dosfed.shown.consultations import ConsultationHead, load_whole_head
from dosfed.shown.viewers import View, Viewer

MOST = 100  # at once, as of proposals that wait


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitingText:
    """A proposal whose author would have it say something else."""

    id: str
    title: str
    language: str
    author_name: str | None
    called: str  # a name beside that, or nothing
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class NewTextPage:
    """Everything templates/proposals/new_text.html may use.

    `title` and `text` are what changes of the text that stands. `decides`: its viewer may.
    """

    head: ConsultationHead
    proposal: ProposalRecord
    called: str  # a name of its author beside the handle, or nothing
    new: NewText
    title: tuple[Difference, ...]
    text: tuple[Difference, ...]
    signer_count: int
    is_author: bool
    decides: bool


async def load_waiting_texts(
    connection: AsyncConnection, consultation: str
) -> tuple[WaitingText, ...]:
    """Return the new texts that wait in a consultation to be read, the oldest first."""
    rows = await connection.execute(
        select(
            Proposals.id,
            Proposals.title,
            Proposals.language,
            Proposals.author_name,
            name_beside(Proposals.author, Proposals.author_name).label("called"),
            NewTexts.at,
        )
        .join(NewTexts, NewTexts.proposal == Proposals.id)
        .join(Consultations, Consultations.id == Proposals.consultation)
        .where(Proposals.consultation == consultation, waiting())
        .order_by(NewTexts.at, Proposals.id)
        .limit(MOST)
    )
    return tuple(WaitingText(**row) for row in rows.mappings())


async def load_new_text_page(
    connection: AsyncConnection, proposal: str, view: View, viewer: Viewer
) -> NewTextPage | None:
    """Return the new text of a proposal to its author, and to facilitators while it waits."""
    record = await load_proposal(connection, proposal)
    new = await load_new_text(connection, proposal)
    if record is None or new is None or record.state is not PostState.PUBLISHED:
        return None
    viewer = viewer.within(record.consultation)
    is_author = record.author == viewer.id
    if not is_author and not (viewer.is_facilitator and new.waits):
        return None
    head = await load_whole_head(connection, Consultations.id == record.consultation, now=view.now)
    if head is None:
        return None
    frozen = await is_frozen(connection, record, at=view.now)
    return NewTextPage(
        head=head,
        proposal=record,
        called=await load_name_beside(connection, record.author or "", record.author_name or ""),
        new=new,
        title=compare(record.title, new.title),
        text=compare(record.text, new.text),
        signer_count=await count_signers(connection, proposal),
        is_author=is_author,
        decides=viewer.is_facilitator and new.waits and not frozen,
    )
