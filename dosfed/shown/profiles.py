"""Who takes part, as their pages show it: organisers and citizens."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from dosfed.deliberation.consultations.tables import Organisers
from dosfed.deliberation.debate.tables import Arguments
from dosfed.deliberation.posts.visible import READABLE, counted
from dosfed.deliberation.proposals.tables import Proposals
from dosfed.deliberation.team.tables import Users
from dosfed.shown.called import name_beside
from dosfed.shown.consultations import ConsultationCard, load_cards
from dosfed.shown.viewers import View


@dataclass(frozen=True, slots=True, kw_only=True)
class OrganiserPage:
    """Everything templates/organisers/show.html may use."""

    id: str
    name: str
    title: str
    consultations: tuple[ConsultationCard, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CitizenPage:
    """Everything templates/citizens/show.html may use."""

    id: str
    name: str  # the handle
    called: str  # a name beside it, or nothing
    since: datetime
    arguments: int
    proposals: int


async def load_organiser(
    connection: AsyncConnection, organiser: str, view: View
) -> OrganiserPage | None:
    """Return an organiser with its consultations."""
    row = (
        await connection.execute(
            select(Organisers.id, Organisers.name, Organisers.title).where(
                Organisers.id == organiser
            )
        )
    ).first()
    if row is None:
        return None
    cards = await load_cards(connection, now=view.now, organiser=organiser)
    return OrganiserPage(id=row.id, name=row.name, title=row.title, consultations=cards)


async def load_citizen(connection: AsyncConnection, citizen: str) -> CitizenPage | None:
    """Return what is public of a person with an account here: never a ballot."""
    arguments = (
        select(func.count())
        .select_from(Arguments)
        .join(Proposals, Proposals.id == Arguments.about)
        .where(Arguments.author == citizen, counted())
    )
    proposals = select(func.count()).where(Proposals.author == citizen, READABLE.of(Proposals))
    rows = await connection.execute(
        select(
            Users.id,
            Users.name,
            name_beside(Users.id, Users.name).label("called"),
            Users.created_at.label("since"),
            arguments.scalar_subquery().label("arguments"),
            proposals.scalar_subquery().label("proposals"),
        ).where(Users.id == citizen)
    )
    row = rows.mappings().one_or_none()
    return None if row is None else CitizenPage(**row)
