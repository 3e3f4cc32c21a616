"""Arguments as they are kept: threads under a proposal, each with a stance."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, bindparam, delete, false, func, insert, or_, select, true, update
from sqlalchemy.ext.asyncio import AsyncConnection

from dosfed.deliberation.consultations.tables import Consultations
from dosfed.deliberation.debate.model import EditArgument, PostArgument
from dosfed.deliberation.debate.rules import VERSIONS
from dosfed.deliberation.debate.tables import (
    ArgumentPosts,
    Arguments,
    ArgumentVersions,
    Shares,
    Weights,
)
from dosfed.deliberation.moderation.contests import forget_contests
from dosfed.deliberation.posts import moderation_log
from dosfed.deliberation.posts.model import PostState
from dosfed.deliberation.posts.visible import COUNTED, READABLE, WITH_A_PAGE, in_state, was_hidden
from dosfed.deliberation.proposals.clauses import clauses_of
from dosfed.deliberation.proposals.hidings import read_hidings
from dosfed.deliberation.proposals.model import Hiding
from dosfed.deliberation.proposals.tables import Proposals
from dosfed.storage.statements import insert_ignore, upsert


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where an argument may be hung: a proposal, or an argument already under one."""

    id: str
    proposal: str
    consultation: str
    organiser: str
    home: str | None
    author: str | None  # whose words they are; none: the organiser's
    is_there: bool = True  # neither deleted nor hidden
    hidings: tuple[Hiding, ...] = ()  # of its proposal
    is_deleted: bool = False
    is_source: bool = False  # the post elsewhere that its proposal was made of


async def load_places(connection: AsyncConnection, ids: Collection[str]) -> dict[str, Place]:
    """Return the published proposals, be they hidden or not, and the arguments among these ids.

    A post elsewhere from which a proposal was made stands for the proposal.
    """
    around = (
        Proposals.consultation,
        Proposals.hidings,
        Consultations.organiser,
        Consultations.home,
    )
    proposals: Select[*tuple[Any, ...]] = (
        select(
            Proposals.id,
            Proposals.id.label("proposal"),
            Proposals.author,
            READABLE.of(Proposals).label("is_there"),
            *around,
            false().label("is_deleted"),
            false().label("is_source"),
        )
        .join(Consultations, Consultations.id == Proposals.consultation)
        .where(Proposals.id.in_(ids), WITH_A_PAGE.of(Proposals))
    )
    is_there = READABLE.of(Arguments).label("is_there")
    arguments: Select[*tuple[Any, ...]] = (
        select(
            Arguments.id,
            Arguments.about,
            Arguments.author,
            is_there,
            *around,
            in_state(Arguments, PostState.DELETED).label("is_deleted"),
            false().label("is_source"),
        )
        .join(Proposals, Proposals.id == Arguments.about)
        .join(Consultations, Consultations.id == Proposals.consultation)
        .where(Arguments.id.in_(ids))
    )
    # Who answers the post from which a proposal was made answers the proposal.
    sources: Select[*tuple[Any, ...]] = (
        select(
            Proposals.source.label("id"),
            Proposals.id.label("proposal"),
            Proposals.author,
            READABLE.of(Proposals).label("is_there"),
            *around,
            false().label("is_deleted"),
            true().label("is_source"),
        )
        .join(Consultations, Consultations.id == Proposals.consultation)
        .where(Proposals.source.in_(ids), WITH_A_PAGE.of(Proposals))
    )
    rows = await connection.execute(proposals.union_all(arguments, sources))
    return {
        row.id: Place(
            id=row.id,
            proposal=row.proposal,
            consultation=row.consultation,
            organiser=row.organiser,
            home=row.home,
            author=row.author,
            is_there=bool(row.is_there),
            hidings=read_hidings(row.hidings),
            is_deleted=bool(row.is_deleted),
            is_source=bool(row.is_source),
        )
        for row in rows
    }


async def load_known(connection: AsyncConnection, ids: Collection[str]) -> set[str]:
    """Return those of these ids that are arguments, or what a proposal came from."""
    arguments = select(Arguments.id).where(Arguments.id.in_(ids))
    sources = select(Proposals.source).where(Proposals.source.in_(ids))
    rows = await connection.execute(arguments.union(sources))
    return set(rows.scalars())


async def load_waiting(connection: AsyncConnection, ids: Collection[str]) -> set[str]:
    """Return those of these posts elsewhere from which a proposal was made that waits."""
    waits = in_state(Proposals, PostState.WAITING)
    rows = await connection.execute(
        select(Proposals.source).where(Proposals.source.in_(ids), waits)
    )
    return {source for source in rows.scalars() if source is not None}


