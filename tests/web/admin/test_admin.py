"""The team's pages: who sees them, and what an operator sets of the instance."""

from typing import Any

import pytest

from dosfed.accounts.site import SignUp, load_site
from dosfed.deliberation.model import Role
from dosfed.web import colours
from dosfed.web.site import SITE
from tests.web.pictures import bomb, picture
from tests.web.site import Answer, Browser, Site

MODERATED = ["/admin", "/admin/reports", "/admin/blocks", "/admin/blocks.csv"]
OPERATED = [
    "/admin/people",
    "/admin/invitations",
    "/admin/site",
    "/admin/languages",
    "/admin/texts",
    "/admin/texts/terms/fr",
    "/admin/deliveries",
    "/admin/mail",
]
MODERATORS_POST = [
    "/admin/blocks",
    "/admin/blocks/lift",
    "/admin/blocks/import",
    "/admin/blocks/import/confirm",
    "/admin/reports/1",
    "/admin/hide",
]
OPERATORS_POST = [
    "/admin/site",
    "/admin/site/logo",
    "/admin/site/logo/remove",
    "/admin/languages",
    "/admin/texts/terms/fr",
    "/admin/people",
    "/admin/invitations",
    "/admin/invitations/withdraw",
    "/admin/deliveries",
    "/admin/mail",
]
SETTINGS: dict[str, Any] = {
    "name": "Sauveterre décide",
    "contact": "mairie@sauveterre.example",
    "accent": "#8a1c2b",
    "accent_dark": "#f2a3ac",
    "sign_up": "invitation",
    "second_factor": "nobody",
    "conformity": "partial",
}


@pytest.fixture
async def operator(site: Site) -> Browser:
    """The browser of an operator."""
    return await site.signed_in("ana", Role.OPERATOR)


async def test_an_operator_sees_every_page(operator: Browser) -> None:
    for path in MODERATED + OPERATED:
        page = await operator.get(path)

        assert page.status == 200, path
        assert page.headers["cache-control"].startswith("private")
        assert len(page.text) < 60_000


@pytest.mark.parametrize("role", [Role.MODERATOR, Role.FACILITATOR, Role.ORGANISER])
async def test_who_moderates_sees_no_more_than_that(site: Site, role: Role) -> None:
    browser = await site.signed_in("mod", role)

    for path in MODERATED:
        assert (await browser.get(path)).status == 200
    for path in OPERATED:
        assert (await browser.get(path)).status == 403
    assert "/admin/people" not in (await browser.get("/admin")).text


async def test_nobody_else_sees_the_team_s_pages(site: Site) -> None:
    stranger, citizen = site.browser(), await site.signed_in("zoe")

    for path in MODERATED + OPERATED:
        assert "/sign-in?return_to=" in (await stranger.get(path)).url, path
        assert (await citizen.get(path)).status == 403, path


@pytest.mark.parametrize(
    ("role", "paths"),
    [(Role.CITIZEN, MODERATORS_POST + OPERATORS_POST), (Role.ORGANISER, OPERATORS_POST)],
)
async def test_a_form_of_the_wrong_role_changes_nothing(
    site: Site, role: Role, paths: list[str]
) -> None:
    browser = await site.signed_in("bo", role)

    for path in paths:
        sent = await browser.submit("/", path, **SETTINGS, user="x", target="bad.example")
        assert sent.status == 403, path
    assert site.app[SITE].site.name == site.house.instance.host


async def test_a_form_without_its_token_changes_nothing(operator: Browser) -> None:
    for path in MODERATORS_POST + OPERATORS_POST:
        assert (await operator.post(path, list(SETTINGS.items()))).status == 403, path


async def save(operator: Browser, **changed: str) -> Answer:
    return await operator.submit("/admin/site", "/admin/site", **{**SETTINGS, **changed})


async def test_name_and_colours_show_on_every_page_at_once(site: Site, operator: Browser) -> None:
    saved = await save(operator)
    home = await site.browser(language="fr").get("/")
    path = home.text.partition('href="/theme.css')[2].partition('"')[0]
    theme = await site.browser().get(f"/theme.css{path}")

    assert "Saved." in saved.words
    assert "Sauveterre décide" in home.text.partition("<title>")[2].partition("</title>")[0]
    assert "--accent:#8a1c2b" in theme.text
    assert theme.headers["content-type"].startswith("text/css")
    assert "immutable" in theme.headers["cache-control"]
    async with site.database.read() as connection:
        kept = await load_site(connection, "x")
    assert kept.sign_up is SignUp.INVITATION
    assert kept.contact == "mairie@sauveterre.example"


async def test_the_theme_has_an_etag(site: Site, operator: Browser) -> None:
    await save(operator)
    browser = site.browser()
    first = await browser.get("/theme.css")

    async with browser.http.get(
        f"{site.base_url}/theme.css", headers={"If-None-Match": first.headers["etag"]}
    ) as again:
        assert again.status == 304
    assert first.headers["cache-control"] == "no-cache"


