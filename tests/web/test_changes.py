"""A consultation changes while people read it: by its organisers alone, and never in secret."""

import asyncio
import re
from datetime import UTC, datetime
from typing import Any

import orjson
import pytest
from sqlalchemy import delete, insert, select, update

from dosfed.accounts.tables import Notices
from dosfed.activitypub.tables import Outbox
from dosfed.deliberation.consultations.tables import Consultations
from dosfed.deliberation.model import Role
from dosfed.deliberation.proposals.tables import Proposals
from dosfed.deliberation.team.tables import ConsultationTeam
from dosfed.deliberation.votes.tables import Boosts, Polls, Tallies
from tests.ticking import take_turn
from tests.web.conftest import IMPORT, SPAN
from tests.web.site import JSON, Answer, Browser, Site, path_of

PLACE = "/c/quais"
MANAGE = f"{PLACE}/manage"
HIDDEN = re.compile(r'<input type="hidden" name="((?:was-[^"]+)|edition)" value="([^"]*)">')
PHASES = [
    {"kind": "proposals", "opens": SPAN["opens"], "closes": "2026-06-01T00:00:00Z"},
    {"kind": "voting", "opens": "2026-06-01T00:00:00Z", "closes": SPAN["closes"]},
]


@pytest.fixture
async def quays(site: Site) -> dict[str, str]:
    """The proposals of a consultation with phases."""
    one = {**IMPORT["consultations"][0], "phases": PHASES}
    return await site.import_({**IMPORT, "consultations": [one]})


async def change(browser: Browser, form: str, opened: Answer | None = None, **typed: Any) -> Answer:
    """Fill in a form of the page and send it, untouched fields as they were."""
    opened = opened or await browser.get(MANAGE)
    fields: dict[str, Any] = {}
    for name, value in HIDDEN.findall(opened.text):
        fields[name] = value
        if name.startswith("was-"):
            fields[name.removeprefix("was-")] = value
    return await browser.submit(MANAGE, f"{MANAGE}/{form}", **{**fields, **typed})


async def words(answer: Answer, *said: str) -> None:
    assert answer.status == 200
    for one in said:
        assert one in answer.words


@pytest.mark.rule("10.1", "10.2", "10.8")
@pytest.mark.usefixtures("quays")
async def test_texts_change_with_a_line_in_the_history(site: Site) -> None:
    reader = await site.signed_in("ana")
    await reader.submit(PLACE, "/subscriptions", target=f"{site.base_url}{PLACE}", subscribe="1")
    team = await site.signed_in("team", Role.ORGANISER)
    done = await change(team, "words", title="Les quais", reason="Plus court.")

    await words(done, "The change has been published")
    await words(await site.browser().get(PLACE), "Les quais", "History of changes")
    history = await site.browser().get(f"{PLACE}/history")
    await words(history, "Title changed", "Organiser", "Plus court.", "Fermer", "[removed:")
    assert "team" not in history.words.partition("Title changed")[2].partition("Plus court")[0]
    feed = await site.browser().get(f"{PLACE}/history.atom")
    assert "<title>Titre modifié</title>" in feed.text
    group = orjson.loads((await site.browser().get(PLACE, accept=JSON)).text)
    assert group["name"] == "Les quais"
    async with site.database.read() as connection:
        told = (await connection.execute(select(Notices.kind, Notices.title))).all()
        rows = await connection.execute(select(Outbox.actor, Outbox.body))
        updates = [row.actor for row in rows if orjson.loads(row.body)["type"] == "Update"]
    assert told == [("changed", "Les quais")]
    assert sorted(updates) == [f"{site.base_url}{PLACE}", f"{site.base_url}/o/mairie"]


