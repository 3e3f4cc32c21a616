"""Ordered collections, whole or in pages."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

import orjson
from sqlalchemy import Row, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from dosfed.activitypub.follows import count_followers, count_following
from dosfed.activitypub.tables import Outbox
from dosfed.activitypub.writing import embedded
from dosfed.storage.paging import count_pages

ACTIVITIES_PER_PAGE = 20
IDS_PER_PAGE = 60
PAGE = "OrderedCollectionPage"
NUMBER = re.compile(r"[1-9][0-9]{0,15}", re.ASCII)


def counted(uri: str, total: int) -> dict[str, Any]:
    """Return a collection that tells its size only."""
    return {
        "id": uri,
        "type": "OrderedCollection",
        "totalItems": total,
    }


def whole(uri: str, items: Sequence[Any], *, owner: str | None = None) -> dict[str, Any]:
    """Return a short collection with all its items in it."""
    return counted(uri, len(items)) | _owned(owner) | {"orderedItems": list(items)}


def cover(uri: str, *, total: int, owner: str | None = None) -> dict[str, Any]:
    """Return a collection whose items are on numbered pages, `?page=1` the first."""
    last = count_pages(total, IDS_PER_PAGE)
    pages = {"first": f"{uri}?page=1", "last": f"{uri}?page={last}"}
    return counted(uri, total) | _owned(owner) | pages


def enclosed(uri: str) -> dict[str, Any]:
    """Return a collection as it is embedded in its object, with an empty page that leads on.

    GoToSocial looks for answers in an embedded page alone, and finds none behind a bare id.
    """
    first = {"type": PAGE, "partOf": uri, "next": f"{uri}?page=1", "orderedItems": []}
    return {"id": uri, "type": "OrderedCollection", "first": first}


def enclosed_with(uri: str, *, total: int, items: Sequence[Any]) -> dict[str, Any]:
    """Return the same with the items of its first page."""
    first = embedded(numbered_page(uri, number=1, total=total, items=items))
    return embedded(counted(uri, total)) | {"first": first}


def numbered_page(uri: str, *, number: int, total: int, items: Sequence[Any]) -> dict[str, Any]:
    """Return one page of a `cover`; its items are those from `offset(number)` on."""
    page = _page(f"{uri}?page={number}", uri, total=total, items=items)
    if number > 1:
        page["prev"] = f"{uri}?page={number - 1}"
    if number * IDS_PER_PAGE < total:
        page["next"] = f"{uri}?page={number + 1}"
    return page


def offset(number: int) -> int:
    """Return how many items come before a numbered page."""
    return (number - 1) * IDS_PER_PAGE


def page_number(query: Mapping[str, str]) -> int | None:
    """Return the page a query asks for, None for the cover; raise `ValueError` for nonsense."""
    asked = query.get("page")
    if asked is None:
        return None
    if asked == "true":
        return 1
    if NUMBER.fullmatch(asked) is None:
        raise ValueError("page: expected a number")
    return int(asked)


async def followers(connection: AsyncConnection, actor: str) -> dict[str, Any]:
    """Return how many follow an actor; who they are is nobody's business."""
    return counted(f"{actor}/followers", await count_followers(connection, actor))


async def following(connection: AsyncConnection, actor: str) -> dict[str, Any]:
    """Return how many an actor follows by their leave."""
    return counted(f"{actor}/following", await count_following(connection, actor))


async def outbox(connection: AsyncConnection, actor: str) -> dict[str, Any]:
    """Return the cover of an actor's public activities."""
    total = await _count_published(connection, actor)
    uri = f"{actor}/outbox"
    return counted(uri, total) | {"first": f"{uri}?page=true"}


async def outbox_page(
    connection: AsyncConnection, actor: str, *, before: int | None
) -> dict[str, Any]:
    """Return an actor's latest public activities, whole, or those published before a number.

    On each page boosts come after what is announced whole: PieFed reads up to the first boost.
    """
    published = (
        select(Outbox.number, Outbox.body)
        .where(Outbox.actor == actor, Outbox.is_public, Outbox.body.is_not(None))
        .order_by(Outbox.number.desc())
        .limit(ACTIVITIES_PER_PAGE)
    )
    if before is not None:
        published = published.where(Outbox.number < before)
    rows = (await connection.execute(published)).all()
    uri = f"{actor}/outbox"
    page = _page(
        f"{uri}?page=true" + ("" if before is None else f"&before={before}"),
        uri,
        total=await _count_published(connection, actor),
        items=[orjson.Fragment(row.body) for row in sorted(rows, key=_is_bare)],
    )
    if len(rows) == ACTIVITIES_PER_PAGE:
        page["next"] = f"{uri}?page=true&before={rows[-1].number}"
    return page


def _is_bare(row: Row[*tuple[Any, ...]]) -> bool:
    """Whether a row of the outbox announces a bare id."""
    activity = orjson.loads(row.body)
    return activity.get("type") == "Announce" and isinstance(activity["object"], str)


async def _count_published(connection: AsyncConnection, actor: str) -> int:
    count = select(func.count()).where(Outbox.actor == actor, Outbox.is_public)
    return (await connection.execute(count)).scalar_one()


def _page(uri: str, part_of: str, *, total: int, items: Sequence[Any]) -> dict[str, Any]:
    return {
        "id": uri,
        "type": PAGE,
        "partOf": part_of,
        "totalItems": total,
        "orderedItems": list(items),
    }


def _owned(owner: str | None) -> dict[str, Any]:
    return {} if owner is None else {"attributedTo": owner}
