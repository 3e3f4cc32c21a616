"""What the web process lends to its routes, each under a typed key of the application."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Protocol

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncConnection

from dosfed.activitypub.blocks import Blocklist
from dosfed.activitypub.client import Client
from dosfed.activitypub.gate import Gate
from dosfed.activitypub.instance import Instance
from dosfed.activitypub.keys import KeyRing
from dosfed.activitypub.reading import Document
from dosfed.activitypub.rejections import RejectionCounter
from dosfed.activitypub.verification import Verified, Verifier
from dosfed.settings import Settings
from dosfed.storage.clock import Clock
from dosfed.storage.engine import Database


class Receives(Protocol):
    """Keeps what was verified; durable once it returns."""

    async def receive(self, verified: Verified, raw: bytes, document: Document) -> None:
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
CLIENT = web.AppKey("client", Client)
KEYS = web.AppKey("keys", KeyRing)
VERIFIER = web.AppKey("verifier", Verifier)
GATE = web.AppKey("gate", Gate)
RECEIVER: web.AppKey[Receives] = web.AppKey("receiver")
REJECTIONS = web.AppKey("rejections", RejectionCounter)
BLOCKLIST = web.AppKey("blocklist", Blocklist)
COUNTS: web.AppKey[Callable[[AsyncConnection], Awaitable[Usage]]] = web.AppKey("counts")
