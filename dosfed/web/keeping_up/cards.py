"""Share cards and icons: pictures that other sites show beside a link, and of our actors."""

import asyncio
import hashlib
import json
import secrets
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

from aiohttp import web

from dosfed import texts
from dosfed.activitypub.actors import local_actor
from dosfed.context import CLOCK, DATABASE, INSTANCE, SETTINGS
from dosfed.deliberation.whereabouts import find_all, find_titles
from dosfed.shown.consultations import load_head
from dosfed.web import proposals, public_files
from dosfed.web.assets import ASSETS
from dosfed.web.colours import SHIPPED
from dosfed.web.keeping_up.drawing import VERSION, Card, draw, draw_icon
from dosfed.web.services import DRAWING
from dosfed.web.site import MEDIA, SITE

FOLDER = "cards"  # in the data folder
KEPT = 2_000  # files
MAX_AGE = 3_600
ABOUT_LENGTH = 90


async def show_instance(request: web.Request) -> web.Response:
    """GET /card.png: the instance by its name, and by what it says of itself, or where it is."""
    site, host = request.app[SITE].site, request.app[INSTANCE].host
    words = site.front.words_in(site.language)
    said = texts.plain_text(texts.render_markdown(words[0])) if words else ""
    about = texts.excerpt(said, ABOUT_LENGTH) or (host if site.name != host else "")
    return await _answer(request, title=site.name, about=about)


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


async def show_icon(request: web.Request) -> web.Response:
    """GET …/icon.png: how an actor of ours looks on other servers.

    An organiser and the instance show the logo; a consultation its letter, to be told apart.
    """
    uri = request.app[INSTANCE].base_url + request.path.removesuffix("/icon.png")
    async with request.app[DATABASE].read() as connection:
        actor = await local_actor(connection, uri)
    if actor is None or actor.deleted_at is not None or actor.kind == "citizen":
        raise web.HTTPNotFound
    site = request.app[SITE].site
    accent, logo = site.accent or SHIPPED["light"], None
    media = request.app[SETTINGS].data_dir / MEDIA
    if site.logo is not None and actor.kind != "consultation":
        logo = await asyncio.to_thread(_read, media / site.logo)
    name = site.name if actor.kind == "instance" else actor.name
    values = json.dumps([VERSION, "icon", name, accent, site.logo if logo else None])
    path = _place(request, hashlib.sha256(values.encode()).hexdigest()[:40])
    return await _kept(request, path, lambda: draw_icon(name, accent, logo), "icon.png")


async def _answer(request: web.Request, *, title: str, about: str) -> web.Response:
    """Answer with a card, drawn once; what the font cannot write gets the one that is shipped."""
    site = request.app[SITE].site
    data = request.app[SETTINGS].data_dir
    card = Card(
        title=title,
        about=about,
        site=site.name,
        accent=site.accent or SHIPPED["light"],
        logo=str(data / MEDIA / site.logo) if site.logo else None,
    )
    return await _kept(request, _place(request, _digest(card)), lambda: draw(card), "card.png")


def _place(request: web.Request, digest: str) -> Path:
    return request.app[SETTINGS].data_dir / FOLDER / f"{digest}.png"


async def _kept(
    request: web.Request, path: Path, make: Callable[[], bytes | None], shipped: str
) -> web.Response:
    """Answer with a picture, drawn once; where it cannot be, lead to one that is shipped."""
    body = await asyncio.to_thread(_read, path)
    if body is None:
        async with request.app[DRAWING]:
            body = await asyncio.to_thread(_draw, make, path)
    if not body:
        raise web.HTTPFound(request.app[ASSETS].path(shipped))
    return public_files.answer(request, body, content_type="image/png", max_age=MAX_AGE)


def _digest(card: Card) -> str:
    values = json.dumps([VERSION, asdict(card)], sort_keys=True)
    return hashlib.sha256(values.encode()).hexdigest()[:40]


def _read(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None


def _draw(make: Callable[[], bytes | None], path: Path) -> bytes:
    """Draw a picture unless it has been drawn meanwhile; keep it, empty where it cannot be."""
    body = _read(path)
    if body is not None:
        return body
    body = make() or b""
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
