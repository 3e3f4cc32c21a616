"""Mails to the team: that reports, proposals or new texts wait for somebody."""

from dataclasses import dataclass

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from dosfed.accounts.mails import Mail, put_mail
from dosfed.accounts.site import Site, load_site
from dosfed.acts.team_watch import Member, WaitingIn, load_due, load_waiting_in, mark_told
from dosfed.deliberation.moderation.reports import count_waiting_reports
from dosfed.instance import Instance
from dosfed.storage.clock import Clock
from dosfed.storage.engine import Database
from dosfed.web import languages
from dosfed.web.rendering import Page, Templates

log = structlog.get_logger(__name__)

MEMBERS = 100  # at a time; the others are due a moment later


def _(message: str) -> str:
    """Mark a message for the catalogues; it is translated when written."""
    return message


SUBJECT = _("%(site)s: something is waiting for the team")


@dataclass(frozen=True, slots=True, kw_only=True)
class TeamPage:
    """Everything templates/mails/team.txt may use."""

    reports: int
    waiting: tuple[WaitingIn, ...]
    unsubscribe: str


class TeamWriter:
    """Writes the mails to the team that are due."""

    def __init__(
        self, database: Database, clock: Clock, instance: Instance, templates: Templates
    ) -> None:
        self._database = database
        self._clock = clock
        self._instance = instance
        self._templates = templates

    async def send_due(self) -> int:
        """Put the mails that are due on their way; return how many there were."""
        now = self._clock.now()
        async with self._database.read() as connection:
            members = await load_due(connection, now=now, most=MEMBERS)
            if not members:
                return 0
            site = await load_site(connection, self._instance.host)
            reports = await count_waiting_reports(connection)
            waiting = tuple(await load_waiting_in(connection))
        sent = 0
        async with self._database.write() as connection:
            for member in members:
                page = TeamPage(
                    reports=reports if member.is_moderator else 0,
                    waiting=tuple(one for one in waiting if member.reads(one.id)),
                    unsubscribe=f"{self._instance.base_url}/unsubscribe/{member.unsubscribe}?team",
                )
                sent += await self._send(connection, member, page, site)
        log.info("team told", mails=sent)
        return sent

    async def _send(
        self, connection: AsyncConnection, member: Member, page: TeamPage, site: Site
    ) -> bool:
        """Write to one of them, unless it was done meanwhile, or by another worker."""
        now = self._clock.now()
        if not (page.reports or page.waiting):
            return False
        if not await mark_told(connection, member, at=now):
            return False
        language = member.language if member.language in languages.LANGUAGES else site.language
        template = Page(
            template="mails/team.txt",
            values={"team": page, "site": site},
            content_type="text/plain",
        )
        mail = Mail(
            recipient=member.email,
            subject=self._templates.translate(SUBJECT, language) % {"site": site.name},
            text=self._templates.render(template, language, site.zone),
            headers={
                # RFC 8058: one click in the reader's own program is enough.
                "List-Unsubscribe": f"<{page.unsubscribe}>",
                "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
                "Precedence": "bulk",
            },
        )
        await put_mail(connection, mail, at=now)
        return True
