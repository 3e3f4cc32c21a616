"""`dosfed follow`: a consultation that lives elsewhere is shown here, and told who takes part."""

import asyncio
from contextlib import AsyncExitStack

from sqlalchemy import select

from dosfed.activitypub import follows, outbox, remote
from dosfed.activitypub.client import Client, FetchFailed
from dosfed.activitypub.discovery import NotFound, look_up
from dosfed.activitypub.reading import Malformed, one_id
from dosfed.activitypub.remote import RemoteActor
from dosfed.activitypub.tables import Outbox
from dosfed.acts.opening import Opened, open_instance
from dosfed.commands import Lines
from dosfed.deliberation.consultations import mirrors
from dosfed.deliberation.consultations.mirrors import MirroredConsultation
from dosfed.federation import reader
from dosfed.federation.judge import Judge
from dosfed.settings import Settings
from dosfed.storage.clock import Clock
from dosfed.storage.lock import WorkerRuns, worker_lock
from dosfed.tools import Tools, open_tools
from dosfed.wire import terms
from dosfed.wire.consultations import read_consultation, with_mirror

WAIT_SECONDS = 15.0
LOOK_SECONDS = 0.2


class CannotFollow(ValueError):
    """An address leads to nothing that can be followed; the message says why, in one line."""


async def follow(settings: Settings, clock: Clock, *, address: str) -> Lines:
    """Follow a consultation of another instance, and read what it has so far.

    The home's answer is awaited for a while if a worker is there to hear it.
    """
    async with AsyncExitStack() as stack:
        opened = await stack.enter_async_context(open_instance(settings, clock))
        tools = await stack.enter_async_context(
            open_tools(settings, opened.database, opened.house, clock)
        )
        found, actors = await _find(tools.client, opened, address)
        await _ask(tools, found, actors)
        services = reader.Services(
            database=tools.database,
            client=tools.client,
            clock=clock,
            house=tools.house,
            judge=Judge(tools.database, tools.house, clock, tools.blocklist),
        )
        await reader.backfill(services, found.id)
        state = await _await_answer(settings, tools, found.id)
    return [{"kind": "follow", "id": found.id, "state": state}]


async def _find(
    client: Client, opened: Opened, address: str
) -> tuple[MirroredConsultation, list[RemoteActor]]:
    """Return the consultation that an address leads to, with its Group and its organiser."""
    try:
        uri = await look_up(client, address)
        if opened.house.instance.is_ours(uri):
            raise CannotFollow(f"{address}: this consultation is at home here")
        group = await client.get_document(uri)
        if group.get(terms.KIND) != "consultation":
            raise CannotFollow(f"{address}: not a consultation of a dosfed instance")
        organiser_id = one_id(group, terms.ORGANISER)
        organiser = await client.get_document(organiser_id)
        found = read_consultation(group, organiser)
        actors = [remote.read_actor(group, uri), remote.read_actor(organiser, organiser_id)]
    except (NotFound, FetchFailed, Malformed) as error:
        raise CannotFollow(f"{address}: {error}") from error
    return found, actors


async def _ask(tools: Tools, found: MirroredConsultation, actors: list[RemoteActor]) -> None:
    instance = tools.house.instance
    async with tools.database.write() as connection:
        at = await tools.clock.stamp(connection)
        await remote.remember_all(connection, actors, at)
        await mirrors.keep_consultation(connection, found, at)
        request = await follows.follow(connection, instance, (instance.actor, found.id), at)
        sent = await connection.execute(select(Outbox.id).where(Outbox.id == request["id"]))
        if sent.first() is not None:
            return  # it is answered already, or still on its way
        await outbox.put(
            connection, with_mirror(request), at=at, inboxes=[actors[0].inbox], is_public=False
        )


async def _await_answer(settings: Settings, tools: Tools, group: str) -> str:
    deadline = asyncio.get_running_loop().time() + WAIT_SECONDS
    instance = tools.house.instance
    while True:
        async with tools.database.read() as connection:
            state = await follows.state_of(connection, instance.actor, group)
        if state == follows.ACCEPTED:
            return follows.ACCEPTED
        is_late = asyncio.get_running_loop().time() > deadline
        if is_late or not _has_worker(settings, tools):
            return follows.PENDING
        await asyncio.sleep(LOOK_SECONDS)


def _has_worker(settings: Settings, tools: Tools) -> bool:
    """Whether anybody is there to deliver; on PostgreSQL there is no telling."""
    if not tools.database.is_sqlite:
        return True
    try:
        with worker_lock(settings.data_dir):
            return False
    except WorkerRuns:
        return True
