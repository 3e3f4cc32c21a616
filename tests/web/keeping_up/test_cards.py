"""Share cards: what they show, where they are kept, what they are not drawn for."""

import io
from dataclasses import replace
from pathlib import Path

import aiohttp
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some
from PIL import Image
from sqlalchemy import update

from dosfed.context import SETTINGS
from dosfed.deliberation.proposals.tables import ProposalPosts
from dosfed.web.keeping_up.drawing import SIZE, TITLE_SIZES, Card, draw, fit, wrap, writable
from tests.web.site import Site, path_of

ACCENT = "#125760"


def card(title: str) -> Card:
    return Card(title=title, about="Ville de Sauveterre", site="Consulta", accent=ACCENT)


def files(site: Site) -> list[Path]:
    return list((site.app[SETTINGS].data_dir / "cards").iterdir())


async def test_a_proposal_has_a_card_that_is_drawn_once(
    site: Site, proposals: dict[str, str]
) -> None:
    path = f"{path_of(proposals['quais'])}/card.png"
    async with aiohttp.ClientSession() as http:
        url = f"http://127.0.0.1:{site.base_url.rpartition(':')[2]}{path}"
        first = await http.get(url)
        picture = Image.open(io.BytesIO(await first.read()))
        assert (picture.format, picture.size) == ("PNG", SIZE)
        assert first.headers["Cache-Control"].startswith("public")
        assert len(files(site)) == 1
        again = await http.get(url, headers={"If-None-Match": first.headers["ETag"]})
        assert again.status == 304
        for other in ("/c/quais/card.png", "/card.png"):
            answer = await http.get(url.replace(path, other))
            assert (answer.status, answer.content_type) == (200, "image/png")
        assert len(files(site)) == 3
        for none in ("/c/none/card.png", "/p/none/card.png"):
            assert (await http.get(url.replace(path, none))).status == 404


def test_a_card_has_the_logo_of_its_instance_in_the_place_of_the_mark(tmp_path: Path) -> None:
    Image.new("RGB", (300, 100), "#ff00ff").save(tmp_path / "logo.png")
    shown = replace(card("Un titre"), logo=str(tmp_path / "logo.png"))

    with_logo, without = draw(shown), draw(replace(shown, logo=str(tmp_path / "gone.png")))

    assert with_logo is not None
    assert without == draw(card("Un titre"))
    corner = Image.open(io.BytesIO(with_logo)).convert("RGB").getpixel((100, 85))
    assert corner == (255, 0, 255)


async def test_the_page_names_its_card(site: Site, proposals: dict[str, str]) -> None:
    for path in (path_of(proposals["quais"]), "/c/quais"):
        page = await site.browser().get(path)
        assert f'property="og:image" content="{site.base_url}{path}/card.png"' in page.text
        assert page.text.count('property="og:image"') == 1


async def test_what_the_font_cannot_write_gets_the_shipped_card(
    site: Site, proposals: dict[str, str]
) -> None:
    async with site.database.write() as connection:
        await connection.execute(
            update(ProposalPosts)
            .where(ProposalPosts.id == proposals["quais"])
            .values(title="日本語")
        )
    for _ in range(2):
        answer = await site.browser().get(f"{path_of(proposals['quais'])}/card.png", follow=False)
        assert answer.status == 302
        assert answer.headers["location"].startswith("/static/card.")


@pytest.mark.parametrize("title", ["", " ", "🌳🌳", "日本語のタイトル", "\u202e"])
def test_a_title_that_cannot_be_written_is_not_drawn(title: str) -> None:
    assert draw(card(title)) is None


@pytest.mark.parametrize(
    "title",
    ["Fermer les quais ?", "¿Más árboles? Ñandú", "x" * 200, "mot " * 50, "Ελλάδα", "Київ", "A🌳B"],
)
def test_any_title_of_our_scripts_is_drawn(title: str) -> None:
    body = draw(card(title))
    assert body is not None
    assert len(body) < 60_000


def test_marks_that_french_sets_apart_stay_with_their_word() -> None:
    assert writable("Les « quais » ?") == "Les «\u00a0quais\u00a0»\u00a0?"
    assert writable("a\u202e<b>\n\tc") == "a<b> c"


@given(some.text(max_size=120))
def test_lines_hold_all_words_and_none_is_too_long(text: str) -> None:
    line = " ".join(text.split())
    lines = wrap(line, lambda part: len(part) * 10.0, 200)
    assert "".join(lines).replace(" ", "") == line.replace(" ", "")
    assert all(len(part) <= 20 for part in lines)


@settings(max_examples=25, deadline=None)
@given(some.text(alphabet="abcdé Ñ?«»", min_size=1, max_size=200))
def test_a_title_always_fits(text: str) -> None:
    title = writable(text)
    if title:
        size, lines = fit(title)
        assert size in TITLE_SIZES
        assert 1 <= len(lines) <= 8
