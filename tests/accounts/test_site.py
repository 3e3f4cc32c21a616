"""What an instance calls itself, as it is kept."""

from dataclasses import replace

from dosfed.accounts.site import (
    LANGUAGES,
    Conformity,
    SignUp,
    Site,
    TextPage,
    load_site,
    load_texts,
    save_site,
    save_text,
)
from dosfed.storage.engine import Database
from dosfed.web import languages
from dosfed.web.site import CurrentSite

WHOLE = Site(
    name="Sauveterre décide",
    accent="#8a1c2b",
    accent_dark="#f2a3ac",
    logo="logo-1.png",
    logo_width=72,
    sign_up=SignUp.INVITATION,
    languages=("es", "fr"),
    language="es",
    contact="mairie@sauveterre.example",
    conformity=Conformity.PARTIAL,
)


async def test_a_new_instance_is_called_by_its_host(database: Database) -> None:
    async with database.read() as connection:
        assert await load_site(connection, "delib.example") == Site(name="delib.example")


async def test_everything_that_is_set_is_kept_and_can_be_taken_back(database: Database) -> None:
    async with database.write() as connection:
        await save_site(connection, WHOLE)
        kept = await load_site(connection, "x")
        await save_site(connection, replace(WHOLE, logo=None, accent=None))
        changed = await load_site(connection, "x")

    assert kept == WHOLE
    assert (changed.logo, changed.accent) == (None, None)


async def test_what_another_process_set_is_news_once(database: Database) -> None:
    current = CurrentSite(Site(name="x"))
    async with database.write() as connection:
        await save_site(connection, WHOLE)

        assert await current.load(connection, "x")
        assert not await current.load(connection, "x")
    assert current.site == WHOLE
    assert current.theme is not None


async def test_texts_are_kept_by_page_and_language(database: Database) -> None:
    async with database.write() as connection:
        await save_text(connection, TextPage.TERMS, "fr", "Règles")
        await save_text(connection, TextPage.ABOUT, "fr", "Nous")
        await save_text(connection, TextPage.ABOUT, "en", "We")
        await save_text(connection, TextPage.ABOUT, "en", " \n ")

        assert await load_texts(connection, TextPage.ABOUT) == {"fr": "Nous"}
        assert await load_texts(connection, TextPage.PRIVACY) == {}
        assert await load_site(connection, "x") == Site(name="x")


def test_the_pages_speak_every_language_that_can_be_offered() -> None:
    assert tuple(languages.LANGUAGES) == LANGUAGES
