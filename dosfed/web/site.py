"""The instance as it was set up: kept in the web process, served as colours and logo."""

import hashlib

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncConnection

from dosfed.accounts.rules import sign_up_now
from dosfed.accounts.site import SignUp, Site, load_site
from dosfed.context import DATABASE, INSTANCE, SETTINGS
from dosfed.web import colours
from dosfed.web.assets import FOREVER

MEDIA = "media"  # a folder of the data folder


class CurrentSite:
    """What the operator set, as this process last read it; `theme` is its stylesheet's path."""

    def __init__(self, site: Site) -> None:
        self._set(site)

    def _set(self, site: Site) -> None:
        self.site = site
        self.zone = site.zone
        self.css = colours.theme(site.accent, site.accent_dark)
        self.digest = hashlib.sha256(self.css.encode()).hexdigest()[:12]
        self.theme = f"/theme.css?v={self.digest}" if self.css else None

    def change(self, site: Site) -> bool:
        """Show what was set from now on; say whether it is anything new."""
        if site == self.site:
            return False
        self._set(site)
        return True

    async def load(self, connection: AsyncConnection, host: str) -> bool:
        """Read what was set; say whether it is anything new."""
        return self.change(await load_site(connection, host))


SITE = web.AppKey("site", CurrentSite)


def sign_up_of(request: web.Request) -> SignUp:
    """Return who may make an account on the pages as things are (rule 6.1)."""
    mode = request.app[SITE].site.sign_up
    return sign_up_now(mode, sends_mail=request.app[SETTINGS].sends_mail)


async def load_at_start(app: web.Application) -> None:
    """Read what was set before the first page is asked for."""
    async with app[DATABASE].read() as connection:
        await app[SITE].load(connection, app[INSTANCE].host)


async def show_theme(request: web.Request) -> web.Response:
    """GET /theme.css: the instance's own colours."""
    current = request.app[SITE]
    is_current = request.query.get("v") == current.digest
    response = web.Response(
        text=current.css,
        content_type="text/css",
        headers={
            "Cache-Control": FOREVER if is_current else "no-cache",
            "X-Content-Type-Options": "nosniff",
        },
    )
    response.etag = current.digest
    if any(tag.value in {current.digest, "*"} for tag in request.if_none_match or ()):
        return _unchanged(response)
    return response


def _unchanged(response: web.Response) -> web.Response:
    headers = {name: response.headers[name] for name in ("ETag", "Cache-Control")}
    return web.Response(status=web.HTTPNotModified.status_code, headers=headers)


async def show_media(request: web.Request) -> web.StreamResponse:
    """GET /media/{name}: logo and picture, under names that change with their content."""
    site, name = request.app[SITE].site, request.match_info["name"]
    if name not in {site.logo, site.front.picture}:
        raise web.HTTPNotFound
    path = request.app[SETTINGS].data_dir / MEDIA / name
    if not path.is_file():
        raise web.HTTPNotFound
    headers = {
        "Cache-Control": FOREVER,
        "Content-Type": f"image/{path.suffix.removeprefix('.')}",
        "X-Content-Type-Options": "nosniff",
    }
    return web.FileResponse(path, headers=headers)
