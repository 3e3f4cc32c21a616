"""Profiles elsewhere say where polls are; organisers pin their own, open ones."""

import json
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import update

from dosfed.activitypub.writing import rfc3339
from dosfed.deliberation.proposals.tables import ProposalPosts
from tests.conftest import START
from tests.web.conftest import SPAN
from tests.web.site import JSON, Site

DAY = timedelta(days=1)


def poll(ref: str, opens: timedelta, closes: timedelta) -> dict[str, Any]:
    dates = {"opens": rfc3339(START + opens), "closes": rfc3339(START + closes)}
    return {"ref": ref, "title": ref, "poll": {"method": "agree", **dates}}


def consultation(name: str, *proposals: dict[str, Any], **more: Any) -> dict[str, Any]:
    given = {"name": name, "title": f"<b>{name}</b>", "language": "fr", **SPAN, **more}
    return {**given, "proposals": list(proposals)}


async def publish(site: Site, *consultations: dict[str, Any]) -> dict[str, str]:
    document = {
        "dosfed": 1,
        "organiser": {"name": "mairie", "title": "Ville"},
        "consultations": list(consultations),
    }
    return await site.import_(document)


async def read(site: Site, address: str) -> dict[str, Any]:
    site.forget()
    found: dict[str, Any] = json.loads((await site.browser().get(address, accept=JSON)).text)
    return found


async def test_an_organiser_pins_its_open_polls_those_that_end_first_at_the_head(
    site: Site,
) -> None:
    ids = await publish(
        site,
        consultation(
            "quais",
            poll("late", -DAY, 9 * DAY),
            poll("soon", -DAY, 2 * DAY),
            poll("coming", 5 * DAY, 9 * DAY),
            poll("over", -9 * DAY, -DAY),
            poll("hidden", -DAY, 9 * DAY),
            {"ref": "without", "title": "Sans vote"},
        ),
        consultation("arbres", poll("other", -DAY, 3 * DAY)),
        consultation(
            "marche", poll("not ours", -DAY, DAY), organiser={"name": "region", "title": "R"}
        ),
    )
    async with site.database.write() as connection:
        hidden = update(ProposalPosts).where(ProposalPosts.id == ids["hidden"])
        await connection.execute(hidden.values(state="hidden"))

    assert (await read(site, "/o/mairie/featured"))["orderedItems"] == [
        ids[ref] for ref in ("soon", "other", "late")
    ]
    site.clock.advance(days=6)
    assert (await read(site, "/o/mairie/featured"))["orderedItems"] == [
        ids[ref] for ref in ("late", "coming")
    ]


@pytest.mark.parametrize("actor", ["/c/quais", "/o/mairie", "/u/ana"])
async def test_actors_pin_posts_of_their_own_alone(site: Site, actor: str) -> None:
    await publish(site, consultation("quais", poll("p", -DAY, DAY)))
    await site.link_for("ana")

    pinned = await read(site, f"{actor}/featured")

    assert pinned["totalItems"] == len(pinned["orderedItems"])
    for item in pinned["orderedItems"]:
        post = await read(site, item.removeprefix(site.base_url))
        assert post["attributedTo"] == f"{site.base_url}{actor}"
        assert post["to"] == ["https://www.w3.org/ns/activitystreams#Public"]


@pytest.mark.parametrize(
    ("language", "here", "pinned"),
    [
        ("fr", "Les votes de cette consultation sont publiés par", "Les votes ouverts sont"),
        ("es-AR", "Las votaciones de esta consulta las publica", "Las votaciones abiertas están"),
        ("de", "The polls of this consultation are posted by", "Open polls are pinned"),
    ],
)
async def test_profiles_say_where_polls_are(
    site: Site, language: str, here: str, pinned: str
) -> None:
    await publish(site, consultation("quais", language=language, summary="Une *question*."))
    host = site.house.instance.host

    of_group = (await read(site, "/c/quais"))["summary"]
    of_service = (await read(site, "/o/mairie"))["summary"]

    assert of_group.startswith("<p>Une <em>question</em>.</p>")
    assert here in of_group
    assert f'<a href="{site.base_url}/o/mairie">@mairie@{host}</a>' in of_group
    assert pinned in of_service
    assert "&lt;b&gt;quais&lt;/b&gt;" in of_service
    assert f'<a href="{site.base_url}/c/quais">@quais@{host}</a>' in of_service


async def test_an_organiser_without_an_open_consultation_says_that_there_is_none(
    site: Site,
) -> None:
    await publish(site, consultation("quais"))
    site.clock.advance(days=300)

    said = (await read(site, "/o/mairie"))["summary"]
    assert said.startswith("<p>Ce compte organise des consultations. Aucune n&#x27;est ouverte")
    assert "quais" not in said
