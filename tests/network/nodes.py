"""Whole instances in one process, joined by a wire; only the test makes them work."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson
from aiohttp import web
from sqlalchemy import select

from dosfed.activitypub.runner import make_runner
from dosfed.activitypub.tables import Deliveries, Inbox
from dosfed.acts.opening import open_instance
from dosfed.acts.perform import perform_one
from dosfed.acts.submission import Command, Done, Submission
from dosfed.app import make_app
from dosfed.commands.follow import follow
from dosfed.deliberation.debate.tables import Arguments
from dosfed.deliberation.votes.tables import Ballots
from dosfed.settings import Settings, read_settings
from dosfed.storage.lock import worker_lock
from dosfed.tools import Tools, open_tools
from dosfed.worker import Worker
from tests.conftest import GivenClock, fresh_database
from tests.network.wire import Wire
from tests.web.site import Browser, Site, path_of

INTERVAL = 60
# A network that loses requests is given so many chances, so many seconds apart: more than
# the lease of an act that waits for documents.
CHANCES = 200
CHANCE_SECONDS = 70
UNTIL_SECONDS = 60.0  # of real time, on a machine that is busy
SPAN = {"opens": "2026-01-01T00:00:00Z", "closes": "2027-01-01T00:00:00Z"}
END = datetime(2026, 7, 1, tzinfo=UTC)  # of every poll


@dataclass(slots=True, kw_only=True)
class Node:
    """A whole instance: its web process listens, its worker works when it is told to."""

    name: str
    settings: Settings
    site: Site
    tools: Tools
    worker: Worker
    proposals: dict[str, str] = field(default_factory=dict)

    @property
    def host(self) -> str:
        """The host of all its ids."""
        return self.tools.house.instance.host

    async def publish(self, *proposals: Mapping[str, Any], **consultation: Any) -> None:
        """Publish the consultation `quais` with these proposals."""
        document = {
            "dosfed": 1,
            "organiser": {"name": "mairie", "title": "Ville de Sauveterre"},
            "consultations": [
                {
                    "name": "quais",
                    "title": "Fermer les quais aux voitures ?",
                    "language": "fr",
                    **SPAN,
                    "proposals": list(proposals),
                    **consultation,
                }
            ],
        }
        self.proposals |= await self.site.import_(document)

    async def work(self) -> int:
        """Do what there is to do now; return how many things were judged and delivered."""
        judged = await self.worker.judge_all()
        await self.worker.tick()
        await self.worker.boost()
        return judged + await self.worker.deliver_all()

    async def kill(self, *works: asyncio.Task[Any]) -> None:
        """Kill the worker with what it is doing, and start another on the same database.

        Of the worker's own cleanup nothing is done: what it held stays leased.
        """
        killed, self.worker = self.worker, Worker(self.tools)
        doing = {
            *works,
            *killed._fetching.tasks,  # noqa: SLF001 - a process takes all its tasks along
            *(held.task for held in killed._courier._held.values()),  # noqa: SLF001
        }
        for task in doing:
            task.cancel()
        await asyncio.gather(*doing, return_exceptions=True)

    async def perform(self, command: Command) -> Done:
        """Do what a citizen asks for where there is no form for it."""
        async with self.tools.database.write() as connection:
            submission = Submission(command=command, at=self.tools.clock.now())
            done = await perform_one(connection, submission, self.tools.house)
        self.site.forget()
        return done

    async def read(self, path: str) -> str:
        """Return what a stranger reads at a path."""
        self.site.forget()
        page = await self.site.browser().get(path)
        assert page.status == 200, f"{path} answers {page.status}"
        return page.words

    async def tallies(self, address: str = "quais") -> dict[str, dict[str, Any]]:
        """Return the file of tallies of a consultation, by proposal."""
        self.site.forget()
        answer = await self.site.browser().get(f"/c/{address}/tallies.json")
        assert answer.status == 200
        return {tally["id"]: tally for tally in orjson.loads(answer.text)["proposals"]}

    async def standing(self, poll: str) -> dict[str, str]:
        """Return what stands of each voter."""
        async with self.tools.database.read() as connection:
            rows = await connection.execute(
                select(Ballots.voter, Ballots.choices).where(
                    Ballots.poll == poll, Ballots.replaced_at.is_(None)
                )
            )
            return {row.voter: row.choices for row in rows}

    async def outcomes(self, kind: str) -> list[tuple[str | None, str | None]]:
        """Return what became of the acts of a kind that came in, in their order."""
        async with self.tools.database.read() as connection:
            rows = await connection.execute(
                select(Inbox.outcome, Inbox.reason).where(Inbox.kind == kind).order_by(Inbox.id)
            )
            return [(row.outcome, row.reason) for row in rows]

    async def unjudged(self) -> int:
        """Return how many acts wait to be judged."""
        async with self.tools.database.read() as connection:
            rows = await connection.execute(select(Inbox.id).where(Inbox.outcome.is_(None)))
            return len(rows.all())

    async def waiting(self) -> int:
        """Return how many deliveries wait, and acts that wait to be judged."""
        async with self.tools.database.read() as connection:
            waits = select(Deliveries.id).where(Deliveries.finished_at.is_(None))
            return len((await connection.execute(waits)).all()) + await self.unjudged()

    async def sent(self, host: str) -> list[str]:
        """Return the ids of the activities that went to a host, in the order of writing."""
        async with self.tools.database.read() as connection:
            rows = await connection.execute(
                select(Deliveries.activity).where(Deliveries.host == host).order_by(Deliveries.id)
            )
            return list(rows.scalars())

    async def arguments(self) -> list[str]:
        """Return the arguments kept here that are not deleted, in order of their ids."""
        async with self.tools.database.read() as connection:
            rows = await connection.execute(
                select(Arguments.id).where(Arguments.deleted_at.is_(None)).order_by(Arguments.id)
            )
            return list(rows.scalars())


@dataclass(slots=True, kw_only=True)
class Network:
    """Several instances, what joins them, and the clock that all of them go by."""

    wire: Wire
    clock: GivenClock
    folder: Path
    template: str
    stack: AsyncExitStack
    nodes: list[Node] = field(default_factory=list)

    async def found(self, name: str) -> Node:
        """Found an instance at `http://<name>.localhost:<port of the wire>`."""
        node = await self.stack.enter_async_context(_running(self, name))
        self.nodes.append(node)
        return node

    async def follow(self, node: Node, home: Node, name: str = "quais") -> str:
        """Let an instance follow another's consultation, as an operator does; return the state."""
        with worker_lock(node.settings.data_dir):
            asking = asyncio.create_task(
                follow(node.settings, self.clock, address=f"{name}@{home.host}")
            )
            while not asking.done():
                await self.settle()
                await asyncio.wait([asking], timeout=0.02)
        (line,) = asking.result()
        await self.settle()
        return str(line["state"])

    async def settle(self) -> None:
        """Let everything happen that can happen at this moment."""
        while sum([await node.work() for node in self.nodes]):
            pass

    async def persist(self) -> None:
        """Let time pass until nothing waits any more, however often requests get lost."""
        for _ in range(CHANCES):
            if not sum([await node.waiting() for node in self.nodes]):
                return
            await self.wait(seconds=CHANCE_SECONDS)
        raise AssertionError("something still waits")

    async def wait(self, *, seconds: float = 0, days: float = 0) -> None:
        """Let time pass, and then everything happen that can."""
        self.clock.advance(seconds=seconds, days=days)
        await self.settle()


