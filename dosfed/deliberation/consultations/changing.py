"""Consultations of this home as they are changed: held, and written anew."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, case, exists, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from dosfed.deliberation.consultations.model import Document, RunningPoll, Standing
from dosfed.deliberation.consultations.phases import load_phases_of
from dosfed.deliberation.consultations.tables import Consultations, Organisers
from dosfed.deliberation.posts.visible import READABLE, WITH_A_PAGE
from dosfed.deliberation.proposals.tables import Proposals
from dosfed.deliberation.votes.tables import Ballots, Polls


async def load_standing(
    connection: AsyncConnection, consultation: str, *, holds: bool
) -> Standing | None:
    """Return a consultation of this home as those see it who change it.

    If it `holds` it, nobody else changes it, and nobody votes there, before the transaction ends.
    """
    statement = (
        select(
            Consultations.id,
            Consultations.address,
            Consultations.organiser,
            Organisers.title.label("organiser_title"),
            Consultations.title,
            Consultations.summary,
            Consultations.language,
            Consultations.opens,
            Consultations.closes,
            Consultations.withdrawn_at,
            Consultations.edition,
            Consultations.documents,
        )
        .join(Organisers, Organisers.id == Consultations.organiser)
        .where(Consultations.id == consultation, Consultations.home.is_(None))
    )
    if holds:
        statement = statement.with_for_update(of=Consultations)
    row = (await connection.execute(statement)).mappings().one_or_none()
    if row is None:
        return None
    return Standing(
        phases=tuple(await load_phases_of(connection, consultation)),
        polls=await _running(connection, consultation, holds=holds),
        **{**row, "documents": tuple(Document(**one) for one in row["documents"])},
    )


async def _running(
    connection: AsyncConnection, consultation: str, *, holds: bool
) -> tuple[RunningPoll, ...]:
    # As in `votes.tallies`: whoever votes has a share of the poll's row, and here is all of it.
    has_ballots = exists().where(Ballots.poll == Polls.id, Ballots.replaced_at.is_(None))
    statement = (
        select(
            Polls.id,
            Polls.proposal,
            # What a moderator hid is called by nothing.
            case((READABLE.of(Proposals), Proposals.title), else_="").label("title"),
            Polls.opens,
            Polls.closes,
            has_ballots.label("has_ballots"),
        )
        .join(Proposals, Proposals.id == Polls.proposal)
        .where(
            Proposals.consultation == consultation,
            WITH_A_PAGE.of(Proposals),
            Polls.closed_at.is_(None),
        )
        .order_by(Polls.closes, Polls.id)
    )
    if holds:
        ids = select(Polls.id).join(Proposals, Proposals.id == Polls.proposal)
        within = Proposals.consultation == consultation
        await connection.execute(ids.where(within).order_by(Polls.id).with_for_update(of=Polls))
    rows = (await connection.execute(statement)).mappings()
    return tuple(RunningPoll(**{**row, "has_ballots": bool(row["has_ballots"])}) for row in rows)


async def save_consultation(
    connection: AsyncConnection, consultation: str, changed: Mapping[str, Any]
) -> None:
    """Write what changed of a consultation, which has another edition then."""
    await connection.execute(
        update(Consultations)
        .where(Consultations.id == consultation)
        .values(**changed, edition=Consultations.edition + 1)
    )


async def save_organiser(connection: AsyncConnection, organiser: str, title: str) -> None:
    """Write what an organiser is called."""
    await connection.execute(
        update(Organisers).where(Organisers.id == organiser).values(title=title)
    )


async def save_poll(
    connection: AsyncConnection, poll: str, *, opens: datetime, closes: datetime
) -> None:
    """Write when a poll opens and ends."""
    await connection.execute(
        update(Polls).where(Polls.id == poll).values(opens=opens, closes=closes)
    )


async def consultations_of(connection: AsyncConnection, organiser: str) -> list[str]:
    """Return the consultations of an organiser of this home."""
    this: ColumnElement[bool] = Consultations.organiser == organiser
    rows = await connection.execute(
        select(Consultations.id)
        .where(this, Consultations.home.is_(None))
        .order_by(Consultations.id)
    )
    return list(rows.scalars())
