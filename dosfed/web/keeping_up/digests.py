"""Digests by mail: written in the reader's language, when there is something to tell."""

from collections.abc import Mapping
from dataclasses import dataclass

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from dosfed.accounts.digests import DAY, PERIODS, Reader, load_readers, mark_digested
from dosfed.accounts.mails import Mail, put_mail
from dosfed.accounts.site import Site, load_site
from dosfed.acts.news import News, load_news
from dosfed.deliberation.whereabouts import find_all
from dosfed.instance import Instance
from dosfed.settings import Settings
from dosfed.shown.called import load_names_beside
from dosfed.storage.clock import Clock
from dosfed.storage.engine import Database
from dosfed.web import languages, paths
from dosfed.web.assets import load_assets
from dosfed.web.rendering import Page, Templates

log = structlog.get_logger(__name__)

READERS = 100  # at a time; the others are due a moment later


def _(message: str) -> str:
    """Mark a message for the catalogues; it is translated when written."""
    return message


SUBJECT = _("News from %(site)s")


@dataclass(frozen=True, slots=True, kw_only=True)
class DigestPage:
    """Everything templates/mails/digest.txt may use.

    `places` are paths by id, `called` names beside handles by actor.
    """

    news: News
    places: Mapping[str, str]
    called: Mapping[str, str]
    reader: Reader
    unsubscribe: str


def templates_for(settings: Settings, instance: Instance) -> Templates:
    """Return templates for a process that shows no pages."""
    return Templates(settings, instance, load_assets())


class DigestWriter:
    """Writes the digests that are due."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        instance: Instance,
        templates: Templates,
    ) -> None:
        self._database = database
        self._clock = clock
        self._instance = instance
        self._templates = templates

    async def send_due(self) -> int:
        """Put the mails that are due on their way; return how many there were."""
        now, sent = self._clock.now(), 0
        async with self._database.read() as connection:
            readers = await load_readers(connection, now=now, most=READERS)
            site = await load_site(connection, self._instance.host) if readers else None
        for reader in readers:
            if site is not None:
                sent += await self._send(reader, site)
        if sent:
            log.info("digests", mails=sent)
        return sent

    async def _send(self, reader: Reader, site: Site) -> bool:
        """Write to one reader, unless there is nothing to tell; each has a transaction."""
        now = self._clock.now()
        async with self._database.read() as connection:
            news = await load_news(
                connection,
                reader.user,
                since=reader.since,
                now=now,
                until=now + PERIODS[reader.digest] + DAY,
            )
            mail = await self._write(connection, reader, news, site) if news.is_any else None
        async with self._database.write() as connection:
            is_first = await mark_digested(connection, reader, at=now)
            if mail is not None and is_first:
                await put_mail(connection, mail, at=now)
        return mail is not None and is_first

    async def _write(
        self, connection: AsyncConnection, reader: Reader, news: News, site: Site
    ) -> Mail:
        ids = {
            *(one.latest.object for one in news.notices),
            *(one.about.id for one in news.happened),
            *(proposal.id for one in news.happened for proposal in one.proposals),
        }
        found = await find_all(connection, ids)
        link = f"{self._instance.base_url}/unsubscribe/{reader.unsubscribe}"
        page = DigestPage(
            news=news,
            called=await load_names_beside(
                connection, [(one.latest.by, one.latest.by_name) for one in news.notices]
            ),
            places={uri: paths.place(place) for uri, place in found.items()},
            reader=reader,
            unsubscribe=link,
        )
        language = reader.language if reader.language in languages.LANGUAGES else site.language
        template = Page(
            template="mails/digest.txt",
            values={"digest": page, "site": site},
            content_type="text/plain",
        )
        return Mail(
            recipient=reader.email,
            subject=self._templates.translate(SUBJECT, language) % {"site": site.name},
            text=self._templates.render(template, language, site.zone),
            headers={
                # RFC 8058: one click in the reader's own program is enough.
                "List-Unsubscribe": f"<{link}>",
                "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
                "Precedence": "bulk",
            },
        )
