"""Notes by which citizens of this instance propose something to a home elsewhere."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from dosfed.activitypub import outbox, recipients, withdrawal, writing
from dosfed.acts.proposal_documents import contribution, tombstone
from dosfed.acts.submission import House
from dosfed.deliberation.proposals import kept as proposals
from dosfed.deliberation.proposals.kept import ProposalRecord


async def send(connection: AsyncConnection, proposal: str, house: House, *, at: datetime) -> None:
    """Publish the Note of a proposal: to the consultation's home, and to the author's followers."""
    record = await _load(connection, proposal)
    await _put(connection, record, writing.create(house.instance, contribution(record)), at=at)


async def change(connection: AsyncConnection, proposal: str, house: House, *, at: datetime) -> None:
    """Publish the new words of such a Note, where it was published before as well."""
    record = await _load(connection, proposal)
    said = contribution(record)
    await withdrawal.replace(connection, said)
    await _put(connection, record, writing.update(house.instance, said), at=at)


async def take_back(
    connection: AsyncConnection, record: ProposalRecord, house: House, *, at: datetime
) -> None:
    """Delete such a Note, here and wherever it went."""
    await proposals.empty_proposal(connection, record.id)
    await withdrawal.withdraw(connection, [record.id])
    gone = tombstone(record, at=at)
    activity = writing.delete(house.instance, record.author or house.instance.actor, gone)
    await _put(connection, record, activity, at=at)


async def _load(connection: AsyncConnection, proposal: str) -> ProposalRecord:
    record = await proposals.load_proposal(connection, proposal)
    if record is None:
        raise LookupError(proposal)
    return record


async def _put(
    connection: AsyncConnection,
    record: ProposalRecord,
    activity: Mapping[str, Any],
    *,
    at: datetime,
) -> None:
    inboxes = await recipients.hearers(connection, [record.author or ""])
    home = await recipients.inbox_of(connection, record.consultation)
    if home is not None:
        inboxes.add(home)
    await outbox.put(connection, activity, at=at, inboxes=inboxes)
