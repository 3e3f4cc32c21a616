"""The JSON document behind each public id and collection of this instance."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from dosfed.activitypub import actors, collections, writing
from dosfed.acts import consultations, meetings, notes, profiles, quotes
from dosfed.deliberation.debate.arguments import is_known
from dosfed.deliberation.debate.records import load_argument
from dosfed.deliberation.debate.tables import Shares, Weights
from dosfed.deliberation.posts.model import PostState
from dosfed.deliberation.posts.visible import WITH_A_PAGE
from dosfed.deliberation.proposals.co_signers import count_signers, load_signers
from dosfed.deliberation.proposals.kept import load_proposal, need_proposal
from dosfed.instance import Instance
from dosfed.wire import terms
from dosfed.wire.arguments import write_argument
from dosfed.wire.consultations import write_consultation
from dosfed.wire.contributions import write_contribution
from dosfed.wire.features import read_feature_stamp
from dosfed.wire.profiles import write_consultation_summary
from dosfed.wire.proposals import write_proposal, write_tombstone

Document = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A document that anybody may read."""

    document: Document


@dataclass(frozen=True, slots=True, kw_only=True)
class Gone:
    """What is left where something was deleted: answered with 410."""

    document: Document


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What was asked for: a path below the origin, the query, and the present moment."""

    instance: Instance
    path: str
    query: Mapping[str, str]
    now: datetime

    @property
    def id(self) -> str:
        """The URI of what is asked for, without the query."""
        return self.instance.base_url + self.path


async def document(connection: AsyncConnection, asked: Asked) -> Found | Gone | None:
    """Return the document at a path such as `/p/<id>` or `/c/<name>/context`.

    None if nothing public is there. Raises `ValueError` for a page that makes no sense.
    """
    match asked.path.strip("/").split("/"):
        case [("o" | "u" | "c"), _]:
            return await _actor(connection, asked)
        case ["p", _]:
            return await _proposal(connection, asked)
        case ["a", _]:
            return await _argument(connection, asked)
        case ["n", _]:
            return await _official(connection, asked)
        case ["c" | "p" | "a" | "o" | "u", _, name]:
            return await _collection(connection, asked, name)
        case ["p" | "a", _, "quotes", token]:
            return await _quote(connection, asked, token)
        case ["c" | "o", _, "features", token]:
            return await _feature(connection, asked, token)
        case _:
            return None


async def _feature(connection: AsyncConnection, asked: Asked, token: str) -> Found | None:
    """Return the leave to put an actor into a collection, which everybody has."""
    actor = await actors.local_actor(connection, asked.id.removesuffix(f"/features/{token}"))
    if actor is None or actor.deleted_at is not None:
        return None
    said = read_feature_stamp(actor.id, token)
    return None if said is None else Found(document=said)


async def _quote(connection: AsyncConnection, asked: Asked, token: str) -> Found | None:
    target = asked.id.removesuffix(f"/quotes/{token}")
    found = await quotes.authorization(connection, asked.id, target, token)
    return None if found is None else Found(document=found)


async def _actor(connection: AsyncConnection, asked: Asked) -> Found | Gone | None:
    actor = await actors.local_actor(connection, asked.id)
    if actor is None:
        return None
    if actor.deleted_at is not None:
        return Gone(document=actors.actor_document(actor, asked.instance))
    return Found(document=await _said_of(connection, actor, asked.instance, asked.now))


async def actor_document(
    connection: AsyncConnection, actor: str, instance: Instance, now: datetime
) -> Document | None:
    """Return what an actor of ours says of itself; none of one that is gone."""
    found = await actors.local_actor(connection, actor)
    if found is None or found.deleted_at is not None:
        return None
    return await _said_of(connection, found, instance, now)


async def _said_of(
    connection: AsyncConnection, actor: actors.LocalActor, instance: Instance, now: datetime
) -> Document:
    said = actors.actor_document(actor, instance)
    if actor.kind == "consultation":
        held = await consultations.load_held(connection, actor.id)
        said |= write_consultation(held, at=now)
        said["summary"] += write_consultation_summary(said[terms.ORGANISER], said[terms.LANGUAGE])
        said |= await profiles.face_of_consultation(connection, actor, held, instance)
    elif actor.kind == "organiser":
        said["summary"] += await profiles.of_organiser(connection, actor, instance, now)
        said |= await profiles.face_of_organiser(connection, actor, instance)
    return said


async def _proposal(connection: AsyncConnection, asked: Asked) -> Found | Gone | None:
    record = await load_proposal(connection, asked.id)
    if record is None:
        return None
    match record.state:
        case PostState.DELETED:
            gone = write_tombstone(record, at=record.edited_at or asked.now)
            return Gone(document=gone)
        case PostState.SENT:
            return Found(document=write_contribution(record))
        case PostState.HIDDEN:
            return Found(document=write_proposal(record))
        case PostState.PUBLISHED:
            said = write_proposal(record)
            return Found(document=said | await _counts(connection, asked.id))
        case _:
            return None


async def _official(connection: AsyncConnection, asked: Asked) -> Found | Gone | None:
    """Return a meeting, or an official note."""
    note = await notes.load_document(connection, asked.id, now=asked.now)
    if note is not None:
        said, stands = note
        return Found(document=said) if stands else Gone(document=said)
    meeting = await meetings.load_document(connection, asked.id)
    return None if meeting is None else Found(document=meeting)


async def _argument(connection: AsyncConnection, asked: Asked) -> Found | Gone | None:
    record = await load_argument(connection, asked.id)
    if record is None:
        return None
    if record.state not in WITH_A_PAGE.arguments:
        gone_at = record.deleted_at or asked.now
        return Gone(document=writing.tombstone(record.id, former_type="Note", at=gone_at))
    return Found(document=write_argument(record) | await _counts(connection, asked.id))


async def _counts(connection: AsyncConnection, target: str) -> Document:
    """Return the collections of a post with their sizes, which others show beside it."""
    likes, shares = await _likes(connection, target), await _shares(connection, target)
    replies, total = await consultations.replies(
        connection, target, offset=0, limit=collections.IDS_PER_PAGE
    )
    return {
        "replies": collections.enclosed_with(f"{target}/replies", total=total, items=replies),
        "likes": _size(f"{target}/likes", likes),
        "shares": _size(f"{target}/shares", shares),
    }


def _size(uri: str, total: int) -> Document:
    return {"id": uri, "type": "OrderedCollection", "totalItems": total}


async def _collection(connection: AsyncConnection, asked: Asked, name: str) -> Found | None:
    owner = asked.id.removesuffix(f"/{name}")
    kind = asked.path.strip("/").split("/")[0]
    match kind, name:
        case "c" | "o" | "u", "featured":
            return await _featured(connection, asked, owner)
        case "c", "moderators":
            return await _moderators(connection, asked, owner)
        case "c" | "p", "context":
            return await (_context if kind == "c" else _thread)(connection, asked, owner)
        case "p" | "a", "replies" if await is_known(connection, owner):
            return await _replies(connection, asked, owner)
        case "p" | "a", "likes" if await is_known(connection, owner):
            return Found(document=collections.counted(asked.id, await _likes(connection, owner)))
        case "p", "co-signers" if await is_known(connection, owner):
            return await _co_signers(connection, asked, owner)
        case "p" | "a", "shares" if await is_known(connection, owner):
            return Found(document=collections.counted(asked.id, await _shares(connection, owner)))
        case _:
            return None


async def _featured(connection: AsyncConnection, asked: Asked, owner: str) -> Found | None:
    """Return what an actor pins: its own posts alone, since others refuse any else."""
    actor = await actors.local_actor(connection, owner)
    if actor is None or actor.deleted_at is not None:
        return None
    items = await profiles.pinned(connection, owner, asked.now)
    return Found(document=collections.whole(asked.id, items, owner=owner))


async def _moderators(connection: AsyncConnection, asked: Asked, group: str) -> Found | None:
    items = await consultations.moderators(connection, group)
    return Found(document=collections.whole(asked.id, items, owner=group)) if items else None


async def _context(connection: AsyncConnection, asked: Asked, owner: str) -> Found | None:
    actor = await actors.local_actor(connection, owner)
    if actor is None or actor.deleted_at is not None:
        return None
    number = collections.page_number(asked.query)
    items, total = await consultations.context(
        connection,
        owner,
        offset=collections.offset(number or 1),
        limit=collections.IDS_PER_PAGE,
    )
    return _paged(asked, number, items, total, owner=owner)


async def _thread(connection: AsyncConnection, asked: Asked, proposal: str) -> Found | None:
    """Return a proposal and its debate: a thread that its consultation's Group holds."""
    if not await is_known(connection, proposal):
        return None
    record = await need_proposal(connection, proposal)
    number = collections.page_number(asked.query)
    items, total = await consultations.thread(
        connection,
        proposal,
        offset=collections.offset(number or 1),
        limit=collections.IDS_PER_PAGE,
    )
    return _paged(asked, number, items, total, owner=record.consultation)


