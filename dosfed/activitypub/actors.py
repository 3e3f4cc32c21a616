"""Actors of this instance: their names, their keys, their documents."""

import asyncio
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, NotRequired, TypedDict, Unpack

from sqlalchemy import exists, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from dosfed.activitypub.keys import make_proof_key, make_rsa_key, public_multibase
from dosfed.activitypub.tables import Actors, Deliveries
from dosfed.activitypub.writing import rfc3339, tombstone
from dosfed.instance import PUBLIC, Instance
from dosfed.storage.statements import take_turns

Kind = Literal["instance", "organiser", "consultation", "citizen"]

# Plain types only: others drop what they do not know. A Group announces, it never authors.
TYPES: Mapping[str, str] = {
    "instance": "Application",
    "organiser": "Service",
    "consultation": "Group",
    "citizen": "Person",
}
NAME = re.compile(r"[a-z0-9_]{1,64}", re.ASCII)
# What the paths of this server, its handles in mail or its own name would be confused with.
RESERVED_WORDS = """
    a about abuse accounts activities activitypub actor admin administrator api assets
    authorize_interaction ballots c contact dosfed export favicon feed followers following help
    host_meta import inbox instance login logout mail media n nodeinfo ns o outbox p polls
    postmaster privacy robots root settings share sign_in sign_out sign_up static terms u users
    webfinger webmaster well_known
"""
RESERVED = frozenset(RESERVED_WORDS.split())
# FEP-844e: what a server need not guess from our software's name.
IMPLEMENTS = (
    {
        "href": "https://datatracker.ietf.org/doc/html/rfc9421",
        "name": "RFC-9421: HTTP Message Signatures",
    },
)


class BadName(ValueError):
    """A name cannot be given to an actor; the message says why, in one line."""


