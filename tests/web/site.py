"""An instance's pages on a loopback port, with browsers that read them."""

import io
import re
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from html import unescape
from tempfile import TemporaryDirectory
from typing import Any

import aiohttp
from aiohttp import web
from sqlalchemy import select

from dosfed.accounts.passwords import Cost, Passwords
from dosfed.accounts.tables import Mails
from dosfed.activitypub.actors import ensure_instance_actor
from dosfed.activitypub.blocks import BLOCKLIST, Blocklist
from dosfed.activitypub.client import CLIENT, Client
from dosfed.activitypub.keys import KeyRing
from dosfed.acts.imports import import_document
from dosfed.acts.opening import house_of
from dosfed.acts.submission import House
from dosfed.context import CLOCK, DATABASE, INSTANCE, SETTINGS
from dosfed.deliberation.model import Role
from dosfed.deliberation.search.indexing import catch_up
from dosfed.settings import Settings, read_settings
from dosfed.storage.engine import Database
from dosfed.web.open_data.files import DATA_FILES
from dosfed.web.routes import add_routes, middlewares
from dosfed.web.services import CACHE, PASSWORDS
from dosfed.web.session import issue_link
from tests.conftest import START, GivenClock
from tests.people import add_user
from tests.simulated.fediverse import LoopbackResolver
from tests.ticking import take_turn