async def _replies(connection: AsyncConnection, asked: Asked, target: str) -> Found:
    number = collections.page_number(asked.query)
    items, total = await consultations.replies(
        connection,
        target,
        offset=collections.offset(number or 1),
        limit=collections.IDS_PER_PAGE,
    )
    return _paged(asked, number, items, total, owner=None)


async def _co_signers(connection: AsyncConnection, asked: Asked, proposal: str) -> Found:
    """Return who stands behind a proposal: they said so in public, by name."""
    number = collections.page_number(asked.query)
    found = await load_signers(
        connection,
        proposal,
        offset=collections.offset(number or 1),
        limit=collections.IDS_PER_PAGE,
    )
    items = [signer.id for signer in found]
    return _paged(asked, number, items, await count_signers(connection, proposal), owner=None)


def _paged(
    asked: Asked, number: int | None, items: list[str], total: int, *, owner: str | None
) -> Found:
    if number is None:
        return Found(document=collections.cover(asked.id, total=total, owner=owner))
    page = collections.numbered_page(asked.id, number=number, total=total, items=items)
    return Found(document=page)


async def _likes(connection: AsyncConnection, target: str) -> int:
    statement = select(func.count()).where(Weights.object == target, Weights.weight > 0)
    return (await connection.execute(statement)).scalar_one()


async def _shares(connection: AsyncConnection, target: str) -> int:
    statement = select(func.count()).where(Shares.object == target)
    return (await connection.execute(statement)).scalar_one()