@pytest.mark.rule("5.2", "10.2")
@pytest.mark.usefixtures("quays")
async def test_nobody_but_organisers_changes_a_consultation(site: Site) -> None:
    team = await site.signed_in("team", Role.ORGANISER)
    opened = await team.get(MANAGE)
    for name, role in (("ana", Role.CITIZEN), ("fac", Role.FACILITATOR)):
        browser = await site.signed_in(name, role)
        assert (await browser.get(MANAGE)).status == 403
        fields = dict(HIDDEN.findall(opened.text))
        for form in ("words", "dates", "open", "close"):
            sent = await browser.submit(PLACE, f"{MANAGE}/{form}", **fields, reason="Pourquoi ?")
            assert sent.status == 403
    assert "Sign in" in (await site.browser().get(MANAGE)).words
    assert (await team.get("/c/nulle/manage")).status == 404


@pytest.mark.rule("10.2")
@pytest.mark.usefixtures("quays")
async def test_a_form_without_words_keeps_what_was_typed(site: Site) -> None:
    team = await site.signed_in("team", Role.ORGANISER)
    cases: list[tuple[dict[str, Any], str]] = [
        ({"title": "  "}, "words-title-error"),
        ({"title": "x" * 201}, "words-title-error"),
        ({"summary": "x" * 20_001}, "words-summary-error"),
        ({"reason": "x" * 10_000}, "words-reason-error"),
        ({"organiser_title": " "}, "words-organiser_title-error"),
    ]
    for typed, field in cases:
        again = await change(team, "words", **typed)
        assert again.status == 422
        assert f'id="{field}"' in again.text
        assert next(iter(typed.values())).strip() in again.text
    await words(await site.browser().get(f"{PLACE}/history"), "Nothing has been changed.")


@pytest.mark.rule("10.2")
@pytest.mark.usefixtures("quays")
async def test_documents_and_texts_of_phases_change(site: Site) -> None:
    team = await site.signed_in("team", Role.ORGANISER)
    link = "https://sauveterre.example/plan.pdf Le plan"
    typed: dict[str, Any] = {"documents": link, "phase-0-title": "Vos idées"}
    await words(await change(team, "details", **typed), "The change has been published")

    await words(await site.browser().get(PLACE), "Le plan", "Vos idées")
    history = await site.browser().get(f"{PLACE}/history")
    await words(history, "Documents changed", "Texts of phases changed", "Vos idées")
    for wrong in ("javascript:alert(1) Le plan", "https://sauveterre.example/plan.pdf"):
        again = await change(team, "details", documents=wrong)
        assert again.status == 422
        assert 'id="details-documents-error"' in again.text


@pytest.mark.rule("10.3", "10.7")
async def test_ends_move_later_with_a_reason(site: Site, quays: dict[str, str]) -> None:
    team = await site.signed_in("team", Role.ORGANISER)
    poll = f"poll-{quays['quais']}"
    moved: dict[str, Any] = {poll: "2026-08-01T00:00"}
    without = await change(team, "dates", **moved)
    assert without.status == 422
    assert 'id="dates-reason-error"' in without.text
    assert 'value="2026-08-01T00:00"' in without.text

    done = await change(team, "dates", **moved, reason="Trop court.")
    await words(done, "The change has been published")
    question = orjson.loads((await site.browser().get(path_of(quays["quais"]), accept=JSON)).text)
    assert question["endTime"] == "2026-08-01T00:00:00Z"
    history = await site.browser().get(f"{PLACE}/history")
    await words(history, "Dates of a vote moved", "Fermer les quais", "Trop court.")
    async with site.database.read() as connection:
        boosted = select(Boosts.next_at).where(Boosts.proposal == quays["quais"])
        next_at = (await connection.execute(boosted)).scalar_one()
        rows = (await connection.execute(select(Outbox.body))).scalars()
        ends = [
            said["object"]["endTime"]
            for body in rows
            if (said := orjson.loads(body or b"{}"))["type"] == "Update"
            and said["object"].get("endTime")
        ]
    assert next_at == datetime(2026, 7, 30, tzinfo=UTC)
    assert ends == ["2026-08-01T00:00:00Z"]


