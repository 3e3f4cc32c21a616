"""A mirror that does not know how a vote is held, or who may know a ballot, sends people home."""

from typing import Any

import orjson
import pytest
from sqlalchemy import select

from dosfed.activitypub.reading import Malformed
from dosfed.acts.perform import perform_one
from dosfed.acts.submission import Submission
from dosfed.deliberation.model import ActorId, PollId, Refusal, Refused
from dosfed.deliberation.votes.methods.model import Names
from dosfed.deliberation.votes.model import CastBallot
from dosfed.deliberation.votes.tables import Polls, SentBallots
from dosfed.federation.seeing import see_post
from dosfed.instance import PUBLIC
from tests.conftest import START
from tests.web.mirrored import CONSULTATION, HOME, ORGANISER, PROPOSAL, SHOWN, mirror
from tests.web.site import Site

NAMES = ["De acuerdo", "Abstención", "En desacuerdo"]
AT_HOME = {
    "en": f"Vote on the site that hosts this consultation, {HOME}",
    "fr": f"site qui héberge cette consultation, {HOME}",
    "es": f"Vote en el sitio que aloja esta consulta, {HOME}",
}
PROMISES = {
    "en": "Your vote is confidential",
    "fr": "Votre vote est confidentiel",
    "es": "Su voto es confidencial",
}
CLOSED = {"dosfed:tally": "final", "closed": "2026-05-02T00:00:00Z"}


def question(**said: Any) -> dict[str, Any]:
    """Return what a home says of a proposal with a poll that has seven ballots, a Question."""
    options = [
        {"type": "Note", "name": name, "replies": {"type": "Collection", "totalItems": number}}
        for name, number in zip(NAMES, (4, 2, 1), strict=True)
    ]
    return {
        "id": PROPOSAL,
        "type": "Question",
        "attributedTo": ORGANISER,
        "to": [PUBLIC],
        "content": "<p>Todo el día.</p>",
        "contentMap": {"es": "<p>Todo el día.</p>"},
        "published": "2026-05-01T00:00:00Z",
        "endTime": "2027-04-01T00:00:00Z",
        "oneOf": options,
        "votersCount": 7,
        "dosfed:kind": "proposal",
        "dosfed:title": "Cerrarla los domingos",
        "dosfed:consultation": CONSULTATION,
        "dosfed:method": "agree",
        "dosfed:secrecy": "confidential",
        "dosfed:countsFrom": 0,
        "dosfed:tally": "shown",
        "dosfed:counted": "2026-06-01T00:00:00Z",
        **said,
    }


def note(**said: Any) -> dict[str, Any]:
    """Return the same as a text, as of a poll that no Question can carry."""
    bare = {key: value for key, value in question().items() if key != "oneOf"}
    return {**bare, "type": "Note", "dosfed:method": "schulze", **said}


UNKNOWN = [
    question(**{"dosfed:method": "quadratic"}),
    question(**{"dosfed:method": ["agree"]}),
    question(**{"dosfed:method": "agree\x00"}),
    question(**{"dosfed:method": "x" * 10_000}),
    question(**{"dosfed:method": "score"}),
    question(**{"dosfed:secrecy": "open"}),
    question(**{"dosfed:secrecy": None, "dosfed:terms": {"seats": 3}}),
    question(**{"dosfed:secrecy": {"a": "b"}}),
    question(**{"dosfed:terms": {str(n): n for n in range(10_000)}}),
    question(**{"dosfed:terms": {"seats": 1e308}}),
    question(**{"dosfed:method": "quadratic", "oneOf": []}),
    note(),
    note(**{"dosfed:options": NAMES, "dosfed:result": {"ballots": [4, 2, 1]}}),
    note(**{"dosfed:options": ["", 7, "x" * 5_000, *["a"] * 600]}),
    note(**CLOSED, **{"dosfed:method": None, "dosfed:secrecy": "open", "dosfed:options": NAMES}),
]


async def see(site: Site, document: dict[str, Any]) -> None:
    """Let the mirror see what the home says of its proposal."""
    async with site.database.write() as connection:
        await see_post(connection, document, site.house, by=ORGANISER, at=START)
    site.forget()


@pytest.fixture
async def bare(site: Site) -> Site:
    """A site that mirrors the consultation, and knows nothing of its proposal."""
    await mirror(site, has_proposal=False)
    return site


@pytest.fixture
async def mirrored(site: Site) -> Site:
    """A site that mirrors the consultation with its proposal, whose method it knows."""
    await mirror(site)
    return site


