"""A hidden proposal between servers: what is sent instead of its words, what is taken meanwhile."""

import json
from typing import Any, Literal

import pytest
from sqlalchemy import func, select

from dosfed.activitypub.tables import Inbox
from dosfed.acts.documents import Asked, Found, document
from dosfed.acts.perform import perform_one
from dosfed.acts.submission import Command, Submission
from dosfed.deliberation.debate.model import PostArgument, Stance, Weigh
from dosfed.deliberation.debate.tables import Arguments
from dosfed.deliberation.model import (
    ActorId,
    ArgumentId,
    PollId,
    ProposalId,
    Refusal,
    Refused,
    Role,
)
from dosfed.deliberation.moderation.model import Hide, HideReason
from dosfed.deliberation.proposals.kept import load_proposal
from dosfed.deliberation.votes.methods.model import Names
from dosfed.deliberation.votes.model import CastBallot
from dosfed.deliberation.votes.tables import Ballots
from dosfed.federation.incoming import Ignored
from dosfed.federation.seeing import see_post
from dosfed.storage.engine import Database
from dosfed.wire import terms
from tests.conftest import GivenClock
from tests.federation.town import BASE, GROUP, ORGANISER, POLL, Town, found_town, person, vote
from tests.federation.town import reply as replied
from tests.people import add_user
from tests.ticking import take_turn

Road = Literal["form", "inbox"]
ROADS: tuple[Road, ...] = ("form", "inbox")
MODERATOR = ActorId(f"{BASE}/u/mo")
ANA = ActorId(f"{BASE}/u/ana")
BO = person("bo")
WORDS = ("Fermer les quais", "Le dimanche", "Abstention")


@pytest.fixture
async def town(database: Database, clock: GivenClock) -> Town:
    """A town with a citizen and a moderator, and a proposal with an argument."""
    founded = await found_town(database, clock)
    async with database.write() as connection:
        await add_user(connection, "ana", Role.CITIZEN, founded.house, at=clock.now())
        await add_user(connection, "mo", Role.MODERATOR, founded.house, at=clock.now())
    await founded.receive(replied(person("cy"), "<p>Oui</p>"))
    return founded


async def act(town: Town, command: Command) -> str | None:
    """Do what somebody asks for on a page; return why it was refused."""
    try:
        async with town.database.write() as connection:
            submission = Submission(command=command, at=town.clock.now())
            await perform_one(connection, submission, town.house)
    except Refused as refused:
        return refused.refusal.value
    return None


def hide(**details: Any) -> Hide:
    return Hide(
        **{
            "id": POLL,
            "by": MODERATOR,
            "is_hidden": True,
            "reason": "Une <adresse>.",
            "code": HideReason.PERSONAL_DATA,
            **details,
        }
    )


async def fetched(town: Town) -> dict[str, Any]:
    """Return what another server finds under the proposal's id."""
    asked = Asked(
        instance=town.house.instance,
        path=POLL.removeprefix(BASE),
        query={},
        now=town.clock.now(),
    )
    async with town.database.read() as connection:
        found = await document(connection, asked)
    assert isinstance(found, Found)
    return json.loads(json.dumps(found.document))  # type: ignore[no-any-return]  # an object


async def vote_by(town: Town, road: Road, *, number: int = 1) -> str | None:
    if road == "inbox":
        return (await town.receive(vote(BO, "D'accord", number=number))).reason
    ballot = CastBallot(
        poll=PollId(POLL), voter=ANA, said=Names(names=("D'accord",)), adds=False, published=None
    )
    return await act(town, ballot)


async def argue_by(town: Town, road: Road, *, in_reply_to: str = POLL) -> str | None:
    if road == "inbox":
        note = replied(BO, "<p>Bien</p>", number=9, in_reply_to=in_reply_to)
        return (await town.receive(note)).reason
    argument = town.house.instance.new_argument()
    command = PostArgument(
        id=ArgumentId(argument),
        proposal=ProposalId(POLL),
        in_reply_to=in_reply_to,
        author=ANA,
        author_name="@ana@delib.example",
        stance=Stance.FOR,
        text="Bien",
        html="<p>Bien</p>",
        language="fr",
        url=argument,
        published=None,
    )
    return await act(town, command)


