"""Following what lives elsewhere, and being told in one line why that cannot be."""

from pathlib import Path

import pytest

from dosfed.commands.follow import CannotFollow, follow
from dosfed.settings import read_settings
from tests.conftest import GivenClock
from tests.simulated.fediverse import fediverse


@pytest.mark.usefixtures("database")
async def test_only_a_consultation_can_be_followed(
    database_url: str, clock: GivenClock, tmp_path: Path
) -> None:
    settings = read_settings(
        {
            "DOSFED_DATA_DIR": str(tmp_path),
            "DOSFED_DATABASE_URL": database_url,
            "DOSFED_ALLOW_PRIVATE_NETWORK": "1",
        }
    )
    async with fediverse() as world:
        ana = world.server("masto").actor("ana")
        with pytest.raises(CannotFollow) as raised:
            await follow(settings, clock, address=ana.id)
    assert str(raised.value) == f"{ana.id}: not a consultation of a dosfed instance"