@pytest.mark.rule("10.3")
@pytest.mark.parametrize(
    ("name", "value", "why"),
    [
        ("closes", "2026-12-01T00:00", "only move later"),
        ("closes", "2101-01-01T00:00", "between 2000 and 2100"),
        ("closes", "demain", "between 2000 and 2100"),
        ("phase-0-closes", "2027-02-01T00:00", "These dates cross"),
        ("phase-0-opens", "2026-05-02T00:00", "has passed"),
        ("phase-1-opens", "2027-01-01T00:00", "These dates cross"),
        ("phase-1-opens", "2026-05-02T00:00", "only move later"),
        ("poll", "2027-02-01T00:00", "These dates cross"),
        ("poll", "2026-06-01T00:00", "only move later"),
    ],
)
async def test_dates_that_cross_or_come_earlier_are_refused(
    site: Site, quays: dict[str, str], name: str, value: str, why: str
) -> None:
    team = await site.signed_in("team", Role.ORGANISER)
    field = f"poll-{quays['quais']}" if name == "poll" else name
    moved: dict[str, Any] = {field: value, "reason": "Parce que."}
    answer = await change(team, "dates", **moved)

    assert answer.status == 422
    assert why in answer.words
    assert "Parce que." in answer.text
    await words(await site.browser().get(f"{PLACE}/history"), "Nothing has been changed.")


@pytest.mark.rule("10.3")
@pytest.mark.usefixtures("quays")
async def test_what_is_over_stays_over(site: Site) -> None:
    team = await site.signed_in("team", Role.ORGANISER)
    opened = await team.get(MANAGE)
    site.clock.moment = datetime(2027, 1, 1, tzinfo=UTC)
    team = await site.signed_in("later", Role.ORGANISER)
    answer = await change(team, "dates", opened, closes="2027-06-01T00:00", reason="Encore.")

    assert answer.status == 422
    assert "Dates" not in (await team.get(MANAGE)).words


@pytest.mark.rule("10.4")
async def test_a_consultation_opens_by_hand_before_its_date(site: Site) -> None:
    soon = {"opens": "2026-06-01T00:00:00Z", "closes": "2026-09-01T00:00:00Z"}
    phases = [{"kind": "proposals", **soon}]
    poll = {"method": "agree", "opens": soon["opens"], "closes": "2026-08-01T00:00:00Z"}
    proposals = [{"ref": "a", "title": "Un vote", "text": "", "poll": poll}]
    one = {**IMPORT["consultations"][0], **soon, "phases": phases, "proposals": proposals}
    await site.import_({**IMPORT, "consultations": [one]})
    team = await site.signed_in("team", Role.ORGANISER)
    await words(await change(team, "open"), "The change has been published")

    await words(await site.browser().get(PLACE), "Give your arguments")
    await words(await site.browser().get(f"{PLACE}/history"), "Opened before its date")
    async with site.database.read() as connection:
        assert (await connection.execute(select(Polls.opens))).scalar_one() == site.clock.now()
    again = await change(team, "open")
    assert again.status == 422
    assert "already begun" in again.words


@pytest.mark.rule("10.5")
async def test_a_consultation_with_votes_ends_no_earlier(site: Site, quays: dict[str, str]) -> None:
    team = await site.signed_in("team", Role.ORGANISER)
    ana = await site.signed_in("ana")
    opened = await team.get(MANAGE)
    place = path_of(quays["trace"])
    await ana.submit(place, f"{place}/ballot", option="Nord")
    answer = await change(team, "close", opened, reason="Tout est dit.")

    assert answer.status == 422
    assert "no earlier than announced" in answer.words
    assert "Give your arguments" in (await site.browser().get(PLACE)).words


@pytest.mark.rule("10.5")
@pytest.mark.usefixtures("quays")
async def test_a_consultation_without_votes_closes_by_hand(site: Site) -> None:
    team = await site.signed_in("team", Role.ORGANISER)
    assert (await change(team, "close")).status == 422  # no reason
    await words(await change(team, "close", reason="Tout est dit."), "has been published")

    await words(await site.browser().get(PLACE), "This consultation closed on")
    await words(await site.browser().get(f"{PLACE}/history"), "Closed before its date")
    async with site.database.read() as connection:
        ends = set((await connection.execute(select(Polls.closes))).scalars())
    assert ends == {site.clock.now()}


