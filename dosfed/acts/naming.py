"""What people are called beside their handle: chosen, taken away, told to whoever knows them.

The name lies in one place, beside the actor's keys, and is copied into nothing that is kept: a post
bears the handle. So it changes everywhere at once, and goes with the account.
"""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from dosfed.accounts.look_alikes import alphabets
from dosfed.accounts.name_rules import Taken, check_display_name, may_have_twins
from dosfed.accounts.site import load_site
from dosfed.activitypub import actors, recipients, writing
from dosfed.activitypub.actors import LocalActor
from dosfed.activitypub.tables import Actors
from dosfed.acts import publishing
from dosfed.acts.submission import House
from dosfed.deliberation.consultations.tables import Organisers
from dosfed.deliberation.debate.tables import Arguments
from dosfed.deliberation.model import Role
from dosfed.deliberation.proposals.tables import Proposals
from dosfed.deliberation.rules import check_there
from dosfed.deliberation.team.kept import role_of
from dosfed.deliberation.team.rules import check_operator
from dosfed.deliberation.team.tables import Users

# Names that look alike have about as many letters: of two, `rn` is one `m`.
NEARLY = 4


async def rename(
    connection: AsyncConnection, user: str, name: str, house: House, *, at: datetime
) -> None:
    """Let a citizen be shown with a name, or with none; raises `Unfit` (rule 6.12)."""
    role = await role_of(connection, user)
    kept = await fit_name(connection, name, role or Role.CITIZEN, house, but=user)
    await _set(connection, user, kept, house, at=at)


async def clear(
    connection: AsyncConnection, user: str, house: House, *, by: str, at: datetime
) -> None:
    """Take a citizen's name away, or raise `Refused`; the handle stays."""
    check_operator(await role_of(connection, by))
    check_there(await role_of(connection, user))
    await _set(connection, user, "", house, at=at)


async def fit_name(
    connection: AsyncConnection, name: str, role: Role, house: House, *, but: str = ""
) -> str:
    """Return a name as it is kept for somebody with a role, or raise `Unfit`."""
    taken = Taken(
        public=await _public(connection, house, but=but),
        others=await _others(connection, name, but=but) if may_have_twins(name) else (),
    )
    return check_display_name(name, taken=taken, is_team=role is not Role.CITIZEN)


async def _public(connection: AsyncConnection, house: House, *, but: str) -> set[str]:
    """Return the names and handles of who speaks for this instance, and its own."""
    site = await load_site(connection, house.instance.host)
    team = await connection.execute(
        select(Actors.handle, Actors.name)
        .outerjoin(Users, Users.id == Actors.id)
        .where(
            Actors.id != but,
            or_(Actors.kind.in_(("instance", "organiser")), Users.role != Role.CITIZEN.value),
        )
    )
    organisers = await connection.execute(select(Organisers.name, Organisers.title))
    rows = [*team, *organisers]
    return {site.name, house.instance.host, *(name for row in rows for name in row if name)}


async def _others(connection: AsyncConnection, name: str, *, but: str) -> Collection[str]:
    """Return what people here are called whose name might look like this one."""
    near = (len(name.strip()) - NEARLY, len(name.strip()) + NEARLY)
    named = Actors.name != Actors.handle
    length = func.length(Actors.name).between(*near)
    # Handles are of Latin letters alone: a name of these needs no comparison with them.
    if alphabets(name) <= {"LATIN"}:
        wanted = named & length
    else:
        wanted = length | func.length(Actors.handle).between(*near)
    rows = await connection.execute(
        select(Actors.handle, Actors.name).where(
            Actors.kind == "citizen", Actors.id != but, Actors.deleted_at.is_(None), wanted
        )
    )
    return {one for row in rows for one in row if one}


async def _set(
    connection: AsyncConnection, user: str, name: str, house: House, *, at: datetime
) -> None:
    actor = await actors.local_actor(connection, user)
    # An actor without another name bears its handle.
    if actor is None or actor.deleted_at is not None or (name or actor.handle) == actor.name:
        return
    await connection.execute(
        update(Actors).where(Actors.id == user).values(name=name or actor.handle)
    )
    changed = await actors.local_actor(connection, user)
    if changed is not None:
        await _tell(connection, changed, house, at=at)


async def _tell(
    connection: AsyncConnection, actor: LocalActor, house: House, *, at: datetime
) -> None:
    """Send the profile to who follows somebody, or the consultations that have words of theirs."""
    written = [
        select(Proposals.consultation).where(Proposals.author == actor.id),
        select(Proposals.consultation)
        .join(Arguments, Arguments.about == Proposals.id)
        .where(Arguments.author == actor.id),
    ]
    groups = [one for query in written for one in (await connection.execute(query)).scalars()]
    inboxes = await recipients.hearers(connection, {actor.id, *groups})
    if not inboxes:
        return
    activity = writing.update(house.instance, actors.actor_document(actor, house.instance))
    # In no outbox, and gone once it is delivered: a name that was taken away is kept nowhere.
    await publishing.send(connection, [activity], inboxes, at=at, is_ephemeral=True)
