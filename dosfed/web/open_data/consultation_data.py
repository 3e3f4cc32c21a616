"""The data of a consultation: the page that explains them, and every file."""

from collections.abc import AsyncIterator, Awaitable, Callable
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
from dosfed.web.open_data.writing import (
    JSON_END,
    csv_head,
    csv_writer,
    json_head,
    json_writer,
)
from dosfed.web.rendering import Page

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
    """GET /c/{address}/data/{file}: a table as CSV or JSON."""
    name, _, kind = request.match_info["file"].partition(".")
    if name not in TABLES:
        raise web.HTTPNotFound
    address = request.match_info["address"]
    async with request.app[DATABASE].read() as connection:
        data = await load_data_set(connection, address)
    if data is None:
        raise web.HTTPNotFound

    async def write(growing: Growing) -> None:
        async with _opened(request, data) as source:
            await (_write_csv if kind == "csv" else _write_json)(growing, source, name)

    made = await _made(request, f"{address}/{name}.{kind}", write)
    return await answer(
        request, made, content_type=TYPES[kind], headers=_headers(data, f"{address}-{name}.{kind}")
    )


async def _made(
    request: web.Request, name: str, write: Callable[[Growing], Awaitable[None]]
) -> Made:
    try:
        return await request.app[DATA_FILES].get_or_make(name, write)
    except Busy as busy:
        raise web.HTTPServiceUnavailable(headers={"Retry-After": RETRY_SECONDS}) from busy


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


async def _write_csv(growing: Growing, source: Source, name: str) -> None:
    write = csv_writer(DICTIONARY[name])
    await growing.add(csv_head(DICTIONARY[name]))
    async for rows in TABLES[name](source):
        await growing.add(write(rows))


async def _write_json(growing: Growing, source: Source, name: str) -> None:
    data, write = source.data, json_writer(DICTIONARY[name])
    around = {
        "consultation": data.id,
        "title": data.title,
        "table": name,
        "page": f"{data.id}/data",
        "licence": data.licence.uri if data.licence else None,
    }
    await growing.add(json_head(around))
    async for rows in TABLES[name](source):
        await growing.add(write(rows))
    await growing.add(JSON_END)
