"""Who reads a post elsewhere finds all that was answered to it."""

import json
from typing import Any

from sqlalchemy import select

from dosfed.activitypub.tables import Outbox
from tests.web.conftest import IMPORT
from tests.web.site import JSON, Site, path_of

ARGUED = 61  # one more than a page holds


async def argued_about(site: Site, number: int) -> str:
    """Return the path of a proposal with so many arguments."""
    arguments = [{"ref": f"a{place}", "text": f"Argument {place}"} for place in range(number)]
    proposal = {"ref": "p", "title": "Le dimanche", "arguments": arguments}
    consultation = {**IMPORT["consultations"][0], "proposals": [proposal]}
    ids = await site.import_({**IMPORT, "consultations": [consultation]})
    return path_of(ids["p"])


async def read(site: Site, address: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((await site.browser().get(address, accept=JSON)).text)
    return found


async def test_the_first_answers_stand_inside_the_post(site: Site) -> None:
    path = await argued_about(site, ARGUED)

    replies = (await read(site, path))["replies"]

    first = replies["first"]
    assert (replies["type"], replies["totalItems"]) == ("OrderedCollection", ARGUED)
    assert (first["type"], first["partOf"]) == ("OrderedCollectionPage", replies["id"])
    assert "@context" not in replies
    assert "@context" not in first
    rest = await read(site, path_of(first["next"]))
    assert len({*first["orderedItems"], *rest["orderedItems"]}) == ARGUED
    assert first == {
        name: value
        for name, value in (await read(site, path_of(replies["id"]) + "?page=1")).items()
        if name != "@context"
    }


async def test_an_answer_says_what_was_answered_to_it(site: Site) -> None:
    path = await argued_about(site, 1)
    argument = (await read(site, path))["replies"]["first"]["orderedItems"][0]
    ana = await site.signed_in("ana")
    await ana.submit(path, f"{path}/arguments", text="Oui", stance="for", in_reply_to=argument)

    replies = (await read(site, path_of(argument)))["replies"]

    assert replies["totalItems"] == len(replies["first"]["orderedItems"]) == 1
    answer = await read(site, path_of(replies["first"]["orderedItems"][0]))
    assert answer["inReplyTo"] == argument
    assert answer["replies"]["first"]["orderedItems"] == []


async def test_what_is_sent_leads_to_the_answers_to_come(site: Site) -> None:
    path = await argued_about(site, 0)

    async with site.database.read() as connection:
        bodies = (await connection.execute(select(Outbox.body))).scalars()
        said = [json.loads(body) for body in bodies if body is not None]
    created = next(one["object"] for one in said if one["type"] == "Create")

    first = created["replies"]["first"]
    assert first["orderedItems"] == []
    assert (await read(site, path_of(first["next"])))["partOf"] == created["replies"]["id"]
    assert path_of(created["replies"]["id"]) == f"{path}/replies"
