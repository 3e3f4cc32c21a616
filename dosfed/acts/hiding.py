"""What others hear of what a moderator hides, or shows again."""

from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from dosfed.activitypub import outbox, writing
from dosfed.acts import argument_documents, arguments, contributions, proposal_documents, terms
from dosfed.acts import proposals as proposal_acts
from dosfed.acts.argument_documents import ArgumentRecord
from dosfed.acts.submission import House
from dosfed.deliberation import proposals
from dosfed.deliberation.model import Hide
from dosfed.deliberation.proposals import ProposalRecord


async def tell_of_argument(
    connection: AsyncConnection, command: Hide, house: House, *, is_home: bool, at: datetime
) -> None:
    """Tell who holds a copy: of what was written here by an Update, mirrors by their Group.

    What the home of a mirrored consultation hides, the home has told of.
    """
    record = await argument_documents.load_argument(connection, command.id)
    if record is None:
        raise LookupError(command.id)
    if command.is_hidden:
        by = (record.author, record.consultation)
        await outbox.withdraw(connection, record.id, by=by)
    if is_home:
        return
    if house.instance.is_ours(record.id):
        update = writing.update(house.instance, argument_documents.document(record))
        heard = await arguments.audience_inboxes(connection, record)
        await outbox.put(connection, update, at=at, inboxes=heard)
    if record.home is None:
        activity = moderated(house, record, command, former_type="Note")
        await arguments.pass_on(connection, record.consultation, [activity], house, at=at)


async def tell_of_proposal(
    connection: AsyncConnection, command: Hide, house: House, *, at: datetime
) -> None:
    """Tell everybody who has a proposal of this home, by an Update, and mirrors by its Group.

    On a mirror, tell who has the Note of a citizen of ours that the proposal was made from.
    """
    record = await proposals.load_proposal(connection, command.id)
    if record is None:
        raise LookupError(command.id)
    if record.home is not None:
        await _tell_of_source(connection, record, command, house, at=at)
        return
    if command.is_hidden:
        by = (record.organiser, record.consultation)
        await outbox.withdraw(connection, record.id, by=by)
    await proposal_acts.make_moderation_known(connection, record, house, at=at)
    former_type = proposal_documents.type_of(record)
    activity = moderated(house, record, command, former_type=former_type)
    await arguments.pass_on(connection, record.consultation, [activity], house, at=at)


async def _tell_of_source(
    connection: AsyncConnection,
    record: ProposalRecord,
    command: Hide,
    house: House,
    *,
    at: datetime,
) -> None:
    source = record.source
    if source is None or not house.instance.is_ours(source):
        return
    note = await proposals.load_proposal(connection, source)
    if note is None or note.author is None:
        return  # taken back
    if command.is_hidden:
        await outbox.withdraw(connection, note.id, by=(note.author,))
    await contributions.change(connection, note.id, house, at=at)


def moderated(
    house: House, record: ArgumentRecord | ProposalRecord, command: Hide, *, former_type: str
) -> dict[str, Any]:
    """Return what a Group says of what it hides: a Delete with a reason, or its Undo.

    Lemmy writes what its moderators remove in the same way.
    """
    group = record.consultation
    gone = {"id": record.id, "type": "Tombstone", "formerType": former_type}
    activity = {
        **writing.delete(house.instance, group, gone),
        "audience": group,
        "summary": record.hidden_reason or command.reason,
        terms.REASON: record.hidden_code or command.code.value,
    }
    return activity if command.is_hidden else writing.undo(house.instance, activity)