async def number_of(town: Town, column: Any) -> int:
    async with town.database.read() as connection:
        return (await connection.execute(select(func.count(column)))).scalar_one()


async def test_others_read_why_under_the_same_id_and_no_vote_is_offered(town: Town) -> None:
    await act(town, hide())

    found = await fetched(town)
    sent = (await town.sent("Update"))[-1]

    for said in (found, sent["object"]):
        assert (said["id"], said["type"], said["attributedTo"]) == (POLL, "Note", ORGANISER)
        assert said["content"].startswith("<p>[Une &lt;adresse&gt;.]</p>")
        assert said[terms.REASON] == "personal-data"
        assert "oneOf" not in said
        assert not [word for word in WORDS if word in json.dumps(said, ensure_ascii=False)]
    assert sent["actor"] == ORGANISER


async def test_shown_again_it_comes_back_later_than_it_went(town: Town) -> None:
    before = await fetched(town)
    town.clock.advance(seconds=5)
    await act(town, hide())
    hidden = await fetched(town)
    town.clock.advance(seconds=5)
    await act(town, hide(is_hidden=False, reason=""))

    shown = await fetched(town)
    sent = (await town.sent("Update"))[-1]["object"]

    assert shown["updated"] > hidden["updated"] > before["published"]
    assert sent["updated"] == shown["updated"]
    assert (sent["type"], sent["content"]) == ("Question", before["content"])
    assert {**shown, "updated": None} == {**before, "updated": None}


async def test_it_is_hidden_since_the_first_time(town: Town) -> None:
    await act(town, hide())
    first = town.clock.now()
    town.clock.advance(seconds=5)
    await act(town, hide(reason="Pire.", code=HideReason.ILLEGAL))

    async with town.database.read() as connection:
        record = await load_proposal(connection, POLL)

    assert record is not None
    assert (record.hidden_at, record.hidden_reason) == (first, "Pire.")
    assert (await fetched(town))["updated"] > first.isoformat()


@pytest.mark.rule("3.23")
@pytest.mark.parametrize("road", ROADS)
async def test_no_ballot_and_no_argument_is_taken_meanwhile(town: Town, road: Road) -> None:
    await act(town, hide())
    arguments = await number_of(town, Arguments.id)

    assert await vote_by(town, road) == "hidden"
    assert await argue_by(town, road) == "hidden"
    answered = f"{person('cy')}/statuses/1"
    assert await argue_by(town, road, in_reply_to=answered) == "hidden"
    assert await number_of(town, Ballots.id) == 0
    assert await number_of(town, Arguments.id) == arguments

    await act(town, hide(is_hidden=False, reason=""))
    assert await vote_by(town, road, number=2) is None


async def test_the_refusal_of_a_ballot_is_kept(town: Town) -> None:
    await act(town, hide())

    kept = await town.receive(vote(BO, "D'accord"))

    assert (kept.kind, kept.outcome, kept.reason) == ("ballot", "refused", "hidden")


async def test_a_ballot_that_came_before_is_counted_though_it_is_judged_after(town: Town) -> None:
    await town.store(vote(BO, "D'accord"))
    town.clock.advance(seconds=1)
    await act(town, hide())

    await town.judge_all()

    assert await town.standing() == {BO: "0"}
    async with town.database.read() as connection:
        outcomes = await connection.execute(select(Inbox.outcome).where(Inbox.kind == "ballot"))
        assert list(outcomes.scalars()) == ["admitted"]


@pytest.mark.rule("3.23")
async def test_ballots_stay_and_the_tally_is_told_after_it_is_shown(
    database: Database, clock: GivenClock
) -> None:
    town = await found_town(database, clock, poll={"counts_from": 0})
    async with database.write() as connection:
        await add_user(connection, "mo", Role.MODERATOR, town.house, at=clock.now())
    await vote_by(town, "inbox")
    await act(town, hide())
    clock.advance(days=300)

    await take_turn(database, town.house, clock.now())
    assert not [one for one in await town.sent("Update") if "oneOf" in one["object"]]
    await act(town, hide(is_hidden=False, reason=""))

    shown = await fetched(town)
    assert ("closed" in shown, shown["votersCount"]) == (True, 1)
    assert shown["oneOf"][0]["replies"]["totalItems"] == 1


