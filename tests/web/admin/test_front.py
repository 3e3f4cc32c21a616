"""The people of a place say on the home page what it is, in their words and with a picture."""

import io
import re
from typing import Any

import aiohttp
import pytest
from PIL import Image

from dosfed.deliberation.model import Role
from dosfed.web.uploads import LARGEST_PICTURE, BadPicture, make_picture
from tests.web.pictures import bomb, photograph, picture
from tests.web.site import TOKEN, Answer, Browser, Site

PLACE = "/admin/home"
SHOWN = re.compile(
    r'<img class="front" src="(/media/home-\w{16}\.webp)" alt="([^"]*)" width="(\d+)"'
)


@pytest.fixture
async def operator(site: Site) -> Browser:
    """The browser of an operator."""
    return await site.signed_in("ana", Role.OPERATOR)


async def send(browser: Browser, raw: bytes | None, **alts: str) -> Answer:
    """Send a picture with what it shows, by language."""
    found = TOKEN.search((await browser.get(PLACE)).text)
    assert found is not None
    data = aiohttp.FormData({"csrf": found[1]})
    for code, alt in alts.items():
        data.add_field(f"alt-{code}", alt)
    if raw is not None:
        data.add_field("picture", io.BytesIO(raw), filename="x", content_type="image/png")
    return await browser._ask("POST", f"{PLACE}/picture", data=data, follow=True)  # noqa: SLF001


async def test_words_stand_on_the_home_page_in_the_reader_s_language(
    site: Site, operator: Browser
) -> None:
    words: dict[str, Any] = {
        "words-fr": "## Bienvenue\n\nÀ *Sauveterre* <b>x",
        "words-es": "Bienvenidos",
    }
    saved = await operator.submit(PLACE, PLACE, **words)
    assert "Saved." in saved.words

    french = await site.browser(language="fr").get("/")
    assert "<em>Sauveterre</em> &lt;b&gt;x" in french.text
    assert "<h2>Bienvenue</h2>" in french.text
    assert re.search(r'name="description" content="Bienvenue', french.text)
    spanish = await site.browser(language="es").get("/")
    assert "Bienvenidos" in spanish.words
    english = await site.browser().get("/")
    assert 'lang="es"' in english.text
    assert "Bienvenidos" in english.words

    nothing: dict[str, Any] = dict.fromkeys(words, " ")
    await operator.submit(PLACE, PLACE, **nothing)
    assert "Read, argue, propose and vote" in (await site.browser().get("/")).words


async def test_words_that_are_too_long_are_shown_again(operator: Browser) -> None:
    words: dict[str, Any] = {"words-en": "x" * 5_001, "words-fr": "Ici"}
    answer = await operator.submit(PLACE, PLACE, **words)

    assert answer.status == 422
    assert 'id="words-en-error"' in answer.text
    assert ">Ici</textarea>" in answer.text


async def test_a_picture_is_written_anew_and_says_what_it_shows(
    site: Site, operator: Browser
) -> None:
    assert (await send(operator, photograph(), en="The bridge", fr="Le pont")).status == 200
    page = await site.browser().get("/")
    shown = SHOWN.search(page.text)
    assert shown is not None
    assert shown[2] == "The bridge"
    assert "Le pont" in (await site.browser(language="fr").get("/")).text
    assert 'alt="The bridge"' in (await site.browser(language="es").get("/")).text
    async with aiohttp.ClientSession() as http, http.get(site.base_url + shown[1]) as answer:
        body = await answer.read()
        assert answer.headers["Content-Type"] == "image/webp"
    assert b"Zoe Secret" not in body
    with Image.open(io.BytesIO(body)) as made:
        assert (made.format, made.width) == ("WEBP", int(shown[3]))
        assert not made.getexif()

    await send(operator, None, en="The old bridge")
    assert 'alt="The old bridge"' in (await site.browser().get("/")).text
    await operator.submit(PLACE, f"{PLACE}/picture/remove")
    assert 'class="front"' not in (await site.browser().get("/")).text
    assert (await site.browser().get(shown[1])).status == 404


async def test_a_picture_needs_words_and_words_a_picture(site: Site, operator: Browser) -> None:
    without = await send(operator, picture(), fr="Le pont")
    assert without.status == 422
    assert 'id="alt-en-error"' in without.text
    assert 'value="Le pont"' in without.text
    for raw in (None, b"", b"<svg/>", bomb(), picture()[:60]):
        answer = await send(operator, raw, en="The bridge")
        assert answer.status == 422
        assert 'id="picture-error"' in answer.text
        assert 'value="The bridge"' in answer.text
    assert 'class="front"' not in (await site.browser().get("/")).text


@pytest.mark.parametrize("path", [PLACE, f"{PLACE}/picture", f"{PLACE}/picture/remove"])
async def test_operators_alone_change_the_home_page(site: Site, path: str) -> None:
    organiser = await site.signed_in("zoe", Role.ORGANISER)
    assert (await organiser.get(PLACE)).status == 403
    assert (await organiser.submit("/account", path)).status == 403
    assert (await site.browser().post(path, [])).status == 403


def test_a_picture_is_as_large_as_a_page_is_wide() -> None:
    made = make_picture(picture(3_000, 2_000))
    assert (made.width, made.height) == (1_200, 800)
    wide = make_picture(picture(4_000, 500))
    assert (wide.width, wide.height) == (LARGEST_PICTURE[0], 200)
    with pytest.raises(BadPicture):
        make_picture(bomb(4_000, 3_000))


async def test_consultations_stand_by_what_one_can_do_with_them(
    site: Site, proposals: dict[str, str]
) -> None:
    assert proposals
    page = await site.browser().get("/")

    assert page.text.index('id="open-title"') < page.text.index("Fermer les quais aux voitures")
    assert "In all consultations of this site" in page.text
    assert "6 proposals" in page.words
    sorted_ = await site.browser().get("/?sort=newest")
    assert 'id="open-title"' not in sorted_.text
    assert "<h2 lang" in sorted_.text
