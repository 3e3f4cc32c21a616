"""Collections are counted, paged, and complete."""

from datetime import datetime
from typing import Any

import orjson
import pytest
from sqlalchemy import insert

from dosfed.activitypub import collections
from dosfed.activitypub.tables import Followers, Followings, Outbox
from dosfed.activitypub.writing import to_json
from dosfed.instance import Instance
from dosfed.storage.engine import Database
from tests.conftest import START

TOWN = "https://delib.example/o/mairie"
URI = "https://delib.example/p/1/replies"


async def publish(database: Database, numbers: range, **changed: Any) -> None:
    rows = [
        {
            "id": f"https://delib.example/activities/{number}",
            "number": number,
            "actor": TOWN,
            "body": b'{"id":"https://delib.example/activities/%d"}' % number,
            "is_public": True,
            "is_ephemeral": False,
            "created_at": START,
        }
        | changed
        for number in numbers
    ]
    async with database.write() as connection:
        await connection.execute(insert(Outbox), rows)


def read(document: dict[str, Any]) -> Any:
    return orjson.loads(to_json(Instance(base_url="https://delib.example"), document))


def test_a_short_collection_stands_whole() -> None:
    document = read(collections.whole(URI, ["a", "b"], owner=TOWN))
    assert document["type"] == "OrderedCollection"
    assert document["totalItems"] == 2
    assert document["orderedItems"] == ["a", "b"]
    assert document["attributedTo"] == TOWN


@pytest.mark.parametrize(("total", "last"), [(0, 1), (1, 1), (60, 1), (61, 2), (121, 3)])
def test_a_long_collection_names_its_first_and_last_page(total: int, last: int) -> None:
    document = collections.cover(URI, total=total)
    assert document["totalItems"] == total
    assert document["first"] == f"{URI}?page=1"
    assert document["last"] == f"{URI}?page={last}"


def test_pages_lead_through_all_items_once() -> None:
    items = [str(number) for number in range(150)]
    seen: list[str] = []
    number = 1
    while True:
        start = collections.offset(number)
        page = collections.numbered_page(
            URI,
            number=number,
            total=len(items),
            items=items[start : start + collections.IDS_PER_PAGE],
        )
        assert page["partOf"] == URI
        seen += page["orderedItems"]
        if "next" not in page:
            break
        number += 1
        assert page["next"] == f"{URI}?page={number}"
    assert seen == items
    assert page["prev"] == f"{URI}?page=2"


@pytest.mark.parametrize(
    ("query", "number"), [({}, None), ({"page": "true"}, 1), ({"page": "7"}, 7)]
)
def test_a_page_is_asked_for_by_number(query: dict[str, str], number: int | None) -> None:
    assert collections.page_number(query) == number


@pytest.mark.parametrize("page", ["0", "-1", "x", "", "1.5", "²", "9" * 30])
def test_nonsense_instead_of_a_page_number_is_an_error(page: str) -> None:
    with pytest.raises(ValueError, match="page"):
        collections.page_number({"page": page})


async def test_the_outbox_gives_public_activities_newest_first_each_once(
    database: Database,
) -> None:
    await publish(database, range(1, 46))
    await publish(database, range(46, 48), is_public=False)
    await publish(database, range(48, 50), actor="https://delib.example/c/quais")

    numbers: list[int] = []
    before = None
    async with database.read() as connection:
        cover = await collections.outbox(connection, TOWN)
        while True:
            page = read(await collections.outbox_page(connection, TOWN, before=before))
            numbers += [int(item["id"].rpartition("/")[2]) for item in page["orderedItems"]]
            if "next" not in page:
                break
            before = int(page["next"].partition("before=")[2])

    assert cover["totalItems"] == 45
    assert cover["first"] == f"{TOWN}/outbox?page=true"
    assert numbers == list(range(45, 0, -1))


async def test_an_empty_outbox_has_an_empty_page(database: Database) -> None:
    async with database.read() as connection:
        page = await collections.outbox_page(connection, TOWN, before=None)
    assert page["orderedItems"] == []
    assert "next" not in page


async def test_followers_and_followed_are_counted_never_named(database: Database) -> None:
    def ana(number: int) -> str:
        return f"https://masto.example/users/ana{number}"

    async with database.write() as connection:
        await connection.execute(
            insert(Followers),
            [
                {
                    "actor": TOWN,
                    "follower": ana(number),
                    "follow_id": f"{ana(number)}/f",
                    "host": "masto.example",
                    "inbox": f"{ana(number)}/inbox",
                    "since": START,
                }
                for number in range(3)
            ],
        )
        await connection.execute(
            insert(Followings),
            [following(ana(1), "accepted", START), following(ana(2), "pending", None)],
        )
        followers = await collections.followers(connection, TOWN)
        followed = await collections.following(connection, TOWN)

    assert followers["totalItems"] == 3
    assert followed["totalItems"] == 1
    assert "masto.example" not in str(followers | followed)


def following(followed: str, state: str, answered_at: datetime | None) -> dict[str, Any]:
    return {
        "follower": TOWN,
        "followed": followed,
        "follow_id": f"https://delib.example/activities/{state}",
        "state": state,
        "asked_at": START,
        "answered_at": answered_at,
    }
