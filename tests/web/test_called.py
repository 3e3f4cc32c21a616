"""A name beside the handle, everywhere somebody is shown, as long as they are called so."""

import re
from typing import Any

import pytest
from sqlalchemy import insert, select, update

from dosfed.activitypub.tables import RemoteActors
from dosfed.deliberation.debate.tables import Arguments
from dosfed.deliberation.model import Role
from dosfed.deliberation.posts.tables import Posts
from dosfed.shown.arguments import anchor_of
from tests.conftest import START
from tests.web.conftest import IMPORT
from tests.web.keeping_up.test_digests import mails, reader, send
from tests.web.site import Browser, Site, path_of

NAME = "Émilie Dupré"
OPEN = {**IMPORT, "consultations": [IMPORT["consultations"][0] | {"needs_facilitator": False}]}
REMOTE = "https://m.example/u/x"


async def rename(browser: Browser, name: str) -> None:
    assert (await browser.submit("/account", "/account/name", display=name)).status == 200


async def say(browser: Browser, proposal: str, text: str, **more: Any) -> None:
    path = path_of(proposal)
    await browser.submit(path, f"{path}/arguments", text=text, stance="for", **more)


async def argument_of(site: Site, words: str) -> str:
    """Return the id of the argument that says something."""
    async with site.database.read() as connection:
        said = select(Arguments.id).where(Arguments.html.contains(words))
        return str((await connection.execute(said)).scalar_one())


async def propose(site: Site, browser: Browser) -> str:
    """Propose something, and return its path."""
    words: dict[str, Any] = {"title": "Une passerelle", "text": "Pour les piétons."}
    page = await browser.submit("/c/quais/propose", "/c/quais/proposals", **words)
    site.forget()
    return page.url.removeprefix(site.base_url).partition("?")[0]


@pytest.mark.rule("6.12")
async def test_pages_show_the_name_with_the_handle_beside_it_and_a_new_one_at_once(
    site: Site,
) -> None:
    proposals = await site.import_(OPEN)
    emilie = await site.signed_in("emilie")
    await rename(emilie, NAME)
    luis = await site.signed_in("luis")
    proposed = await propose(site, emilie)
    await say(emilie, proposals["quais"], "De l'air.")
    page = path_of(proposals["quais"])
    argument = await argument_of(site, "air")
    await luis.submit(page, f"{page}/co-sign", sign="1", version="1")
    await emilie.submit(page, f"{page}/co-sign", sign="1", version="1")
    await site.tick()

    places = {
        "a proposal": proposed,
        "a list": "/c/quais",
        "a debate": page,
        "an argument": path_of(argument),
        "co-signers": f"{page}/co-signers",
        "a profile": "/u/emilie",
        "a search": "/search?q=piétons",
    }
    for place, path in places.items():
        shown = await site.browser().get(path)
        assert f"{NAME} @emilie" in shown.words, place
    assert "@luis" in (await luis.get(f"{page}/co-signers")).words
    assert f"Reply to {NAME}" in (await luis.get(f"{page}?reply={anchor_of(argument)}")).words
    feed = await site.browser().get(f"{page}/feed.atom")
    assert f"<name>{NAME} (@emilie@" in feed.text

    await rename(emilie, "Зоя")

    for place, path in places.items():
        shown = await site.browser().get(path)
        assert "Зоя @emilie" in shown.words, place
        assert NAME not in shown.words, place


@pytest.mark.rule("6.12")
async def test_notices_and_emails_say_who_it_was_by_name(
    site: Site, proposals: dict[str, str]
) -> None:
    ana = await reader(site, "ana")
    await say(ana, proposals["quais"], "Oui.")
    site.clock.advance(hours=1)
    emilie = await site.signed_in("emilie")
    await rename(emilie, NAME)
    await say(emilie, proposals["quais"], "Et non.", in_reply_to=await argument_of(site, "Oui"))
    site.clock.advance(days=1)

    assert await send(site) >= 1
    _, text, _ = (await mails(site))["ana@mail.example"]
    assert f"{NAME} @emilie replied to your argument" in " ".join(text.split())
    assert f"{NAME} @emilie replied to your argument" in (await ana.get("/notices")).words
    debate = await ana.get(path_of(proposals["quais"]))
    assert f"{NAME} @emilie replying to @ana" in debate.words


@pytest.mark.rule("6.12")
async def test_the_team_reads_names_where_it_decides(site: Site, proposals: dict[str, str]) -> None:
    emilie, eva = await site.signed_in("emilie"), await site.signed_in("eva", Role.OPERATOR)
    await rename(emilie, NAME)
    await propose(site, emilie)
    await say(emilie, proposals["quais"], "De l'air.")
    page = path_of(proposals["quais"])
    path = path_of(await argument_of(site, "air"))
    await emilie.submit(page, f"{page}/report", text="Lisez.")
    await eva.submit(f"{path}/report", f"{path}/report", text="Lisez aussi.")

    assert f"{NAME} @emilie" in (await eva.get("/c/quais")).words
    reports = (await eva.get("/admin/reports")).words
    assert reports.count(f"{NAME} @emilie") == 2  # who reported, and who was reported
    assert f"{NAME} @emilie" in (await eva.get("/admin/people?q=Dupré")).words


@pytest.mark.rule("6.12")
@pytest.mark.parametrize(
    ("called", "shown"),
    [
        ("Zoë 🌱", "Zoë 🌱 @x@m.example"),
        ("Eva ✓ :verified:", "Eva @x@m.example"),
        ("A\u0301\u0301\u0301\u0301\u0301\u0301na", "A\u0301\u0301\u0301na @x@m.example"),
        ("نگار", "نگار @x@m.example"),
        ("<b>Bea</b>", "<b>Bea</b> @x@m.example"),
        ("x", "@x@m.example"),
        ("\u202e", "@x@m.example"),
    ],
)
async def test_somebody_of_another_server_deceives_nobody_by_a_name(
    site: Site, proposals: dict[str, str], called: str, shown: str
) -> None:
    await say(await site.signed_in("ana"), proposals["quais"], "Oui.")
    async with site.database.write() as connection:
        somebody = {"id": REMOTE, "host": "m.example", "type": "Person", "handle": "x"}
        kept = {"name": called, "inbox": f"{REMOTE}/inbox", "fetched_at": START}
        await connection.execute(insert(RemoteActors).values(**somebody, **kept))
        await connection.execute(
            update(Posts)
            .where(Posts.kind == "argument")
            .values(author=REMOTE, author_name="@x@m.example")
        )
    site.forget()

    page = await site.browser().get(path_of(proposals["quais"]))

    assert shown in page.words
    assert "<b>Bea" not in page.text
    assert re.search(
        r"<bdi>[^<]*</bdi> <span class=\"handle\"><bdi>@x@m.example</bdi>|"
        r"<bdi>@x@m.example</bdi>",
        page.text,
    )


@pytest.mark.rule("6.12")
async def test_what_an_organiser_entered_for_somebody_bears_that_name_alone(site: Site) -> None:
    argument = {"ref": "a", "text": "Des bancs.", "stance": "for", "by": "Bruno Petit"}
    proposal = {"ref": "p", "title": "Le dimanche", "by": "Léa Roy", "arguments": [argument]}
    consultation = {**IMPORT["consultations"][0], "proposals": [proposal]}
    ids = await site.import_({**IMPORT, "consultations": [consultation]})

    page = await site.browser().get(path_of(ids["p"]))

    assert "Bruno Petit" in page.words
    for name in ("Bruno Petit", "Léa Roy"):
        assert f"Ville de Sauveterre {name}" not in page.words
    assert 'class="handle"' not in page.text
