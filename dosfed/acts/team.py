"""What operators change of people: their roles, whether they may sign in, who is invited."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Row,
    Select,
    Text,
    case,
    cast,
    delete,
    func,
    literal,
    literal_column,
    null,
    or_,
    select,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.orm import InstrumentedAttribute

from dosfed.accounts.invitations import Granted, invite, withdraw_invitation
from dosfed.accounts.people import ensure_account
from dosfed.accounts.tables import Accounts, FediverseAccounts, SecondFactors, Sessions, SignInLinks
from dosfed.activitypub.tables import Actors, RemoteActors
from dosfed.deliberation.model import Role
from dosfed.deliberation.rules import check_there
from dosfed.deliberation.team.kept import role_of
from dosfed.deliberation.team.rules import check_note, check_operator, check_operators_left
from dosfed.deliberation.team.tables import Users
from dosfed.storage.paging import count_pages
from dosfed.storage.statements import take_turns

PAGE_LENGTH = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody who can sign in here; `role` is none for people of other servers."""

    id: str
    name: str  # @ana, or @ana@masto.example
    called: str  # a name beside the handle, or nothing
    role: Role | None
    email: str | None
    since: datetime
    suspended_at: datetime | None
    has_factor: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PeoplePage:
    """Some of the people, with how many there are in all."""

    people: tuple[Person, ...]
    total: int
    page: int
    pages: int


async def change_role(
    connection: AsyncConnection, user: str, role: Role, *, by: str, at: datetime
) -> None:
    """Let somebody be something else here from now on, or raise `Refused`."""
    await _hold_operators(connection)
    check_operator(await role_of(connection, by))
    had = check_there(await role_of(connection, user))
    if role is not Role.OPERATOR:
        check_operators_left(had, other_operators=await _other_operators(connection, user))
    if role is not had:
        values = {"role": role.value, "role_since": at}
        await connection.execute(update(Users).where(Users.id == user).values(values))


async def suspend(connection: AsyncConnection, user: str, *, by: str, at: datetime) -> None:
    """Let somebody not sign in any more, and end their sessions; or raise `Refused`."""
    await _hold_operators(connection)
    check_operator(await role_of(connection, by))
    role = await role_of(connection, user)
    check_operators_left(role, other_operators=await _other_operators(connection, user))
    # Only an account can be marked, and people of the first versions have none.
    if role is not None:
        await ensure_account(connection, user, language="en")
    await _set_suspended(connection, user, at)
    for table in (Sessions, SignInLinks):
        await connection.execute(delete(table).where(table.user == user))


async def reinstate(connection: AsyncConnection, user: str, *, by: str) -> None:
    """Let somebody who was suspended sign in again, or raise `Refused`."""
    await _hold_operators(connection)
    check_operator(await role_of(connection, by))
    await _set_suspended(connection, user, None)


async def _set_suspended(connection: AsyncConnection, user: str, at: datetime | None) -> None:
    here = await connection.execute(
        update(Accounts).where(Accounts.user == user).values(suspended_at=at)
    )
    elsewhere = await connection.execute(
        update(FediverseAccounts).where(FediverseAccounts.actor == user).values(suspended_at=at)
    )
    check_there(user if here.rowcount or elsewhere.rowcount else None)


async def check_may_leave(connection: AsyncConnection, user: str) -> None:
    """Raise `Refused` for the last operator who could look after the instance."""
    await _hold_operators(connection)
    role = await role_of(connection, user)
    check_operators_left(role, other_operators=await _other_operators(connection, user))


async def _hold_operators(connection: AsyncConnection) -> None:
    """Let nobody become or cease to be an operator before the transaction ends (rule 5.6).

    Roles are asked after that: of two operators who demote each other at once, one is none any
    more when their own act is done.
    """
    await take_turns(connection, "operators")


async def _other_operators(connection: AsyncConnection, user: str) -> int:
    """Return how many operators there would be without somebody."""
    rows = await connection.execute(
        select(Users.id)
        .outerjoin(Accounts, Accounts.user == Users.id)
        .where(Users.role == Role.OPERATOR.value, Accounts.suspended_at.is_(None))
    )
    return sum(operator != user for operator in rows.scalars())


