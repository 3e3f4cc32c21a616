"""All that an instance says and keeps: every address it answers, every file, every row."""

import re
from collections.abc import Mapping
from html import unescape
from itertools import product

from sqlalchemy import text

from tests.network.nodes import Node
from tests.web.site import HTML, JSON, Browser

LINK = re.compile(r'(?:href|src)="([^"]+)"|"(https?://[^"\\]+)"')
HOLE = re.compile(r"\{(\w+)\}")
MOST = 2_000
# They show nothing of what people wrote, or only what one asks them.
LEFT_OUT = ("/static/", "/sign-in/", "/interact", "/authorize_interaction", "/share")
# Of a link with a query these alone show something else than the link without it.
PAGED = re.compile(r"[?&](?:page|before)=")
COLLECTIONS = ("featured", "context", "moderators", "replies", "likes", "shares")


async def crawl(node: Node, *words: str) -> dict[str, str]:
    """Return what a stranger reads at every address that can be known, by address.

    It begins with all routes, filled in with all that the database calls by a name, and a search
    for each of the words, and follows every link that it is given.
    """
    node.site.forget()
    browser, found = node.site.browser(), dict[str, str]()
    waiting = [*await _routes(node), *(f"/search?q={word}" for word in words)]
    seen = set(waiting)
    while waiting:
        path = waiting.pop()
        for accept in (HTML, JSON):
            body = await _read(browser, path, accept)
            if body is None:
                continue
            found[f"{path} ({accept[:11]})"] = body
            new = _links(body, node) - seen
            seen |= new
            waiting += new
        assert len(seen) < MOST, "there is no end of it"
    return found


async def _read(browser: Browser, path: str, accept: str) -> str | None:
    """Return what an address answers; nothing for one that is not there or only written to."""
    async with browser.http.get(
        browser.site.base_url + path, headers={"Accept": accept}, allow_redirects=False
    ) as response:
        if response.status in {404, 405}:
            return None
        return unescape((await response.read()).decode(errors="replace"))


def _links(body: str, node: Node) -> set[str]:
    links = {one or other for one, other in LINK.findall(body)}
    paths = {link.removeprefix(node.site.base_url).partition("#")[0] for link in links}
    return {
        path
        for path in paths
        if path.startswith("/")
        and not path.startswith(LEFT_OUT)
        and ("?" not in path or PAGED.search(path))
    }


async def _routes(node: Node) -> set[str]:
    """Return every address that is read, with each of the names and tokens there are."""
    kept = "\n".join(await rows(node))
    ids = re.findall(r"https?://([\w.:-]+)(/(?:[pacoun]|polls|activities)/\w+)", kept)
    found = {path for host, path in ids if host == node.host}
    mirrors = {
        f"{path.rpartition('/')[2]}@{host}"
        for host, path in ids
        if path.startswith("/c/") and host != node.host
    }
    for resource in node.site.app.router.resources():
        pattern = resource.canonical
        kind = pattern.split("{")[0]
        names = {path.removeprefix(kind) for _, path in ids if path.startswith(kind)}
        if kind == "/c/":
            names = mirrors if "/p/" in pattern else names | mirrors
        posts = {path[3:] for _, path in ids if path[:3] in {"/p/", "/a/"}}
        first, *others = HOLE.findall(pattern) or [None]
        choices = [sorted(names), *(_choices(hole, posts) for hole in others)] if first else []
        found |= {_filled(pattern, values) for values in product(*choices)}
    return {path for path in found if not path.startswith(LEFT_OUT)}


def _choices(hole: str, posts: set[str]) -> list[str]:
    if hole == "number":
        return ["1", "2"]
    return list(COLLECTIONS) if hole == "collection" else sorted(posts)


def _filled(pattern: str, values: tuple[str, ...]) -> str:
    for value in values:
        pattern = HOLE.sub(value, pattern, count=1)
    return pattern


async def rows(node: Node) -> list[str]:
    """Return every value of every row of the database, as text."""
    async with node.tools.database.read() as connection:
        is_sqlite = connection.dialect.name == "sqlite"
        names = (
            "SELECT name FROM sqlite_master WHERE type = 'table'"
            if is_sqlite
            else "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
        )
        found = []
        for table in (await connection.execute(text(names))).scalars().all():
            for row in await connection.execute(text(f'SELECT * FROM "{table}"')):  # noqa: S608
                found += [f"{table}: {_text(value)}" for value in row]
    return found


def _text(value: object) -> str:
    return value.decode(errors="replace") if isinstance(value, bytes) else str(value)


def files(node: Node) -> dict[str, bytes]:
    """Return what lies in the data folder, database and its log included, by name."""
    folder = node.settings.data_dir
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


async def kept(node: Node, *words: str) -> list[str]:
    """Return where an instance keeps any of these words: rows of the database, and files."""
    found = [row[:300] for row in await rows(node) if any(word in row for word in words)]
    return found + [
        name for name, body in files(node).items() if any(word.encode() in body for word in words)
    ]


def saying(said: Mapping[str, str], *words: str) -> list[str]:
    """Return at which of the addresses that were read any of these words is said."""
    return [
        place
        for place, body in said.items()
        if any(word in body for word in words) and not place.startswith("/search?q=")
    ] + [place for place, body in said.items() if place.startswith("/search?q=") and "/p/" in body]
