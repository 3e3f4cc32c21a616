"""Consultations that live elsewhere, shown here under their home's name."""

import orjson
import pytest
from sqlalchemy import select, update

from dosfed.activitypub.tables import Outbox
from dosfed.deliberation.votes.tables import SentBallots
from tests.web.mirrored import CONSULTATION, HOME, PROPOSAL, SHOWN, mirror
from tests.web.site import JSON, Site


@pytest.fixture
async def mirrored(site: Site) -> Site:
    """A site that mirrors one consultation with one proposal."""
    await mirror(site)
    return site


async def test_it_is_shown_under_its_home_s_name(mirrored: Site) -> None:
    browser = mirrored.browser()

    home = await browser.get("/")
    consultation = await browser.get(f"/c/costanera@{HOME}")
    proposal = await browser.get(SHOWN)

    assert HOME in home.words
    assert f"Hosted by {HOME}" in consultation.words
    assert f'href="{SHOWN}"' in consultation.text
    assert "De acuerdo 7 70%" in proposal.words
    assert f'href="{CONSULTATION}"' in proposal.text
    assert proposal.headers["link"].startswith(f"<{PROPOSAL}>")


async def test_its_tallies_are_those_that_the_home_published(mirrored: Site) -> None:
    answer = await mirrored.browser().get(f"/c/costanera@{HOME}/tallies.json")

    (tally,) = orjson.loads(answer.text)["proposals"]
    assert tally["id"] == PROPOSAL
    assert [option["ballots"] for option in tally["options"]] == [7, 1, 2]
    assert tally["voters"] == 10


@pytest.mark.parametrize(
    ("path", "uri"), [(f"/c/costanera@{HOME}", CONSULTATION), (SHOWN, PROPOSAL)]
)
async def test_servers_are_sent_to_the_home_which_alone_answers(
    mirrored: Site, path: str, uri: str
) -> None:
    answer = await mirrored.browser().get(path, accept=JSON, follow=False)

    assert (answer.status, answer.headers["location"]) == (302, uri)


async def test_a_ballot_is_sent_and_the_page_says_what_became_of_it(mirrored: Site) -> None:
    ana = await mirrored.signed_in("ana")

    sent = await ana.submit(SHOWN, f"{SHOWN}/ballot", option="De acuerdo")
    waiting = await ana.get(SHOWN)
    async with mirrored.database.read() as connection:
        rows = (await connection.execute(select(Outbox.actor, Outbox.is_public))).all()
    answers = []
    for answer, reason in (("admitted", None), ("refused", "not-open"), ("refused", "<b>odd")):
        async with mirrored.database.write() as connection:
            await connection.execute(update(SentBallots).values(answer=answer, reason=reason))
        answers.append((await ana.get(SHOWN)).words)

    assert "Your vote has been sent to the site that hosts this consultation" in sent.words
    assert "has not answered yet" not in sent.words  # that it was sent is enough
    assert "Sent. The site that hosts this consultation has not answered yet" in waiting.words
    assert (mirrored.house.instance.citizen("ana"), False) in [tuple(row) for row in rows]
    assert "has counted it" in answers[0]
    assert "refused it: This vote is not open." in answers[1]
    assert "refused it: It was refused." in answers[2]


@pytest.mark.rule("1.14")
async def test_a_ballot_is_taken_back_at_its_home(mirrored: Site) -> None:
    ana = await mirrored.signed_in("ana")
    await ana.submit(SHOWN, f"{SHOWN}/ballot", option="De acuerdo")

    taken = await ana.submit(SHOWN, f"{SHOWN}/ballot/withdraw")
    async with mirrored.database.read() as connection:
        rows = await connection.execute(select(Outbox.body).order_by(Outbox.number))
        bodies = [body for body in rows.scalars() if body and b"/ballots/" in body]
        marked = (await connection.execute(select(SentBallots.activity))).scalar_one()
    waiting = await ana.get(SHOWN)
    async with mirrored.database.write() as connection:
        await connection.execute(update(SentBallots).values(answer="admitted"))
    answered = await ana.get(SHOWN)

    create, delete = (orjson.loads(body) for body in bodies)
    assert "has been asked to withdraw your vote" in taken.words
    assert "You have withdrawn your vote." not in taken.words  # once is enough
    assert "You have withdrawn your vote. Sent." in waiting.words
    assert (delete["type"], delete["object"]) == ("Delete", create["object"]["id"])
    assert delete["to"] == create["to"]
    assert marked == delete["id"]
    assert "The site that hosts this consultation has withdrawn it." in answered.words
    assert "Withdraw my vote" not in answered.words
    asked = await ana.submit(SHOWN, f"{SHOWN}/ballot/confirm", option="De acuerdo")
    assert "It replaces your earlier" not in asked.words


async def test_an_argument_is_written_here_and_shown_at_once(mirrored: Site) -> None:
    ana = await mirrored.signed_in("ana")

    page = await ana.submit(SHOWN, f"{SHOWN}/arguments", text="Buena idea", stance="for")

    assert page.status == 200
    assert "Buena idea" in page.words


@pytest.mark.parametrize(
    "path",
    [f"/c/other@{HOME}", f"/c/costanera@{HOME}/p/unknown", "/c/costanera@x/p/abcdefgh12345678"],
)
async def test_what_is_not_mirrored_is_not_there(mirrored: Site, path: str) -> None:
    assert (await mirrored.browser().get(path)).status == 404
    assert (await mirrored.browser().get(path, accept=JSON)).status == 404


async def test_a_citizen_who_arrives_from_another_page_is_led_to_the_mirror(
    mirrored: Site,
) -> None:
    ana = await mirrored.signed_in("ana")

    for uri, path in ((PROPOSAL, SHOWN), (CONSULTATION, f"/c/costanera@{HOME}")):
        page = await ana.get(f"/authorize_interaction?uri={uri}")
        assert page.url.endswith(path)
    assert (await ana.get("/authorize_interaction?uri=https://x.example/n/1")).status == 404
    assert (await ana.get("/authorize_interaction")).status == 404


async def test_it_is_found_and_leads_to_where_it_is_shown(mirrored: Site) -> None:
    await mirrored.tick()

    page = await mirrored.browser().get("/search?q=domingo")

    assert f'href="{SHOWN}"' in page.text
    assert HOME in page.words
