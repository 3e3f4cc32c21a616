"""Reports: kept for the moderators here, and passed on to the servers of those reported."""

import hashlib
from collections import defaultdict
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from dosfed.activitypub import recipients, remote
from dosfed.activitypub.tables import Actors
from dosfed.acts import publishing
from dosfed.acts.facts import NothingNew, ReportMade
from dosfed.acts.submission import Done, House
from dosfed.deliberation.debate.arguments import load_places
from dosfed.deliberation.debate.rules import REPORTS_OF_STRANGERS, check_report
from dosfed.deliberation.moderation import reports
from dosfed.deliberation.moderation.desk import load_reported
from dosfed.deliberation.moderation.model import Report
from dosfed.instance import host_of
from dosfed.storage.statements import take_turns
from dosfed.wire.reports import write_report


async def report(
    connection: AsyncConnection, command: Report, *, is_ours: bool, at: datetime
) -> Done:
    """Keep a complaint once for the moderators (rule 3.20); `is_ours`: it was made on a page."""
    await take_turns(connection, f"reports of {command.reporter}")
    subject = await _subject(connection, command)
    waiting = await reports.waiting_reports(connection, command.reporter)
    check_report(command.objects, command.text, is_ours=is_ours, waiting=len(waiting))
    # Those without an account are many people, who may each know something.
    most = 1 if command.reporter else REPORTS_OF_STRANGERS
    if waiting.count(subject) >= most:
        return Done(facts=(NothingNew(id=command.objects[0], at=at),))
    await reports.insert_report(connection, command, at, subject=subject)
    return Done(facts=(ReportMade(id=command.objects[0], at=at, command=command),))


async def _subject(connection: AsyncConnection, command: Report) -> str:
    """Return what a report is about as one short word: the things and people known here.

    What is made up makes no other report of it; one about nothing known is one of its server's.
    """
    named = set(command.objects)
    known = {*await load_reported(connection, named), *await remote.known(connection, named)}
    known |= set(
        (await connection.execute(select(Actors.id).where(Actors.id.in_(named)))).scalars()
    )
    words = sorted(known) or [host_of(command.reporter)]
    return hashlib.sha256("\n".join(words).encode()).hexdigest()


async def pass_on(
    connection: AsyncConnection, command: Report, house: House, *, at: datetime
) -> None:
    """Send a Flag to each author's own server, in the name of the instance, not of the reporter."""
    about: dict[str, list[str]] = defaultdict(list)
    for uri, place in (await load_places(connection, command.objects)).items():
        # A proposal is its organiser's post, whoever thought of it.
        author = place.organiser if place.id == place.proposal else place.author
        if author is not None and not house.instance.is_ours(author):
            about[author].append(uri)
    for author, posts in about.items():
        inbox = await recipients.inbox_of(connection, author)
        if inbox is not None:
            flag = write_report(house.instance, author, posts, words=command.text)
            await publishing.send(connection, [flag], [inbox], at=at)