@pytest.mark.rule("10.6")
async def test_a_withdrawn_consultation_keeps_its_pages_and_has_no_result(
    site: Site, quays: dict[str, str]
) -> None:
    team = await site.signed_in("team", Role.ORGANISER)
    ana = await site.signed_in("ana")
    place = path_of(quays["trace"])
    await ana.submit(place, f"{place}/ballot", option="Nord")
    await take_turn(site.database, site.house, site.clock.now())
    proposing: dict[str, Any] = {
        "title": "Des bancs",
        "text": "Partout.",
        "tags": "",
        "language": "fr",
    }
    await ana.submit(f"{PLACE}/propose", f"{PLACE}/proposals", **proposing)
    async with site.database.read() as connection:
        waits = select(Proposals.id).where(Proposals.title == "Des bancs")
        waiting = path_of((await connection.execute(waits)).scalar_one())

    assert (await change(team, "withdraw")).status == 422  # no reason
    done = await change(team, "withdraw", reason="Le projet est abandonné.")
    await words(done, "can no longer change")
    page = await site.browser().get(PLACE)
    await words(page, "has been withdrawn", "Le projet est abandonné.", "Fermer les quais")
    await words(await site.browser().get(place), "this vote has no result")
    await words(await site.browser().get(f"{PLACE}/history"), "Consultation withdrawn")
    question = orjson.loads((await site.browser().get(place, accept=JSON)).text)
    assert "closed" in question
    assert "a pas de résultat" in question["content"]
    assert question["votersCount"] == 0
    assert question["dosfed:tally"] == "withdrawn"
    group = orjson.loads((await site.browser().get(PLACE, accept=JSON)).text)
    assert group["dosfed:withdrawn"] == "Le projet est abandonné."

    for action, typed in (
        (f"{place}/ballot", {"option": "Sud"}),
        (f"{place}/arguments", {"text": "Oui.", "stance": "for"}),
    ):
        fields: dict[str, Any] = {**typed}
        assert (await ana.submit("/account", action, **fields)).status == 422
    await team.submit("/account", f"{waiting}/accept", version="1")
    assert "Des bancs" not in (await site.browser().get(PLACE)).words
    async with site.database.read() as connection:
        erase_at = select(Polls.erase_at).where(Polls.id == quays["trace"])
        assert (await connection.execute(erase_at)).scalar_one() == site.clock.now()
        counts = select(Tallies.counts).where(Tallies.poll == quays["trace"])
        assert (await connection.execute(counts)).scalar_one() is None


@pytest.mark.rule("10.6")
@pytest.mark.usefixtures("quays")
async def test_what_was_withdrawn_changes_no_more(site: Site) -> None:
    team = await site.signed_in("team", Role.ORGANISER)
    opened = await team.get(MANAGE)
    async with site.database.write() as connection:
        now = site.clock.now()
        await connection.execute(update(Consultations).values(withdrawn_at=now))
    answer = await change(team, "words", opened, title="Autre")

    assert answer.status == 422
    assert "nothing more can be added" in answer.words


@pytest.mark.rule("10.1")
@pytest.mark.usefixtures("quays")
async def test_the_second_of_two_sees_what_the_first_changed(site: Site) -> None:
    first = await site.signed_in("first", Role.ORGANISER)
    second = await site.signed_in("second", Role.ORGANISER)
    opened = await second.get(MANAGE)
    await change(first, "words", title="Le titre de la première")
    answer = await change(second, "words", opened, title="Le titre du second", reason="Mieux.")

    assert answer.status == 422
    assert "Somebody changed this while you were writing" in answer.words
    await words(await site.browser().get(f"{PLACE}/history"), "Le titre de la première")
    for kept in ('value="Le titre du second"', "Le titre de la première", "Mieux."):
        assert kept in answer.text
    done = await change(second, "words", answer, title="Le titre du second")
    await words(done, "The change has been published")


