"""Where signed requests arrive, with people who knock."""

from dataclasses import dataclass, replace
from typing import Any

import pytest
from multidict import CIMultiDict
from sqlalchemy import select

from dosfed.activitypub.client import Client
from dosfed.activitypub.tables import RemoteActors, RemoteKeys
from dosfed.activitypub.verification import SignedRequest, Unverified, Verified, Verifier
from dosfed.settings import Settings
from dosfed.storage.engine import Database
from tests.activitypub.development import BASE_URL, INSTANCE
from tests.conftest import GivenClock
from tests.simulated.actors import SimulatedActor
from tests.simulated.signing import Form, Message, pool_key, signed_headers

BODY = b'{"type": "Like"}'
STRANGER = "203.0.113.7"


@dataclass(kw_only=True)
class Door:
    """Where requests arrive; a second door on the same database knows nothing by heart."""

    database: Database
    client: Client
    settings: Settings
    clock: GivenClock

    def __post_init__(self) -> None:
        self.verifier = Verifier(self.database, self.client, INSTANCE, self.settings, self.clock)

    def again(self) -> "Door":
        """Return the door after a restart."""
        return replace(self)

    async def take(
        self,
        actor: SimulatedActor,
        *,
        form: Form = "cavage",
        address: str = STRANGER,
        is_farewell: bool = False,
    ) -> Verified:
        """Let a request in that this actor signed."""
        request = self.request(actor, form)
        return await self.verifier.verify(request, address, is_farewell=is_farewell)

    def request(self, actor: SimulatedActor, form: Form = "cavage") -> SignedRequest:
        """Return a request as this actor's server sends it."""
        message = Message(method="POST", url=f"{BASE_URL}/inbox", body=BODY, at=self.clock.now())
        headers = signed_headers(message, actor.key, form)
        return SignedRequest(
            method="POST", path_qs="/inbox", headers=CIMultiDict(headers), body=BODY
        )

    async def refusal(self, actor: SimulatedActor, **options: Any) -> Unverified:
        """Return why a request is not let in."""
        with pytest.raises(Unverified) as caught:
            await self.take(actor, **options)
        return caught.value

    async def keys(self) -> dict[str, str]:
        """Return the keys that are kept, with their owners."""
        async with self.database.read() as connection:
            rows = await connection.execute(select(RemoteKeys.id, RemoteKeys.owner))
            return {row.id: row.owner for row in rows}

    async def actors(self) -> list[str]:
        """Return the actors that are kept."""
        async with self.database.read() as connection:
            return list((await connection.execute(select(RemoteActors.id))).scalars())


def forger_of(actor: SimulatedActor) -> SimulatedActor:
    """Return somebody who signs in an actor's name with another key."""
    other = next(pool_key(n) for n in range(2) if pool_key(n) is not actor.private)
    return replace(actor, private=other)


def shows(actor: SimulatedActor, monkeypatch: pytest.MonkeyPatch, **changes: Any) -> None:
    """Let an actor's document say something else; None leaves a property out."""
    document = {**actor.document(), **changes}
    document = {name: value for name, value in document.items() if value is not None}
    monkeypatch.setattr(SimulatedActor, "document", lambda _self: document)
