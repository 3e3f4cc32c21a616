"""The same act by form and by inbox passes the same door and leaves the same rows."""

from typing import Any, Literal

import pytest
from sqlalchemy import select

from dosfed import texts
from dosfed.acts.perform import perform_one
from dosfed.acts.submission import Command, Submission
from dosfed.deliberation.debate.model import PostArgument, Stance, Weigh
from dosfed.deliberation.debate.tables import ArgumentPosts, Weights
from dosfed.deliberation.model import ActorId, ArgumentId, PollId, ProposalId, Refused
from dosfed.deliberation.proposals.model import SubmitProposal
from dosfed.deliberation.proposals.tables import ProposalPosts
from dosfed.deliberation.votes.methods.model import Names
from dosfed.deliberation.votes.model import CastBallot
from dosfed.deliberation.votes.tables import Ballots
from dosfed.storage.engine import Database
from tests.conftest import GivenClock
from tests.federation.test_contributions import proposal_note
from tests.federation.town import BASE, GROUP, POLL, Town, found_town, person, reply, vote

Road = Literal["form", "inbox"]
ROADS: tuple[Road, ...] = ("form", "inbox")
REMOTE, LOCAL = person("ana"), f"{BASE}/u/ana"


async def by_form(town: Town, command: Command) -> str | None:
    """Perform a command as a view does; return why it was refused."""
    try:
        async with town.database.write() as connection:
            submission = Submission(command=command, at=town.clock.now())
            await perform_one(connection, submission, town.house)
    except Refused as refused:
        return refused.refusal.value
    return None


async def cast(town: Town, road: Road, option: str, *, number: int = 1) -> str | None:
    if road == "inbox":
        return (await town.receive(vote(REMOTE, option, number=number))).reason
    command = CastBallot(
        poll=PollId(POLL),
        voter=ActorId(LOCAL),
        said=Names(names=(option,)),
        adds=False,
        published=None,
    )
    return await by_form(town, command)


async def rows(database: Database, *columns: Any) -> list[tuple[Any, ...]]:
    statement = select(*columns).order_by(*columns[0].class_.__table__.primary_key)
    async with database.read() as connection:
        return [tuple(row) for row in await connection.execute(statement)]


@pytest.mark.parametrize("road", ROADS)
async def test_a_ballot_is_replaced_and_refused_alike(
    road: Road, database: Database, clock: GivenClock
) -> None:
    town = await found_town(database, clock)
    assert await cast(town, road, "D'accord") is None
    clock.advance(seconds=1)
    assert await cast(town, road, "Abstention", number=2) is None
    assert await cast(town, road, "Bof", number=3) == "unknown-option"
    kept = await rows(
        database, Ballots.choices, Ballots.cast_at, Ballots.replaced_at, Ballots.was_added
    )
    first = clock.now().replace(second=0)
    assert kept == [("0", first, clock.now(), False), ("1", clock.now(), None, False)]
    clock.advance(days=300)
    assert await cast(town, road, "D'accord", number=4) == "not-open"


@pytest.mark.parametrize("road", ROADS)
async def test_an_argument_is_the_same_row(
    road: Road, database: Database, clock: GivenClock
) -> None:
    town = await found_town(database, clock)
    html = texts.render_markdown("Oui, **le dimanche**.")
    if road == "inbox":
        said: dict[str, Any] = {"dosfed:stance": "for"}
        reason = (await town.receive(reply(REMOTE, html, **said))).reason
    else:
        argument = town.house.instance.new_argument()
        reason = await by_form(
            town,
            PostArgument(
                id=ArgumentId(argument),
                proposal=ProposalId(POLL),
                in_reply_to=POLL,
                author=ActorId(LOCAL),
                author_name="@ana@delib.example",
                stance=Stance.FOR,
                text="Oui, **le dimanche**.",
                html=html,
                language=None,
                url=argument,
                published=None,
            ),
        )
    assert reason is None
    assert await rows(
        database,
        ArgumentPosts.about,
        ArgumentPosts.in_reply_to,
        ArgumentPosts.stance,
        ArgumentPosts.html,
    ) == [(POLL, POLL, "for", html)]


@pytest.mark.parametrize("road", ROADS)
async def test_a_proposal_waits_alike(road: Road, database: Database, clock: GivenClock) -> None:
    town = await found_town(database, clock)
    if road == "inbox":
        reason = (await town.receive(proposal_note())).reason
    else:
        reason = await by_form(
            town,
            SubmitProposal(
                addressed=(GROUP,),
                author=ActorId(LOCAL),
                author_name="@ana@delib.example",
                title="Un ponton de baignade",
                text="Près du lavoir, gratuit.",
                language="fr",
                source=None,
            ),
        )
    assert reason is None
    kept = await rows(
        database, ProposalPosts.title, ProposalPosts.state, ProposalPosts.published_at
    )
    assert kept[-1] == ("Un ponton de baignade", "waiting", None)


@pytest.mark.parametrize("road", ROADS)
async def test_an_argument_is_weighed_alike(
    road: Road, database: Database, clock: GivenClock
) -> None:
    town = await found_town(database, clock)
    await town.receive(reply(person("bo"), "<p>Oui</p>"))
    target = f"{person('bo')}/statuses/1"
    if road == "inbox":
        like = {"id": f"{REMOTE}#l", "type": "Like", "actor": REMOTE, "object": target}
        await town.receive(like)
    else:
        assert await by_form(town, Weigh(object=target, actor=ActorId(LOCAL), weight=1)) is None
    assert await rows(database, Weights.object, Weights.weight) == [(target, 1)]