async def invite_somebody(
    connection: AsyncConnection, *, role: Role, note: str, by: str, at: datetime
) -> str:
    """Return the token of an invitation that an operator gives, or raise `Refused`."""
    check_operator(await role_of(connection, by))
    check_note(note, is_needed=False)
    granted = Granted(role=role.value, consultation=None)
    return await invite(connection, granted, note=note.strip(), invited_by=by, at=at)


async def take_invitation_back(connection: AsyncConnection, kept: bytes, *, by: str) -> None:
    """Make an invitation worthless, or raise `Refused`."""
    check_operator(await role_of(connection, by))
    await withdraw_invitation(connection, kept)


async def load_people(connection: AsyncConnection, *, search: str, page: int) -> PeoplePage:
    """Return people whose name or address a search finds, those with more duties first."""
    found = _people(search.strip().lower()).subquery()
    rows = await connection.execute(select(func.count()).select_from(found))
    total = rows.scalar_one()
    pages = count_pages(total, PAGE_LENGTH)
    page = min(page, pages)
    listed = await connection.execute(
        select(found)
        .order_by(found.c.rank.desc(), found.c.name, found.c.id)
        .limit(PAGE_LENGTH)
        .offset((page - 1) * PAGE_LENGTH)
    )
    people = tuple(_person(row) for row in listed)
    return PeoplePage(people=people, total=total, page=page, pages=pages)


def _people(words: str) -> Select[*tuple[Any, ...]]:
    ranks = {role.value: rank for rank, role in enumerate(Role, start=1)}
    here = (
        select(
            Users.id,
            (literal("@") + Users.name).label("name"),
            _named_beside(Actors).label("called"),
            Users.role,
            Accounts.email,
            Users.created_at.label("since"),
            Accounts.suspended_at,
            _rank(ranks).label("rank"),
            case(
                (SecondFactors.user.is_not(None), literal_column("1")), else_=literal_column("0")
            ).label("has_factor"),
        )
        .outerjoin(Accounts, Accounts.user == Users.id)
        .outerjoin(Actors, Actors.id == Users.id)
        .outerjoin(SecondFactors, SecondFactors.user == Users.id)
        .where(_named(words, Users.name, Actors.name, Accounts.email))
    )
    nothing = cast(null(), Text)
    elsewhere: Select[*tuple[Any, ...]] = select(
        FediverseAccounts.actor,
        FediverseAccounts.handle,
        _named_beside(RemoteActors),
        nothing,
        nothing,
        FediverseAccounts.signed_in_at,
        FediverseAccounts.suspended_at,
        literal_column("0"),
        literal_column("0"),
    )
    elsewhere = elsewhere.outerjoin(RemoteActors, RemoteActors.id == FediverseAccounts.actor).where(
        _named(words, FediverseAccounts.handle, FediverseAccounts.actor, RemoteActors.name)
    )
    return select(here.union_all(elsewhere).subquery())


def _named_beside(table: type[Actors] | type[RemoteActors]) -> ColumnElement[str]:
    return case((table.name == table.handle, ""), else_=func.coalesce(table.name, ""))


def _rank(ranks: dict[str, int]) -> ColumnElement[int]:
    # As numbers in the statement: PostgreSQL takes a bare parameter for a text.
    return case(*((Users.role == role, literal_column(str(n))) for role, n in ranks.items()))


def _named(words: str, *columns: InstrumentedAttribute[Any]) -> ColumnElement[bool]:
    return or_(*(func.lower(column).contains(words, autoescape=True) for column in columns))


def _person(row: Row[*tuple[Any, ...]]) -> Person:
    return Person(
        id=row.id,
        name=row.name,
        called=row.called,
        role=Role(row.role) if row.role else None,
        email=row.email,
        since=row.since,
        suspended_at=row.suspended_at,
        has_factor=bool(row.has_factor),
    )
