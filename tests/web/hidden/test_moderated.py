"""Proposals are reported by anybody, and hidden by those who may."""

import re
from typing import Any

import pytest
from sqlalchemy import select

from dosfed.deliberation.model import ActorId, Refusal, Refused, Role
from dosfed.deliberation.moderation.model import Hide, Report
from dosfed.deliberation.moderation.tables import Reports
from dosfed.deliberation.proposals.tables import Proposals
from tests.web.hidden.conftest import (
    REASON,
    WORD,
    Case,
)
from tests.web.mirrored import HOME, PROPOSAL, SHOWN, mirror
from tests.web.site import Site, path_of


async def test_a_report_is_made_once_and_upheld_by_a_moderator(case: Case) -> None:
    page = path_of(case.written)
    assert "Report this proposal" not in (await case.ana.get(page)).words
    assert "Report this proposal" in (await case.zoe.get(page)).words
    asked = await case.zoe.get(f"{page}/report")
    assert "The author is not told who made it." in asked.words
    assert 'name="pass_on"' not in asked.text
    empty = await case.zoe.submit(f"{page}/report", f"{page}/report", text=" \n ")
    assert (empty.status, "Please fill in this field." in empty.words) == (422, True)
    long = await case.zoe.submit(f"{page}/report", f"{page}/report", text="x" * 2_001)
    assert (long.status, "x" * 2_001 in long.text) == (422, True)
    for _ in range(2):
        thanked = await case.zoe.submit(f"{page}/report", f"{page}/report", text="Mon <adresse>")
        assert "The moderators will review it." in thanked.words
    assert await case.count(Reports.id) == 1
    assert "You do not need an account for this." in (await case.read(f"{page}/report")).words

    waiting = await case.moderator.get("/admin/reports")
    assert f"Proposal Un port à {WORD}" in waiting.words
    assert f"/authorize_interaction?uri={case.written}".replace(":", "%3A") in waiting.text.replace(
        "%2F", "/"
    )
    answered = await case.moderator.submit(
        "/admin/reports", "/admin/reports/1", answer="upheld", note=REASON, code="illegal"
    )
    assert "Report closed." in answered.words
    await case.site.tick()

    assert REASON in (await case.read(page)).words
    done = await case.moderator.get("/admin/reports?state=answered")
    assert "Hidden" in done.words
    assert "Show the proposal again" in done.words
    told = (await case.ana.get("/notices")).words
    assert "A moderator has hidden your proposal in Fermer les quais aux voitures ?" in told
    thanks = (await case.zoe.get("/notices")).words
    assert "The content you reported on Fermer les quais aux voitures ? has been hidden." in thanks
    assert "Illegal 0 1" in (await case.read("/moderation")).words


async def test_a_report_from_another_server_shows_and_links_the_proposal(case: Case) -> None:
    flag = Report(
        reporter=ActorId("https://masto.example/actor"),
        objects=(f"{case.site.base_url}/o/mairie", case.voted),
        text="",
    )
    await case.perform(flag, type="Flag")

    page = await case.moderator.get("/admin/reports")

    assert f"Proposal Rue de {WORD}" in page.words
    link = re.search(r'href="(/authorize_interaction\?uri=[^"]+)"', page.text)
    assert link is not None
    assert (await case.moderator.get(link[1])).url == case.voted
    assert "/admin/hide?object=" in page.text


async def test_the_page_of_the_moderator_shows_what_it_is_about(case: Case) -> None:
    page = f"/admin/hide?object={case.voted}"
    assert f"Elle va à {WORD}" in (await case.moderator.get(page)).words

    assert (await case.hide(case.voted, reason=" ")).status == 422
    long = await case.hide(case.voted, reason="x" * 1_001)
    assert (long.status, "x" * 1_001 in long.text) == (422, True)
    assert WORD in (await case.read(path_of(case.voted))).words
    hidden = await case.hide(case.voted)
    assert "Hidden. Your reason" in hidden.words
    assert f"Elle va à {WORD}" in hidden.words
    again = await case.hide(case.voted, reason="Autre chose.", code="hate")
    assert again.status == 200
    assert "Autre chose." in (await case.read(path_of(case.voted))).words
    assert "Hate against a group 0 1" in (await case.read("/moderation")).words


@pytest.mark.parametrize("uri", ["", "x", "https://x.example/p/1", "\u202e/p/"])
async def test_what_is_not_there_cannot_be_hidden(case: Case, uri: str) -> None:
    assert (await case.hide(uri)).status == 404
    assert (await case.moderator.get(f"/admin/hide?object={uri}")).status == 404


async def test_what_waits_cannot_be_hidden(case: Case) -> None:
    await case.ana.submit("/c/quais", "/c/quais/proposals", title="Autre", text="Oui.")
    async with case.site.database.read() as connection:
        waits = select(Proposals.id).where(Proposals.state == "waiting")
        proposal = (await connection.execute(waits)).scalar_one()

    assert (await case.hide(proposal)).status == 404


async def test_the_door_looks_at_the_role_itself(case: Case) -> None:
    assert (await case.zoe.get(f"/admin/hide?object={case.voted}")).status == 403
    for by in (case.citizen("zoe"), case.citizen("ana"), ActorId("https://x.example/c/quais")):
        command = Hide(id=case.voted, by=by, is_hidden=True, reason=REASON)
        with pytest.raises(Refused) as refused:
            await case.perform(command)
        assert refused.value.refusal is Refusal.NOT_ALLOWED

    assert WORD in (await case.read(path_of(case.voted))).words


async def test_a_mirror_s_page_reports_to_the_home_and_hides_for_itself(site: Site) -> None:
    await mirror(site)
    moderator = await site.signed_in("mod", Role.MODERATOR)
    luc = await site.signed_in("luc")
    title = "Cerrarla los domingos"

    asked = await luc.get(f"{SHOWN}/report")
    assert title in asked.words
    assert f"Also send it to {HOME}" in asked.words
    thanked = await luc.submit(f"{SHOWN}/report", f"{SHOWN}/report", text="No", pass_on="1")
    assert "The moderators will review it." in thanked.words
    assert thanked.url.partition("?")[0].endswith(SHOWN)

    hide: dict[str, Any] = {"object": PROPOSAL, "reason": REASON, "code": "other"}
    await moderator.submit("/admin/blocks", "/admin/hide", **hide)
    site.forget()
    for path in (SHOWN, f"/c/costanera@{HOME}", f"/c/costanera@{HOME}/tallies.json"):
        page = await luc.get(path)
        assert (page.status, title in page.text, "De acuerdo" in page.text) == (200, False, False)
    refused = await luc.submit(f"/c/costanera@{HOME}", f"{SHOWN}/ballot", option="De acuerdo")
    assert (refused.status, "A moderator has hidden" in refused.words) == (422, True)
