"""`dosfed migrate`."""

from dosfed.acts.opening import prepare
from dosfed.commands import Lines
from dosfed.settings import Settings
from dosfed.storage import migrate as migrations
from dosfed.storage.clock import Clock


async def migrate(settings: Settings, _clock: Clock) -> Lines:
    """Bring the tables up to date; `from` is none where there were none."""
    before = await prepare(settings)
    return [{"kind": "migration", "from": before, "to": migrations.HEAD}]
