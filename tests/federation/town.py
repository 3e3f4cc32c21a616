"""A town with one consultation, whose inbox takes verified activities without any network."""

import asyncio
import itertools
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select

from dosfed.activitypub.actors import ensure_instance_actor
from dosfed.activitypub.blocks import Blocklist
from dosfed.activitypub.inbox import Receiver
from dosfed.activitypub.reading import one_id
from dosfed.activitypub.remote import RemoteActor, remember, remember_all
from dosfed.activitypub.tables import Inbox, Outbox
from dosfed.activitypub.verification import Verified
from dosfed.acts.imports import import_document
from dosfed.acts.submission import House
from dosfed.deliberation.votes.tables import Ballots, Polls, Tallies
from dosfed.federation.judge import Judge, Judged
from dosfed.instance import Instance, host_of
from dosfed.storage.engine import Database
from tests.conftest import GivenClock
from tests.ticking import take_turn

BASE = "https://delib.example"
POLL = f"{BASE}/p/q7w2e9r4t1y8u3i6"
GROUP = f"{BASE}/c/quays"
ORGANISER = f"{BASE}/o/harbour"
Document = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """What the inbox keeps of an activity."""

    kind: str | None
    outcome: str | None
    reason: str | None
    body: bytes | None
    actor: str | None


def tokens() -> Iterator[str]:
    """Yield the token that the sample documents know, then others."""
    yield "q7w2e9r4t1y8u3i6"
    for number in itertools.count():
        yield f"token{number:011}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Town:
    """An instance up to the edge of its network."""

    database: Database
    house: House
    clock: GivenClock
    judge: Judge
    receiver: Receiver

    async def receive(self, activity: Document, *, raw: bytes | None = None) -> Kept:
        """Store a verified activity and judge it; return what was kept of it."""
        await self.store(activity, raw=raw)
        await self.judge.judge_batch()
        return await self.last()

    async def store(self, activity: Document, *, raw: bytes | None = None) -> None:
        """Store a verified activity, its actor being known."""
        actor = one_id(activity, "actor")
        async with self.database.write() as connection:
            await remember(connection, remembered(actor), self.clock.now())
        verified = Verified(actor=actor, key_id=f"{actor}#main-key")
        body = json.dumps(activity).encode() if raw is None else raw
        await self.receiver.receive(verified, body, activity)

    async def store_all(self, activities: Sequence[Document]) -> None:
        """Store verified activities, in their order and in one commit."""
        known = {one_id(activity, "actor") for activity in activities}
        async with self.database.write() as connection:
            await remember_all(connection, [remembered(actor) for actor in known], self.clock.now())
        verified = [
            Verified(actor=actor, key_id=f"{actor}#main-key")
            for actor in (one_id(activity, "actor") for activity in activities)
        ]
        await asyncio.gather(
            *(
                self.receiver.receive(who, json.dumps(activity).encode(), activity)
                for who, activity in zip(verified, activities, strict=True)
            )
        )

    async def judge_all(self) -> Judged:
        """Judge what is stored."""
        return await self.judge.judge_batch()

    async def last(self) -> Kept:
        """Return the latest row of the inbox."""
        async with self.database.read() as connection:
            rows = await connection.execute(
                select(Inbox.kind, Inbox.outcome, Inbox.reason, Inbox.body, Inbox.actor)
                .order_by(Inbox.id.desc())
                .limit(1)
            )
            return Kept(**rows.mappings().one())

    async def standing(self, poll: str = POLL) -> dict[str, str]:
        """Return what stands of each voter."""
        async with self.database.read() as connection:
            rows = await connection.execute(
                select(Ballots.voter, Ballots.choices).where(
                    Ballots.poll == poll, Ballots.replaced_at.is_(None)
                )
            )
            return {row.voter: row.choices for row in rows}

    async def take_turn(self) -> None:
        """Close, move and announce what is due."""
        await take_turn(self.database, self.house, self.clock.now())

    async def shown(self, poll: str = POLL) -> Any:
        """Return what is published of a poll: counts, voters, origins, when it closed."""
        async with self.database.read() as connection:
            rows = await connection.execute(
                select(Tallies.counts, Tallies.voters, Tallies.origins, Polls.closed_at)
                .join(Polls, Polls.id == Tallies.poll)
                .where(Tallies.poll == poll)
            )
            return rows.one()

    async def sent(self, kind: str) -> list[dict[str, Any]]:
        """Return the activities of a type that were put in the outbox, in order."""
        async with self.database.read() as connection:
            rows = await connection.execute(select(Outbox.body).order_by(Outbox.number))
            found = [json.loads(body) for body in rows.scalars() if body]
        return [activity for activity in found if activity["type"] == kind]


