"""An organiser posts by the clock: once, in the language of the consultation, what is true."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import orjson
import pytest
from alembic import command
from sqlalchemy import insert, select, update

from dosfed.activitypub.tables import Deliveries, Followers, Outbox
from dosfed.activitypub.writing import rfc3339
from dosfed.acts.imports import import_document
from dosfed.acts.notes import choose_voice
from dosfed.acts.submission import House
from dosfed.acts.voice import is_any_due, speak_due
from dosfed.deliberation.consultations.model import PhaseKind
from dosfed.deliberation.consultations.tables import Consultations
from dosfed.deliberation.model import ConsultationId, Role
from dosfed.deliberation.notes.model import ChooseVoice, NoteKind
from dosfed.deliberation.notes.tables import Notes
from dosfed.storage.engine import Database, open_database
from dosfed.texts import plain_text, render_markdown
from dosfed.wire.announcing import Announced, announce, announce_results, say_when
from tests.conftest import BASE_URL, START, GivenClock
from tests.people import add_user
from tests.storage.test_migrate import alembic
from tests.ticking import take_turn

GROUP, SERVICE = f"{BASE_URL}/c/quais", f"{BASE_URL}/o/mairie"
FOLLOWER = "https://masto.example/inbox"
DAY = timedelta(days=1)


class Town:
    """A consultation from its making on, with a worker that looks every few hours."""

    def __init__(self, database: Database, house: House, clock: GivenClock) -> None:
        self.database = database
        self.house = house
        self.clock = clock

    async def make(self, *names: str, **given: Any) -> None:
        """Make a consultation of each name, that opens in a day and lasts ten."""
        dates = {"opens": START + DAY, "closes": START + 11 * DAY} | given
        said = {k: rfc3339(v) if isinstance(v, datetime) else v for k, v in dates.items()}
        one = {"title": "Fermer les quais ?", "language": "fr", **said}
        document = {
            "dosfed": 1,
            "organiser": {"name": "mairie", "title": "Ville"},
            "consultations": [{"name": name, **one} for name in names or ("quais",)],
        }
        async with self.database.write() as connection:
            await import_document(connection, document, self.house, at=self.clock.now())

    async def follow(self) -> None:
        """Let somebody follow the consultation from another server."""
        follower = {"follower": "https://masto.example/u/x", "follow_id": "", "since": START}
        at = {"inbox": FOLLOWER, "shared_inbox": FOLLOWER, "host": "masto.example"}
        async with self.database.write() as connection:
            await connection.execute(insert(Followers).values(actor=GROUP, **follower, **at))

    async def work(self) -> int:
        """Do what a worker does now."""
        await take_turn(self.database, self.house, self.clock.now())
        async with self.database.read() as connection:
            if not await is_any_due(connection, self.clock.now()):
                return 0
        async with self.database.write() as connection:
            return await speak_due(connection, self.house, now=self.clock.now())

    async def live(self, until: datetime, *, step: timedelta = timedelta(hours=6)) -> None:
        """Let time pass."""
        while self.clock.now() < until:
            self.clock.advance(seconds=step.total_seconds())
            await self.work()

    async def said(self) -> list[tuple[str, datetime]]:
        """Return the kinds of what was posted, with when."""
        async with self.database.read() as connection:
            rows = await connection.execute(
                select(Notes.kind, Notes.published_at).order_by(Notes.published_at, Notes.id)
            )
            return [(row.kind, row.published_at) for row in rows]

    async def kinds(self) -> list[str]:
        """Return the kinds of what was posted."""
        return [kind for kind, _ in await self.said()]

    async def words(self) -> list[str]:
        """Return what was posted, as it is read."""
        async with self.database.read() as connection:
            rows = await connection.execute(select(Notes.text).order_by(Notes.published_at))
            return [plain_text(render_markdown(text)) for text in rows.scalars()]

    async def sent(self) -> list[Any]:
        """Return what the follower was sent."""
        async with self.database.read() as connection:
            rows = await connection.execute(
                select(Outbox.body)
                .join(Deliveries, Deliveries.activity == Outbox.id)
                .where(Deliveries.inbox == FOLLOWER)
                .order_by(Deliveries.id)
            )
            return [orjson.loads(body) for body in rows.scalars() if body]


@pytest.fixture
async def town(database: Database, house: House, clock: GivenClock) -> Town:
    """An instance without a consultation."""
    return Town(database, house, clock)


def phase(kind: str, opens: datetime, closes: datetime) -> dict[str, str]:
    return {"kind": kind, "opens": rfc3339(opens), "closes": rfc3339(closes)}


@pytest.mark.rule("8.10")
async def test_a_consultation_is_told_when_it_opens_and_before_it_ends(town: Town) -> None:
    await town.make()
    await town.live(START + 30 * DAY)

    assert await town.said() == [("opening", START + DAY), ("ending", START + 9 * DAY)]
    opening, ending = await town.words()
    assert opening.replace("\N{NO-BREAK SPACE}", " ") == (
        "La consultation « Fermer les quais ? » est ouverte, jusqu'au 12 mai 2026 à 12 h 00 (UTC)."
    )
    assert ending.startswith("Derniers jours pour participer")


@pytest.mark.rule("8.10")
async def test_phases_are_told_when_they_begin_and_before_they_end(town: Town) -> None:
    start = START + DAY
    await town.make(
        phases=[
            phase("information", start, start + 3 * DAY),
            phase("proposals", start + 3 * DAY, start + 7 * DAY),
            phase("voting", start + 7 * DAY, start + 10 * DAY),
        ]
    )
    await town.live(START + 30 * DAY)

    assert await town.said() == [
        ("opening", start),  # and with it the first phase
        ("phase", start + 3 * DAY),
        ("ending", start + 5 * DAY),  # of proposals; nothing can be done about information
        ("phase", start + 7 * DAY),
        ("ending", start + 8 * DAY),  # of votes and of all, told once
    ]
    words = await town.words()
    assert "s'informer" in words[0]
    assert "faire des propositions" in words[1]
    assert "derniers jours pour faire des propositions" in words[2]
    assert "voter" in words[3]


async def test_who_follows_gets_a_post_of_the_organiser_boosted_by_its_consultation(
    town: Town,
) -> None:
    await town.make()
    await town.follow()
    await town.live(START + 2 * DAY)

    (announced,) = await town.sent()
    assert (announced["type"], announced["actor"]) == ("Announce", GROUP)
    async with town.database.read() as connection:
        rows = await connection.execute(select(Outbox.body).where(Outbox.actor == SERVICE))
        (created,) = [orjson.loads(body) for body in rows.scalars() if body]
    note = created["object"]
    assert note["id"] == announced["object"]
    assert note["type"] == "Note"
    assert (note["attributedTo"], note["audience"]) == (SERVICE, GROUP)
    assert (note["dosfed:kind"], note["dosfed:consultation"]) == ("note", GROUP)
    assert list(note["contentMap"]) == ["fr"]
    assert f'<a href="{GROUP}">{GROUP}</a>' in note["content"]
    assert "inReplyTo" not in note


@pytest.mark.rule("8.10")
async def test_results_that_stand_together_are_one_post(town: Town) -> None:
    poll = {"method": "agree", "closes": rfc3339(START + 5 * DAY)}
    later = {"method": "agree", "closes": rfc3339(START + 7 * DAY)}
    await town.make(
        proposals=[
            {"title": "Le dimanche", "text": "x", "poll": poll},
            {"title": "Le [samedi](x)", "text": "x", "poll": poll},
            {"title": "Une navette", "text": "x", "poll": later},
            {"title": "Sans vote", "text": "x"},
        ]
    )
    await town.live(START + 8 * DAY)

    assert await town.kinds() == ["opening", "result", "result"]
    _, two, one = await town.words()
    assert "2 votes sont terminés" in two
    assert "Le dimanche" in two
    assert "Le [samedi](x)" in two
    assert "Une navette" in one
    async with town.database.read() as connection:
        rows = await connection.execute(select(Notes.about).order_by(Notes.published_at))
        abouts = list(rows.scalars())
    assert abouts[:2] == [None, None]
    assert str(abouts[2]).startswith(f"{BASE_URL}/p/")


@pytest.mark.rule("8.10")
async def test_a_worker_that_stood_still_says_once_what_is_still_true(town: Town) -> None:
    await town.make(phases=[phase("proposals", START + 2 * DAY, START + 6 * DAY)])
    town.clock.advance(days=3)
    await town.work()
    await town.work()
    assert await town.kinds() == ["phase"]

    town.clock.advance(days=50)
    assert await town.work() == 0
    assert await town.kinds() == ["phase"]


async def test_a_clock_that_jumps_back_says_nothing_twice(town: Town) -> None:
    await town.make()
    await town.live(START + 10 * DAY)
    town.clock.moment = START + DAY
    await town.live(START + 10 * DAY)

    assert await town.kinds() == ["opening", "ending"]


@pytest.mark.rule("8.10")
async def test_nothing_is_told_of_what_was_brought_from_the_past(town: Town) -> None:
    ended = {"method": "agree", "closes": rfc3339(START - DAY)}
    ended["result"] = {  # type: ignore[assignment]
        "from": "https://old.example/p/1",
        "closed": rfc3339(START - DAY),
        "ballots": [3, 2, 1],
        "voters": 6,
    }
    await town.make(
        opens=START - 5 * DAY, proposals=[{"title": "Ancien", "text": "x", "poll": ended}]
    )
    await town.live(START + DAY)

    assert await town.kinds() == []


async def test_who_opens_one_by_hand_is_heard_at_once(town: Town) -> None:
    await town.make(opens=START - timedelta(minutes=1))
    await town.work()

    assert await town.kinds() == ["opening"]


@pytest.mark.rule("8.10")
async def test_nothing_is_told_of_what_is_withdrawn_or_at_home_elsewhere(town: Town) -> None:
    await town.make("quais", "marche")
    async with town.database.write() as connection:
        for name, values in (("quais", {"withdrawn_at": START}), ("marche", {"home": "x.example"})):
            where = Consultations.id == f"{BASE_URL}/c/{name}"
            await connection.execute(update(Consultations).where(where).values(values))
    await town.live(START + 12 * DAY)

    assert await town.kinds() == []


@pytest.mark.rule("8.10")
async def test_what_is_switched_off_is_passed_over_for_good(town: Town) -> None:
    await town.make()
    async with town.database.write() as connection:
        team = await add_user(connection, "team", Role.ORGANISER, town.house, at=START)
    await choose(town, team, NoteKind.OPENING)
    await town.live(START + 2 * DAY)
    await choose(town, team)
    await town.live(START + 12 * DAY)

    assert await town.kinds() == ["ending"]


async def choose(town: Town, by: Any, *silent: NoteKind) -> None:
    chosen = ChooseVoice(consultation=ConsultationId(GROUP), by=by, silent=frozenset(silent))
    async with town.database.write() as connection:
        await choose_voice(connection, chosen, at=town.clock.now())


@pytest.mark.rule("8.10")
async def test_an_end_that_was_put_off_is_told_anew(town: Town) -> None:
    await town.make()
    await town.live(START + 10 * DAY)
    async with town.database.write() as connection:
        later = {"closes": START + 20 * DAY}
        await connection.execute(update(Consultations).values(later))
    await town.live(START + 25 * DAY)

    assert await town.said() == [
        ("opening", START + DAY),
        ("ending", START + 9 * DAY),
        ("ending", START + 18 * DAY),
    ]


async def test_a_short_consultation_is_told_of_once(town: Town) -> None:
    await town.make(closes=START + 3 * DAY)
    await town.live(START + 5 * DAY)

    assert await town.kinds() == ["opening"]


async def test_many_that_open_at_once_are_all_told_of(town: Town) -> None:
    await town.make(*(f"c{number}" for number in range(25)))
    town.clock.advance(days=1)
    while await town.work():
        continue

    assert await town.kinds() == ["opening"] * 25


async def test_several_workers_tell_once(town: Town, database_url: str) -> None:
    await town.make()
    town.clock.advance(days=2)
    others = [open_database(database_url) for _ in range(3)]

    await asyncio.gather(*(Town(other, town.house, town.clock).work() for other in others))

    for other in others:
        await other.dispose()
    assert await town.kinds() == ["opening"]


async def test_an_old_database_is_told_of_nothing_that_had_begun(town: Town) -> None:
    await town.make(opens=datetime.now(UTC) - 5 * DAY, closes=datetime.now(UTC) + 20 * DAY)
    async with town.database.write() as connection:
        created = {"created_at": datetime.now(UTC) - 6 * DAY}
        await connection.execute(update(Consultations).values(created))
        await connection.run_sync(lambda sync: command.downgrade(alembic(sync), "0020"))
        await connection.run_sync(lambda sync: command.upgrade(alembic(sync), "head"))
    town.clock.moment = datetime.now(UTC) + DAY
    await town.live(datetime.now(UTC) + 30 * DAY)

    assert await town.kinds() == ["ending"]


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("fr", "1er janvier 2027 à 1\N{NO-BREAK SPACE}h\N{NO-BREAK SPACE}05 (Paris)"),
        ("es", "1 de enero de 2027 a la 1:05 (Paris)"),
        ("en", "1 January 2027 at 1:05 (Paris)"),
        ("de", "1 January 2027 at 1:05 (Paris)"),
    ],
)
def test_a_moment_is_written_as_people_write_it(language: str, words: str) -> None:
    moment = datetime(2027, 1, 1, 0, 5, tzinfo=UTC)
    assert say_when(moment, language, ZoneInfo("Europe/Paris")) == words


@pytest.mark.parametrize("language", ["fr", "es", "en", "de"])
@pytest.mark.parametrize("kind", [NoteKind.OPENING, NoteKind.PHASE, NoteKind.ENDING])
@pytest.mark.parametrize("phase_kind", [None, *PhaseKind])
def test_everything_can_be_said_in_each_language(
    language: str, kind: NoteKind, phase_kind: PhaseKind | None
) -> None:
    if (kind, phase_kind) in {(NoteKind.PHASE, None), (NoteKind.ENDING, PhaseKind.INFORMATION)}:
        return
    phases = [] if phase_kind is None else [(phase_kind, START + DAY)]
    said = announce(
        Announced(kind=kind, title="<b>*Quais*", language=language, until=START, phases=phases),
        None,
    )
    read = plain_text(render_markdown(said))
    assert "<b>*Quais*" in read
    assert "2026" in read
    assert "{" not in read


def test_of_many_results_ten_are_named() -> None:
    votes = [(f"Vote {number}", f"{BASE_URL}/p/{number}") for number in range(30)]
    said = announce_results("Quais", "en", votes)

    assert "30 votes have ended" in said
    assert said.count(f"{BASE_URL}/p/") == 10