async def load_authors(connection: AsyncConnection, ids: Collection[str]) -> dict[str, str]:
    """Return whose these arguments are, or the posts from which proposals were made."""
    arguments = select(Arguments.id, Arguments.author).where(Arguments.id.in_(ids))
    sources = select(Proposals.source.label("id"), Proposals.author).where(
        Proposals.source.in_(ids)
    )
    rows = await connection.execute(arguments.union(sources))
    return {row.id: row.author for row in rows if row.author}


async def load_clauses(
    connection: AsyncConnection, proposals: Collection[str]
) -> Mapping[str, frozenset[str]]:
    """Return the anchors of the clauses that these proposals have now."""
    if not proposals:
        return {}
    rows = await connection.execute(
        select(Proposals.id, Proposals.html, Proposals.clauses).where(Proposals.id.in_(proposals))
    )
    return {
        row.id: frozenset(clause.anchor for clause in clauses_of(row.html, row.clauses))
        for row in rows
    }


async def hold(connection: AsyncConnection, argument: str) -> None:
    """Let nobody else change or hide an argument before the transaction ends."""
    await connection.execute(select(Arguments.id).where(Arguments.id == argument).with_for_update())


async def find_same(connection: AsyncConnection, command: PostArgument) -> str | None:
    """Return the argument that already says the same, of the same author in the same place."""
    rows = await connection.execute(
        select(Arguments.id).where(
            Arguments.author == command.author,
            Arguments.in_reply_to == command.in_reply_to,
            Arguments.stance == command.stance.value,
            Arguments.html == command.html,
            WITH_A_PAGE.of(Arguments),
        )
    )
    return rows.scalars().first()


async def insert_arguments(
    connection: AsyncConnection, posted: Collection[tuple[PostArgument, str, str, datetime]]
) -> None:
    """Write arguments, each with consultation, proposal and the moment it was received."""
    if not posted:
        return
    # What comes back takes the place that it had in its thread.
    back = {command.id for command, *_ in posted if command.restores}
    hidden = await _drop_empty(connection, back) if back else []
    await connection.execute(
        insert(ArgumentPosts),
        [
            {
                "id": command.id,
                "kind": "argument",
                "consultation": consultation,
                "about": proposal,
                "in_reply_to": command.in_reply_to,
                "author": command.author,
                "author_name": command.author_name,
                "stance": command.stance.value,
                "text": command.text,
                "html": command.html,
                "language": command.language,
                "url": command.url,
                # What its author says, but not of the future: it would be the newest for good.
                "published_at": min(command.published or at, at),
                "state": PostState.PUBLISHED.value,
                "received_at": at,
                "edited_at": None if command.updated is None else min(command.updated, at),
                "deleted_at": None,
                "clause": command.clause,
                "sources": list(command.sources) or None,
                "group_name": command.group.name if command.group else None,
                "group_size": command.group.size if command.group else None,
            }
            for command, consultation, proposal, at in posted
        ],
    )
    if hidden:  # what a moderator hid comes back hidden
        await connection.execute(_HIDE_AGAIN, hidden)


async def _drop_empty(connection: AsyncConnection, ids: Collection[str]) -> list[dict[str, object]]:
    """Drop what is left of deleted arguments that come back; return how some had been hidden."""
    gone = ArgumentPosts.id.in_(ids)
    rows = await connection.execute(
        select(
            ArgumentPosts.id.label("argument"),
            ArgumentPosts.hidden_at.label("since"),
            ArgumentPosts.hidden_reason.label("why"),
            ArgumentPosts.hidden_code.label("code"),
            ArgumentPosts.moderated_at.label("moderated"),
        ).where(gone, was_hidden(ArgumentPosts))
    )
    hidden = [dict(row) for row in rows.mappings()]
    await connection.execute(delete(ArgumentPosts).where(gone))
    return hidden


_HIDE_AGAIN = (
    update(ArgumentPosts)
    .where(ArgumentPosts.id == bindparam("argument"))
    .values(
        state=PostState.HIDDEN.value,
        hidden_at=bindparam("since"),
        hidden_reason=bindparam("why"),
        hidden_code=bindparam("code"),
        moderated_at=bindparam("moderated"),
    )
)


async def author_of(connection: AsyncConnection, argument: str) -> str | None:
    """Return the author of an argument that is not deleted."""
    rows = await connection.execute(
        select(Arguments.author).where(Arguments.id == argument, WITH_A_PAGE.of(Arguments))
    )
    return rows.scalar_one_or_none()


