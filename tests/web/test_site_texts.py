"""What an instance owes its visitors, shipped and in an operator's own words."""

from typing import Any

import pytest

from dosfed.accounts.site import TextPage
from dosfed.deliberation.model import Role
from dosfed.web.languages import LANGUAGES
from tests.web.site import Browser, Site


@pytest.fixture
async def operator(site: Site) -> Browser:
    """The browser of an operator."""
    return await site.signed_in("ana", Role.OPERATOR)


@pytest.mark.parametrize("language", LANGUAGES)
async def test_every_text_comes_with_the_software(site: Site, language: str) -> None:
    browser = site.browser(language=language)
    for text in TextPage:
        page = await browser.get(f"/{text}")

        assert page.status == 200
        assert "$" not in page.words
        assert f'<div class="text" lang="{language}"' in page.text
        assert page.text.count("<h1>") == 1
        assert "<h2>" in page.text
        assert "<h4>" not in page.text
        assert len(page.words) > 1_200


async def test_an_operator_s_words_take_the_place_of_the_shipped_ones(
    site: Site, operator: Browser
) -> None:
    path, reader = "/admin/texts/about/fr", site.browser(language="fr")
    shipped = (await reader.get("/about")).words

    published = await operator.submit(path, path, text="## Nous\n\nLa *ville* <script>x</script>")
    own = await reader.get("/about")

    assert "The text has been published." in published.words
    assert "<h2>Nous</h2>" in own.text
    assert "<em>ville</em>" in own.text
    assert "<script>" not in own.text
    assert "your own" in (await operator.get("/admin/texts")).words

    reset = await operator.submit(path, path, text="kept?", reset="1")
    assert "shown again" in reset.words
    assert (await reader.get("/about")).words == shipped


async def test_words_in_one_language_stand_in_for_the_others(site: Site, operator: Browser) -> None:
    path = "/admin/texts/terms/es"
    await operator.submit(path, path, text="Solo en castellano.")

    page = await site.browser(language="fr").get("/terms")

    assert "Solo en castellano." in page.words
    assert '<div class="text" lang="es"' in page.text


async def test_a_text_beyond_measure_is_shown_again(site: Site, operator: Browser) -> None:
    path = "/admin/texts/privacy/en"
    refused = await operator.submit(path, path, text="x" * 50_001)

    assert refused.status == 422
    assert "x" * 50_001 in refused.text
    assert "xxx" not in (await site.browser().get("/privacy")).words


async def test_unknown_texts_and_languages_are_not_there(operator: Browser) -> None:
    assert (await operator.get("/admin/texts/imprint/fr")).status == 404
    assert (await operator.get("/admin/texts/about/de")).status == 404


async def test_the_declared_conformity_is_said_where_the_law_wants_it(
    site: Site, operator: Browser
) -> None:
    form: dict[str, Any] = {
        "name": "Ville",
        "contact": "https://ville.example/contact",
        "accent": "#125760",
        "accent_dark": "#7cc7c9",
        "sign_up": "open",
        "second_factor": "nobody",
        "conformity": "partial",
    }
    await operator.submit("/admin/site", "/admin/site", **form)

    page = await site.browser().get("/accessibility")

    assert "partially conforming with" in page.words
    assert 'href="https://ville.example/contact"' in page.text
