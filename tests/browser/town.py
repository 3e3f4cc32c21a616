"""A whole instance for a browser: its web process listens, its worker works when told to."""

import re
import socket
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default as modern
from pathlib import Path

from aiohttp import web

from dosfed.activitypub.runner import make_runner
from dosfed.acts.opening import open_instance
from dosfed.app import make_app
from dosfed.settings import Settings, read_settings
from dosfed.tools import Tools, open_tools
from dosfed.worker import Worker
from tests.conftest import GivenClock, fresh_database
from tests.web.site import Site

LINK = re.compile(r"https?://\S+")


@dataclass(slots=True, kw_only=True)
class Town:
    """A running instance; mails are kept in its data folder, since no server takes them."""

    settings: Settings
    site: Site
    tools: Tools
    worker: Worker

    @property
    def base_url(self) -> str:
        """Where it is found."""
        return self.settings.base_url

    @property
    def clock(self) -> GivenClock:
        """The clock that it goes by."""
        return self.site.clock

    async def work(self) -> None:
        """Do everything that there is to do now."""
        while await self.worker.judge_all() + await self.worker.deliver_all():
            pass
        await self.worker.tick()
        await self.worker.boost()
        await self.worker.index()
        await self.worker.deliver_all()
        self.site.forget()

    async def mails(self, recipient: str) -> list[EmailMessage]:
        """Send what waits; return what somebody was sent, oldest first."""
        await self.worker.send_mails()
        kept = sorted((self.settings.data_dir / "mails").glob("*.eml"))
        read = [message_from_bytes(path.read_bytes(), policy=modern) for path in kept]
        return [mail for mail in read if recipient in str(mail["To"])]

    async def link_in_mail(self, recipient: str, part: str) -> str:
        """Return the link with a part in the newest mail to somebody."""
        mail = (await self.mails(recipient))[-1]
        body = mail.get_body(("plain",))
        assert body is not None
        links: list[str] = LINK.findall(body.get_content())
        return next(link for link in links if part in link)


@asynccontextmanager
async def found_town(
    folder: Path, template: str, clock: GivenClock, *, host: str = "localhost", port: int = 0
) -> AsyncIterator[Town]:
    """Found an instance without consultations, on a free port unless one is named."""
    listener = socket.create_server(("127.0.0.1", port))
    base_url = f"http://{host}:{listener.getsockname()[1]}"
    async with AsyncExitStack() as stack:
        known = read_settings(
            {
                "DOSFED_BASE_URL": base_url,
                "DOSFED_DATA_DIR": str(folder),
                "DOSFED_DATABASE_URL": await stack.enter_async_context(
                    fresh_database(folder, template)
                ),
                "DOSFED_ALLOW_PRIVATE_NETWORK": "1",
                "DOSFED_SMTP_URL": "folder",
            }
        )
        opened = await stack.enter_async_context(open_instance(known, clock))
        tools = await stack.enter_async_context(
            open_tools(known, opened.database, opened.house, clock)
        )
        worker = Worker(tools)
        app = make_app(known, tools, worker)
        await _listen(stack, app, listener)
        site = Site(
            base_url=base_url,
            app=app,
            database=opened.database,
            clock=clock,
            house=opened.house,
        )
        try:
            yield Town(settings=known, site=site, tools=tools, worker=worker)
        finally:
            for browser in site.browsers:
                await browser.http.close()


async def _listen(stack: AsyncExitStack, app: web.Application, listener: socket.socket) -> None:
    runner = make_runner(app, shutdown_seconds=0.1)
    await runner.setup()
    stack.push_async_callback(runner.cleanup)
    await web.SockSite(runner, listener).start()
