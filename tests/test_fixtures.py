"""The ground the other tests stand on."""

import pytest
from sqlalchemy import insert, select

from dosfed.storage.engine import Database, open_database
from dosfed.storage.schema import Kept


@pytest.mark.parametrize("_again", [1, 2])
async def test_each_test_gets_an_empty_database(
    database: Database, database_url: str, _again: int
) -> None:
    async with database.write() as connection:
        await connection.execute(insert(Kept).values(name="colour", value="blue"))

    other = open_database(database_url)
    async with other.read() as connection:
        assert (await connection.execute(select(Kept.name))).scalars().all() == ["colour"]
    await other.dispose()
