"""An instance in development: it may talk to itself and others on loopback."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from dosfed.activitypub.actors import ensure_instance_actor
from dosfed.activitypub.client import Client
from dosfed.activitypub.keys import KeyRing
from dosfed.instance import Instance
from dosfed.settings import Settings, read_settings
from dosfed.storage.clock import Clock
from dosfed.storage.engine import Database
from tests.conftest import START

BASE_URL = "http://delib.localhost:8000"
INSTANCE = Instance(base_url=BASE_URL)


def development_settings(folder: Path, base_url: str = BASE_URL) -> Settings:
    """Return settings under which loopback is open."""
    return read_settings(
        {
            "DOSFED_BASE_URL": base_url,
            "DOSFED_DATA_DIR": str(folder),
            "DOSFED_ALLOW_PRIVATE_NETWORK": "1",
        }
    )


@asynccontextmanager
async def open_client(
    database: Database, settings: Settings, clock: Clock
) -> AsyncIterator[Client]:
    """Open a client that signs as the instance actor, which is made."""
    instance = Instance(base_url=settings.base_url)
    async with database.write() as connection:
        await ensure_instance_actor(connection, instance, START)
    async with Client(settings, instance, clock, KeyRing(database)) as client:
        yield client
