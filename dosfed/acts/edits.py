"""Edits: of an argument at any time, of a proposal's source while it waits."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from dosfed import texts
from dosfed.acts import argument_edits
from dosfed.acts.argument_documents import load_argument
from dosfed.acts.submission import Done, House, Submission
from dosfed.deliberation.debate import arguments
from dosfed.deliberation.debate.model import EditArgument
from dosfed.deliberation.model import Refusal, Refused
from dosfed.deliberation.proposals import kept as proposals
from dosfed.deliberation.proposals.model import ProposalState
from dosfed.deliberation.rules import check_words


async def edit(
    connection: AsyncConnection, command: EditArgument, submission: Submission, house: House
) -> Done:
    """Change the words of an argument, or of a proposal that waits; the author alone may."""
    await arguments.hold(connection, command.id)
    record = await load_argument(connection, command.id)
    if record is None or record.deleted_at is not None:
        return await _edit_source(connection, command, at=submission.at)
    return await argument_edits.edit(connection, command, record, submission, house)


async def _edit_source(connection: AsyncConnection, command: EditArgument, *, at: datetime) -> Done:
    found = await proposals.hold_judged_from(connection, command.id)
    if not found:
        raise Refused(Refusal.UNKNOWN_OBJECT)
    if any(proposal.author != command.author for proposal in found):
        raise Refused(Refusal.NOT_THE_AUTHOR)
    if any(proposal.state is not ProposalState.WAITING for proposal in found):
        raise Refused(Refusal.ALREADY_DECIDED)
    check_words(command.title, command.text)  # rule 3.2, of what waits as of what is new
    html = texts.render_markdown(command.text)
    words = {"title": command.title, "text": command.text, "html": html}
    for proposal in found:
        await proposals.edit_proposal(connection, proposal.id, words, at=at)
    return Done(id=command.id)
