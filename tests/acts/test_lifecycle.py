"""Whatever is done in whatever order, a post ends in the state that the tables name."""

from dataclasses import replace
from datetime import timedelta
from itertools import count
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

import dosfed
from dosfed.acts.imports import import_document
from dosfed.acts.perform import perform
from dosfed.acts.submission import Command, Done, House, Submission
from dosfed.deliberation.consultations.mirrors import keep_consultation, keep_proposal
from dosfed.deliberation.debate.model import EditArgument, PostArgument, Remove, Stance
from dosfed.deliberation.debate.records import load_argument
from dosfed.deliberation.model import (
    ActorId,
    ArgumentId,
    ConsultationId,
    ProposalId,
    Refusal,
    Role,
)
from dosfed.deliberation.moderation.model import Hide
from dosfed.deliberation.posts.lifecycle import ARGUMENTS, PROPOSALS, PostAct, Table
from dosfed.deliberation.posts.model import PostState
from dosfed.deliberation.proposals.kept import empty_proposal, find_version, load_proposal
from dosfed.deliberation.proposals.model import (
    AskCorrection,
    CoSign,
    DecideProposal,
    ReviseProposal,
    SubmitProposal,
)
from dosfed.deliberation.proposals.tables import Proposals
from dosfed.storage.engine import Database
from tests.conftest import BASE_URL, START
from tests.people import add_user
from tests.web.mirrored import THE_CONSULTATION, THE_PROPOSAL
from tools import lifecycle

