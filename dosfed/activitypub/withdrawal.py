"""What was published changes with what it speaks of, and goes with it (rule 4.6).

An activity stays at its address, in its actor's outbox, and in the queues of servers that do
not answer. So the words of a post lie in many rows, in the bytes that are sent. Whoever edits,
deletes, hides or forgets must not have to know which: `carried` lists, for each public activity,
the objects and people that it holds. By it what was put of an object is written anew (a `Create`
always says what the object says now), or is emptied; of several updates only the last is shown.
A row that was emptied is shown nowhere, and a delivery without bytes ends unsent.
"""

from collections.abc import Collection, Iterator, Mapping
from typing import Any

import orjson
from sqlalchemy import Select, delete, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from dosfed.activitypub.destinations import hold_queues
from dosfed.activitypub.reading import id_of
from dosfed.activitypub.tables import Carried, Outbox
from dosfed.activitypub.writing import embedded
from dosfed.storage.parts import in_parts

# What an activity does to an object that it holds.
CREATED, CHANGED, NAMED = "created", "changed", "named"

Document = Mapping[str, Any]


def carried_by(activity: Document) -> dict[str, str]:
    """Return what an activity holds by id, each with what is done to it.

    Neither the activity itself nor its actor is among them; those are columns of the outbox.
    """
    found: dict[str, str] = {}
    inner, thing = activity, activity.get("object")
    while isinstance(thing, Mapping):
        found |= dict.fromkeys(_people(thing), NAMED)
        if "object" not in thing:
            break
        inner, thing = thing, thing["object"]
    if (uri := id_of(thing)) is not None:
        kind = str(inner.get("type")) if isinstance(thing, Mapping) else ""
        found[uri] = _ROLES.get(kind, NAMED)
    found.pop(activity["actor"], None)
    return found


_ROLES = {"Create": CREATED, "Update": CHANGED}


def _people(thing: Document) -> Iterator[str]:
    """Yield whom an activity or a post names: its actor or author, and those it mentions."""
    tags = thing.get("tag")
    mentions = [
        tag.get("href")
        for tag in (tags if isinstance(tags, list) else [tags])
        if isinstance(tag, Mapping) and tag.get("type") == "Mention"
    ]
    for value in (thing.get("actor"), thing.get("attributedTo"), *mentions):
        if (uri := id_of(value)) is not None:
            yield uri


def takes_away(activity: Document) -> bool:
    """Whether an activity is a Delete, or passes one on, or undoes one."""
    inner: object = activity
    while isinstance(inner, Mapping):
        if inner.get("type") == "Delete":
            return True
        inner = inner.get("object")
    return False


async def note(connection: AsyncConnection, activities: Collection[Document]) -> None:
    """Write down what public activities hold."""
    rows = [
        {"uri": uri, "activity": activity["id"], "role": role}
        for activity in activities
        for uri, role in carried_by(activity).items()
    ]
    if rows:
        await connection.execute(insert(Carried), rows)


async def supersede(connection: AsyncConnection, activity: Document) -> None:
    """Show an actor's earlier updates of an object no more once a new one is put."""
    about = activity.get("object")
    is_passed_on = isinstance(about, Mapping) and about.get("type") == "Update"
    if activity["type"] != "Update" and not is_passed_on:
        return
    changed = [uri for uri, role in carried_by(activity).items() if role == CHANGED]
    earlier = select(Carried.activity).where(Carried.uri.in_(changed), Carried.role == CHANGED)
    await connection.execute(
        update(Outbox)
        .where(Outbox.id.in_(earlier), Outbox.actor == activity["actor"], Outbox.is_public)
        .values(is_public=False)
    )


async def replace(connection: AsyncConnection, document: Document) -> None:
    """Let all that was put of an object say what it says now, shown or still on its way.

    Earlier updates of it are emptied: whoever calls this puts a new one.
    """
    # The lock of whoever publishes: none may be putting an activity of this object just now, of
    # which we should see neither the bytes nor what they hold.
    await hold_queues(connection)
    uri = document["id"]
    this = select(Carried.activity).where(Carried.uri == uri)
    await _empty(connection, this.where(Carried.role == CHANGED))
    rows = await connection.execute(
        select(Outbox.id, Outbox.body).where(
            Outbox.id.in_(this.where(Carried.role == CREATED)), Outbox.body.is_not(None)
        )
    )
    for row in rows.all():
        activity = _holding(orjson.loads(row.body), document)
        await connection.execute(
            update(Outbox).where(Outbox.id == row.id).values(body=orjson.dumps(activity))
        )
        await connection.execute(delete(Carried).where(Carried.activity == row.id))
        await note(connection, [activity])


def _holding(activity: Document, document: Document) -> Document:
    """Return an activity with a document in the place of what the object was before."""
    thing = activity.get("object")
    if id_of(thing) == document["id"]:
        # An edit may change for whom a thing is; an activity and its object then say the same.
        addressed = {
            name: document[name] for name in ("to", "cc") if name in document and name in activity
        }
        return {**activity, **addressed, "object": embedded(dict(document))}
    if isinstance(thing, Mapping) and "object" in thing:
        return {**activity, "object": _holding(thing, document)}
    return activity


async def withdraw(connection: AsyncConnection, uris: Collection[str]) -> None:
    """Empty all that was put of these objects, or names these people."""
    await hold_queues(connection)
    for some in in_parts(uris):
        await _empty(connection, select(Carried.activity).where(Carried.uri.in_(some)))


async def withdraw_acts(connection: AsyncConnection, actor: str) -> None:
    """Empty all that somebody here has sent so far, public or not."""
    await hold_queues(connection)
    await _empty(connection, select(Outbox.id).where(Outbox.actor == actor))


async def forget(connection: AsyncConnection, activities: Collection[str]) -> None:
    """Drop what was noted of activities that go themselves."""
    await connection.execute(delete(Carried).where(Carried.activity.in_(activities)))


async def _empty(connection: AsyncConnection, which: Select[str]) -> None:
    """Take the bytes off activities; nothing of them is shown or sent any more."""
    found = list((await connection.execute(which)).scalars())
    for some in in_parts(found):
        await connection.execute(
            update(Outbox)
            .where(Outbox.id.in_(some), or_(Outbox.is_public, Outbox.body.is_not(None)))
            .values(body=None, is_public=False)
        )
        await connection.execute(delete(Carried).where(Carried.activity.in_(some)))
