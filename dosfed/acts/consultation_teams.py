"""Who looks after one consultation: invited by link, entered, and taken out again (rule 5.11).

Each leaves a line in the public history, which says the role and not the person.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncConnection

from dosfed.accounts.invitations import Granted, invite, use_invitation, withdraw_invitation
from dosfed.accounts.rules import Flaw, Unfit
from dosfed.activitypub.tables import Actors
from dosfed.deliberation.consultations.history import Change, record
from dosfed.deliberation.consultations.kept import load_consultations
from dosfed.deliberation.model import Refusal, Role
from dosfed.deliberation.rules import check_there
from dosfed.deliberation.team.kept import role_in
from dosfed.deliberation.team.rules import (
    check_grantable,
    check_note,
    check_organiser,
    check_team_change,
)
from dosfed.deliberation.team.tables import ConsultationTeam, Users
from dosfed.storage.statements import insertion

JOINED, LEFT = "team-joined", "team-left"


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """Somebody with a role in one consultation; `called` is a name beside the handle, if any."""

    user: str
    name: str
    called: str
    role: Role
    since: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """What an organiser offers: a role in a consultation, with a note for the team itself."""

    consultation: str
    role: Role
    note: str


async def invite_somebody(
    connection: AsyncConnection, offer: Offer, *, by: str, at: datetime
) -> str:
    """Return the token of a link that an organiser hands to one person, or raise `Refused`."""
    await _check_home(connection, offer.consultation)
    check_organiser(await role_in(connection, by, offer.consultation))
    check_grantable(offer.role)
    check_note(offer.note, is_needed=False)
    granted = Granted(role=offer.role.value, consultation=offer.consultation)
    return await invite(connection, granted, note=offer.note.strip(), invited_by=by, at=at)


async def take_invitation_back(
    connection: AsyncConnection, consultation: str, kept: bytes, *, by: str
) -> None:
    """Make an invitation to a consultation worthless, or raise `Refused`."""
    check_organiser(await role_in(connection, by, consultation))
    await withdraw_invitation(connection, kept, consultation)


async def accept(connection: AsyncConnection, user: str, kept: bytes, *, at: datetime) -> str:
    """Enter somebody with an account here into a team; return the consultation.

    Raises `Unfit` where the invitation is not good any more, or is to no consultation.
    """
    granted = await use_invitation(connection, kept, at=at)
    if granted is None or granted.consultation is None:
        raise Unfit("form", Flaw.INVITATION_OVER)
    await enter(connection, user, granted, at=at)
    return granted.consultation


async def enter(connection: AsyncConnection, user: str, granted: Granted, *, at: datetime) -> None:
    """Give somebody the role that an invitation names; it replaces one that they had there."""
    consultation = granted.consultation
    if consultation is None:
        return
    had = await _member(connection, consultation, user)
    if had is not None and had.value == granted.role:
        return
    statement = insertion(connection, ConsultationTeam).values(
        consultation=consultation, user=user, role=granted.role, since=at
    )
    await connection.execute(
        statement.on_conflict_do_update(
            index_elements=["consultation", "user"], set_={"role": granted.role, "since": at}
        )
    )
    role = await role_in(connection, user, consultation)
    before = None if had is None else had.value
    change = Change(what=JOINED, at=at, role=role, by=user, before=before, after=granted.role)
    await record(connection, consultation, change)


async def remove(
    connection: AsyncConnection, consultation: str, user: str, *, by: str, at: datetime
) -> None:
    """Take a role in one consultation away, or give up one's own; or raise `Refused`."""
    role = await role_in(connection, by, consultation)
    check_team_change(role, is_own=by == user)
    had = await _member(connection, consultation, user)
    if had is None:
        return
    await connection.execute(
        delete(ConsultationTeam).where(
            ConsultationTeam.consultation == consultation, ConsultationTeam.user == user
        )
    )
    change = Change(what=LEFT, at=at, role=role, by=by, before=had.value)
    await record(connection, consultation, change)


async def load_team(connection: AsyncConnection, consultation: str) -> list[Member]:
    """Return those with a role in one consultation alone, in the order in which they joined."""
    rows = await connection.execute(
        select(ConsultationTeam, Users.name, Actors.name.label("called"))
        .join(Users, Users.id == ConsultationTeam.user)
        .outerjoin(Actors, Actors.id == ConsultationTeam.user)
        .where(ConsultationTeam.consultation == consultation)
        .order_by(ConsultationTeam.since, Users.name)
    )
    return [
        Member(
            user=row.user,
            name=f"@{row.name}",
            called="" if row.called in {None, row.name} else row.called,
            role=Role(row.role),
            since=row.since,
        )
        for row in rows
    ]


async def _member(connection: AsyncConnection, consultation: str, user: str) -> Role | None:
    found = await connection.scalar(
        select(ConsultationTeam.role).where(
            ConsultationTeam.consultation == consultation, ConsultationTeam.user == user
        )
    )
    return None if found is None else Role(found)


async def _check_home(connection: AsyncConnection, consultation: str) -> None:
    """Raise `Refused` unless a consultation is judged here."""
    found = (await load_consultations(connection, [consultation])).get(consultation)
    is_ours = found is not None and found.home is None
    check_there(found if is_ours else None, Refusal.UNKNOWN_CONSULTATION)
