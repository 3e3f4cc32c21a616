"""Edits: of an argument at any time, of a proposal's source while it waits."""

from sqlalchemy.ext.asyncio import AsyncConnection

from dosfed import texts
from dosfed.activitypub import outbox, writing
from dosfed.acts.arguments import ArgumentRecord, audience_inboxes, document, load_argument, pass_on
from dosfed.acts.submission import Done, House, Submission
from dosfed.deliberation import arguments, proposals
from dosfed.deliberation.consultations import load_consultations
from dosfed.deliberation.model import EditArgument, ProposalState, Refusal, Refused
from dosfed.deliberation.rules import check_argument, replaces
from dosfed.deliberation.tables import Proposals


async def edit(
    connection: AsyncConnection, command: EditArgument, submission: Submission, house: House
) -> Done:
    """Change the words of an argument, or of a proposal that waits; the author alone may."""
    record = await load_argument(connection, command.id)
    if record is None or record.deleted_at is not None:
        return await _edit_source(connection, command)
    if record.author != command.author:
        raise Refused(Refusal.NOT_THE_AUTHOR)
    if not replaces(command.updated, record.edited_at):
        return Done(id=command.id)  # an older edit that comes late changes nothing
    consultations = await load_consultations(connection, [record.consultation])
    check_argument(consultations[record.consultation].consultation, command.html, at=submission.at)
    await arguments.edit_argument(connection, command, submission.at)
    await _make_known(connection, record, submission, house)
    return Done(id=command.id)


async def _edit_source(connection: AsyncConnection, command: EditArgument) -> Done:
    found = await proposals.load_proposals(connection, Proposals.source == command.id)
    if not found:
        raise Refused(Refusal.UNKNOWN_OBJECT)
    if any(proposal.author != command.author for proposal in found):
        raise Refused(Refusal.NOT_THE_AUTHOR)
    if any(proposal.state is not ProposalState.WAITING for proposal in found):
        raise Refused(Refusal.ALREADY_DECIDED)
    text = command.text or ""
    html = texts.render_markdown(text)
    for proposal in found:
        await proposals.edit_proposal(
            connection, proposal.id, title=command.title, text=text, html=html
        )
    return Done(id=command.id)


async def _make_known(
    connection: AsyncConnection, earlier: ArgumentRecord, submission: Submission, house: House
) -> None:
    activity = submission.activity
    record = await load_argument(connection, earlier.id)
    if record is not None and house.instance.is_ours(record.id):
        activity = writing.update(house.instance, document(record))
        heard = await audience_inboxes(connection, record)
        await outbox.put(connection, activity, at=submission.at, inboxes=heard)
    if earlier.home is None and activity is not None:
        await pass_on(connection, earlier.consultation, [activity], house, at=submission.at)