GROUP = ConsultationId(f"{BASE_URL}/c/quais")
ANA, MOD = (ActorId(f"{BASE_URL}/u/{name}") for name in ("ana", "mod"))
SOURCE = "https://masto.example/notes"
DOCUMENT = {
    "dosfed": 1,
    "organiser": {"name": "mairie", "title": "Ville"},
    "consultations": [
        {
            "name": "quais",
            "title": "Les quais ?",
            "language": "fr",
            "opens": "2026-01-01T00:00:00Z",
            "closes": "2027-01-01T00:00:00Z",
            "proposals": [{"ref": "navette", "title": "Une navette", "text": "Le samedi."}],
        }
    ],
}
OF_PROPOSALS = (
    PostAct.ACCEPT,
    PostAct.REFUSE,
    PostAct.ASK,
    PostAct.CHANGE,
    PostAct.CHANGE_SOURCE,
    PostAct.CO_SIGN,
    PostAct.STEP_BACK,
    PostAct.HIDE,
    PostAct.SHOW,
    PostAct.TAKE_BACK,
)
OF_ARGUMENTS = (PostAct.CHANGE, PostAct.HIDE, PostAct.SHOW, PostAct.TAKE_BACK)
WITH_ONE_HOUSE = settings(
    max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


class Town:
    """An instance with a consultation, where each post is another one."""

    def __init__(self, database: Database, house: House) -> None:
        self.database = database
        self.house = house
        self.numbers = count()

    async def do(self, command: Command) -> str:
        """Bring a command before the door; return what it made, or why it was refused."""
        submission = Submission(command=command, at=START)
        async with self.database.write() as connection:
            (outcome,) = await perform(connection, [submission], self.house)
        return outcome.id if isinstance(outcome, Done) else outcome.value

    async def proposal(self) -> "Proposal":
        """Return a proposal that waits."""
        number = next(self.numbers)
        command = SubmitProposal(
            addressed=(GROUP,),
            author=ANA,
            author_name="@ana",
            title=f"Un ponton {number}",
            text="Au sud.",
            language="fr",
            source=f"{SOURCE}/{number}",
        )
        return Proposal(self, await self.do(command), f"{SOURCE}/{number}")

    async def argument(self) -> "Argument":
        """Return an argument about a proposal that is published."""
        async with self.database.read() as connection:
            about = (await connection.execute(select(Proposals.id))).scalars().first()
        return Argument(self, await self.do(argument(next(self.numbers), about or "")))


class Proposal:
    """A proposal, and what is done with it."""

    table = PROPOSALS
    beginning = PostState.WAITING

    def __init__(self, town: Town, uri: str, source: str) -> None:
        self.town, self.uri, self.source = town, uri, source

    async def state(self) -> PostState:
        """Return how far it has come; one that nobody ever read is gone without a trace."""
        async with self.town.database.read() as connection:
            record = await load_proposal(connection, self.uri)
        return PostState.DELETED if record is None else record.state

    async def command(self, act: PostAct) -> Command:
        """Return what is asked of the door."""
        number, uri = next(self.town.numbers), ProposalId(self.uri)
        match act:
            case PostAct.ACCEPT | PostAct.REFUSE:
                is_accepted = act is PostAct.ACCEPT
                return DecideProposal(id=uri, by=MOD, is_accepted=is_accepted, reason="Non.")
            case PostAct.ASK:
                return AskCorrection(id=uri, by=MOD, text="Où ?")
            case PostAct.CHANGE:
                return await self._revision(number)
            case PostAct.CHANGE_SOURCE:
                return edit(self.source, number)
            case PostAct.CO_SIGN | PostAct.STEP_BACK:
                is_signed = act is PostAct.CO_SIGN
                return CoSign(proposal=uri, actor=MOD, name="mod", is_signed=is_signed)
            case _:
                return command_of_both(act, self.uri)

    async def _revision(self, number: int) -> ReviseProposal:
        async with self.town.database.read() as connection:
            version = await find_version(connection, self.uri)
        return ReviseProposal(
            id=ProposalId(self.uri),
            by=ANA,
            title="Un ponton",
            text=f"Au nord {number}.",
            note="Plus clair.",
            follows=version or 0,
        )


class Argument:
    """An argument, and what is done with it."""

    table = ARGUMENTS
    beginning = PostState.PUBLISHED

    def __init__(self, town: Town, uri: str) -> None:
        self.town, self.uri = town, uri

    async def state(self) -> PostState:
        """Return how far it has come."""
        async with self.town.database.read() as connection:
            record = await load_argument(connection, self.uri)
        assert record is not None
        return record.state

    async def command(self, act: PostAct) -> Command:
        """Return what is asked of the door."""
        if act is PostAct.CHANGE:
            return edit(self.uri, next(self.town.numbers))
        return command_of_both(act, self.uri)


def command_of_both(act: PostAct, uri: str) -> Command:
    if act is PostAct.TAKE_BACK:
        return Remove(id=uri, actor=ANA)
    return Hide(id=uri, by=MOD, is_hidden=act is PostAct.HIDE, reason="Une insulte.")


def argument(number: int, about: str) -> PostArgument:
    uri = f"{BASE_URL}/a/{number}"
    return PostArgument(
        id=ArgumentId(uri),
        proposal=None,
        in_reply_to=about,
        author=ANA,
        author_name="@ana",
        stance=Stance.FOR,
        text=None,
        html=f"<p>Oui, {number} fois.</p>",
        language="fr",
        url=uri,
        published=None,
    )


def edit(uri: str, number: int) -> EditArgument:
    return EditArgument(
        id=uri,
        author=ANA,
        stance=None,
        title=f"Un ponton {number}",
        text="Au nord.",
        html=f"<p>Non, {number} fois.</p>",
        markdown=None,
        language="fr",
        updated=None,
    )


@pytest.fixture
async def town(database: Database, house: House) -> Town:
    """An instance on which two people may do what the tables speak of."""
    async with database.write() as connection:
        await import_document(connection, DOCUMENT, house, at=START)
        await add_user(connection, "ana", Role.CITIZEN, house, at=START)
        await add_user(connection, "mod", Role.FACILITATOR, house, at=START)
    return Town(database, house)


async def run(post: Proposal | Argument, acts: list[PostAct]) -> None:
    """Do these things with a post, each as the table says."""
    state = post.beginning
    assert await post.state() is state
    for act in acts:
        outcome = post.table[act].get(state, Refusal.UNKNOWN_OBJECT)
        answer = await post.town.do(await post.command(act))
        if isinstance(outcome, Refusal):
            assert answer == outcome.value, (act, state)
        else:
            assert answer not in set(Refusal), (act, state)
            state = outcome
        assert await post.state() is state, act
        if await is_without_a_trace(post):
            return


async def is_without_a_trace(post: Proposal | Argument) -> bool:
    async with post.town.database.read() as connection:
        return isinstance(post, Proposal) and await load_proposal(connection, post.uri) is None


@pytest.mark.rule("3.5")
@WITH_ONE_HOUSE
@given(acts=st.lists(st.sampled_from(OF_PROPOSALS), min_size=1, max_size=6))
async def test_a_proposal_goes_the_way_of_the_table(town: Town, acts: list[PostAct]) -> None:
    await run(await town.proposal(), acts)


@pytest.mark.rule("3.6")
@WITH_ONE_HOUSE
@given(acts=st.lists(st.sampled_from(OF_ARGUMENTS), min_size=1, max_size=6))
async def test_an_argument_goes_the_way_of_the_table(town: Town, acts: list[PostAct]) -> None:
    await run(await town.argument(), acts)


def ways(table: Table, beginning: PostState, acts: tuple[PostAct, ...]) -> list[list[PostAct]]:
    """Return, for every cell of a table, acts that lead to it, and then the act of the cell."""
    known: dict[PostState, list[PostAct]] = {beginning: []}
    waiting = [beginning]
    while waiting:
        state = waiting.pop()
        for act in acts:
            outcome = table[act].get(state)
            if isinstance(outcome, PostState) and outcome not in known:
                known[outcome] = [*known[state], act]
                waiting.append(outcome)
    return [[*way, act] for way in known.values() for act in acts]


@pytest.mark.rule("3.23")
@pytest.mark.parametrize("acts", ways(PROPOSALS, PostState.WAITING, OF_PROPOSALS))
async def test_every_cell_of_a_proposal_is_as_the_table_says(
    town: Town, acts: list[PostAct]
) -> None:
    await run(await town.proposal(), acts)


def test_what_is_deleted_stays_so_and_what_was_published_waits_no_more() -> None:
    for table in (PROPOSALS, ARGUMENTS):
        for outcomes in table.values():
            assert outcomes.get(PostState.DELETED, PostState.DELETED) in {
                PostState.DELETED,
                *Refusal,
            }
            for state in (PostState.PUBLISHED, PostState.HIDDEN):
                assert outcomes.get(state) is not PostState.WAITING


async def test_what_a_home_took_down_does_not_come_back_to_its_mirror(database: Database) -> None:
    said = replace(THE_PROPOSAL, tags=("quais",))
    async with database.write() as connection:
        await keep_consultation(connection, THE_CONSULTATION, START)
        await keep_proposal(connection, said, START)
        await empty_proposal(connection, said.id, START)
        await keep_proposal(connection, replace(said, edited=START + timedelta(1)), START)
        record = await load_proposal(connection, said.id)

    assert record is not None
    assert record.state is PostState.DELETED
    assert (record.title, record.text, record.html, record.tags) == ("", "", "", ())


def test_every_act_of_the_tables_is_asked_somewhere() -> None:
    package = Path(dosfed.__file__).parent
    code = "".join(
        path.read_text("utf-8") for path in package.rglob("*.py") if path.name != "lifecycle.py"
    )
    assert {act for act in PostAct if f"PostAct.{act.name}" not in code} == set()


def test_the_page_says_what_the_code_does() -> None:
    assert lifecycle.PAGE.read_text(encoding="utf-8") == lifecycle.drawn()
