"""The conversation about a proposal that waits: for its author and its team alone."""

from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncConnection

from dosfed.deliberation.consultations.tables import Consultations
from dosfed.deliberation.posts.model import PostState
from dosfed.deliberation.proposals.corrections import Line, load_lines
from dosfed.deliberation.proposals.kept import load_proposal
from dosfed.shown.consultations import ConsultationHead, load_whole_head
from dosfed.shown.viewers import View, Viewer


@dataclass(frozen=True, slots=True, kw_only=True)
class CorrectionPage:
    """Everything templates/proposals/correction.html may use; `answers`: its author still can."""

    head: ConsultationHead
    id: str
    title: str
    language: str
    html: str
    lines: tuple[Line, ...]
    is_author: bool
    is_asked: bool
    answers: bool
    decides: bool


async def load_correction_page(
    connection: AsyncConnection, proposal: str, view: View, viewer: Viewer
) -> CorrectionPage | None:
    """Return the conversation to whoever takes part in it, and to nobody else."""
    record = await load_proposal(connection, proposal)
    if record is None or record.home is not None:
        return None
    is_author = record.author == viewer.id
    if not is_author and not viewer.within(record.consultation).is_facilitator:
        return None
    lines = await load_lines(connection, proposal)
    head = await load_whole_head(connection, Consultations.id == record.consultation, now=view.now)
    if not lines or head is None:
        return None
    waits = record.state is PostState.WAITING
    return CorrectionPage(
        head=head,
        id=record.id,
        title=record.title,
        language=record.language,
        html=record.html,
        lines=lines,
        is_author=is_author,
        is_asked=record.correction_asked_at is not None,
        answers=is_author and waits,
        decides=not is_author and waits,
    )
