"""Where a consultation, a proposal or an argument is shown, and under which title."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, Text, case, cast, null, select
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.orm import aliased

from dosfed.deliberation.consultations.tables import Consultations
from dosfed.deliberation.debate.tables import Arguments
from dosfed.deliberation.notes.tables import Notes
from dosfed.deliberation.posts.model import PostState
from dosfed.deliberation.posts.visible import READABLE, WITH_A_PAGE, in_state
from dosfed.deliberation.proposals.tables import ProposalPosts, Proposals


@dataclass(frozen=True, slots=True, kw_only=True)
class Whereabouts:
    """Where something is shown: its consultation's address, its proposal, itself if an argument.

    An official note belongs to no proposal.
    """

    address: str
    home: str | None
    proposal: str | None
    argument: str | None = None
    note: str | None = None


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


async def find_contribution(connection: AsyncConnection, note: str) -> Whereabouts | None:
    """Return what became of the Note by which a citizen of ours proposed something elsewhere."""
    made = aliased(ProposalPosts)
    row = (
        await connection.execute(
            select(Consultations.address, Consultations.home, made.id)
            .select_from(Proposals)
            .join(Consultations, Consultations.id == Proposals.consultation)
            .outerjoin(made, (made.source == Proposals.id) & WITH_A_PAGE.of(made))
            .where(Proposals.id == note, in_state(Proposals, PostState.SENT))
        )
    ).first()
    if row is None:
        return None
    return Whereabouts(address=row.address, home=row.home, proposal=row.id)


async def find_whereabouts(connection: AsyncConnection, uri: str) -> Whereabouts | None:
    """Return where a consultation, a proposal or an argument is shown, here or mirrored."""
    return (await find_all(connection, [uri])).get(uri)


async def find_all(connection: AsyncConnection, uris: Collection[str]) -> Mapping[str, Whereabouts]:
    """Return where each of these is shown; what is not public is left out.

    A hidden proposal has a page as well: it says why.
    """
    around = (Consultations.address, Consultations.home)
    nothing = cast(null(), Text)
    consultations: Select[*tuple[Any, ...]] = select(
        Consultations.id,
        *around,
        nothing.label("proposal"),
        nothing.label("argument"),
        nothing.label("note"),
    ).where(Consultations.id.in_(uris))
    proposals: Select[*tuple[Any, ...]] = (
        select(Proposals.id, *around, Proposals.id, nothing, nothing)
        .join(Consultations, Consultations.id == Proposals.consultation)
        .where(Proposals.id.in_(uris), WITH_A_PAGE.of(Proposals))
    )
    arguments: Select[*tuple[Any, ...]] = (
        select(Arguments.id, *around, Proposals.id, Arguments.id, nothing)
        .join(Proposals, Arguments.about == Proposals.id)
        .join(Consultations, Consultations.id == Proposals.consultation)
        .where(
            Arguments.id.in_(uris),
            WITH_A_PAGE.of(Proposals),
            WITH_A_PAGE.of(Arguments),
        )
    )
    notes: Select[*tuple[Any, ...]] = (
        select(Notes.id, *around, nothing, nothing, Notes.id)
        .join(Consultations, Consultations.id == Notes.consultation)
        .where(Notes.id.in_(uris), Notes.withdrawn_at.is_(None))
    )
    rows = await connection.execute(consultations.union_all(proposals, arguments, notes))
    return {
        row.id: Whereabouts(
            address=row.address,
            home=row.home,
            proposal=row.proposal,
            argument=row.argument,
            note=row.note,
        )
        for row in rows
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """A consultation or a proposal by its title."""

    id: str
    title: str
    language: str


async def find_titles(connection: AsyncConnection, ids: Collection[str]) -> Sequence[Named]:
    """Return the consultations, published proposals and notes among these ids, by title.

    A note without a title goes by that of its consultation.
    """
    consultations: Select[*tuple[Any, ...]] = select(
        Consultations.id, Consultations.title, Consultations.language
    ).where(Consultations.id.in_(ids))
    proposals: Select[*tuple[Any, ...]] = select(
        Proposals.id, Proposals.title, Proposals.language
    ).where(Proposals.id.in_(ids), READABLE.of(Proposals))
    titled = case((Notes.title == "", Consultations.title), else_=Notes.title)
    notes: Select[*tuple[Any, ...]] = (
        select(Notes.id, titled, Notes.language)
        .join(Consultations, Consultations.id == Notes.consultation)
        .where(Notes.id.in_(ids), Notes.withdrawn_at.is_(None))
    )
    rows = await connection.execute(consultations.union_all(proposals, notes))
    found = [Named(id=row.id, title=row.title, language=row.language) for row in rows]
    return sorted(found, key=lambda named: (named.title.casefold(), named.id))


async def find_consultation_of(connection: AsyncConnection, proposal: str) -> Whereabouts | None:
    """Return where the consultation of a proposal is shown, be the proposal public or not."""
    rows = await connection.execute(
        select(Consultations.address, Consultations.home)
        .join(Proposals, Proposals.consultation == Consultations.id)
        .where(Proposals.id == proposal)
    )
    row = rows.one_or_none()
    return None if row is None else Whereabouts(address=row.address, home=row.home, proposal=None)
