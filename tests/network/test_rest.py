"""A worker that has nothing to do does nothing."""

import asyncio

from sqlalchemy import event

from dosfed.worker import Worker
from tests.network.nodes import Network, Node, proposal

SETTLES_SECONDS = 3.0
WATCHED_SECONDS = 4.0
# Asked twice a second for each thing that might be to do, there were sixty.
MOST = 12


async def test_a_worker_at_rest_hardly_asks_the_database(network: Network, fr: Node) -> None:
    await fr.publish(proposal())
    await network.settle()
    asked: list[str] = []
    for engine in {fr.tools.database.reader, fr.tools.database.writer}:
        event.listen(
            engine.sync_engine, "before_cursor_execute", lambda *given: asked.append(given[2])
        )
    working = asyncio.create_task(Worker(fr.tools).run())
    await asyncio.sleep(SETTLES_SECONDS)
    asked.clear()

    await asyncio.sleep(WATCHED_SECONDS)

    working.cancel()
    await asyncio.gather(working, return_exceptions=True)
    assert len(asked) < MOST, asked
