"""Telling who proposed something from another server what became of it, and nobody else.

An accepted proposal is published, and mentions its author; that is all they hear of it. Of one
that was refused, and of one that came when none are taken, nothing is published: so the organiser
writes to the author, in private, and rejects the post for programs (rule 3.30).

It is no way to have us write to others: as with ballots (`turned_away`), a letter goes to the very
actor who signed the post, and what was refused at the door is charged to its sender (rule 9.1).
When proposals are taken somebody is told once for each consultation, however often they post.
"""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from dosfed.activitypub import outbox, remote
from dosfed.activitypub.outbox import Mail
from dosfed.acts import turned_away
from dosfed.acts.submission import House
from dosfed.deliberation.consultations.kept import load_consultations
from dosfed.deliberation.consultations.tables import Consultations
from dosfed.deliberation.model import Refusal
from dosfed.deliberation.moderation.letters import remember_letter
from dosfed.deliberation.proposals.kept import ProposalRecord
from dosfed.deliberation.proposals.model import SubmitProposal
from dosfed.wire.letters import id_of
from dosfed.wire.verdicts import Proposed, write_closed, write_refusal, write_reject


async def tell_refused(
    connection: AsyncConnection,
    record: ProposalRecord,
    reason: str,
    house: House,
    *,
    at: datetime,
) -> None:
    """Tell the author of a proposal that a facilitator turned it down, and why."""
    if record.source is None or record.author is None:
        return
    said = await _proposed(
        connection,
        author=record.author,
        source=record.source,
        title=record.title,
        consultation=record.consultation,
    )
    if said is None:
        return
    letter = write_refusal(house.instance, said, reason, at=at)
    await _send(connection, said, [letter, write_reject(house.instance, said, None)], at=at)
    await remember_letter(connection, id_of(letter), post=record.id, reader=said.author.id, at=at)


async def tell_turned_away(
    connection: AsyncConnection,
    command: SubmitProposal,
    refusal: Refusal,
    house: House,
    *,
    at: datetime,
) -> None:
    """Tell who posted outside the phases that take proposals when they are taken (rule 3.1)."""
    if refusal is not Refusal.WRONG_PHASE or command.source is None:
        return
    records = await load_consultations(connection, command.addressed)
    record = next((records[uri] for uri in command.addressed if uri in records), None)
    if record is None or record.home is not None:
        return
    consultation = record.consultation
    if at >= consultation.closes + turned_away.TOLD_WITHIN:
        return
    said = await _proposed(
        connection,
        author=command.author,
        source=command.source,
        title=command.title,
        consultation=consultation.id,
    )
    if said is None or not await turned_away.is_first(connection, consultation.id, said.author.id):
        return
    letter = write_closed(house.instance, said, consultation, at=at)
    await _send(connection, said, [letter, write_reject(house.instance, said, refusal)], at=at)


async def _proposed(
    connection: AsyncConnection,
    *,
    author: str,
    source: str,
    title: str,
    consultation: str,
) -> Proposed | None:
    """Return what was proposed by somebody of another server; none if we cannot write to them."""
    known = await remote.known(connection, [author])
    if author not in known:
        return None
    row = (
        await connection.execute(
            select(Consultations.organiser, Consultations.title, Consultations.language).where(
                Consultations.id == consultation
            )
        )
    ).one()
    return Proposed(
        source=source,
        title=title,
        author=known[author],
        organiser=row.organiser,
        consultation=consultation,
        consultation_title=row.title,
        language=row.language,
    )


async def _send(
    connection: AsyncConnection,
    said: Proposed,
    activities: list[dict[str, object]],
    *,
    at: datetime,
) -> None:
    mails = [
        Mail(activity=one, inboxes=[said.author.inbox], is_public=False, is_ephemeral=True)
        for one in activities
    ]
    await outbox.put_all(connection, mails, at=at)