async def test_shipped_colours_are_not_kept_as_one_s_own(site: Site, operator: Browser) -> None:
    await save(operator, accent=colours.SHIPPED["light"], accent_dark=colours.SHIPPED["dark"])

    assert site.app[SITE].site.accent is None
    assert "theme.css" not in (await site.browser().get("/")).text


WRONG = [
    ("name", ""),
    ("name", " \n\t "),
    ("name", "x" * 61),
    ("contact", "nobody"),
    ("contact", "javascript:alert(1)"),
    ("contact", "a@b.example> <https://evil.example"),
    ("contact", "x" * 201),
    ("accent", "red"),
    ("accent", "#eeeeee"),
    ("accent_dark", "#222222"),
    ("accent", "#125760;}body{display:none}"),
    ("sign_up", "everybody"),
    ("conformity", ""),
    ("time_zone", "Europe/Atlantis"),
    ("time_zone", "../../etc/passwd"),
    ("time_zone", "UTC+2"),
]


async def test_what_cannot_be_set_is_shown_again_with_the_reason(
    site: Site, operator: Browser
) -> None:
    for field, value in WRONG:
        refused = await save(operator, **{field: value})

        assert refused.status == 422, (field, value)
        assert f'id="{field}-error"' in refused.text
        if field != "name":
            assert 'value="Sauveterre décide"' in refused.text
    assert site.app[SITE].site.name == site.house.instance.host


async def test_a_name_is_a_name_and_nothing_else(site: Site, operator: Browser) -> None:
    for name in ("<script>x</script>", "\u202edoc", "${host}", "{{ 919 * 919 }}", "*V* [x](y)"):
        await save(operator, name=name)
        about = await site.browser().get("/about")

        assert site.app[SITE].site.name == name
        assert "<script>" not in about.text
        assert "<em>V</em>" not in about.text
        assert "844561" not in about.words


async def test_a_logo_is_written_anew_and_replaced(site: Site, operator: Browser) -> None:
    current = site.app[SITE]
    first = await operator.upload("/admin/site", "/admin/site/logo", "logo", picture(400, 200))
    name = current.site.logo
    home = await site.browser().get("/")
    async with site.browser().http.get(f"{site.base_url}/media/{name}") as shown:
        kind, body = shown.headers["Content-Type"], await shown.read()
    await operator.upload("/admin/site", "/admin/site/logo", "logo", picture(100, 100, "WEBP"))

    assert first.status == 200
    assert f'src="/media/{name}" alt="" width="72" height="36"' in home.text
    assert (kind, body[:4]) == ("image/png", b"\x89PNG")
    assert current.site.logo != name
    assert (await site.browser().get(f"/media/{name}")).status == 404

    await operator.submit("/admin/site", "/admin/site/logo/remove")
    assert current.site.logo is None


async def test_what_is_no_picture_is_said_beside_the_field(site: Site, operator: Browser) -> None:
    wrong = {b"<svg/>": "Choose a picture", b"": "Choose a picture", bomb(): "too many pixels"}
    for raw, words in wrong.items():
        refused = await operator.upload("/admin/site", "/admin/site/logo", "logo", raw)

        assert refused.status == 422
        assert words in refused.words
    assert site.app[SITE].site.logo is None


async def test_a_file_beyond_a_megabyte_is_not_read(operator: Browser) -> None:
    sent = await operator.upload("/admin/site", "/admin/site/logo", "logo", b"x" * 1_200_000)

    assert sent.status == 413


async def test_nothing_but_the_logo_is_served_as_media(site: Site) -> None:
    for name in ("dosfed.sqlite3", "..%2fdosfed.sqlite3", "logo-x.png"):
        assert (await site.browser().get(f"/media/{name}")).status == 404


async def test_languages_are_offered_and_chosen(site: Site, operator: Browser) -> None:
    form: dict[str, Any] = {"languages": ["es", "fr"], "language": "es"}
    await operator.submit("/admin/languages", "/admin/languages", **form)

    english = await site.browser(language="en").get("/")
    french = await site.browser(language="fr").get("/?lang=en")
    assert '<html lang="es"' in english.text
    assert '<html lang="fr"' in french.text
    assert 'hreflang="en"' not in french.text


async def test_at_least_one_language_stays(site: Site, operator: Browser) -> None:
    wrong: list[dict[str, Any]] = [
        {"language": "fr"},
        {"languages": "de", "language": "de"},
        {"languages": "fr"},
    ]
    for form in wrong:
        sent = await operator.submit("/admin/languages", "/admin/languages", **form)

        assert sent.status == 422, form
        assert 'id="languages-error"' in sent.text
    assert site.app[SITE].site.languages == ("fr", "es", "en")
