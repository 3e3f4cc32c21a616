"""What may be seen is said in one place, and every reader agrees with it."""

import ast
from collections.abc import Awaitable, Callable, Iterator
from itertools import product
from pathlib import Path
from typing import Any

import orjson
import pytest
from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

import dosfed
from dosfed.accounts.subscriptions import subscribe
from dosfed.acts import consultations as collected
from dosfed.acts.exports import export_document
from dosfed.acts.news import load_news
from dosfed.acts.usage import count_usage
from dosfed.deliberation.consultations.tables import Consultations, Organisers
from dosfed.deliberation.debate.arguments import is_known, load_places
from dosfed.deliberation.debate.tables import ArgumentPosts, Arguments
from dosfed.deliberation.moderation.desk import visible_among
from dosfed.deliberation.posts.model import PostState
from dosfed.deliberation.posts.visible import in_state
from dosfed.deliberation.proposals.tables import ProposalPosts
from dosfed.deliberation.search.finding import find
from dosfed.deliberation.search.indexing import catch_up
from dosfed.deliberation.search.words import read_query
from dosfed.deliberation.team.tables import Users
from dosfed.deliberation.whereabouts import find_all, find_titles
from dosfed.shown.consultations import load_cards
from dosfed.shown.feeds import load_consultation_feed, load_instance_feed, load_proposal_feed
from dosfed.shown.listings import Listing, Reader, list_proposals
from dosfed.shown.profiles import load_citizen
from dosfed.shown.proposals import count_proposals, tallies_json
from dosfed.storage.engine import Database
from tests.conftest import START
from tests.deliberation.test_search import HERE, argument, consultation, proposal

GROUP = f"{HERE}/c/quais"
ANA = f"{HERE}/u/ana"
ZOE = f"{HERE}/u/zoe"
# Under a proposal in each state, an argument in each that it can have.
PROPOSALS = {f"{HERE}/p/{state}": state for state in PostState}
ARGUMENTS = {
    f"{HERE}/a/{under}-{state}": (under, state)
    for under, state in product(
        PostState, (PostState.PUBLISHED, PostState.HIDDEN, PostState.DELETED)
    )
}
KNOWN = {*PROPOSALS, *ARGUMENTS}
PUBLISHED, HIDDEN = PostState.PUBLISHED, PostState.HIDDEN

Ids = set[str]
Read = Callable[[AsyncConnection], Awaitable[Ids]]


def proposals(*states: PostState) -> Ids:
    return {uri for uri, state in PROPOSALS.items() if state in states}


def arguments(*states: PostState, under: tuple[PostState, ...] = tuple(PostState)) -> Ids:
    return {uri for uri, (above, state) in ARGUMENTS.items() if state in states and above in under}


@pytest.fixture
async def every_state(database: Database) -> Database:
    """A proposal in every state, and under each an argument in every state."""
    ends = consultation() | {"opens": START, "closes": START}
    written = [
        proposal(number, "Quai", "<p>Quai</p>", state=state.value, author=ANA)
        | {"id": uri, "text": uri}
        for number, (uri, state) in enumerate(PROPOSALS.items())
    ]
    argued = [
        argument("x", f"<p>Quai {uri}</p>")
        | {"id": uri, "url": uri, "about": f"{HERE}/p/{under}", "state": state.value}
        | {"in_reply_to": f"{HERE}/p/{under}"}
        for uri, (under, state) in ARGUMENTS.items()
    ]
    organiser = {"id": f"{HERE}/o/mairie", "name": "mairie", "title": "Ville"}
    user = {"id": ANA, "name": "ana", "role": "citizen", "created_at": START}
    async with database.write() as connection:
        await connection.execute(insert(Organisers).values(organiser))
        await connection.execute(insert(Consultations).values(ends))
        await connection.execute(insert(ProposalPosts).values(written))
        await connection.execute(insert(ArgumentPosts).values(argued))
        await connection.execute(insert(Users).values(user))
        await subscribe(connection, ZOE, GROUP, at=START)
        while await catch_up(connection, batch=100):
            pass
    return database


async def listing(connection: AsyncConnection) -> Ids:
    reader = Reader(voter=None, now=START, page=1)
    return set((await list_proposals(connection, GROUP, Listing(), reader)).ids)


async def tallies(connection: AsyncConnection) -> Ids:
    found = await tallies_json(connection, GROUP, now=START)
    return {one["id"] for one in found["proposals"]}


async def titles(connection: AsyncConnection) -> Ids:
    return {named.id for named in await find_titles(connection, list(PROPOSALS))}


async def digest(connection: AsyncConnection) -> Ids:
    long_ago = START.replace(year=2000)
    news = await load_news(connection, ZOE, since=long_ago, now=START, until=START)
    return {one.id for happened in news.happened for one in happened.proposals}


async def feed(connection: AsyncConnection) -> Ids:
    feeds = [await load_consultation_feed(connection, "quais")]
    feeds += [await load_proposal_feed(connection, uri) for uri in PROPOSALS]
    return {entry.id for feed in feeds if feed is not None for entry in feed.entries} & KNOWN


async def front_feed(connection: AsyncConnection) -> Ids:
    return {one.id for one in (await load_instance_feed(connection)).entries} - {GROUP}


async def search(connection: AsyncConnection) -> Ids:
    return {one.id for one in await find(connection, read_query("quai"))} - {GROUP}


async def export(connection: AsyncConnection) -> Ids:
    said = orjson.dumps(await export_document(connection, "quais")).decode()
    return {uri for uri in sorted(KNOWN) if uri in said}


async def context(connection: AsyncConnection) -> Ids:
    ids, total = await collected.context(connection, GROUP, offset=0, limit=100)
    assert total == len(ids)
    return set(ids)


