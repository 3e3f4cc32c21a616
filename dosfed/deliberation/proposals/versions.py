"""The versions of a proposal: what it said, why it changed, and what is different."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, exists, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from dosfed.deliberation.posts.visible import READABLE
from dosfed.deliberation.proposals.differences import Difference, compare
from dosfed.deliberation.proposals.kept import ProposalRecord
from dosfed.deliberation.proposals.tables import ProposalPosts, Proposals, ProposalVersions
from dosfed.deliberation.votes.polls import has_ballots, has_shown_voters


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """A text that a proposal has, or had."""

    number: int
    title: str
    text: str  # Markdown
    html: str
    made_at: datetime
    note: str  # why
    made_by: str  # author, facilitator; nobody for the first


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A version beside the one before it; the first has nothing before it."""

    version: Version
    title: tuple[Difference, ...] = ()
    text: tuple[Difference, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Replacement:
    """Why a text gives way to another, by whose hand (author or facilitator), and when."""

    note: str
    by: str
    at: datetime


async def replace_text(
    connection: AsyncConnection, proposal: str, words: dict[str, Any], replacement: Replacement
) -> None:
    """Write a published proposal's words anew, and keep those it had as a version of its own."""
    kept = select(
        Proposals.id,
        Proposals.version,
        Proposals.title,
        Proposals.text,
        Proposals.html,
        Proposals.clauses,
    ).where(Proposals.id == proposal)
    row = (await connection.execute(kept)).one()
    await connection.execute(
        insert(ProposalVersions).values(
            proposal=row.id,
            number=row.version,
            title=row.title,
            text=row.text,
            html=row.html,
            clauses=row.clauses,
            note=replacement.note,
            replaced_by=replacement.by,
            replaced_at=replacement.at,
        )
    )
    await connection.execute(
        update(ProposalPosts)
        .where(ProposalPosts.id == proposal)
        .values(**words, version=row.version + 1, edited_at=replacement.at)
    )


async def was_replaced_by_facilitator(
    connection: AsyncConnection, proposal: str, title: str, text: str
) -> bool:
    """Whether a proposal once said these words, and a facilitator gave it others."""
    this = (
        ProposalVersions.proposal == proposal,
        ProposalVersions.title == title,
        ProposalVersions.text == text,
        ProposalVersions.replaced_by == "facilitator",
    )
    return bool((await connection.execute(select(exists().where(*this)))).scalar_one())


async def load_versions(connection: AsyncConnection, proposal: str) -> tuple[Version, ...]:
    """Return the versions of a published proposal, the first first; none if it is not there."""
    last = (
        await connection.execute(
            select(
                Proposals.version.label("number"),
                Proposals.title,
                Proposals.text,
                Proposals.html,
                Proposals.published_at,
            ).where(Proposals.id == proposal, READABLE.of(Proposals))
        )
    ).first()
    if last is None:
        return ()
    earlier = await _earlier(connection, proposal)
    # What replaced a version says how the one after it was made.
    made = [
        (last.published_at, "", ""),
        *((row.replaced_at, row.note, row.replaced_by) for row in earlier),
    ]
    return tuple(
        Version(
            number=row.number,
            title=row.title,
            text=row.text,
            html=row.html,
            made_at=at,
            note=note,
            made_by=by,
        )
        for row, (at, note, by) in zip((*earlier, last), made, strict=True)
    )


async def _earlier(connection: AsyncConnection, proposal: str) -> Sequence[Row[*tuple[Any, ...]]]:
    rows = await connection.execute(
        select(
            ProposalVersions.number,
            ProposalVersions.title,
            ProposalVersions.text,
            ProposalVersions.html,
            ProposalVersions.note,
            ProposalVersions.replaced_by,
            ProposalVersions.replaced_at,
        )
        .where(ProposalVersions.proposal == proposal)
        .order_by(ProposalVersions.number)
    )
    return rows.all()


async def is_frozen(connection: AsyncConnection, record: ProposalRecord, *, at: datetime) -> bool:
    """Whether a proposal's text stays as it is: somebody voted on it, or its poll is over."""
    poll = record.poll
    if poll is None:
        return False
    is_over = record.closed_at is not None or poll.closes <= at
    if is_over or record.home is None:
        return is_over or await has_ballots(connection, poll.id)
    return await has_shown_voters(connection, poll.id)  # what its home says is all there is


def change_of(versions: Sequence[Version], number: int) -> Change | None:
    """Return what a version changed, or none if there is no such version."""
    place = next((place for place, one in enumerate(versions) if one.number == number), None)
    if place is None:
        return None
    version = versions[place]
    if place == 0:
        return Change(version=version)
    before = versions[place - 1]
    return Change(
        version=version,
        title=compare(before.title, version.title),
        text=compare(before.text, version.text),
    )