async def edit_argument(connection: AsyncConnection, command: EditArgument, at: datetime) -> None:
    """Write an argument's new words; a stance that is not given stays."""
    values: dict[str, object] = {
        "html": command.html,
        "text": command.markdown,
        "language": command.language,
        "edited_at": min(command.updated or at, at),
    }
    if command.stance is not None:
        values["stance"] = command.stance.value
    if command.sources is not None:
        values["sources"] = list(command.sources) or None
    await connection.execute(
        update(ArgumentPosts).where(ArgumentPosts.id == command.id).values(values)
    )


async def keep_version(
    connection: AsyncConnection, argument: str, *, stance: str, html: str, at: datetime
) -> None:
    """Keep what an argument said until now; of very many versions only the latest stay."""
    last = select(func.coalesce(func.max(ArgumentVersions.number), 0)).where(
        ArgumentVersions.argument == argument
    )
    number = (await connection.execute(last)).scalar_one() + 1
    version = {
        "argument": argument,
        "number": number,
        "stance": stance,
        "html": html,
        "replaced_at": at,
    }
    await connection.execute(insert(ArgumentVersions).values(version))
    await connection.execute(
        delete(ArgumentVersions).where(
            ArgumentVersions.argument == argument, ArgumentVersions.number <= number - VERSIONS
        )
    )


async def drop_versions(connection: AsyncConnection, ids: Collection[str]) -> None:
    """Forget what arguments said before."""
    await connection.execute(delete(ArgumentVersions).where(ArgumentVersions.argument.in_(ids)))


async def empty_arguments(connection: AsyncConnection, ids: Collection[str], at: datetime) -> None:
    """Delete arguments: the words and their author go, the place in the thread stays."""
    await connection.execute(
        update(ArgumentPosts)
        .where(ArgumentPosts.id.in_(ids))
        .values(
            text=None,
            html="",
            author="",
            author_name="",
            url=ArgumentPosts.id,  # the page elsewhere has its author's name in its address
            stance="neutral",
            sources=None,
            group_name=None,
            group_size=None,
            state=PostState.DELETED.value,
            deleted_at=at,
            hidden_reason=None,  # which may repeat its words
        )
    )
    await drop_versions(connection, ids)
    await moderation_log.forget_reasons(connection, ids)
    await forget_contests(connection, ids)
    await connection.execute(delete(Weights).where(Weights.object.in_(ids)))


async def arguments_by(connection: AsyncConnection, author: str) -> Sequence[str]:
    """Return somebody's arguments."""
    rows = await connection.execute(
        select(Arguments.id).where(Arguments.author == author, WITH_A_PAGE.of(Arguments))
    )
    return rows.scalars().all()


async def weight_of(connection: AsyncConnection, target: str, actor: str) -> int:
    """Return how an actor weighs an object: strong (1), weak (-1), or neither (0)."""
    rows = await connection.execute(
        select(Weights.weight).where(Weights.object == target, Weights.actor == actor)
    )
    return rows.scalar_one_or_none() or 0


async def weigh(connection: AsyncConnection, target: str, actor: str, weight: int) -> None:
    """Let an actor's weight on an object be this one; 0 takes it away."""
    if weight == 0:
        await connection.execute(
            delete(Weights).where(Weights.object == target, Weights.actor == actor)
        )
        return
    row = {"object": target, "actor": actor, "weight": weight}
    await upsert(connection, Weights, [row], key=("object", "actor"), update=("weight",))


async def forget_weights(connection: AsyncConnection, actor: str) -> None:
    """Take away everything that an actor weighed or shared."""
    await connection.execute(delete(Weights).where(Weights.actor == actor))
    await connection.execute(delete(Shares).where(Shares.actor == actor))


async def is_known(connection: AsyncConnection, target: str) -> bool:
    """Whether something can be shared, and is shown with what belongs to it."""
    rows = await connection.execute(
        select(Proposals.id)
        .where(Proposals.id == target, COUNTED.of(Proposals))
        .union_all(
            select(Arguments.id).where(
                or_(Arguments.id == target, Arguments.url == target), COUNTED.of(Arguments)
            )
        )
    )
    return rows.first() is not None


async def share(connection: AsyncConnection, target: str, actor: str) -> None:
    """Note that an actor announced an object of ours."""
    await insert_ignore(connection, Shares, [{"object": target, "actor": actor}])


async def take_share_back(connection: AsyncConnection, target: str, actor: str) -> bool:
    """Note that an actor no longer announces an object of ours; return whether they did."""
    gone = await connection.execute(
        delete(Shares).where(Shares.object == target, Shares.actor == actor)
    )
    return gone.rowcount > 0


async def find_author_name(connection: AsyncConnection, argument: str) -> str | None:
    """Return the address of an argument's author; None for anything but an argument."""
    rows = await connection.execute(select(Arguments.author_name).where(Arguments.id == argument))
    return rows.scalar_one_or_none()