@pytest.mark.rule("1.12")
@pytest.mark.parametrize("document", UNKNOWN, ids=range(len(UNKNOWN)))
async def test_the_page_shows_the_text_and_says_to_vote_at_the_home(
    bare: Site, document: dict[str, Any]
) -> None:
    await see(bare, document)
    ana = await bare.signed_in("ana")

    for browser in (bare.browser(), ana):
        for language, words in AT_HOME.items():
            page = await browser.get(f"{SHOWN}?lang={language}")
            assert "Todo el día." in page.words
            if "closed" not in document:
                assert words in page.words
            assert f'href="{PROPOSAL}"' in page.text
            assert PROMISES[language] not in page.words
            assert f'action="{SHOWN}/ballot' not in page.text
            assert "57" not in page.words.partition("The vote")[2]  # per cent of seven ballots


@pytest.mark.rule("1.12")
@pytest.mark.parametrize("document", UNKNOWN[:5], ids=range(5))
async def test_no_list_feed_or_file_shows_a_count(bare: Site, document: dict[str, Any]) -> None:
    await see(bare, {**document, **CLOSED})
    place = f"/c/costanera@{HOME}"

    tallies = orjson.loads((await bare.browser().get(f"{place}/tallies.json")).text)
    listed = await bare.browser().get(f"{place}/proposals")
    overview = await bare.browser().get(place)
    feed = await bare.browser().get(f"{place}/feed.atom")

    (tally,) = tallies["proposals"]
    assert {option["ballots"] for option in tally["options"]} <= {None}
    assert (tally["closed"], tally["voters"], tally["result"]) == (True, None, None)
    for page in (listed, overview, feed):
        assert page.status == 200
        assert "De acuerdo" not in page.words
    assert "Fewer than" not in feed.text


@pytest.mark.rule("1.12")
async def test_a_form_is_refused_and_says_why(bare: Site) -> None:
    await see(bare, question(**{"dosfed:method": "quadratic"}))
    ana = await bare.signed_in("ana")
    command = CastBallot(
        poll=PollId(PROPOSAL),
        voter=ActorId(bare.house.instance.citizen("ana")),
        said=Names(names=("De acuerdo",)),
        adds=False,
        published=None,
    )

    page = await ana.submit(SHOWN, f"{SHOWN}/ballot", option="De acuerdo")
    asked = await ana.submit(SHOWN, f"{SHOWN}/ballot/confirm", option="De acuerdo")
    with pytest.raises(Refused) as refused:
        async with bare.database.write() as connection:
            await perform_one(connection, Submission(command=command, at=START), bare.house)

    assert refused.value.refusal is Refusal.VOTE_AT_HOME
    for answer in (page, asked):
        assert answer.status == 422
        assert "This site does not support this kind of vote. Vote on the site" in answer.words
    async with bare.database.read() as connection:
        assert (await connection.execute(select(SentBallots.poll))).all() == []


@pytest.mark.rule("1.12")
async def test_a_poll_that_becomes_unknown_takes_no_ballot_and_shows_no_count_any_more(
    mirrored: Site,
) -> None:
    ana = await mirrored.signed_in("ana")
    await ana.submit(SHOWN, f"{SHOWN}/ballot", option="De acuerdo")

    await see(mirrored, question(**{"dosfed:method": "quadratic", "dosfed:options": ["x"]}))
    unknown = await ana.get(SHOWN)
    own = await ana.get("/account/export")
    await see(mirrored, question())
    known = await ana.get(SHOWN)

    assert AT_HOME["en"] in unknown.words
    assert "70%" not in unknown.words
    assert "Your vote:" not in unknown.words
    assert own.status == 200
    assert "De acuerdo 4 57%" in known.words
    assert "Your vote: De acuerdo" in known.words


async def test_a_home_may_tell_more_of_a_poll_but_not_turn_round_what_was_voted(
    mirrored: Site,
) -> None:
    swapped = [{"type": "Note", "name": name} for name in reversed(NAMES)]

    with pytest.raises(Malformed):
        await see(mirrored, question(oneOf=swapped))
    with pytest.raises(Malformed):
        await see(mirrored, {**note(), "dosfed:method": None, "type": "Note"} | {"oneOf": None})
    await see(mirrored, question(**{"dosfed:method": "single"}))

    async with mirrored.database.read() as connection:
        assert (await connection.execute(select(Polls.method))).scalar_one() == "single"
