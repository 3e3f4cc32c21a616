"""What the web process lends to its routes, each under a typed key of the application."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncConnection

from dosfed.activitypub.instance import Instance
from dosfed.settings import Settings
from dosfed.storage.clock import Clock
from dosfed.storage.engine import Database

if TYPE_CHECKING:
    from dosfed.activitypub.blocks import Blocklist
    from dosfed.activitypub.client import Client
    from dosfed.activitypub.keys import KeyRing
    from dosfed.activitypub.rejections import RejectionCounter
    from dosfed.activitypub.verification import Verified, Verifier


class Receives(Protocol):
    """Keeps what was verified; durable once it returns."""

    async def receive(self, verified: Verified, raw: bytes, activity_id: str, actor: str) -> None:
        """Store an activity as received."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """How much an instance is used, as NodeInfo tells it: accounts, posts, replies to posts."""

    users: int
    posts: int
    comments: int


DATABASE = web.AppKey("database", Database)
SETTINGS = web.AppKey("settings", Settings)
INSTANCE = web.AppKey("instance", Instance)
CLOCK: web.AppKey[Clock] = web.AppKey("clock")
CLIENT: web.AppKey[Client] = web.AppKey("client")
KEYS: web.AppKey[KeyRing] = web.AppKey("keys")
VERIFIER: web.AppKey[Verifier] = web.AppKey("verifier")
RECEIVER: web.AppKey[Receives] = web.AppKey("receiver")
REJECTIONS: web.AppKey[RejectionCounter] = web.AppKey("rejections")
BLOCKLIST: web.AppKey[Blocklist] = web.AppKey("blocklist")
COUNTS: web.AppKey[Callable[[AsyncConnection], Awaitable[Usage]]] = web.AppKey("counts")
