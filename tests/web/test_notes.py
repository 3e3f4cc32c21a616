"""Official notes: written by organisers, read by everybody, changed and withdrawn in the open."""

import json
import re
from typing import Any

import pytest
from sqlalchemy import insert, select

from dosfed.deliberation.consultations.history import load_history
from dosfed.deliberation.model import Role
from dosfed.deliberation.notes.tables import Notes, NoteVersions, Silences
from dosfed.deliberation.team.tables import ConsultationTeam
from tests.conftest import START
from tests.web.site import JSON, Answer, Browser, Site

PLACE = "/c/quais/notes"
ID = "abcdefgh01234567"
GOOD = {"title": "Réunion reportée", "text": "La salle est *fermée*."}
pytestmark = pytest.mark.usefixtures("proposals")


async def write(browser: Browser, *, token: str = ID, seen: str = "0", **changed: str) -> Answer:
    fields: dict[str, Any] = {"id": token, "seen": seen, **GOOD, **changed}
    return await browser.submit(PLACE, PLACE, **fields)


async def document(site: Site) -> tuple[int, dict[str, Any]]:
    answer = await site.browser().get(f"/n/{ID}", accept=JSON)
    return answer.status, json.loads(answer.text)


@pytest.mark.rule("8.11")
async def test_an_organiser_publishes_changes_and_withdraws_a_note(site: Site) -> None:
    team = await site.signed_in("team", Role.ORGANISER)
    published = await write(team)
    assert "The message has been published." in published.words
    page = await site.browser().get(f"/n/{ID}")
    assert "Réunion reportée" in page.words
    assert "<em>fermée</em>" in page.text
    assert "Ville de Sauveterre Organiser" in page.words
    assert "Réunion reportée" in (await site.browser().get("/c/quais")).words

    site.clock.advance(hours=1)
    await write(team, seen="1", text="La salle est ouverte.")
    page = await site.browser().get(f"/n/{ID}")
    assert "edited" in page.words
    assert "1 earlier version" in page.words
    assert "fermée" in page.words

    asked = await team.get(f"{PLACE}?withdraw={ID}")
    assert "Withdraw this message?" in asked.words
    without = await team.submit(PLACE, f"{PLACE}/withdraw", id=ID, reason=" ")
    assert without.status == 422
    await team.submit(PLACE, f"{PLACE}/withdraw", id=ID, reason="Erreur de date")
    page = await site.browser().get(f"/n/{ID}")
    assert page.status == 410
    assert "Erreur de date" in page.words
    assert "ouverte" not in page.words
    assert "Réunion reportée" not in (await site.browser().get("/c/quais")).words
    status, said = await document(site)
    assert (status, said["type"]) == (410, "Tombstone")
    async with site.database.read() as connection:
        assert (await connection.execute(select(NoteVersions.note))).all() == []
        (line,) = await load_history(connection, f"{site.base_url}/c/quais")
    assert (line.what, line.role, line.reason) == (
        "note-withdrawn",
        Role.ORGANISER,
        "Erreur de date",
    )
    assert (await write(team, seen="1", text="Encore")).status == 410


async def test_other_servers_read_a_note_and_the_feed_has_it(site: Site) -> None:
    await write(await site.signed_in("team", Role.ORGANISER))
    status, said = await document(site)

    assert status == 200
    assert said["type"] == "Note"
    assert said["dosfed:kind"] == "note"
    assert said["dosfed:title"] == "Réunion reportée"
    assert said["content"].startswith("<p><strong>Réunion reportée</strong></p>")
    assert "Pour participer" in said["content"]
    assert said["source"]["content"].startswith("Réunion reportée\n\nLa salle est *fermée*.")
    feed = await site.browser().get("/c/quais/feed.atom")
    assert f"{site.base_url}/n/{ID}</id>" in feed.text
    assert f'href="{site.base_url}/n/{ID}"' in feed.text
    share = await site.browser().get(f"/share?uri={site.base_url}/n/{ID}")
    assert "Réunion reportée" in share.words
    context = await site.browser().get("/c/quais/context?page=1", accept=JSON)
    assert f"/n/{ID}" in context.text


@pytest.mark.rule("8.11")
async def test_of_two_who_change_a_note_the_second_sees_what_the_first_wrote(site: Site) -> None:
    eva = await site.signed_in("eva", Role.ORGANISER)
    leo = await site.signed_in("leo", Role.ORGANISER)
    await write(eva)
    await write(eva, seen="1", text="Ce qu'Eva écrit.")
    second = await write(leo, seen="1", text="Ce que Léo écrit.")

    assert second.status == 422
    assert "Somebody changed this while you were writing" in second.words
    assert "Ce qu'Eva écrit." in second.words
    assert "Ce que Léo écrit." in second.words
    assert 'name="seen" value="2"' in second.text
    await write(leo, seen="2", text="Ce que Léo écrit.")
    assert "2 earlier versions" in (await site.browser().get(f"/n/{ID}")).words