async def reported(connection: AsyncConnection) -> Ids:
    return set(await visible_among(connection, KNOWN))


async def weighable(connection: AsyncConnection) -> Ids:
    places = await load_places(connection, KNOWN)
    return {uri for uri, place in places.items() if place.is_there}


async def with_an_address(connection: AsyncConnection) -> Ids:
    return set(await find_all(connection, KNOWN))


async def with_collections(connection: AsyncConnection) -> Ids:
    return {uri for uri in sorted(KNOWN) if await is_known(connection, uri)}


@pytest.mark.rule("3.21")
@pytest.mark.parametrize("read", [listing, tallies, titles, digest])
async def test_proposals_are_listed_while_they_can_be_read(
    every_state: Database, read: Read
) -> None:
    async with every_state.read() as connection:
        assert await read(connection) == proposals(PUBLISHED)


@pytest.mark.rule("3.21")
@pytest.mark.parametrize("read", [feed, search, export, context])
async def test_so_are_arguments_if_their_proposal_can_be_read(
    every_state: Database, read: Read
) -> None:
    async with every_state.read() as connection:
        expected = proposals(PUBLISHED) | arguments(PUBLISHED, under=(PUBLISHED,))
        assert await read(connection) == expected
        assert await front_feed(connection) <= expected


@pytest.mark.rule("3.21")
async def test_what_is_argued_about_a_hidden_proposal_is_not_hidden_itself(
    every_state: Database,
) -> None:
    async with every_state.read() as connection:
        assert await reported(connection) == proposals(PUBLISHED) | arguments(PUBLISHED)
        assert await weighable(connection) == proposals(PUBLISHED) | arguments(PUBLISHED)


@pytest.mark.rule("3.21")
async def test_what_is_hidden_keeps_its_address(every_state: Database) -> None:
    there = (PUBLISHED, HIDDEN)
    async with every_state.read() as connection:
        found = await with_an_address(connection)
        assert found == proposals(*there) | arguments(*there, under=there)
        # What belongs to a hidden argument stays with it; of a hidden proposal nothing is shown.
        assert await with_collections(connection) == proposals(PUBLISHED) | arguments(*there)


@pytest.mark.rule("3.21")
async def test_numbers_agree_with_each_other(every_state: Database) -> None:
    counted = arguments(PUBLISHED, HIDDEN, under=(PUBLISHED,))
    async with every_state.read() as connection:
        (card,) = await load_cards(connection, now=START)
        profile = await load_citizen(connection, ANA)
        usage = await count_usage(connection, START, host="delib.example", sends_mail=True)
        number = await count_proposals(connection, GROUP)
    assert profile is not None
    assert {card.numbers.proposals, profile.proposals, usage.posts, number} == {1}
    assert {card.numbers.arguments, profile.arguments, usage.comments} == {len(counted)}


async def test_a_state_is_the_same_in_a_statement_as_in_a_record(every_state: Database) -> None:
    async with every_state.read() as connection:
        for state in (PostState.PUBLISHED, PostState.HIDDEN, PostState.DELETED):
            rows = await connection.execute(select(Arguments.id).where(in_state(Arguments, state)))
            assert set(rows.scalars()) == arguments(state)


# Where a state is a matter of its own; each with why.
EXCEPTIONS = {
    "deliberation/posts/": "says it",
    "storage/migrations/": "what was, was",
}
COLUMNS = {"hidden_at", "deleted_at"}
TABLES = {"Posts", "Proposals", "Arguments", "ProposalPosts", "ArgumentPosts"}
WORDS = {state.value for state in PostState}


def reads_by_hand(source: str) -> Iterator[int]:
    """Yield the lines at which a condition names a state, or a column that says one."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Compare):
            sides = [node.left, *node.comparators]
            is_state = any(_is_column(side, {"state"}) for side in sides)
            if any(_is_column(side, COLUMNS) for side in sides) or (
                is_state and any(_is_word(side) for side in sides)
            ):
                yield node.lineno
        if isinstance(node, ast.Attribute) and node.attr in {"is_", "is_not", "in_"}:
            is_state = _is_column(node.value, {"state"}) and _owner(node.value) in TABLES
            if is_state or _is_column(node.value, COLUMNS):
                yield node.lineno


def _is_word(node: ast.AST) -> bool:
    """Whether something is the word for a state, as a table keeps it; a record's are compared."""
    if isinstance(node, ast.Attribute) and node.attr == "value":
        return isinstance(node.value, ast.Attribute) and _owner(node.value) == "PostState"
    return isinstance(node, ast.Constant) and node.value in WORDS


def _is_column(node: ast.AST, names: set[str]) -> bool:
    return (
        isinstance(node, ast.Attribute)
        and node.attr in names
        and _owner(node).lower() not in {"actors", "actor", "found", "followings"}
    )


def _owner(node: Any) -> str:
    return node.value.id if isinstance(node.value, ast.Name) else ""


def test_no_other_module_says_what_may_be_seen() -> None:
    root = Path(dosfed.__file__).parent
    found = [
        f"{path.relative_to(root)}:{line}"
        for path in sorted(root.rglob("*.py"))
        if not str(path.relative_to(root)).startswith(tuple(EXCEPTIONS))
        for line in reads_by_hand(path.read_text())
    ]
    assert found == []


@pytest.mark.parametrize(
    "condition",
    [
        "Arguments.hidden_at.is_(None)",
        "record.deleted_at is not None",
        'Proposals.state == "published"',
        'Proposals.state.in_(("waiting", "sent"))',
        "Posts.state != PostState.DELETED.value",
        'row.state == "hidden"',
    ],
)
def test_a_condition_by_hand_would_be_found(condition: str) -> None:
    assert list(reads_by_hand(condition)) == [1]
