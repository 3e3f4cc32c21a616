"""Who has an account here, and as what."""

from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from dosfed.accounts import invitations, sign_ups
from dosfed.accounts.handles import LONGEST, propose_handle
from dosfed.accounts.invitations import Granted
from dosfed.accounts.people import make_account
from dosfed.accounts.rules import Flaw, Unfit, check_sign_up
from dosfed.accounts.sign_ups import Waiting
from dosfed.accounts.site import SignUp, load_site
from dosfed.activitypub.actors import RESERVED, make_actor
from dosfed.activitypub.tables import Actors
from dosfed.acts import consultation_teams
from dosfed.acts.naming import fit_name
from dosfed.acts.submission import House
from dosfed.deliberation.model import ActorId, Role
from dosfed.deliberation.team.tables import Users

# Of a proposed handle, what no number replaces.
STEM = LONGEST - 6


async def propose(connection: AsyncConnection, display: str) -> str:
    """Return a handle for somebody with a name, which nobody has or had (rule 6.5)."""
    stem = propose_handle(display, ())[:STEM]
    rows = await connection.execute(
        select(Actors.handle).where(Actors.handle.startswith(stem, autoescape=True))
    )
    return propose_handle(display, RESERVED.union(rows.scalars()))


class UnknownUser(LookupError):
    """Nobody with that name has an account here."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """Somebody who gets an account; `password` is a hash."""

    name: str  # the handle
    display: str = ""  # what they are shown with beside it, if anything
    role: Role = Role.CITIZEN
    language: str = "en"
    email: str | None = None
    password: str | None = None


async def join(
    connection: AsyncConnection, member: Member, house: House, *, at: datetime
) -> ActorId:
    """Give a person an account with an actor of its own.

    Raises `BadName`, `AddressTaken`, and `Unfit` for a name beside the handle (rule 6.12).
    """
    display = await fit_name(connection, member.display, member.role, house)
    user = house.instance.citizen(member.name)
    await make_actor(
        connection,
        id=user,
        handle=member.name,
        kind="citizen",
        name=display or member.name,
        at=at,
    )
    await connection.execute(
        insert(Users).values(id=user, name=member.name, role=member.role.value, created_at=at)
    )
    await make_account(
        connection,
        user,
        language=member.language,
        email=member.email,
        password=member.password,
    )
    return ActorId(user)


async def finish_sign_up(
    connection: AsyncConnection, member: Member, house: House, *, waiting: Waiting, at: datetime
) -> ActorId:
    """Make the account of a confirmed address; raises `Unfit`, `BadName`, `AddressTaken`.

    Who may sign up is asked again, and an invitation counts only now: it is good for one
    account, whoever asked for a mail with it.
    """
    site = await load_site(connection, house.instance.host)
    granted = None
    if waiting.invitation is not None:
        granted = await invitations.use_invitation(connection, waiting.invitation, at=at)
        if granted is None and site.sign_up is SignUp.INVITATION:
            raise Unfit("form", Flaw.INVITATION_OVER)
    check_sign_up(site.sign_up, is_invited=granted is not None)
    user = await _join(connection, replace(member, email=waiting.email), granted, house, at=at)
    await sign_ups.end(connection, waiting.email)
    return user


async def _join(
    connection: AsyncConnection,
    member: Member,
    granted: Granted | None,
    house: House,
    *,
    at: datetime,
) -> ActorId:
    """Give somebody an account with what their invitation gives, everywhere or in one place."""
    if granted is None or granted.consultation is None:
        role = Role.CITIZEN if granted is None else Role(granted.role)
        return await join(connection, replace(member, role=role), house, at=at)
    user = await join(connection, member, house, at=at)
    await consultation_teams.enter(connection, user, granted, at=at)
    return user


async def accept_invitation(
    connection: AsyncConnection, member: Member, house: House, *, invitation: bytes, at: datetime
) -> ActorId:
    """Make the account of somebody who was invited, without an address (the exception of 6.2).

    Raises `Unfit` and `BadName`; the invitation is used up with the account, not before.
    """
    site = await load_site(connection, house.instance.host)
    check_sign_up(site.sign_up, is_invited=True)
    granted = await invitations.use_invitation(connection, invitation, at=at)
    if granted is None:
        raise Unfit("form", Flaw.INVITATION_OVER)
    return await _join(connection, member, granted, house, at=at)


async def find_user(connection: AsyncConnection, name: str) -> ActorId:
    """Return the actor of a person with an account here, or raise `UnknownUser`."""
    statement = select(Users.id).where(Users.name == name)
    user = (await connection.execute(statement)).scalar_one_or_none()
    if user is None:
        raise UnknownUser(f"nobody here is called {name!a}")
    return ActorId(user)
