"""A consultation's page: what everybody sees of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Label, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from dosfed.deliberation.consultations.tables import Consultations
from dosfed.deliberation.meetings.kept import Meeting
from dosfed.deliberation.notes.kept import Note
from dosfed.deliberation.posts.visible import READABLE
from dosfed.deliberation.proposals.tables import Proposals
from dosfed.deliberation.votes.tables import Polls
from dosfed.shown.consultations import ConsultationHead, load_phases, read_head, select_heads
from dosfed.shown.listings import (
    PAGE_LENGTH,
    Listing,
    Reader,
    Sort,
    Tag,
    list_proposals,
    load_tag_counts,
)
from dosfed.shown.officials import load_officials
from dosfed.shown.possibilities import Possibilities, load_possibilities
from dosfed.shown.proposals import ProposalCard, count_proposals, load_proposal_cards
from dosfed.storage.paging import count_pages


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsultationPage:
    """Everything templates/consultations/show.html may use of a consultation.

    `total` counts its published proposals, `listed` those that the listing lets through.
    """

    head: ConsultationHead
    summary: str  # Markdown
    documents: tuple[Mapping[str, str], ...]  # each with title and url
    instances: tuple[str, ...]
    needs_facilitator: bool
    tags: tuple[Tag, ...]
    listing: Listing
    proposals: tuple[ProposalCard, ...]
    meetings: tuple[Meeting, ...]
    notes: tuple[Note, ...]  # the latest
    possible: Possibilities
    total: int
    listed: int
    page: int
    pages: int

    @property
    def first_number(self) -> int | None:
        """The number of the page's first proposal, where the list is whole and in its order."""
        if self.listing.is_filtered or self.listing.sort is not Sort.ORDER:
            return None
        return (self.page - 1) * PAGE_LENGTH + 1


async def load_consultation(
    connection: AsyncConnection, address: str, listing: Listing, reader: Reader
) -> ConsultationPage | None:
    """Return a page of a consultation's proposals, in eight statements, or nine if filtered."""
    statement = select_heads(
        Consultations.summary,
        Consultations.instances,
        Consultations.documents,
        _votes_until(reader.now),
    )
    row = (await connection.execute(statement.where(Consultations.address == address))).first()
    if row is None:
        return None
    head = read_head(row, await load_phases(connection, row.id), now=reader.now)
    listed = await list_proposals(connection, row.id, listing, reader)
    total = listed.total
    if listing.is_filtered:
        total = await count_proposals(connection, row.id)
    meetings, said = await load_officials(connection, row.id)
    return ConsultationPage(
        head=head,
        summary=row.summary,
        documents=tuple(row.documents),
        instances=tuple(row.instances),
        needs_facilitator=row.needs_facilitator,
        tags=await load_tag_counts(connection, row.id),
        listing=listing,
        proposals=await load_proposal_cards(connection, listed.ids, now=reader.now),
        meetings=meetings,
        notes=said,
        possible=load_possibilities(head, row.votes_until),
        total=total,
        listed=listed.total,
        page=reader.page,
        pages=count_pages(listed.total, PAGE_LENGTH),
    )


def _votes_until(now: datetime) -> Label[Any]:
    """Return, as a column, when the last of a consultation's open votes ends."""
    return (
        select(func.max(Polls.closes))
        .join(Proposals, Proposals.id == Polls.proposal)
        .where(
            Proposals.consultation == Consultations.id,
            READABLE.of(Proposals),
            Polls.opens <= now,
            Polls.closes > now,
            Polls.closed_at.is_(None),
        )
        .correlate(Consultations)
        .scalar_subquery()
        .label("votes_until")
    )