def remembered(actor: str) -> RemoteActor:
    """Return an actor as it is remembered, without keys."""
    host = host_of(actor)
    return RemoteActor(
        id=actor,
        host=host,
        type="Person",
        handle=actor.rpartition("/")[2],
        name="",
        url=None,
        inbox=f"{actor}/inbox",
        shared_inbox=f"https://{host}/inbox",
        keys=(),
    )


async def found_town(
    database: Database, clock: GivenClock, *, poll: Document | None = None, **consultation: Any
) -> Town:
    """Return a town whose first proposal has the id that the sample documents answer."""
    names = tokens()
    house = House(
        instance=Instance(base_url=BASE, new_token=lambda: next(names)),
        tally_interval=timedelta(seconds=180),
    )
    document = {
        "dosfed": 1,
        "organiser": {"name": "harbour", "title": "Port de Sauveterre"},
        "consultations": [
            {
                "name": "quays",
                "title": "Fermer les quais ?",
                "language": "fr",
                "opens": "2026-01-01T00:00:00Z",
                "closes": "2027-01-01T00:00:00Z",
                "proposals": [
                    {
                        "ref": "p1",
                        "title": "Fermer les quais",
                        "text": "Le dimanche.",
                        "poll": {
                            "method": "agree",
                            "closes": "2026-12-01T00:00:00Z",
                            **(poll or {}),
                        },
                    }
                ],
                **consultation,
            }
        ],
    }
    async with database.write() as connection:
        await ensure_instance_actor(connection, house.instance, clock.now())
    names = tokens()
    async with database.write() as connection:
        await import_document(connection, document, house, at=clock.now())
    return Town(
        database=database,
        house=house,
        clock=clock,
        judge=Judge(database, house, clock, Blocklist()),
        receiver=Receiver(database, clock, lambda: None),
    )


def vote(voter: str, option: str, *, number: int = 1, poll: str = POLL, **note: Any) -> Document:
    """Return a ballot as Mastodon sends it."""
    return {
        "@context": "https://www.w3.org/ns/activitystreams",
        "id": f"{voter}#votes/{number}/activity",
        "type": "Create",
        "actor": voter,
        "to": ORGANISER,
        "object": {
            "id": f"{voter}#votes/{number}",
            "type": "Note",
            "name": option,
            "attributedTo": voter,
            "inReplyTo": poll,
            "to": ORGANISER,
            **note,
        },
    }


def reply(
    author: str, html: str, *, number: int = 1, in_reply_to: str = POLL, **note: Any
) -> Document:
    """Return a public reply."""
    public = ["https://www.w3.org/ns/activitystreams#Public"]
    return {
        "@context": "https://www.w3.org/ns/activitystreams",
        "id": f"{author}/statuses/{number}/activity",
        "type": "Create",
        "actor": author,
        "to": public,
        "cc": [ORGANISER],
        "object": {
            "id": f"{author}/statuses/{number}",
            "type": "Note",
            "attributedTo": author,
            "inReplyTo": in_reply_to,
            "content": html,
            "to": public,
            "cc": [ORGANISER],
            **note,
        },
    }


def person(name: str, host: str = "masto.example") -> str:
    """Return an actor's id."""
    return f"https://{host}/users/{name}"


def people(number: int, host: str = "masto.example") -> Sequence[str]:
    """Return as many actors' ids."""
    return [person(f"v{index}", host) for index in range(number)]


def later(clock: GivenClock, moment: datetime) -> None:
    """Move the clock to a moment."""
    clock.moment = moment
