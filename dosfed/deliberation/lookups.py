"""Small questions: which thing belongs to which."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, Text, cast, null, select
from sqlalchemy.ext.asyncio import AsyncConnection

from dosfed.deliberation.tables import Arguments, Consultations, Polls, Proposals


@dataclass(frozen=True, slots=True, kw_only=True)
class Whereabouts:
    """Where something is shown: its consultation's address, its proposal, itself if an argument."""

    address: str
    home: str | None
    proposal: str | None
    argument: str | None = None


async def find_mirrored(connection: AsyncConnection, address: str, token: str) -> str | None:
    """Return the id of a consultation's proposal, given the last segment of it."""
    rows = await connection.execute(
        select(Proposals.id)
        .join(Consultations, Consultations.id == Proposals.consultation)
        .where(
            Consultations.address == address,
            Proposals.id.endswith(f"/{token}", autoescape=True),
        )
    )
    return rows.scalars().first()


async def find_address(connection: AsyncConnection, proposal: str) -> str | None:
    """Return the address of a proposal's consultation."""
    rows = await connection.execute(
        select(Consultations.address)
        .join(Proposals, Proposals.consultation == Consultations.id)
        .where(Proposals.id == proposal)
    )
    return rows.scalar_one_or_none()


async def find_poll(connection: AsyncConnection, proposal: str) -> str | None:
    """Return the poll on a published proposal."""
    rows = await connection.execute(
        select(Polls.id)
        .join(Proposals, Proposals.id == Polls.proposal)
        .where(Polls.proposal == proposal, Proposals.state == "published")
    )
    return rows.scalars().first()


async def load_language(connection: AsyncConnection, proposal: str) -> str | None:
    """Return the language of a published proposal."""
    rows = await connection.execute(
        select(Proposals.language).where(Proposals.id == proposal, Proposals.state == "published")
    )
    return rows.scalar_one_or_none()


async def find_proposal_of(connection: AsyncConnection, poll: str) -> str | None:
    """Return the proposal that a poll is about."""
    rows = await connection.execute(select(Polls.proposal).where(Polls.id == poll))
    return rows.scalar_one_or_none()


async def find_whereabouts(connection: AsyncConnection, uri: str) -> Whereabouts | None:
    """Return where a consultation, a proposal or an argument is shown, here or mirrored."""
    around = (Consultations.address, Consultations.home)
    nothing = cast(null(), Text)
    consultations: Select[*tuple[Any, ...]] = select(
        *around, nothing.label("proposal"), nothing.label("argument")
    ).where(Consultations.id == uri)
    proposals: Select[*tuple[Any, ...]] = (
        select(*around, Proposals.id, nothing)
        .join(Proposals, Proposals.consultation == Consultations.id)
        .where(Proposals.id == uri, Proposals.state == "published")
    )
    arguments: Select[*tuple[Any, ...]] = (
        select(*around, Proposals.id, Arguments.id)
        .join(Proposals, Proposals.consultation == Consultations.id)
        .join(Arguments, Arguments.proposal == Proposals.id)
        .where(
            Arguments.id == uri,
            Proposals.state == "published",
            Arguments.deleted_at.is_(None),
        )
    )
    row = (await connection.execute(consultations.union_all(proposals, arguments))).first()
    if row is None:
        return None
    return Whereabouts(
        address=row.address, home=row.home, proposal=row.proposal, argument=row.argument
    )
