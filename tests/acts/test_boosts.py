"""A consultation boosts its polls when that is of use, undoing the former boost each time."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import pytest
from alembic import command
from sqlalchemy import delete, insert, select, update

from dosfed.activitypub.tables import Deliveries, Destinations, Followers, Outbox
from dosfed.activitypub.writing import rfc3339
from dosfed.acts.boosts import boost_due
from dosfed.acts.imports import import_document
from dosfed.acts.perform import perform_one
from dosfed.acts.submission import House, Submission
from dosfed.deliberation.model import ActorId, Role
from dosfed.deliberation.moderation.model import Hide
from dosfed.deliberation.proposals.tables import ProposalPosts
from dosfed.deliberation.votes.boosts import is_any_due
from dosfed.deliberation.votes.tables import Boosts
from dosfed.storage.engine import Database, open_database
from tests.conftest import BASE_URL, START, GivenClock
from tests.people import add_user
from tests.storage.test_migrate import alembic
from tests.ticking import take_turn

GROUP, SERVICE = f"{BASE_URL}/c/quais", f"{BASE_URL}/o/mairie"
MASTO, LEMMY = "https://masto.example/inbox", "https://lemmy.example/inbox"
DAY = timedelta(days=1)


class Town:
    """A consultation that is followed from Mastodon and from Lemmy, and nothing else."""

    def __init__(self, database: Database, house: House, clock: GivenClock) -> None:
        self.database = database
        self.house = house
        self.clock = clock

    async def publish(self, **poll: datetime | str | None) -> str:
        """Import a consultation with a poll; return its id."""
        given = {name: rfc3339(v) if isinstance(v, datetime) else v for name, v in poll.items()}
        document = {
            "dosfed": 1,
            "organiser": {"name": "mairie", "title": "Ville"},
            "consultations": [
                {
                    "name": "quais",
                    "title": "Fermer les quais ?",
                    "language": "fr",
                    "opens": "2026-01-01T00:00:00Z",
                    "closes": "2027-01-01T00:00:00Z",
                    "proposals": [
                        {"title": "Le dimanche", "poll": {"method": "agree", **given}},
                        {"title": "Sans vote"},
                    ],
                }
            ],
        }
        await self.follow()
        async with self.database.write() as connection:
            made = await import_document(connection, document, self.house, at=self.clock.now())
        return next(one.id for one in made if one.kind == "poll")

    async def follow(self) -> None:
        """Let somebody follow the consultation from each of two servers."""
        async with self.database.write() as connection:
            for inbox, software in ((MASTO, "mastodon"), (LEMMY, "lemmy")):
                host = inbox.split("/")[2]
                follower = {"follower": f"https://{host}/u/x", "follow_id": "", "host": host}
                at = {"inbox": inbox, "shared_inbox": inbox, "since": START}
                await connection.execute(insert(Followers).values(actor=GROUP, **follower, **at))
                known = {"host": host, "software": software, "software_at": START}
                queue = {"is_waiting": False, "next_at": START, "failures": 0}
                await connection.execute(insert(Destinations).values(**known, **queue))

    async def work(self) -> int:
        """Do what a worker does now."""
        await take_turn(self.database, self.house, self.clock.now())
        async with self.database.write() as connection:
            return await boost_due(connection, self.house, now=self.clock.now())

    async def live(self, until: datetime, *, step: timedelta = timedelta(hours=6)) -> None:
        """Let time pass, with a worker that looks every now and then."""
        while self.clock.now() < until:
            self.clock.advance(seconds=step.total_seconds())
            await self.work()

    async def sent(self, inbox: str, poll: str) -> list[tuple[str, Any]]:
        """Return what a server was sent about a poll: kinds, with what they are about."""
        async with self.database.read() as connection:
            rows = await connection.execute(
                select(Outbox.body, Outbox.created_at)
                .join(Deliveries, Deliveries.activity == Outbox.id)
                .where(Deliveries.inbox == inbox, Outbox.body.is_not(None))
                .order_by(Deliveries.id)
            )
            said = [orjson.loads(row.body) for row in rows if poll.encode() in row.body]
        return [(one["type"], one["object"]) for one in said]

    async def boosts(self, poll: str) -> list[str]:
        """Return the kinds of what a server of the microblogging sort was sent."""
        said = await self.sent(MASTO, poll)
        assert all(isinstance(thing, str) for kind, thing in said if kind == "Announce")
        return [kind for kind, _ in said if kind in {"Announce", "Undo"}]

    async def next_boost(self, poll: str) -> datetime | None:
        async with self.database.read() as connection:
            statement = select(Boosts.next_at).where(Boosts.proposal == poll)
            return (await connection.execute(statement)).scalar_one_or_none()


@pytest.fixture
async def town(database: Database, house: House, clock: GivenClock) -> Town:
    """A consultation that is followed from Mastodon and from Lemmy, and nothing else."""
    return Town(database, house, clock)


AGAIN = ["Undo", "Announce"]


@pytest.mark.rule("8.8")
async def test_a_poll_is_boosted_at_publication_opening_and_before_the_end(town: Town) -> None:
    poll = await town.publish(opens=START + 3 * DAY, closes=START + 13 * DAY)
    assert await town.boosts(poll) == ["Announce"]

    await town.live(START + 2.75 * DAY)
    assert await town.boosts(poll) == ["Announce"]
    await town.live(START + 3 * DAY)
    assert await town.boosts(poll) == ["Announce", *AGAIN]
    await town.live(START + 10.75 * DAY)
    assert await town.boosts(poll) == ["Announce", *AGAIN]
    await town.live(START + 11 * DAY)
    assert await town.boosts(poll) == ["Announce", *AGAIN, *AGAIN]
    await town.live(START + 20 * DAY)
    assert (await town.boosts(poll)).count("Announce") == 3


async def test_each_boost_but_the_last_is_undone(town: Town) -> None:
    poll = await town.publish(opens=START + 3 * DAY, closes=START + 13 * DAY)
    await town.live(START + 12 * DAY)

    said = await town.sent(MASTO, poll)
    undone = [thing for kind, thing in said if kind == "Undo"]
    assert [thing["object"] for thing in undone] == [poll, poll]
    assert len({thing["id"] for thing in undone}) == 2
    async with town.database.read() as connection:
        shown = select(Outbox.id, Outbox.body).where(Outbox.actor == GROUP, Outbox.is_public)
        bodies = [orjson.loads(row.body) for row in await connection.execute(shown)]
    standing = [one["id"] for one in bodies if one["object"] == poll]
    assert len(standing) == 1
    assert not {thing["id"] for thing in undone} & set(standing)
    assert [one["type"] for one in bodies if one["type"] == "Undo"] == []


async def test_who_reads_whole_activities_gets_the_same_create_again(town: Town) -> None:
    poll = await town.publish(opens=START + 3 * DAY, closes=START + 4 * DAY)
    await town.live(START + 5 * DAY)

    said = await town.sent(LEMMY, poll)
    whole = [thing for kind, thing in said if kind == "Announce" and isinstance(thing, dict)]
    bare = [thing for kind, thing in said if kind == "Announce" and isinstance(thing, str)]
    assert bare == [poll, poll]
    assert [one["type"] for one in whole] == ["Create", "Create"]
    assert len({one["id"] for one in whole}) == 1
    assert {one["object"]["id"] for one in whole} == {poll}


@pytest.mark.parametrize(
    ("opens", "closes", "boosts"),
    [
        (-DAY, 13 * DAY, 2),  # open already: now, and before the end
        (-DAY, DAY, 1),  # ends soon: now is late enough
        (DAY, 1.5 * DAY, 2),  # shorter than two days: now, and when it opens
        (DAY, 3 * DAY, 2),  # two days exactly
        (DAY, 4 * DAY, 3),
        (-3 * DAY, -DAY, 0),  # over
    ],
)
async def test_no_poll_is_boosted_twice_for_one_reason(
    town: Town, opens: timedelta, closes: timedelta, boosts: int
) -> None:
    poll = await town.publish(opens=START + opens, closes=START + closes)

    await town.live(START + 15 * DAY)

    assert (await town.boosts(poll)).count("Announce") == boosts


@pytest.mark.rule("8.8")
async def test_a_worker_that_stood_still_boosts_once_or_not_at_all(town: Town) -> None:
    poll = await town.publish(opens=START + DAY, closes=START + 10 * DAY)
    town.clock.advance(days=9)
    await town.work()
    await town.work()
    assert (await town.boosts(poll)).count("Announce") == 2

    late = Town(town.database, town.house, town.clock)
    late.clock.advance(days=5)
    assert await late.work() == 0
    assert (await town.boosts(poll)).count("Announce") == 2


async def test_a_poll_that_ended_meanwhile_is_boosted_no_more(town: Town) -> None:
    poll = await town.publish(opens=START + DAY, closes=START + 2 * DAY)
    town.clock.advance(days=5)

    await town.work()

    assert await town.boosts(poll) == ["Announce"]
    assert await town.next_boost(poll) is None
    async with town.database.read() as connection:
        assert not await is_any_due(connection, town.clock.now())


@pytest.mark.rule("8.8")
async def test_what_is_hidden_is_boosted_once_it_is_shown_again(town: Town) -> None:
    poll = await town.publish(opens=START + DAY, closes=START + 30 * DAY)
    async with town.database.write() as connection:
        await add_user(connection, "ana", Role.MODERATOR, town.house, at=START)
    await hide(town, poll, is_hidden=True)
    await town.live(START + 3 * DAY)
    assert (await town.boosts(poll)).count("Announce") == 1

    await hide(town, poll, is_hidden=False)
    await town.work()

    assert (await town.boosts(poll)).count("Announce") == 2


async def hide(town: Town, poll: str, *, is_hidden: bool) -> None:
    act = Hide(id=poll, by=ActorId(f"{BASE_URL}/u/ana"), is_hidden=is_hidden, reason="Nom")
    async with town.database.write() as connection:
        submission = Submission(command=act, at=town.clock.now())
        await perform_one(connection, submission, town.house)


@pytest.mark.parametrize("state", ["deleted", "waiting", "refused"])
async def test_what_is_not_there_is_not_boosted(town: Town, state: str) -> None:
    poll = await town.publish(opens=START + DAY, closes=START + 30 * DAY)
    async with town.database.write() as connection:
        await connection.execute(
            update(ProposalPosts).where(ProposalPosts.id == poll).values(state=state)
        )

    await town.live(START + 3 * DAY)

    assert (await town.boosts(poll)).count("Announce") == 1


async def test_several_workers_boost_once(town: Town, database_url: str) -> None:
    poll = await town.publish(opens=START + DAY, closes=START + 30 * DAY)
    town.clock.advance(days=2)
    others: Sequence[Database] = [open_database(database_url) for _ in range(3)]

    await asyncio.gather(*(Town(other, town.house, town.clock).work() for other in others))

    for other in others:
        await other.dispose()
    assert await town.boosts(poll) == ["Announce", *AGAIN]


async def test_who_follows_later_gets_the_next_boost(town: Town) -> None:
    poll = await town.publish(opens=START + DAY, closes=START + 30 * DAY)
    async with town.database.write() as connection:
        await connection.execute(delete(Deliveries))
        await connection.execute(delete(Followers).where(Followers.host == "lemmy.example"))

    await town.live(START + DAY)

    assert await town.boosts(poll) == AGAIN
    assert await town.sent(LEMMY, poll) == []


FAR = datetime(2200, 1, 1, tzinfo=UTC)  # the migration goes by the machine's own clock


@pytest.mark.parametrize(
    ("opens", "closes"), [(START - DAY, FAR), (FAR - 9 * DAY, FAR), (FAR - DAY, FAR)]
)
async def test_an_old_database_knows_what_was_announced_and_boosts_nothing_at_once(
    town: Town, opens: datetime, closes: datetime
) -> None:
    poll = await town.publish(opens=opens, closes=closes)
    known = await kept(town)
    assert known[0] == poll

    async with town.database.write() as connection:
        await connection.run_sync(lambda sync: command.downgrade(alembic(sync), "0007"))
        await connection.run_sync(lambda sync: command.upgrade(alembic(sync), "head"))
    town.clock.advance(days=200)

    assert await kept(town) == known
    assert await town.work() == 0
    town.clock.moment = closes - DAY
    await town.work()
    assert await town.boosts(poll) == ["Announce", *AGAIN]


async def test_of_an_old_database_no_poll_that_is_over_is_boosted(town: Town) -> None:
    poll = await town.publish(opens=START - DAY, closes=START + 5 * DAY)

    async with town.database.write() as connection:
        await connection.run_sync(lambda sync: command.downgrade(alembic(sync), "0007"))
        await connection.run_sync(lambda sync: command.upgrade(alembic(sync), "head"))
    town.clock.advance(days=4)

    assert await town.work() == 0
    assert await town.next_boost(poll) is None


async def kept(town: Town) -> tuple[Any, ...]:
    async with town.database.read() as connection:
        return tuple((await connection.execute(select(*Boosts.__table__.c))).one())
