"""Share cards: the picture that other sites show beside a link to a page of ours."""

import asyncio
import hashlib
import json
import secrets
from dataclasses import asdict
from pathlib import Path

from aiohttp import web

from dosfed.context import CLOCK, DATABASE, SETTINGS
from dosfed.deliberation.whereabouts import find_all, find_titles
from dosfed.shown.consultations import load_head
from dosfed.web import proposals, public_files
from dosfed.web.assets import ASSETS
from dosfed.web.colours import SHIPPED
from dosfed.web.keeping_up.drawing import VERSION, Card, draw
from dosfed.web.services import DRAWING
from dosfed.web.site import SITE

FOLDER = "cards"  # in the data folder
KEPT = 2_000  # files
MAX_AGE = 3_600


async def show_instance(request: web.Request) -> web.Response:
    """GET /card.png: the instance by its name."""
    return await _answer(request, title=request.app[SITE].site.name, about="")


async def show_consultation(request: web.Request) -> web.Response:
    """GET /c/{address}/card.png."""
    async with request.app[DATABASE].read() as connection:
        head = await load_head(
            connection, request.match_info["address"], now=request.app[CLOCK].now()
        )
    if head is None:
        raise web.HTTPNotFound
    return await _answer(request, title=head.title, about=head.organiser.title)


async def show_proposal(request: web.Request) -> web.Response:
    """GET /p/{id}/card.png, and below a mirrored consultation."""
    proposal = await proposals.proposal_id(request)
    async with request.app[DATABASE].read() as connection:
        place = (await find_all(connection, [proposal])).get(proposal)
        named = await find_titles(connection, [proposal])
        now = request.app[CLOCK].now()
        head = await load_head(connection, place.address, now=now) if place else None
    if head is None or not named:
        raise web.HTTPNotFound
    return await _answer(request, title=named[0].title, about=head.title)


async def _answer(request: web.Request, *, title: str, about: str) -> web.Response:
    """Answer with a card, drawn once; what the font cannot write gets the one that is shipped."""
    site = request.app[SITE].site
    card = Card(title=title, about=about, site=site.name, accent=site.accent or SHIPPED["light"])
    folder = request.app[SETTINGS].data_dir / FOLDER
    path = folder / f"{_digest(card)}.png"
    body = await asyncio.to_thread(_read, path)
    if body is None:
        async with request.app[DRAWING]:
            body = await asyncio.to_thread(_draw, card, path)
    if not body:
        raise web.HTTPFound(request.app[ASSETS].path("card.png"))
    return public_files.answer(request, body, content_type="image/png", max_age=MAX_AGE)


def _digest(card: Card) -> str:
    values = json.dumps([VERSION, asdict(card)], sort_keys=True)
    return hashlib.sha256(values.encode()).hexdigest()[:40]


def _read(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None


def _draw(card: Card, path: Path) -> bytes:
    """Draw a card unless it has been drawn meanwhile; keep it, an empty file where it cannot be."""
    body = _read(path)
    if body is not None:
        return body
    body = draw(card) or b""
    path.parent.mkdir(parents=True, exist_ok=True)
    _make_room(path.parent)
    # Whoever reads sees the whole file or none.
    unfinished = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    unfinished.write_bytes(body)
    unfinished.replace(path)
    return body


def _make_room(folder: Path) -> None:
    """Let go of the oldest cards; they can be drawn again."""
    kept = sorted(folder.iterdir(), key=lambda path: path.stat().st_mtime)
    for path in kept[: max(0, len(kept) - KEPT + 1)]:
        path.unlink(missing_ok=True)
