"""Telling authors elsewhere that their words were hidden, and what came of their contest.

Their own server shows the words as before, and they may never come here. What they reply to the
letter that something was hidden, or refused, is their contest (`replies`, rule 5.12).
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from dosfed.activitypub import outbox, remote
from dosfed.activitypub.outbox import Mail
from dosfed.acts.facts import ArgumentModerated, ProposalModerated
from dosfed.acts.submission import House
from dosfed.deliberation.consultations.tables import Consultations
from dosfed.deliberation.moderation.letters import remember_letter
from dosfed.deliberation.posts.tables import Posts
from dosfed.wire.decision_letters import AboutDecision, Decided, write_decision
from dosfed.wire.letters import id_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What was decided, and why."""

    about: AboutDecision
    reason: str


async def tell_hidden(
    connection: AsyncConnection,
    fact: ArgumentModerated | ProposalModerated,
    house: House,
) -> None:
    """Write to an author elsewhere that a moderator hid what was read until then."""
    if not fact.command.is_hidden or fact.was_hidden:
        return
    is_argument = isinstance(fact, ArgumentModerated)
    about = AboutDecision.HIDDEN_ARGUMENT if is_argument else AboutDecision.HIDDEN_PROPOSAL
    verdict = Verdict(about=about, reason=fact.command.reason)
    await tell(connection, fact.id, verdict, house, at=fact.at)


async def tell(
    connection: AsyncConnection, post: str, verdict: Verdict, house: House, *, at: datetime
) -> None:
    """Write to the author of something of this home, if they are on another server."""
    row = (
        await connection.execute(
            select(
                Posts.author,
                Consultations.id,
                Consultations.organiser,
                Consultations.title,
                Consultations.language,
            )
            .join(Consultations, Consultations.id == Posts.consultation)
            .where(Posts.id == post, Consultations.home.is_(None))
        )
    ).first()
    if row is None or row.author is None or house.instance.is_ours(row.author):
        return
    author = (await remote.known(connection, [row.author])).get(row.author)
    if author is None:
        return
    told = Decided(
        reader=author,
        organiser=row.organiser,
        consultation=row.id,
        title=row.title,
        language=row.language,
        about=verdict.about,
        reason=verdict.reason.strip(),
        at=at,
    )
    letter = write_decision(house.instance, told)
    mail = Mail(activity=letter, inboxes=[author.inbox], is_public=False, is_ephemeral=True)
    await outbox.put_all(connection, [mail], at=at)
    await remember_letter(connection, id_of(letter), post=post, reader=author.id, at=at)