HTML = "text/html,application/xhtml+xml"
JSON = "application/activity+json"
TOKEN = re.compile(r'name="csrf" value="(\w+)"')


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What came back."""

    status: int
    url: str
    text: str
    headers: dict[str, str]
    cookies: str

    @property
    def words(self) -> str:
        """What a person reads of a page, on one line."""
        body = self.text.partition("<body>")[2]
        return " ".join(unescape(re.sub(r"<[^>]*>", " ", body)).split())


@dataclass(slots=True, kw_only=True)
class Browser:
    """Somebody who reads and writes; it keeps its cookies."""

    site: "Site"
    http: aiohttp.ClientSession
    language: str
    last: Answer | None = None
    origin: str | None = None  # of the page that sends a form, if it is not ours

    async def get(self, path: str, *, accept: str = HTML, follow: bool = True) -> Answer:
        """Open a page."""
        return await self._ask("GET", path, accept=accept, follow=follow)

    async def post(
        self, path: str, fields: list[tuple[str, str]], *, follow: bool = True
    ) -> Answer:
        """Send fields as they are, without a token."""
        return await self._ask("POST", path, data=aiohttp.FormData(fields), follow=follow)

    async def submit(self, page: str, action: str, *, follow: bool = True, **fields: Any) -> Answer:
        """Fill in a form of a page and send it; a list fills a field several times."""
        opened = await self.get(page)
        found = TOKEN.search(opened.text)
        assert found is not None, f"no form on {page}"
        filled = [("csrf", found[1])]
        for name, value in fields.items():
            values = value if isinstance(value, list) else [value]
            filled += [(name, item) for item in values]
        return await self.post(action, filled, follow=follow)

    async def upload(
        self, page: str, action: str, field: str, body: bytes, name: str = "file"
    ) -> Answer:
        """Send a file by a form of a page."""
        found = TOKEN.search((await self.get(page)).text)
        assert found is not None, f"no form on {page}"
        data = aiohttp.FormData({"csrf": found[1]})
        data.add_field(
            field, io.BytesIO(body), filename=name, content_type="application/octet-stream"
        )
        return await self._ask("POST", action, data=data, follow=True)

    async def _ask(
        self, method: str, path: str, *, accept: str = HTML, follow: bool, data: Any = None
    ) -> Answer:
        url = self.site.base_url + path if path.startswith("/") else path
        headers = {"Accept": accept, "Accept-Language": self.language}
        if method == "POST":
            headers["Origin"] = self.origin or self.site.base_url
        async with self.http.request(
            method,
            url,
            data=data,
            headers=headers,
            allow_redirects=follow,
        ) as response:
            return Answer(
                status=response.status,
                url=str(response.url),
                text=await response.text(errors="replace"),  # of an archive as well
                headers={name.lower(): value for name, value in response.headers.items()},
                cookies="; ".join(response.headers.getall("Set-Cookie", [])),
            )


@dataclass(slots=True, kw_only=True)
class Site:
    """A running instance."""

    base_url: str
    app: web.Application
    database: Database
    clock: GivenClock
    house: House
    browsers: list[Browser] = field(default_factory=list)

    def browser(self, *, language: str = "en") -> Browser:
        """Return a browser without a session."""
        http = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(resolver=LoopbackResolver()),
            cookie_jar=aiohttp.CookieJar(unsafe=True),
        )
        browser = Browser(site=self, http=http, language=language)
        self.browsers.append(browser)
        return browser

    async def link_for(self, name: str, role: Role = Role.CITIZEN) -> str:
        """Return a sign-in link of a new user."""
        async with self.database.write() as connection:
            user = await add_user(connection, name, role, self.house, at=START)
            return await issue_link(connection, user, at=self.clock.now(), base_url=self.base_url)

    async def signed_in(
        self, name: str, role: Role = Role.CITIZEN, *, language: str = "en"
    ) -> Browser:
        """Return the browser of a new user who has signed in."""
        browser = self.browser(language=language)
        assert (await browser.get(await self.link_for(name, role))).status == 200
        return browser

    async def import_(self, document: dict[str, Any]) -> dict[str, str]:
        """Import consultations; return the ids of their proposals by reference."""
        async with self.database.write() as connection:
            made = await import_document(connection, document, self.house, at=self.clock.now())
        self.forget()
        return {one.ref: one.id for one in made if one.kind == "proposal" and one.ref}

    async def mails(self, recipient: str) -> list[str]:
        """Return the words of mails on their way to somebody, the oldest first."""
        async with self.database.read() as connection:
            rows = await connection.execute(
                select(Mails.subject, Mails.text)
                .where(Mails.recipient == recipient)
                .order_by(Mails.id)
            )
            return [f"{subject}\n\n{text}" for subject, text in rows]

    async def link_in_mail(self, recipient: str) -> str:
        """Return the path of the link in the last mail to somebody."""
        mails = await self.mails(recipient)
        assert mails, f"no mail to {recipient}"
        found = re.search(re.escape(self.base_url) + r"(/\S*)", mails[-1])
        assert found is not None, mails[-1]
        return found[1]

    async def tick(self) -> None:
        """Let the worker close polls, move tallies and index what was written."""
        await take_turn(self.database, self.house, self.clock.now())
        async with self.database.write() as connection:
            while await catch_up(connection):
                continue
        self.forget()

    def forget(self) -> None:
        """Do what a minute does: forget the pages and files that were kept."""
        self.app[CACHE].clear()
        self.app[DATA_FILES].clear()


def path_of(uri: str) -> str:
    """Return the path of an id."""
    return "/" + uri.split("/", 3)[3]


@asynccontextmanager
async def serve(database: Database, clock: GivenClock, **settings: str) -> AsyncIterator[Site]:
    """Serve an instance without consultations; its data folder is gone at the end."""
    with TemporaryDirectory() as folder:
        async with _serve(database, clock, {"DOSFED_DATA_DIR": folder, **settings}) as site:
            yield site


@asynccontextmanager
async def _serve(
    database: Database, clock: GivenClock, settings: dict[str, str]
) -> AsyncIterator[Site]:
    listener = socket.create_server(("127.0.0.1", 0))
    base_url = f"http://localhost:{listener.getsockname()[1]}"
    values = {
        "DOSFED_BASE_URL": base_url,
        "DOSFED_ALLOW_PRIVATE_NETWORK": "1",
        "DOSFED_SMTP_URL": "folder",
        **settings,
    }
    known: Settings = read_settings(values)
    house = house_of(known)
    async with database.write() as connection:
        await ensure_instance_actor(connection, house.instance, START)
    app = web.Application(middlewares=middlewares)
    async with Client(known, house.instance, clock, KeyRing(database)) as client:
        app[DATABASE], app[SETTINGS], app[CLIENT] = database, known, client
        app[INSTANCE], app[CLOCK] = house.instance, clock
        app[BLOCKLIST] = Blocklist()
        add_routes(app)
        app[PASSWORDS] = Passwords(Cost(passes=1, kibibytes=8))
        runner = web.AppRunner(app)
        await runner.setup()
        await web.SockSite(runner, listener).start()
        site = Site(base_url=base_url, app=app, database=database, clock=clock, house=house)
        try:
            yield site
        finally:
            for browser in site.browsers:
                await browser.http.close()
            await runner.cleanup()
