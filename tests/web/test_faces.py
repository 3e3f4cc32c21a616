"""Our actors have faces elsewhere: pictures, a table, who may list them."""

import io
import json
from typing import Any

import aiohttp
import pytest
from PIL import Image

from dosfed.acts.usage import count_usage
from dosfed.deliberation.model import Role
from tests.web.conftest import SPAN
from tests.web.pictures import picture as a_logo
from tests.web.site import JSON, Site

PUBLIC = "https://www.w3.org/ns/activitystreams#Public"


@pytest.fixture
async def town(site: Site) -> Site:
    await publish(site)
    return site


async def publish(site: Site, **more: Any) -> None:
    consultation = {
        "name": "quais",
        "title": "Fermer les <quais> ?",
        "language": "fr",
        **SPAN,
        **more,
    }
    organiser = {"name": "mairie", "title": "Ville"}
    await site.import_({"dosfed": 1, "organiser": organiser, "consultations": [consultation]})


async def read(site: Site, address: str) -> dict[str, Any]:
    site.forget()
    found: dict[str, Any] = json.loads((await site.browser().get(address, accept=JSON)).text)
    return found


async def picture(site: Site, url: str) -> Image.Image:
    assert url.startswith(site.base_url)
    here = f"http://127.0.0.1:{site.base_url.rpartition(':')[2]}"
    async with aiohttp.ClientSession() as http:
        answer = await http.get(url.replace(site.base_url, here))
        assert (answer.status, answer.content_type) == (200, "image/png")
        return Image.open(io.BytesIO(await answer.read())).convert("RGB")


@pytest.mark.parametrize("actor", ["/c/quais", "/o/mairie"])
async def test_an_actor_has_a_square_picture_and_a_banner(town: Site, actor: str) -> None:
    said = await read(town, actor)
    for name, size in (("icon", (400, 400)), ("image", (1200, 630))):
        assert said[name]["type"] == "Image"
        assert said[name]["mediaType"] == "image/png"
        assert (await picture(town, said[name]["url"])).size == size


async def test_the_instance_has_a_picture_too(town: Site) -> None:
    said = await read(town, "/")
    assert said["icon"]["url"] == f"{town.base_url}/actor/icon.png"
    assert (await picture(town, said["icon"]["url"])).size == (400, 400)


async def test_the_picture_is_the_logo_and_its_address_changes_with_it(town: Site) -> None:
    before = (await read(town, "/o/mairie"))["icon"]["url"]
    operator = await town.signed_in("olga", Role.OPERATOR)
    await operator.upload("/admin/site", "/admin/site/logo", "logo", a_logo(400, 200))
    after = (await read(town, "/o/mairie"))["icon"]["url"]

    assert before != after
    shown = await picture(town, after)
    assert shown.getpixel((200, 200)) == (120, 0, 0)
    assert shown.getpixel((200, 60)) == (255, 255, 255)  # as wide as it is, not stretched


async def test_nobody_else_has_a_picture(town: Site) -> None:
    await town.link_for("ana")
    for path in ("/o/ana/icon.png", "/c/mairie/icon.png", "/o/none/icon.png"):
        assert (await town.browser().get(path)).status == 404
    assert "icon" not in await read(town, "/u/ana")


@pytest.mark.parametrize(
    ("language", "names"),
    [
        ("fr", ["Organisation", "Dates", "Participer", "Licence", "Site"]),
        ("es-AR", ["Organiza", "Fechas", "Participar", "Licencia", "Sitio web"]),
        ("de", ["Organiser", "Dates", "Take part", "Licence", "Website"]),
    ],
)
async def test_the_table_of_a_consultation_says_who_when_and_how(
    site: Site, language: str, names: list[str]
) -> None:
    await publish(site, language=language)
    fields = (await read(site, "/c/quais"))["attachment"]

    assert [field["name"] for field in fields] == names
    assert {field["type"] for field in fields} == {"PropertyValue"}
    values = [field["value"] for field in fields]
    assert f'href="{site.base_url}/o/mairie"' in values[0]
    assert SPAN["opens"][:10] in values[1]
    assert SPAN["closes"][:10] in values[1]
    assert f'href="{site.base_url}/c/quais"' in values[2]
    assert f'href="{site.base_url}/terms"' in values[3]
    assert f'href="{site.base_url}"' in values[4]


async def test_the_table_of_an_organiser_says_how_to_take_part(town: Site) -> None:
    names = [field["name"] for field in (await read(town, "/o/mairie"))["attachment"]]
    assert names == ["Participer", "Licence", "Site"]


async def test_actors_say_who_may_list_them_and_what_they_are_called(town: Site) -> None:
    await town.link_for("ana")
    for path, allowed in (
        ("/c/quais", PUBLIC),
        ("/o/mairie", PUBLIC),
        ("/", PUBLIC),
        ("/u/ana", f"{town.base_url}/u/ana"),
    ):
        said = await read(town, path)
        assert said["interactionPolicy"] == {"canFeature": {"automaticApproval": [allowed]}}
        assert said["webfinger"] == f"{said['preferredUsername']}@{town.house.instance.host}"


async def test_forums_are_told_when_nobody_may_post(site: Site) -> None:
    span = {"opens": SPAN["opens"], "closes": SPAN["closes"]}
    await publish(site, phases=[{"kind": "discussion", **span}])
    assert (await read(site, "/c/quais"))["postingRestrictedToMods"] is True
    await publish(site, name="arbres", phases=[{"kind": "proposals", **span}])
    assert (await read(site, "/c/arbres"))["postingRestrictedToMods"] is False
    site.clock.advance(days=400)
    assert (await read(site, "/c/arbres"))["postingRestrictedToMods"] is True


async def test_nodeinfo_says_whether_anybody_may_join_and_who_is_active(town: Site) -> None:
    await town.signed_in("olga", Role.OPERATOR)
    await town.link_for("zoe")
    counted = []
    for days, sends_mail in ((0, True), (31, False), (150, True)):
        town.clock.advance(days=days)
        async with town.database.read() as connection:
            usage = await count_usage(
                connection, town.clock.now(), host="delib.example", sends_mail=sends_mail
            )
        counted.append((usage.users, usage.in_month, usage.in_half_year, usage.is_open))
    # Without mail an address cannot be shown to be somebody's: there one is invited (rule 6.1).
    assert counted == [(2, 1, 1, True), (2, 0, 1, False), (2, 0, 0, True)]


async def test_what_is_missing_is_told_to_programs_as_a_problem(town: Site) -> None:
    for path in ("/c/none", "/p/none", "/nowhere"):
        answer = await town.browser().get(path, accept=JSON)
        assert (answer.status, answer.headers["content-type"]) == (
            404,
            "application/problem+json",
        )
        assert json.loads(answer.text)["status"] == 404