async def test_what_is_hidden_is_neither_liked_nor_shared_nor_quoted(town: Town) -> None:
    await act(town, hide())

    assert await act(town, Weigh(object=POLL, actor=ANA, weight=1)) == "unknown-object"
    announce = {
        "id": f"{BO}/announces/1",
        "type": "Announce",
        "actor": BO,
        "object": POLL,
        "to": ["https://www.w3.org/ns/activitystreams#Public"],
    }
    assert (await town.receive(announce)).reason == "unknown-object"
    quote = {
        "id": f"{BO}/quotes/1",
        "type": "QuoteRequest",
        "actor": BO,
        "object": POLL,
        "instrument": f"{BO}/statuses/5",
    }
    assert (await town.receive(quote)).outcome == "ignored"


@pytest.mark.parametrize("by", [ANA, ActorId(GROUP), ActorId(ORGANISER), ActorId(BO)])
async def test_nobody_but_the_team_hides(town: Town, by: ActorId) -> None:
    assert await act(town, hide(by=by)) == Refusal.NOT_ALLOWED.value
    assert (await fetched(town))["type"] == "Question"


async def test_hiding_or_showing_in_vain_says_nothing(town: Town) -> None:
    assert await act(town, hide(is_hidden=False, reason="")) is None
    assert await act(town, hide(id=f"{BASE}/p/nothere")) == "unknown-object"
    assert await act(town, hide(reason=" \n")) == "empty"
    assert await act(town, hide(reason="x" * 1_001)) == "too-long"

    assert await town.sent("Update") == []
    assert await town.sent("Delete") == []


async def test_a_mirror_takes_no_words_from_what_stands_in_their_place(town: Town) -> None:
    await act(town, hide())
    stood = await fetched(town)
    there = json.loads(json.dumps(stood).replace(BASE, "https://ar.example"))

    async with town.database.write() as connection:
        with pytest.raises(Ignored):
            await see_post(
                connection,
                there,
                town.house,
                by="https://ar.example/o/harbour",
                at=town.clock.now(),
            )


async def test_an_argument_too_is_hidden_and_shown_with_a_later_date(town: Town) -> None:
    await argue_by(town, "form")
    mine = (await town.sent("Create"))[-1]["object"]["id"]
    town.clock.advance(seconds=5)
    await act(town, hide(id=mine))
    hidden = (await town.sent("Update"))[-1]["object"]
    town.clock.advance(seconds=5)
    await act(town, hide(id=mine, is_hidden=False, reason=""))
    shown = (await town.sent("Update"))[-1]["object"]

    assert hidden["published"] < hidden["updated"] < shown["updated"]
    assert "Bien" in shown["content"]


@pytest.mark.rule("3.23")
async def test_what_was_received_while_a_proposal_was_hidden_is_judged_by_that_moment(
    town: Town, clock: GivenClock
) -> None:
    await town.store(vote(person("before"), "Abstention"))
    clock.advance(seconds=10)
    await act(town, hide())
    await town.store(vote(person("meanwhile"), "Abstention"))
    await town.store(replied(person("meanwhile"), "<p>Non</p>"))
    clock.advance(seconds=10)
    await act(town, hide(is_hidden=False, reason=""))
    clock.advance(seconds=10)
    await act(town, hide())
    await act(town, hide(reason="Une autre."))
    clock.advance(seconds=10)
    await act(town, hide(is_hidden=False, reason=""))
    await town.store(vote(person("after"), "Abstention"))

    await town.judge_all()

    assert set(await town.standing()) == {person("before"), person("after")}
    async with town.database.read() as connection:
        refused = await connection.execute(
            select(Inbox.kind, Inbox.reason).where(Inbox.outcome == "refused").order_by(Inbox.id)
        )
        assert [tuple(row) for row in refused] == [("ballot", "hidden"), ("argument", "hidden")]
