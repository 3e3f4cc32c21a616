"""Notes by which citizens of this instance propose something to a home elsewhere."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from dosfed.acts import publishing
from dosfed.acts.submission import House
from dosfed.deliberation.proposals import kept as proposals
from dosfed.deliberation.proposals.kept import ProposalRecord
from dosfed.wire.contributions import write_contribution
from dosfed.wire.proposals import write_tombstone


async def send(connection: AsyncConnection, proposal: str, house: House, *, at: datetime) -> None:
    """Publish the Note of a proposal: to the consultation's home, and to the author's followers."""
    record = await proposals.need_proposal(connection, proposal)
    inboxes = await publishing.holders(connection, publishing.of_contribution(record, house))
    await publishing.create(connection, house, write_contribution(record), inboxes, at=at)


async def change(connection: AsyncConnection, proposal: str, house: House, *, at: datetime) -> None:
    """Publish the new words of such a Note, where it was published before as well."""
    record = await proposals.need_proposal(connection, proposal)
    said, readers = write_contribution(record), publishing.of_contribution(record, house)
    await publishing.update(connection, house, said, readers, at=at)


async def take_back(
    connection: AsyncConnection, record: ProposalRecord, house: House, *, at: datetime
) -> None:
    """Delete such a Note wherever it went."""
    gone, readers = write_tombstone(record, at=at), publishing.of_contribution(record, house)
    await publishing.delete(connection, house, gone, readers, at=at)
