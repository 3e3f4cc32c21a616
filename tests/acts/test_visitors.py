"""What a form does for somebody of another server, and what it leaves to that server."""

from dataclasses import replace

import pytest
from sqlalchemy import select

from dosfed.deliberation.debate.model import EditArgument, PostArgument, Stance, Weigh
from dosfed.deliberation.debate.tables import ArgumentPosts, Weights
from dosfed.deliberation.model import ActorId, ArgumentId, PollId, ProposalId, Refusal, Refused
from dosfed.deliberation.moderation.model import Report
from dosfed.deliberation.proposals.model import SubmitProposal
from dosfed.deliberation.proposals.tables import ProposalPosts
from dosfed.deliberation.rules import check_counted_here, check_own_words
from dosfed.deliberation.votes.methods.model import Names
from dosfed.deliberation.votes.model import CastBallot
from dosfed.deliberation.votes.tables import Ballots
from dosfed.storage.engine import Database
from dosfed.wire import terms
from tests.conftest import GivenClock
from tests.federation.test_one_path import by_form, rows
from tests.federation.town import BASE, GROUP, POLL, Town, found_town, person, reply

ANA = ActorId(person("ana"))
BO = person("bo")
ARGUMENT = PostArgument(
    id=ArgumentId(f"{BASE}/a/0123456789abcdef"),
    proposal=ProposalId(POLL),
    in_reply_to=POLL,
    author=ANA,
    author_name="@ana@masto.example",
    stance=Stance.FOR,
    text="Oui",
    html="<p>Oui</p>",
    language="fr",
    url=f"{BASE}/a/0123456789abcdef",
    published=None,
)
PROPOSAL = SubmitProposal(
    addressed=(GROUP,),
    author=ANA,
    author_name="@ana@masto.example",
    title="Un ponton",
    text="",
    language="fr",
    source=None,
)


@pytest.fixture
async def town(database: Database, clock: GivenClock) -> Town:
    """A town in which Bo has argued from elsewhere."""
    town = await found_town(database, clock)
    await town.receive(reply(BO, "<p>Oui</p>"))
    return town


@pytest.mark.rule("7.3")
async def test_they_vote_weigh_and_report_as_who_they_are(town: Town) -> None:
    argument = f"{BO}/statuses/1"
    ballot = CastBallot(
        poll=PollId(POLL), voter=ANA, said=Names(names=("D'accord",)), adds=False, published=None
    )
    assert await by_form(town, ballot) is None
    assert await by_form(town, Weigh(object=argument, actor=ANA, weight=1)) is None
    assert await by_form(town, Report(reporter=ANA, objects=(argument,), text="Non")) is None
    assert await rows(town.database, Ballots.voter, Ballots.host) == [(ANA, "masto.example")]
    assert await rows(town.database, Weights.actor, Weights.weight) == [(ANA, 1)]


@pytest.mark.rule("7.4")
async def test_their_words_do_not_lie_here(town: Town) -> None:
    assert await by_form(town, ARGUMENT) == "elsewhere"
    assert await by_form(town, PROPOSAL) == "elsewhere"
    assert await rows(town.database, ArgumentPosts.author) == [(BO,)]
    assert (ANA,) not in await rows(town.database, ProposalPosts.author)


async def test_nobody_here_speaks_at_home_elsewhere(town: Town) -> None:
    citizen = ActorId(f"{BASE}/u/luis")
    there = ArgumentId(f"{ANA}/statuses/7")
    assert await by_form(town, replace(ARGUMENT, id=there, author=citizen)) == "elsewhere"


async def test_what_they_wrote_is_changed_where_it_lies(town: Town) -> None:
    edit = EditArgument(
        id=f"{BO}/statuses/1",
        author=ActorId(BO),
        stance=None,
        title="",
        text="Non",
        html="<p>Non</p>",
        markdown=None,
        language=None,
        updated=None,
    )
    assert await by_form(town, edit) == "elsewhere"
    async with town.database.read() as connection:
        assert (await connection.execute(select(ArgumentPosts.html))).scalar_one() == "<p>Oui</p>"


@pytest.mark.rule("7.5")
@pytest.mark.parametrize("is_home", [True, False])
@pytest.mark.parametrize("is_citizen", [True, False])
def test_a_mirror_counts_for_its_citizens_alone(*, is_home: bool, is_citizen: bool) -> None:
    if is_home or is_citizen:
        check_counted_here(is_home=is_home, is_citizen=is_citizen)
    else:
        with pytest.raises(Refused) as refused:
            check_counted_here(is_home=is_home, is_citizen=is_citizen)
        assert refused.value.refusal is Refusal.ELSEWHERE


@pytest.mark.parametrize("is_citizen", [True, False])
def test_words_lie_on_their_authors_server(*, is_citizen: bool) -> None:
    check_own_words(is_written_here=is_citizen, is_citizen=is_citizen)
    with pytest.raises(Refused):
        check_own_words(is_written_here=not is_citizen, is_citizen=is_citizen)


@pytest.mark.parametrize("language", ["fr", "es", "en", "de", None])
@pytest.mark.parametrize("stance", Stance)
def test_a_stance_is_read_from_the_hashtag_that_says_it(
    language: str | None, stance: Stance
) -> None:
    hashtag = terms.hashtag_of(stance, language)
    assert (terms.stance_of_hashtag(hashtag) if hashtag else Stance.NEUTRAL) is stance