@pytest.mark.rule("10.1")
@pytest.mark.usefixtures("quays")
async def test_what_the_second_did_not_touch_is_not_undone(site: Site) -> None:
    first = await site.signed_in("first", Role.ORGANISER)
    second = await site.signed_in("second", Role.ORGANISER)
    opened = await second.get(MANAGE)
    await change(first, "words", title="Le titre de la première")
    answer = await change(second, "words", opened, summary="Un autre texte.")

    assert answer.status == 422
    assert 'name="title" type="text" maxlength="200" dir="auto" required value="Le titre de' in (
        answer.text
    )
    assert "Un autre texte." in answer.text


@pytest.mark.rule("10.1")
@pytest.mark.usefixtures("quays")
async def test_of_two_who_close_and_extend_at_once_one_is_told(site: Site) -> None:
    first = await site.signed_in("first", Role.ORGANISER)
    second = await site.signed_in("second", Role.ORGANISER)
    pages = await first.get(MANAGE), await second.get(MANAGE)
    answers = await asyncio.gather(
        change(first, "close", pages[0], reason="Fini."),
        change(second, "dates", pages[1], closes="2027-03-01T00:00", reason="Encore."),
    )

    assert sorted(answer.status for answer in answers) == [200, 422]
    history = await site.browser().get(f"{PLACE}/history")
    closed, extended = "Closed before its date" in history.words, "Encore." in history.words
    assert closed is not extended


@pytest.mark.usefixtures("quays")
async def test_a_mirrored_consultation_is_changed_at_its_home_alone(site: Site) -> None:
    team = await site.signed_in("team", Role.OPERATOR)
    opened = await team.get(MANAGE)
    async with site.database.write() as connection:
        await connection.execute(update(Consultations).values(home="ailleurs.example"))
    site.forget()
    assert (await team.get(MANAGE)).status == 404
    sent = await team.submit(
        PLACE, f"{MANAGE}/words", **dict(HIDDEN.findall(opened.text)), title="Autre"
    )
    assert sent.status == 404


@pytest.mark.rule("5.2", "5.11", "10.2")
@pytest.mark.usefixtures("quays")
async def test_an_organiser_of_one_consultation_changes_no_other(site: Site) -> None:
    other = {**IMPORT["consultations"][0], "name": "parc", "proposals": []}
    await site.import_({**IMPORT, "consultations": [other]})
    ana = await site.signed_in("ana")
    row = {
        "consultation": f"{site.base_url}{PLACE}",
        "user": f"{site.base_url}/u/ana",
        "role": Role.ORGANISER.value,
        "since": site.clock.now(),
    }
    async with site.database.write() as connection:
        await connection.execute(insert(ConsultationTeam).values(row))
    opened = await ana.get(MANAGE)
    assert "Name of the organiser" not in opened.words  # it stands in the other as well
    assert "Change this consultation" in (await ana.get(PLACE)).words
    fields: dict[str, Any] = dict(HIDDEN.findall(opened.text))
    renaming = await ana.submit(
        MANAGE, f"{MANAGE}/words", **fields, title="X", organiser_title="Moi"
    )
    assert renaming.status == 403
    await words(await change(ana, "words", title="Le nôtre"), "The change has been published")
    assert (await ana.get("/c/parc/manage")).status == 403
    for form in ("words", "dates", "open", "close", "withdraw"):
        sent = await ana.submit(MANAGE, f"/c/parc/manage/{form}", edition="1", reason="Non.")
        assert sent.status == 403

    async with site.database.write() as connection:
        await connection.execute(delete(ConsultationTeam))
    sent = await ana.submit(PLACE, f"{MANAGE}/words", **fields, title="Encore")
    assert sent.status == 403
