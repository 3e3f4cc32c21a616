"""`dosfed migrate`."""

from dosfed.commands import Lines
from dosfed.settings import Settings
from dosfed.storage import migrate as migrations
from dosfed.storage.clock import Clock


async def migrate(settings: Settings, _clock: Clock) -> Lines:
    """Bring the tables up to date; `from` is none where there were none."""
    before = await migrations.migrate(settings.database_url)
    return [{"kind": "migration", "from": before, "to": migrations.HEAD}]
