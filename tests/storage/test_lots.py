"""Polls in the middle of their vote when lots came: what was published stays, the rest is safe."""

from typing import Any

from alembic import command
from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from dosfed.deliberation.votes.tables import Ballots, Tallies
from dosfed.deliberation.votes.tallies import load_lots
from dosfed.storage.migrate import migrate
from tests.storage.test_migrate import alembic, opened

HOME = "https://delib.example"
MOVED = 1_000


async def insert(connection: AsyncConnection, table: str, **values: Any) -> None:
    names = ", ".join(values)
    places = ", ".join(f":{name}" for name in values)
    await connection.execute(text(f"INSERT INTO {table} ({names}) VALUES ({places})"), values)  # noqa: S608 - names of this file


async def add_consultation(connection: AsyncConnection, name: str, home: str | None) -> None:
    await insert(
        connection,
        "consultations",
        id=name,
        address=name,
        home=home,
        organiser="o",
        title="",
        summary="",
        language="fr",
        opens=0,
        closes=10**15,
        eligible='"anyone"',
        instances='["friend.example"]',
        needs_facilitator=True,
        erase_after_days=90,
        created_at=0,
    )


async def add_poll(
    connection: AsyncConnection, name: str, *, consultation: str = "home", **said: Any
) -> str:
    """Add a poll as it was kept before lots, with what its tally said."""
    poll = f"{HOME}/p/{name}"
    await insert(
        connection,
        "proposals",
        id=poll,
        consultation=consultation,
        position=1,
        title="",
        text="",
        html="",
        language="fr",
        state="published",
        submitted_at=0,
    )
    await insert(
        connection,
        "polls",
        id=poll,
        proposal=poll,
        method="agree",
        options='["a", "b", "c"]',
        opens=0,
        closes=10**15,
        hides_counts=False,
        counts_from=said.pop("counts_from", 5),
        closed_at=said.pop("closed_at", None),
    )
    tally = {"changed": 0, "counted_to": 0, "is_stale": False, **said}
    await insert(connection, "tallies", poll=poll, **tally)
    return poll


async def cast(
    connection: AsyncConnection, poll: str, voter: str, choice: int, *, replaced: int | None = None
) -> None:
    await insert(
        connection,
        "ballots",
        poll=poll,
        voter=voter,
        host=voter.partition("@")[2] or "masto.example",
        choices=str(choice),
        was_added=False,
        cast_at=0,
        replaced_at=replaced,
    )


async def last_ballot(connection: AsyncConnection) -> int:
    number = (await connection.execute(text("SELECT max(id) FROM ballots"))).scalar_one()
    return int(number)


async def fill(connection: AsyncConnection) -> dict[str, str]:
    """Return polls by what they are an example of, in a database without lots."""
    await add_consultation(connection, "home", None)
    await add_consultation(connection, "mirrored", "home.example")
    few = await add_poll(connection, "few", changed=4)
    for number in range(4):
        await cast(connection, few, f"v{number}", 0)
    many = await add_poll(connection, "many", changed=20)
    for number in range(20):
        await cast(connection, many, f"v{number}@friend.example", number % 3)
    for number in range(6):
        changed = 2 * MOVED if number == 0 else None
        await cast(connection, f"{HOME}/p/shown", f"v{number}", 0, replaced=changed)
    shown = await add_poll(
        connection,
        "shown",
        changed=3,
        counted_to=await last_ballot(connection),
        counts="[6, 0, 0]",
        voters=6,
        moved_at=MOVED,
    )
    await cast(connection, shown, "v0", 1)
    await cast(connection, shown, "new", 2)
    bare = await add_poll(connection, "bare", counts_from=1, changed=1)
    await cast(connection, bare, "v0@delib.example", 2)
    closed = await add_poll(connection, "closed", closed_at=5, counts="[1, 0, 0]", voters=1)
    elsewhere = await add_poll(connection, "there", consultation="mirrored", counts="[9, 0, 0]")
    return {
        "few": few,
        "many": many,
        "shown": shown,
        "bare": bare,
        "closed": closed,
        "elsewhere": elsewhere,
    }


async def test_what_was_published_stays_and_what_came_since_is_one_lot(
    empty_database_url: str,
) -> None:
    async with opened(empty_database_url) as database:
        async with database.write() as connection:
            await connection.run_sync(lambda sync: command.upgrade(alembic(sync), "0008"))
            polls = await fill(connection)
        await migrate(empty_database_url)
        async with database.read() as connection:
            lots = await load_lots(connection, polls.values())
            kept = {
                name: (
                    lots[poll].lot,
                    lots[poll].voters,
                    lots[poll].now,
                    lots[poll].held,
                    lots[poll].ready,
                )
                for name, poll in polls.items()
            }
            published = await connection.execute(select(Tallies.poll, Tallies.counts))
            counts = {row.poll: row.counts for row in published}
            places = await connection.execute(
                select(Ballots.voter, Ballots.lot, Ballots.before).where(
                    Ballots.poll == polls["shown"], Ballots.replaced_at.is_(None)
                )
            )
            found = {row.voter: (row.lot, row.before) for row in places}
    assert kept["few"] == (1, 4, [4, 0, 0, 0, 0, 4], None, None)
    assert kept["many"] == (2, 0, [7, 7, 6, 0, 20, 0], (7, 7, 6, 0, 20, 0), None)
    assert kept["shown"] == (1, 2, [5, 1, 1, 0, 0, 7], None, None)
    assert kept["bare"] == (1, 0, [0, 0, 1, 1, 0, 0], None, (0, 0, 1, 1, 0, 0))
    nobody = [0, 0, 0, 0, 0, 0]
    assert kept["closed"] == kept["elsewhere"] == (1, 0, nobody, None, None)
    assert counts[polls["shown"]] == [6, 0, 0]
    assert counts[polls["elsewhere"]] == [9, 0, 0]
    assert found["v0"] == (1, "0")
    assert found["new"] == (1, None)
    assert found["v1"] == (0, None)
