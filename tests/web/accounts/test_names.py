"""Names that people are shown with beside their handle, in any script."""

# ruff: noqa: RUF001 - letters that look alike are what this is about

import json
from typing import Any

import pytest
from sqlalchemy import insert, select

from dosfed.activitypub.tables import Actors, Deliveries, Followers, Outbox
from dosfed.deliberation.model import Role
from dosfed.web.services import RENAMES_PER_HOUR
from tests.conftest import START
from tests.web.accounts.test_sign_in import PASSWORD, add, sign_in
from tests.web.site import JSON, Answer, Browser, Site, path_of


async def rename(browser: Browser, name: str) -> Answer:
    return await browser.submit("/account", "/account/name", display=name)


@pytest.mark.rule("6.12")
@pytest.mark.parametrize("name", ["Émilie Dùbois", "Зоя", "王小明", "نگار\u200cا", "O'Neil"])
async def test_a_name_in_any_script_is_shown_beside_the_handle(site: Site, name: str) -> None:
    ana = await site.signed_in("ana")

    page = await rename(ana, name)

    assert "Name changed." in page.words
    document = await site.browser().get("/u/ana", accept=JSON)
    actor = json.loads(document.text)
    assert (actor["name"], actor["preferredUsername"]) == (name, "ana")
    profile = await site.browser().get("/u/ana")
    assert "@ana" in profile.words
    assert name.replace("'", "&#39;") in profile.text
    assert name == json.loads((await ana.get("/account/export")).text)["actor_names"][0]["name"]


@pytest.mark.rule("6.12")
async def test_an_empty_name_leaves_the_handle_alone(site: Site) -> None:
    ana = await site.signed_in("ana")
    await rename(ana, "Émilie")

    await rename(ana, " ")

    assert "Émilie" not in (await site.browser().get("/u/ana")).words


@pytest.mark.rule("6.12")
@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("x" * 10_000, "50 characters at most; yours has 10,000."),
        ("Ana\u202e", "an invisible character"),
        ("@ana@masto.example", "no @"),
        ("Ana ✓", "no @, emoji"),
        ("\u0410nna", "two alphabets"),
        ("Chief", "somebody who runs this site"),
        ("Moderation", "somebody who runs this site"),
        ("Vılle de Sauveterre", "somebody who runs this site"),  # an i without its dot
        ("\u0455\u043e\u0440\u0435", "looks the same"),
        ("<b>x</b>", "or other signs"),
    ],
)
async def test_what_deceives_comes_back_with_the_reason(
    site: Site, proposals: dict[str, str], name: str, words: str
) -> None:
    assert proposals  # of an organiser, Ville de Sauveterre
    await site.signed_in("chief", Role.OPERATOR)
    await site.signed_in("sope")
    ana = await site.signed_in("ana")

    page = await rename(ana, name)

    assert page.status == 422
    assert words in page.words
    assert "<b>x</b>" not in page.text
    assert 'aria-invalid="true"' in page.text
    assert (await called(site, "ana")) == "ana"


@pytest.mark.rule("6.12")
async def test_two_people_may_share_a_name(site: Site) -> None:
    for handle in ("marie", "marie2"):
        page = await rename(await site.signed_in(handle), "Marie Dupont")
        assert page.status == 200


@pytest.mark.rule("6.12")
async def test_what_no_text_can_hold_is_left_out_before(site: Site) -> None:
    ana = await site.signed_in("ana")

    await rename(ana, "Ém\x00ilie\x7f")

    assert await called(site, "ana") == "Émilie"


@pytest.mark.rule("6.12")
async def test_a_name_is_changed_ten_times_an_hour_and_then_later(site: Site) -> None:
    ana = await site.signed_in("ana")
    for number in range(RENAMES_PER_HOUR):
        assert (await rename(ana, f"Ana {number}")).status == 200
    assert (await rename(ana, "Ana ✓")).status == 429

    assert (await rename(ana, "Ana B")).status == 429
    site.clock.advance(seconds=3_601)
    assert (await rename(ana, "Ana B")).status == 200


@pytest.mark.rule("6.12")
async def test_those_who_know_somebody_are_sent_a_new_name_and_nothing_of_it_is_kept(
    site: Site, proposals: dict[str, str]
) -> None:
    ana, page = await site.signed_in("ana"), path_of(proposals["quais"])
    await ana.submit(page, f"{page}/arguments", text="Oui", stance="for")
    user, group = f"{site.base_url}/u/ana", f"{site.base_url}/c/quais"
    async with site.database.write() as connection:
        await connection.execute(
            insert(Followers),
            [follower(user, "m.example"), follower(group, "l.example")],
        )

    await rename(ana, "Émilie")

    async with site.database.read() as connection:
        posts = await connection.execute(
            select(Outbox.body, Outbox.is_public, Outbox.is_ephemeral).where(Outbox.actor == user)
        )
        rows = [row for row in posts if b'"Person"' in row.body]
        sent_to = select(Deliveries.inbox).where(Deliveries.actor == user)
        inboxes = set((await connection.execute(sent_to)).scalars())
    [row] = rows
    sent = json.loads(row.body)
    assert (sent["type"], sent["object"]["id"], sent["object"]["name"]) == (
        "Update",
        user,
        "Émilie",
    )
    assert (row.is_public, row.is_ephemeral) == (False, True)
    assert {f"https://{host}/inbox" for host in ("m.example", "l.example")} <= inboxes


def follower(actor: str, host: str) -> dict[str, Any]:
    return {
        "actor": actor,
        "follower": f"https://{host}/u/x",
        "follow_id": f"https://{host}/follow",
        "host": host,
        "inbox": f"https://{host}/u/x/inbox",
        "shared_inbox": f"https://{host}/inbox",
        "since": START,
    }


async def called(site: Site, handle: str) -> str:
    async with site.database.read() as connection:
        return (
            await connection.execute(select(Actors.name).where(Actors.handle == handle))
        ).scalar_one()


@pytest.mark.rule("6.12")
async def test_an_operator_takes_a_name_away(site: Site) -> None:
    chief = await site.signed_in("chief", Role.OPERATOR)
    ana = await site.signed_in("ana")
    await rename(ana, "Émilie")
    assert "Émilie" in (await chief.get("/admin/people")).words

    user = site.house.instance.citizen("ana")
    await chief.submit("/admin/people", "/admin/people", user=user, do="clear")

    assert "Émilie" not in (await chief.get("/admin/people")).words
    assert "Émilie" not in (await site.browser().get("/u/ana")).words


@pytest.mark.rule("6.12")
async def test_a_name_goes_with_the_account(site: Site) -> None:
    await add(site, "ana", "ana@example.org")
    ana = site.browser()
    await sign_in(ana, "ana")
    await rename(ana, "Émilie")

    await ana.submit("/account/delete", "/account/delete", name="ana", current=PASSWORD)

    async with site.database.read() as connection:
        names = set((await connection.execute(select(Actors.name))).scalars())
    assert "Émilie" not in names
