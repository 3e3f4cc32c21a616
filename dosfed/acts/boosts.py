"""Boosts: a consultation announces its polls again when that is of use to its followers.

Who follows a consultation alone meets a poll as its Group's boost, and only while they follow
already: nobody fetches what was boosted before. So it is boosted when it is published, when its
vote opens, and two days before its end (rule 8.8). Mastodon drops the second boost of one post by
one account; therefore each is undone before the next.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from dosfed.activitypub import outbox, recipients, writing
from dosfed.acts.proposal_documents import document
from dosfed.acts.submission import House
from dosfed.deliberation.proposals.kept import ProposalRecord, load_proposal
from dosfed.deliberation.votes import boosts
from dosfed.deliberation.votes.boost_rules import is_open
from dosfed.deliberation.votes.boosts import Boost

Document = dict[str, Any]

AT_ONCE = 50  # in one transaction; the others are due a moment later


@dataclass(frozen=True, slots=True, kw_only=True)
class Audience:
    """Where the followers of a consultation read, and which of them read whole activities.

    These are known for it (FEP-1b12), and part of everybody.
    """

    house: House
    everybody: Collection[str]
    readers: Collection[str]
    at: datetime


async def audience_of(
    connection: AsyncConnection, consultation: str, house: House, *, at: datetime
) -> Audience:
    """Return who hears what a consultation announces now."""
    everybody, readers = await recipients.split_followers(connection, consultation)
    return Audience(house=house, everybody=everybody, readers=readers, at=at)


async def announce(
    connection: AsyncConnection, record: ProposalRecord, audience: Audience, *, created: Document
) -> None:
    """Announce a published proposal as its Group: the bare id to everybody, which is a boost.

    Who reads whole activities gets the Create besides. A poll that is over already is boosted to
    nobody.
    """
    instance, group, at = audience.house.instance, record.consultation, audience.at
    poll = record.poll
    if poll is None or (record.closed_at is None and at < poll.closes):
        bare = writing.announce(instance, group, record.id, at=at)
        await outbox.put(connection, bare, at=at, inboxes=audience.everybody)
        if poll is not None:
            boost = Boost(
                proposal=record.id, created=created["id"], announced=bare["id"], announced_at=at
            )
            await boosts.keep(connection, boost, poll, at=at)
    if audience.readers:
        whole = writing.announce(instance, group, created, at=at)
        await outbox.put(connection, whole, at=at, inboxes=audience.readers)


async def boost_due(connection: AsyncConnection, house: House, *, now: datetime) -> int:
    """Boost the open polls that are due, once each; return how many were looked at."""
    due = await boosts.load_due(connection, now, most=AT_ONCE)
    for boost in due:
        record = await load_proposal(connection, boost.proposal)
        if record is None or record.poll is None or not is_open(record.poll, now):
            await boosts.end(connection, boost.proposal)
            continue
        audience = await audience_of(connection, record.consultation, house, at=now)
        await _boost(connection, record, boost, audience)
    return len(due)


async def _boost(
    connection: AsyncConnection, record: ProposalRecord, boost: Boost, audience: Audience
) -> None:
    """Undo what was announced last, and announce the poll anew.

    The Create that goes out again has the id that it had: whoever knows it leaves it aside.
    """
    instance, at = audience.house.instance, audience.at
    if boost.announced is not None and boost.announced_at is not None:
        bare = writing.announce(instance, record.consultation, record.id, at=boost.announced_at)
        undo = writing.undo(instance, bare | {"id": boost.announced})
        await outbox.put(connection, undo, at=at, inboxes=audience.everybody, is_public=False)
        await outbox.retract(connection, boost.announced)
    created = writing.create(instance, document(record))
    if boost.created is not None:
        created["id"] = boost.created
    await announce(connection, record, audience, created=created)