async def test_a_form_sent_twice_makes_one_note(site: Site) -> None:
    team = await site.signed_in("team", Role.ORGANISER)
    for _ in range(2):
        assert (await write(team)).status == 200

    async with site.database.read() as connection:
        assert len((await connection.execute(select(Notes.id))).all()) == 1
        assert (await connection.execute(select(NoteVersions.note))).all() == []


@pytest.mark.rule("5.2", "8.11")
async def test_only_organisers_of_the_consultation_write(site: Site) -> None:
    for name, role in (("ana", Role.CITIZEN), ("fac", Role.FACILITATOR)):
        browser = await site.signed_in(name, role)
        assert "Write a message" not in (await browser.get(PLACE)).words
        assert (await write(browser)).status == 403
        voice = await browser.submit(PLACE, f"{PLACE}/voice", kind="opening")
        assert voice.status == 403
    assert (await site.browser().post(PLACE, list(GOOD.items()))).status == 403
    here = await site.signed_in("bea")
    async with site.database.write() as connection:
        row = {"consultation": f"{site.base_url}/c/quais", "user": f"{site.base_url}/u/bea"}
        await connection.execute(
            insert(ConsultationTeam).values(**row, role=Role.ORGANISER.value, since=START)
        )
    assert (await write(here)).status == 200
    ana = await site.signed_in("ana2")
    assert (await ana.submit(PLACE, f"{PLACE}/withdraw", id=ID, reason="x")).status == 403


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"title": " "}, "title"),
        ({"title": "x" * 201}, "title"),
        ({"text": " "}, "text"),
        ({"text": "x" * 20_001}, "text"),
    ],
)
async def test_a_bad_note_says_what_is_wrong_and_keeps_the_rest(
    site: Site, changed: dict[str, str], field: str
) -> None:
    team = await site.signed_in("team", Role.ORGANISER)
    answer = await write(team, **changed)

    assert answer.status == 422
    assert f'id="note-{field}-error"' in answer.text
    kept = GOOD["title"] if field == "text" else GOOD["text"]
    assert kept in answer.text


async def test_hostile_markdown_of_full_length_is_shown_as_text(site: Site) -> None:
    team = await site.signed_in("team", Role.ORGANISER)
    nasty = '<script>x</script> [a](javascript:alert(1)) ![p](https://x.example/p.png) "><b>'
    text = (nasty + "\n\n" + "> " * 9_000)[:20_000]
    await write(team, title='"><script>y</script>', text=text)

    for path in (f"/n/{ID}", PLACE, "/c/quais"):
        page = await site.browser().get(path)
        assert page.status == 200
        assert "<script>x" not in page.text
        assert "<script>y" not in page.text
        assert "javascript:" not in page.text.replace("](javascript:", "")
        assert "<img" not in page.text


async def test_people_who_follow_are_told_of_a_note(site: Site) -> None:
    team, ana = await site.signed_in("team", Role.ORGANISER), await site.signed_in("ana")
    target = f"{site.base_url}/c/quais"
    await ana.submit("/notices", "/subscriptions", target=target, subscribe="1")
    await write(team)

    notices = await ana.get("/notices")
    assert "The organiser of Fermer les quais aux voitures ? has published" in notices.words


@pytest.mark.rule("8.10")
async def test_an_organiser_chooses_what_the_clock_writes(site: Site) -> None:
    team = await site.signed_in("team", Role.ORGANISER)
    saved = await team.submit(PLACE, f"{PLACE}/voice", kind=["opening", "result"])
    assert "Saved." in saved.words
    assert len(re.findall(r'name="kind" value="\w+" checked', saved.text)) == 2

    async with site.database.read() as connection:
        rows = await connection.execute(select(Silences.kind).order_by(Silences.kind))
        assert list(rows.scalars()) == ["change", "ending", "phase"]
        (line,) = await load_history(connection, f"{site.base_url}/c/quais")
    assert (line.what, line.before, line.after) == ("voice", [], ["change", "ending", "phase"])


async def test_there_is_nothing_where_nothing_was_said(site: Site) -> None:
    assert (await site.browser().get("/n/0000000000000000")).status == 404
    assert (await site.browser().get("/c/none/notes")).status == 404
    team = await site.signed_in("team", Role.ORGANISER)
    gone = await team.submit(PLACE, f"{PLACE}/withdraw", id="0000000000000000", reason="x")
    assert gone.status == 404
    assert (await write(team, token="nothing")).status == 400
