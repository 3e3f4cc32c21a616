"""What others hear of what a moderator hides, or shows again.

Whoever was sent the words is sent what hides them, in the form that their software acts on. All
of them read the author's own `Update`, with the reason in the place of the words, where the
author is of this instance. Servers that read a Group take it from the Group as well; to them it
also says, as Lemmy does, that a moderator removed the post. That moderator is the organiser,
whom the Group's collection of moderators names: nobody else's word counts there. Words of
people elsewhere can be taken back in this way alone.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from dosfed.activitypub import withdrawal, writing
from dosfed.acts import contributions, publishing
from dosfed.acts.submission import House
from dosfed.deliberation.debate.records import ArgumentRecord, need_argument
from dosfed.deliberation.moderation.model import Hide
from dosfed.deliberation.proposals import kept as proposals
from dosfed.deliberation.proposals.kept import ProposalRecord
from dosfed.wire.arguments import write_argument
from dosfed.wire.hiding import write_hiding
from dosfed.wire.proposals import type_of, write_proposal

Document = Mapping[str, Any]


async def tell_of_argument(
    connection: AsyncConnection, command: Hide, house: House, *, is_home: bool, at: datetime
) -> None:
    """Tell who was sent an argument that it is hidden, or what it says again.

    What the home of a mirrored consultation hides, the home has told of.
    """
    record = await need_argument(connection, command.id)
    is_ours = house.instance.is_ours(record.id)
    said = write_argument(record) if is_ours else None
    if said is None:
        await withdrawal.withdraw(connection, [record.id])
    elif is_home:
        await withdrawal.replace(connection, said)
    else:
        await publishing.update(connection, house, said, publishing.of_argument(record), at=at)
    if record.home is None:
        told = _told(record, command, said, house)
        await publishing.pass_on(connection, house, record.consultation, told, at=at)


async def tell_of_proposal(
    connection: AsyncConnection, command: Hide, house: House, *, at: datetime
) -> None:
    """Tell everybody who has a proposal of this home, by an Update, and readers by its Group.

    On a mirror, tell those who have the Note of a citizen of ours from which it was made.
    """
    record = await proposals.need_proposal(connection, command.id)
    if record.home is not None:
        await _tell_of_source(connection, record, house, at=at)
        return
    said = write_proposal(record)
    await publishing.update(connection, house, said, publishing.of_proposal(record), at=at)
    told = _told(record, command, said, house)
    await publishing.pass_on(connection, house, record.consultation, told, at=at)


async def _tell_of_source(
    connection: AsyncConnection, record: ProposalRecord, house: House, *, at: datetime
) -> None:
    source = record.source
    if source is None or not house.instance.is_ours(source):
        return
    note = await proposals.load_proposal(connection, source)
    if note is not None and note.author is not None:  # else it was taken back
        await contributions.change(connection, note.id, house, at=at)


def _told(
    record: ArgumentRecord | ProposalRecord, command: Hide, said: Document | None, house: House
) -> list[Document]:
    """Return what the Group passes on: what a moderator does, and the author's `Update`.

    Of a post that is removed some servers take no `Update`; so it goes first when the post is
    hidden, and last when it is shown again.
    """
    kind = type_of(record) if isinstance(record, ProposalRecord) else "Note"
    activities: list[Document] = [write_hiding(house.instance, record, command, former_type=kind)]
    if said is not None:
        update = writing.update(house.instance, dict(said))
        activities.insert(0 if command.is_hidden else 1, update)
    return activities