@asynccontextmanager
async def _running(network: Network, name: str) -> AsyncIterator[Node]:
    base_url = f"http://{name}.localhost:{network.wire.port}"
    folder = network.folder / name
    folder.mkdir()
    async with AsyncExitStack() as stack:
        settings = read_settings(
            {
                "DOSFED_BASE_URL": base_url,
                "DOSFED_DATA_DIR": str(folder),
                "DOSFED_DATABASE_URL": await stack.enter_async_context(
                    fresh_database(folder, network.template)
                ),
                "DOSFED_ALLOW_PRIVATE_NETWORK": "1",
                "DOSFED_SMTP_URL": "folder",
                "DOSFED_TALLY_INTERVAL": str(INTERVAL),
            }
        )
        opened = await stack.enter_async_context(open_instance(settings, network.clock))
        tools = await stack.enter_async_context(
            open_tools(settings, opened.database, opened.house, network.clock)
        )
        worker = Worker(tools)
        app = make_app(settings, tools, worker)
        network.wire.connect(opened.house.instance.host, await _listen(stack, app))
        site = Site(
            base_url=base_url,
            app=app,
            database=opened.database,
            clock=network.clock,
            house=opened.house,
        )
        try:
            yield Node(name=name, settings=settings, site=site, tools=tools, worker=worker)
        finally:
            network.wire.disconnect(opened.house.instance.host)
            for browser in site.browsers:
                await browser.http.close()


async def _listen(stack: AsyncExitStack, app: web.Application) -> int:
    runner = make_runner(app, shutdown_seconds=0.1)
    await runner.setup()
    stack.push_async_callback(runner.cleanup)
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port: int = runner.addresses[0][1]
    return port


async def until(is_so: Callable[[], Awaitable[object]]) -> None:
    """Wait until something is so that happens beside the test, or raise `TimeoutError`."""
    async with asyncio.timeout(UNTIL_SECONDS):
        while not await is_so():  # noqa: ASYNC110 - a database has no event to wait for
            await asyncio.sleep(0.02)


def proposal(ref: str = "p", **poll: Any) -> dict[str, Any]:
    """Return a proposal of an import file, whose counts are shown from the first ballot on."""
    return {
        "ref": ref,
        "title": f"Proposition {ref}",
        "text": "Le dimanche.",
        "poll": {"method": "agree", "closes": END.isoformat(), "counts_from": 0, **poll},
    }


def mirrored(home: Node, uri: str = "") -> str:
    """Return the path at which a mirror shows the consultation of a home, or one proposal of it."""
    path = f"/c/quais@{home.host}"
    return path + path_of(uri) if uri else path


async def vote(browser: Browser, page: str, *options: str) -> str:
    """Vote by the form of a page; return what the page says then."""
    answer = await browser.submit(page, f"{page}/ballot", option=list(options))
    assert answer.status == 200, answer.words
    return answer.words


async def argue(
    browser: Browser, page: str, text: str, *, in_reply_to: str = "", stance: str = "for"
) -> str:
    """Argue by the form of a page; return what the page says then."""
    answer = await browser.submit(
        page, f"{page}/arguments", text=text, stance=stance, in_reply_to=in_reply_to
    )
    assert answer.status == 200, answer.words
    return answer.words


def counts(tally: Mapping[str, Any]) -> Sequence[int | None]:
    """Return the published counts of a tally, in the order of its options."""
    return [option["ballots"] for option in tally["options"]]
