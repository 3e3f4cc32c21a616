"""Where portals find all data sets of an instance: `/catalog.jsonld` and `/data.json`."""

import asyncio
from collections.abc import Sequence
from datetime import datetime
from email.utils import parseaddr

import orjson
from aiohttp import web

from dosfed.context import CLOCK, DATABASE, INSTANCE, SETTINGS
from dosfed.shown.data_catalogue import count_data_sets, load_changes, load_data_sets
from dosfed.shown.data_sets import DataSet
from dosfed.storage.paging import count_pages
from dosfed.web import pages, public_files
from dosfed.web.cache import Kept
from dosfed.web.open_data.consultation_data import make_archive
from dosfed.web.open_data.datos import write_datos
from dosfed.web.open_data.dcat import Entry, House, Shelf, write_catalogue
from dosfed.web.open_data.files import Busy, Digest
from dosfed.web.rendering import TEMPLATES
from dosfed.web.services import CACHE
from dosfed.web.site import SITE

ON_A_PAGE = 100
MOST = 1_000  # in the one file that has no pages
# Whoever asks for a catalogue waits no longer for digests than that.
MAKING_SECONDS = 5.0
HEADERS = {"Access-Control-Allow-Origin": "*"}


async def show_catalogue(request: web.Request) -> web.Response:
    """GET /catalog.jsonld: DCAT, a hundred data sets a page."""
    number = pages.page_number(request)

    async def make() -> Kept:
        async with request.app[DATABASE].read() as connection:
            total = await count_data_sets(connection)
            offset = (number - 1) * ON_A_PAGE
            found = await load_data_sets(connection, offset=offset, limit=ON_A_PAGE)
            changed = await load_changes(connection, found)
        if number > count_pages(total, ON_A_PAGE):
            raise web.HTTPNotFound
        digests = await _digests(request, found)
        entries = [_entry(request, data, changed[data.id], digests.get(data.id)) for data in found]
        shelf = Shelf(
            entries=entries, page=number, pages=count_pages(total, ON_A_PAGE), total=total
        )
        said = write_catalogue(_house(request), shelf, request.app[TEMPLATES].translate)
        return Kept(body=orjson.dumps(said))

    kept = await request.app[CACHE].get_or_make((request.path, "catalogue", number), make)
    return _answer(request, kept, "application/ld+json")


async def show_datos(request: web.Request) -> web.Response:
    """GET /data.json: the profile of Argentina."""

    async def make() -> Kept:
        async with request.app[DATABASE].read() as connection:
            found = await load_data_sets(connection, offset=0, limit=MOST)
            changed = await load_changes(connection, found)
        entries = [_entry(request, data, changed[data.id], None) for data in found]
        said = write_datos(_house(request), entries, request.app[TEMPLATES].translate)
        return Kept(body=orjson.dumps(said))

    kept = await request.app[CACHE].get_or_make((request.path, "datos"), make)
    return _answer(request, kept, "application/json")


def _answer(request: web.Request, kept: Kept, content_type: str) -> web.Response:
    response = public_files.answer(request, kept.body, content_type=content_type)
    response.headers.update(HEADERS)
    return response


def _house(request: web.Request) -> House:
    instance, site = request.app[INSTANCE], request.app[SITE].site
    return House(
        base_url=instance.base_url,
        name=site.name,
        language=site.language,
        languages=site.languages,
        mail=parseaddr(request.app[SETTINGS].mail_from)[1],
    )


def _entry(
    request: web.Request, data: DataSet, changed_at: datetime, archive: Digest | None
) -> Entry:
    is_over = request.app[CLOCK].now() >= data.closes
    return Entry(data=data, changed_at=changed_at, archive=archive, is_over=is_over)


async def _digests(request: web.Request, found: Sequence[DataSet]) -> dict[str, Digest]:
    """Return the digests of archives, of as many as can be made while somebody waits."""
    digests: dict[str, Digest] = {}
    try:
        async with asyncio.timeout(MAKING_SECONDS):
            for data in found:
                made = await make_archive(request, data)
                digests[data.id] = made.digest
    except (TimeoutError, Busy):
        pass  # the others are named without
    return digests
