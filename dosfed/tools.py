"""What web, worker and commands share while the process runs."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from dosfed.accounts.courier import MailCourier, door_of
from dosfed.accounts.secrets import Vault
from dosfed.activitypub.blocks import Blocklist
from dosfed.activitypub.client import Client
from dosfed.activitypub.keys import KeyRing
from dosfed.acts.submission import House
from dosfed.settings import Settings
from dosfed.storage.changes import Changes, watched
from dosfed.storage.clock import Clock
from dosfed.storage.engine import Database


@dataclass(frozen=True, slots=True, kw_only=True)
class Tools:
    """What each of them works with."""

    settings: Settings
    database: Database
    house: House
    clock: Clock
    client: Client
    keys: KeyRing
    blocklist: Blocklist
    mails: MailCourier
    vault: Vault
    changes: Changes


@asynccontextmanager
async def open_tools(
    settings: Settings, database: Database, house: House, clock: Clock
) -> AsyncIterator[Tools]:
    """Put together what web and worker share; the client is closed at the end."""
    keys = KeyRing(database)
    blocklist = Blocklist()
    async with database.read() as connection:
        await blocklist.load(connection)
    async with (
        Client(settings, house.instance, clock, keys) as client,
        watched(database) as changes,
    ):
        yield Tools(
            settings=settings,
            database=database,
            house=house,
            clock=clock,
            client=client,
            keys=keys,
            blocklist=blocklist,
            vault=Vault(settings),
            mails=MailCourier(database, clock, door_of(settings), settings.mail_from),
            changes=changes,
        )
