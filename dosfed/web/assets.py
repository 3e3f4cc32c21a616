"""Static files, under names that change with their content."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from aiohttp import web

PACKAGE = Path(__file__).parent.parent
CONTENT_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".txt": "text/plain; charset=utf-8",
}
FOREVER = "public, max-age=31536000, immutable"


@dataclass(frozen=True, slots=True, kw_only=True)
class Assets:
    """All static files in memory: `paths` by plain name, `files` by name with digest."""

    paths: Mapping[str, str]
    files: Mapping[str, tuple[bytes, str]]

    def path(self, name: str) -> str:
        """Return the path to link to; it may be kept for ever."""
        return self.paths[name]


def folder(name: str) -> Path:
    """Return a folder of the wheel, or else of the checkout."""
    inside = PACKAGE / name
    return inside if inside.is_dir() else PACKAGE.parent / name


def load_assets() -> Assets:
    """Read the static files once."""
    paths: dict[str, str] = {}
    files: dict[str, tuple[bytes, str]] = {}
    for file in sorted(folder("static").iterdir()):
        if file.suffix not in CONTENT_TYPES:
            continue
        body = file.read_bytes()
        digest = hashlib.sha256(body).hexdigest()[:12]
        name = f"{file.stem}.{digest}{file.suffix}"
        paths[file.name] = f"/static/{name}"
        files[name] = (body, CONTENT_TYPES[file.suffix])
    return Assets(paths=paths, files=files)


ASSETS = web.AppKey("assets", Assets)


async def show(request: web.Request) -> web.Response:
    """GET /static/{name}."""
    found = request.app[ASSETS].files.get(request.match_info["name"])
    if found is None:
        raise web.HTTPNotFound
    body, content_type = found
    headers = {
        "Content-Type": content_type,
        "Cache-Control": FOREVER,
        "X-Content-Type-Options": "nosniff",
    }
    return web.Response(body=body, headers=headers)


async def favicon(request: web.Request) -> web.Response:
    """GET /favicon.ico: where browsers look before they have read a page."""
    raise web.HTTPFound(request.app[ASSETS].path("icon.svg"))
