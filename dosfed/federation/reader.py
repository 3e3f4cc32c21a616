"""Documents fetched from elsewhere so that what came in can be judged."""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from dosfed.activitypub import remote
from dosfed.activitypub.client import Client, FetchFailed, Gone
from dosfed.activitypub.parsing import read_post
from dosfed.activitypub.reading import Document, Malformed, id_of, many, one, optional_id
from dosfed.activitypub.vocabulary import Post
from dosfed.acts.perform import perform
from dosfed.acts.submission import House, Submission
from dosfed.deliberation.debate.arguments import load_places
from dosfed.federation import posts
from dosfed.federation.cases import Wanted, authors_of
from dosfed.federation.held import threads_of
from dosfed.federation.incoming import Ignored, TurnedDown
from dosfed.federation.judge import Judge
from dosfed.federation.seeing import is_of_home, see_post
from dosfed.instance import host_of
from dosfed.storage.clock import Clock
from dosfed.storage.engine import Database
from dosfed.wire.arguments import read_argument
from dosfed.wire.ballots import may_be_ballot

log = structlog.get_logger(__name__)

RESOLVE_SECONDS = 45.0  # for all that one activity needs; its lease is longer
MAX_STEPS = 8  # documents for one activity, its thread apart
MAX_ANCESTORS = 100  # rule 3.4
MAX_PAGES = 50
MAX_POSTS = 2_000
# A server that is away for a moment is asked again; after this, what needed it is given up.
PATIENCE = timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """What reading from elsewhere works with."""

    database: Database
    client: Client
    clock: Clock
    house: House
    judge: Judge


async def resolve(services: Services, want: Wanted, received_at: datetime) -> None:
    """Fetch what an activity needs, step by step, and have it judged.

    While a server cannot be reached the activity stays as it is; its lease runs out, and it is
    tried again.
    """
    try:
        async with asyncio.timeout(RESOLVE_SECONDS):
            await _resolve(services, want, received_at)
    except (FetchFailed, Malformed, TimeoutError) as error:
        is_passing = isinstance(error, TimeoutError) or (
            isinstance(error, FetchFailed) and not error.is_final
        )
        if not is_passing or services.clock.now() - received_at > PATIENCE:
            await services.judge.give_up(want.row, "refused", f"not to be had: {error}"[:200])


async def _resolve(services: Services, want: Wanted, received_at: datetime) -> None:
    fetched: dict[str, Document | None] = {}
    for _ in range(MAX_STEPS):
        fetched[want.uri] = await _fetch(services, want, received_at)
        judged = await services.judge.judge_with(want.row, fetched)
        if not judged.wanted:
            return
        want = judged.wanted[0]
    await services.judge.give_up(want.row, "refused", "needs too many documents")


async def _fetch(services: Services, want: Wanted, at: datetime) -> Document | None:
    if want.is_parent:
        begun = await _climb(services, want.uri, at)
        # Not a document, but a sign that it was looked for: its words are in the database now, or
        # it hangs on nothing of ours, and then the door says so (`cases.look_for_parent`); or else
        # on a post that waits, whose id this is (`held`).
        return None if begun is None else {"id": begun}
    try:
        document = await services.client.get_document(want.uri)
    except Gone:
        return None
    for author in authors_of({want.uri: document}):
        if host_of(author) == host_of(want.uri):
            await author_name(services, author)  # so that the judge finds it
    return document


async def _climb(services: Services, uri: str, at: datetime) -> str | None:
    """Fetch a reply's ancestors up to a post known here; take them in, oldest first (rule 3.4).

    Return what begins their thread where that waits for a facilitator: they are fetched again then.
    """
    chain: list[Post] = []
    next_uri: str | None = uri
    while next_uri is not None and len(chain) < MAX_ANCESTORS:
        if services.house.instance.is_ours(next_uri) or await _is_place(services, next_uri):
            break
        if (begun := await _beginning_of(services, next_uri)) is not None:
            return begun
        post = read_post(await services.client.get_document(next_uri))
        if post.id in {known.id for known in chain}:
            return None  # posts that answer each other in a ring
        chain.append(post)
        next_uri = post.in_reply_to
    else:
        return None  # it hangs on nothing of ours
    await take_in(services, reversed(chain), at)
    return None


async def _is_place(services: Services, uri: str) -> bool:
    async with services.database.read() as connection:
        return uri in await load_places(connection, [uri])


async def _beginning_of(services: Services, uri: str) -> str | None:
    async with services.database.read() as connection:
        return (await threads_of(connection, [uri])).get(uri)


async def take_in(services: Services, found: Iterable[Post], at: datetime) -> int:
    """Submit posts fetched from their own origins as arguments; return how many were read."""
    number = 0
    for post in found:
        author = post.attributed_to
        if author is None or services.house.instance.is_ours(post.id):
            continue
        if may_be_ballot(post.document):  # fetched, so not by its voter's own request (rule 1.8)
            continue
        try:
            posts.check_origin(post, author)
            posts.check_length(post)
        except (Malformed, TurnedDown):
            continue
        if not post.is_public or post.in_reply_to is None:
            continue
        command = read_argument(post, author, await author_name(services, author))
        # At the moment of the act that led here: an ancestor must not be later than its answer.
        async with services.database.write() as connection:
            await perform(connection, [Submission(command=command, at=at)], services.house)
        number += 1
    return number


async def author_name(services: Services, actor: str) -> str:
    """Return an actor's address for people; its own server is asked if it is not known."""
    async with services.database.read() as connection:
        found = (await remote.known(connection, [actor])).get(actor)
    if found is None:
        try:
            found = await remote.fetch_actor(services.client, actor)
        except (FetchFailed, Malformed):
            return actor
        async with services.database.write() as connection:
            await remote.remember(connection, found, services.clock.now())
    return f"@{found.handle}@{found.host}"


async def backfill(services: Services, group: str) -> int:
    """Read all posts of a mirrored consultation from its home; return how many were new."""
    document = await services.client.get_document(group)
    start = optional_id(document, "context")
    if start is None:
        return 0
    new, now = 0, services.clock.now()
    for uri in await _items(services.client, start):
        if await _is_place(services, uri):
            continue
        try:
            post = read_post(await services.client.get_document(uri))
            new += await _keep(services, post, now)
        except (FetchFailed, Malformed, Ignored) as error:
            log.info("post left out", uri=uri, reason=str(error)[:200])
    return new


async def _keep(services: Services, post: Post, now: datetime) -> int:
    if not is_of_home(post):
        return await take_in(services, [post], now)
    async with services.database.write() as connection:
        by = post.attributed_to or ""
        await see_post(connection, post.document, services.house, by=by, at=now)
    return 1


async def _items(client: Client, start: str) -> list[str]:
    """Return the ids in a collection, page after page, within bounds."""
    found: list[str] = []
    seen: set[str] = set()
    page: str | None = start
    # A collection that leads back to a page of its own would never end.
    while page is not None and page not in seen and len(seen) < MAX_PAGES:
        seen.add(page)
        document = await client.get_document(page)
        found += [uri for item in many(document, "orderedItems") if (uri := id_of(item))]
        page = optional_id(document, "next") or _first(document)
        if len(found) > MAX_POSTS:
            return found[:MAX_POSTS]
    return found


def _first(document: Document) -> str | None:
    return id_of(one(document, "first")) if document.get("type") == "OrderedCollection" else None
