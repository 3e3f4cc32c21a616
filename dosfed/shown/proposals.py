"""Proposals as they are shown: in lists, on a page of their own, and in the file of tallies."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from dosfed.deliberation.consultations.tables import Consultations
from dosfed.deliberation.debate.tables import Arguments
from dosfed.deliberation.model import Group
from dosfed.deliberation.proposals.tables import Proposals
from dosfed.deliberation.proposals.tags import load_tags
from dosfed.deliberation.votes.tables import Polls, Tallies
from dosfed.shown.polls import POLL_COLUMNS, ShownPoll, read_shown_poll

# Enough of a text for a few lines of excerpt, even with its markup.
EXCERPT_LENGTH = 600


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposalCard:
    """A proposal in a list."""

    id: str
    title: str
    beginning: str  # the first part of its HTML, cut anywhere
    language: str
    author_name: str | None
    group: Group | None
    tags: tuple[str, ...]
    published_at: datetime
    arguments: int
    poll: ShownPoll | None


async def load_proposal_cards(
    connection: AsyncConnection, ids: Sequence[str], *, now: datetime
) -> tuple[ProposalCard, ...]:
    """Return proposals as a list shows them, in this order, in two statements."""
    if not ids:
        return ()
    arguments = (
        select(func.count())
        .where(Arguments.proposal == Proposals.id, Arguments.deleted_at.is_(None))
        .scalar_subquery()
    )
    rows = await connection.execute(
        select_proposals(
            Proposals.title,
            func.substr(Proposals.html, 1, EXCERPT_LENGTH).label("beginning"),
            Proposals.language,
            Proposals.author_name,
            Proposals.group_name,
            Proposals.group_size,
            Proposals.published_at,
            arguments.label("arguments"),
        ).where(Proposals.id.in_(ids))
    )
    tags = await load_tags(connection, ids)
    cards = {
        row.id: ProposalCard(
            id=row.id,
            title=row.title,
            beginning=row.beginning,
            language=row.language,
            author_name=row.author_name,
            group=Group(name=row.group_name, size=row.group_size or 0) if row.group_name else None,
            tags=tags.get(row.id, ()),
            published_at=row.published_at or now,
            arguments=row.arguments,
            poll=read_shown_poll(row, now=now),
        )
        for row in rows
    }
    return tuple(cards[one] for one in ids if one in cards)


def select_proposals(*columns: Any) -> Select[*tuple[Any, ...]]:
    """Select proposals beside their consultation, their poll and its tally."""
    return (
        select(Proposals.id, *columns, *POLL_COLUMNS)
        .join(Consultations, Consultations.id == Proposals.consultation)
        .outerjoin(Polls, Polls.proposal == Proposals.id)
        .outerjoin(Tallies, Tallies.poll == Polls.id)
    )


async def tallies_json(
    connection: AsyncConnection, consultation: str, *, now: datetime
) -> dict[str, Any]:
    """Return the published tallies of a consultation, in one statement."""
    rows = await connection.execute(
        select_proposals()
        .where(Proposals.consultation == consultation, Proposals.state == "published")
        .order_by(Proposals.position)
    )
    return {
        "proposals": [_tally_json(row.id, read_shown_poll(row, now=now)) for row in rows],
    }


def _tally_json(proposal: str, poll: ShownPoll | None) -> dict[str, Any]:
    if poll is None:
        return {
            "id": proposal,
            "poll": None,
            "closed": False,
            "options": [],
            "voters": None,
            "origins": None,
        }
    return {
        "id": proposal,
        "poll": poll.id,
        "closed": poll.state == "closed",
        "options": [{"name": option.name, "ballots": option.ballots} for option in poll.options],
        "voters": poll.voters,
        "origins": dict(poll.origins) if poll.origins is not None else None,
    }


async def count_proposals(connection: AsyncConnection, consultation: str) -> int:
    """Return how many proposals of a consultation are published."""
    statement = select(func.count()).where(
        Proposals.consultation == consultation, Proposals.state == "published"
    )
    return (await connection.execute(statement)).scalar_one()
