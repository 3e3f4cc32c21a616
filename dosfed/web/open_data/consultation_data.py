"""The data of a consultation: the page that explains them, and every file."""

from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncConnection

from dosfed.context import CLOCK, DATABASE
from dosfed.shown.consultations import load_head
from dosfed.shown.data_rows import TABLES
from dosfed.shown.data_sets import (
    DataSet,
    Source,
    find_key,
    load_data_set,
    make_key,
    open_source,
)
from dosfed.shown.viewers import View
from dosfed.web import pages
from dosfed.web.open_data.dictionary import DICTIONARY
from dosfed.web.open_data.files import (
    DATA_FILES,
    RETRY_SECONDS,
    Busy,
    Growing,
    Made,
    answer,
)
from dosfed.web.open_data.packages import write_archive
from dosfed.web.open_data.parts import csv_parts, json_parts
from dosfed.web.rendering import TEMPLATES, Page

ALL = ("all", "zip")
TYPES = {"csv": "text/csv; charset=utf-8", "json": "application/json", "zip": "application/zip"}


async def show(request: web.Request) -> web.Response:
    """GET /c/{address}/data: what there is, how to cite it, what every column means."""
    address = request.match_info["address"]

    async def load(connection: AsyncConnection, view: View) -> Page | None:
        head = await load_head(connection, address, now=view.now)
        if head is None:
            return None
        values = {"head": head, "tables": [DICTIONARY[name] for name in TABLES]}
        return Page(template="open_data/show.html", values=values)

    return await pages.answer(request, load)


async def show_file(request: web.Request) -> web.StreamResponse:
    """GET /c/{address}/data/{file}: a table as CSV or JSON, or all of them in one archive."""
    name, _, kind = request.match_info["file"].partition(".")
    if (name, kind) != ALL and (name not in TABLES or kind == "zip"):
        raise web.HTTPNotFound
    address = request.match_info["address"]
    async with request.app[DATABASE].read() as connection:
        data = await load_data_set(connection, address)
    if data is None:
        raise web.HTTPNotFound

    if kind == "zip":
        made = await _need(make_archive(request, data))
    else:
        made = await _need(_make_table(request, data, name, kind))
    return await answer(
        request,
        made,
        content_type=TYPES[kind],
        headers=_headers(data, _file_name(address, name, kind)),
    )


async def make_archive(request: web.Request, data: DataSet) -> Made:
    """Return all tables in one file; raise `Busy` where too many wait."""

    async def write(growing: Growing) -> None:
        async with _opened(request, data) as source:
            await write_archive(growing, source, request.app[TEMPLATES].translate)

    return await request.app[DATA_FILES].get_or_make(f"{data.address}/all.zip", write)


async def _make_table(request: web.Request, data: DataSet, name: str, kind: str) -> Made:
    parts = csv_parts if kind == "csv" else json_parts

    async def write(growing: Growing) -> None:
        async with _opened(request, data) as source:
            async for part in parts(source, DICTIONARY[name]):
                await growing.add(part)

    return await request.app[DATA_FILES].get_or_make(f"{data.address}/{name}.{kind}", write)


async def _need(making: Awaitable[Made]) -> Made:
    try:
        return await making
    except Busy as busy:
        raise web.HTTPServiceUnavailable(headers={"Retry-After": RETRY_SECONDS}) from busy


def _file_name(address: str, name: str, kind: str) -> str:
    return f"{address}.zip" if kind == "zip" else f"{address}-{name}.{kind}"


def _headers(data: DataSet, name: str) -> dict[str, str]:
    """Return what programs are told of a file beside its bytes (RFC 8288)."""
    links = [f'<{data.id}/data>; rel="describedby"; type="text/html"']
    if data.licence is not None:
        links.append(f'<{data.licence.uri}>; rel="license"')
    return {"Link": ", ".join(links), "Content-Disposition": f'attachment; filename="{name}"'}


@asynccontextmanager
async def _opened(request: web.Request, data: DataSet) -> AsyncIterator[Source]:
    """Open what rows are read from; one state of the database where it keeps one (SQLite)."""
    database = request.app[DATABASE]
    async with database.read() as connection:
        key = await find_key(connection, data.id)
    if key is None:
        async with database.write() as connection:
            await make_key(connection, data.id)
    async with database.read() as connection:
        key = key or await find_key(connection, data.id) or b""
        yield await open_source(connection, data, key, now=request.app[CLOCK].now())