class NewActor(TypedDict):
    """An actor that is to be made; `name` is for people, `handle` for addresses."""

    id: str
    handle: str
    kind: Kind
    name: str
    at: datetime
    language: NotRequired[str | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalActor:
    """An actor of this instance as its document needs it; the key that signs stays away."""

    id: str
    handle: str
    kind: str
    name: str
    summary: str
    language: str | None
    public_key: str
    proof_key: str = field(repr=False)
    created_at: datetime
    deleted_at: datetime | None


COLUMNS = tuple(getattr(Actors, name) for name in LocalActor.__slots__)


def check_name(name: str) -> None:
    """Raise `BadName` unless an actor may bear this name."""
    if NAME.fullmatch(name) is None:
        raise BadName(f"{name!r}: a name has 1 to 64 of the characters a-z, 0-9 and _")
    if name in RESERVED:
        raise BadName(f"{name!r} is a reserved name")


async def make_actor(connection: AsyncConnection, **actor: Unpack[NewActor]) -> None:
    """Make an actor with keys that stay for good; refuse reserved and taken names (`BadName`)."""
    check_name(actor["handle"])
    await _insert(connection, actor)


async def ensure_instance_actor(
    connection: AsyncConnection, instance: Instance, at: datetime
) -> None:
    """Make the instance's own actor if there is none; an existing one keeps its keys."""
    if await local_actor(connection, instance.actor) is None:
        await _insert(
            connection,
            NewActor(
                id=instance.actor,
                handle=instance.handle,
                kind="instance",
                name=instance.host,
                at=at,
            ),
        )


async def _insert(connection: AsyncConnection, actor: NewActor) -> None:
    await take_turns(connection, f"name {actor['handle']}")
    taken = select(Actors.id).where(Actors.handle == actor["handle"])
    if (await connection.execute(taken)).first() is not None:
        raise BadName(f"{actor['handle']!r} is taken")
    private_key, public_key = await asyncio.to_thread(make_rsa_key)
    await connection.execute(
        insert(Actors).values(
            id=actor["id"],
            handle=actor["handle"],
            kind=actor["kind"],
            name=actor["name"],
            summary="",
            language=actor.get("language"),
            private_key=private_key,
            public_key=public_key,
            proof_key=make_proof_key(),
            created_at=actor["at"],
        )
    )


async def describe_actor(
    connection: AsyncConnection, actor: str, *, name: str, summary: str | None = None
) -> None:
    """Let an actor of ours be called something else, and say something else if that is given."""
    said = {"name": name} if summary is None else {"name": name, "summary": summary}
    await connection.execute(update(Actors).where(Actors.id == actor).values(said))


async def delete_actor(connection: AsyncConnection, actor: str, at: datetime) -> None:
    """Turn an actor into a tombstone; its key stays until the Delete it signs is delivered."""
    await connection.execute(
        update(Actors)
        .where(Actors.id == actor, Actors.deleted_at.is_(None))
        .values(name="", summary="", deleted_at=at)
    )


async def drop_idle_keys(connection: AsyncConnection) -> int:
    """Drop the private keys of tombstones whose last word was delivered or given up."""
    waits = exists().where(Deliveries.actor == Actors.id, Deliveries.finished_at.is_(None))
    dropped = await connection.execute(
        update(Actors)
        .where(Actors.deleted_at.is_not(None), Actors.private_key != "", ~waits)
        .values(private_key="", proof_key="")
    )
    return dropped.rowcount


async def local_actor(connection: AsyncConnection, actor: str) -> LocalActor | None:
    """Return the actor with an id, deleted ones included."""
    return await _one(connection, Actors.id == actor)


async def actor_with_handle(connection: AsyncConnection, handle: str) -> LocalActor | None:
    """Return the actor with a handle, deleted ones included."""
    return await _one(connection, Actors.handle == handle)


async def _one(connection: AsyncConnection, condition: Any) -> LocalActor | None:
    row = (await connection.execute(select(*COLUMNS).where(condition))).mappings().first()
    return None if row is None else LocalActor(**row)


def is_findable(actor: LocalActor) -> bool:
    """Whether others may list an actor: a citizen is here to take part, not to be found."""
    return actor.kind != "citizen"


def actor_document(actor: LocalActor, instance: Instance) -> dict[str, Any]:
    """Return what others read of an actor; of a deleted one, its Tombstone."""
    if actor.deleted_at is not None:
        # Its last word comes after it is gone: NodeBB then asks here for the key that signed it.
        gone = tombstone(actor.id, former_type=TYPES[actor.kind], at=actor.deleted_at)
        return gone | _signing_key(actor)
    may_be_found = is_findable(actor)
    return {
        "id": actor.id,
        "type": TYPES[actor.kind],
        "preferredUsername": actor.handle,
        "name": actor.name or actor.handle,
        "summary": actor.summary,
        "url": actor.id,
        **_collections(actor.id),
        "endpoints": {"sharedInbox": instance.shared_inbox},
        "manuallyApprovesFollowers": False,
        "discoverable": may_be_found,
        "indexable": may_be_found,
        "published": rfc3339(actor.created_at),
        "webfinger": f"{actor.handle}@{instance.host}",  # FEP-2c59
        "interactionPolicy": _policy(actor.id, is_findable=may_be_found),
        **_picture(actor),
        **_capabilities(actor, instance),
        **_keys(actor),
    }


async def instance_actor_document(
    connection: AsyncConnection, instance: Instance
) -> dict[str, Any]:
    """Return the instance actor's document; Lemmy looks for it at the root as well."""
    actor = await local_actor(connection, instance.actor)
    if actor is None:
        raise LookupError("the instance has no actor yet")
    return actor_document(actor, instance)


def _collections(uri: str) -> dict[str, str]:
    names = ("inbox", "outbox", "followers", "following", "featured")
    return {name: f"{uri}/{name}" for name in names}


def _policy(actor: str, *, is_findable: bool) -> dict[str, Any]:
    """Return who may put an actor into a collection of theirs (FEP-7aa9): all, or nobody else.

    Servers read a missing list as nobody, and write a refusal as the actor's own id.
    """
    return {"canFeature": {"automaticApproval": [PUBLIC if is_findable else actor]}}


def _picture(actor: LocalActor) -> dict[str, Any]:
    if actor.kind != "instance":  # the others' have an address that changes with what they show
        return {}
    return {"icon": {"type": "Image", "mediaType": "image/png", "url": f"{actor.id}/icon.png"}}


def _capabilities(actor: LocalActor, instance: Instance) -> dict[str, Any]:
    implemented = {"implements": [dict(item) for item in IMPLEMENTS]}
    if actor.kind == "instance":
        return implemented
    return {"generator": {"type": "Application", "id": instance.actor, **implemented}}


def _keys(actor: LocalActor) -> dict[str, Any]:
    """Return the key that signs requests, apart from the one that proves objects."""
    return {
        **_signing_key(actor),
        "assertionMethod": [
            {
                "id": f"{actor.id}#ed25519-key",
                "type": "Multikey",
                "controller": actor.id,
                "publicKeyMultibase": public_multibase(actor.proof_key),
            }
        ],
    }


def _signing_key(actor: LocalActor) -> dict[str, Any]:
    """Return one object, never an array: Misskey and PieFed read nothing else."""
    key = {"id": f"{actor.id}#main-key", "owner": actor.id, "publicKeyPem": actor.public_key}
    return {"publicKey": key}
