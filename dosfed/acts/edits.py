"""Words changed by their authors: of an argument at any time, of a proposal while it waits."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from dosfed import texts
from dosfed.activitypub import withdrawal
from dosfed.acts import publishing
from dosfed.acts.arguments import passed_on
from dosfed.acts.submission import Done, House, Submission
from dosfed.deliberation.consultations.kept import load_consultations
from dosfed.deliberation.debate import arguments
from dosfed.deliberation.debate.model import EditArgument
from dosfed.deliberation.debate.records import ArgumentRecord, load_argument
from dosfed.deliberation.debate.rules import check_argument, check_sources
from dosfed.deliberation.model import Refusal, Refused
from dosfed.deliberation.posts.model import PostState
from dosfed.deliberation.posts.visible import WITH_A_PAGE
from dosfed.deliberation.proposals import kept as proposals
from dosfed.deliberation.rules import check_words
from dosfed.deliberation.votes.rules import replaces
from dosfed.wire.arguments import write_argument


async def edit(
    connection: AsyncConnection, command: EditArgument, submission: Submission, house: House
) -> Done:
    """Change the words of an argument, or of a proposal that waits; the author alone may."""
    await arguments.hold(connection, command.id)
    record = await load_argument(connection, command.id)
    if record is None or record.state not in WITH_A_PAGE.arguments:
        return await _edit_source(connection, command, at=submission.at)
    return await _edit_argument(connection, command, record, submission, house)


async def _edit_argument(
    connection: AsyncConnection,
    command: EditArgument,
    record: ArgumentRecord,
    submission: Submission,
    house: House,
) -> Done:
    """Change the words of an argument; its author alone may (rules 3.6 and 3.18)."""
    if record.author != command.author:
        raise Refused(Refusal.NOT_THE_AUTHOR)
    if not replaces(command.updated, record.edited_at):
        return Done(id=command.id)  # an older edit that comes late changes nothing
    consultations = await load_consultations(connection, [record.consultation])
    check_argument(consultations[record.consultation].consultation, command.html, at=submission.at)
    check_sources(command.sources or ())
    if command.is_moderated and record.home is not None:
        return Done(id=command.id)  # its consultation's home says so itself, and shows it again
    has_new_words = command.html != record.html or command.stance not in {None, record.stance}
    has_new_sources = command.sources not in {None, tuple(record.sources or ())}
    if not has_new_words and not has_new_sources and house.instance.is_ours(record.id):
        return Done(id=command.id)
    await arguments.edit_argument(connection, command, submission.at)
    if command.is_moderated:
        await arguments.drop_versions(connection, [record.id])
    elif has_new_words:
        await arguments.keep_version(
            connection, record.id, stance=record.stance, html=record.html, at=submission.at
        )
    await _make_known(connection, record, submission, house)
    return Done(id=command.id)


async def _make_known(
    connection: AsyncConnection, earlier: ArgumentRecord, submission: Submission, house: House
) -> None:
    """Publish the new words, and let what was published before say them as well."""
    activity = passed_on(submission, earlier.id, earlier.author)
    record = await load_argument(connection, earlier.id)
    if record is not None and house.instance.is_ours(record.id):
        said, readers = write_argument(record), publishing.of_argument(record)
        activity = await publishing.update(connection, house, said, readers, at=submission.at)
    elif isinstance(activity, Mapping) and isinstance(activity.get("object"), Mapping):
        await withdrawal.replace(connection, activity["object"])
    else:
        await withdrawal.withdraw(connection, [earlier.id])
    if earlier.home is None and activity is not None:
        group = earlier.consultation
        await publishing.pass_on(connection, house, group, [activity], at=submission.at)


async def _edit_source(connection: AsyncConnection, command: EditArgument, *, at: datetime) -> Done:
    found = await proposals.hold_judged_from(connection, command.id)
    if not found:
        raise Refused(Refusal.UNKNOWN_OBJECT)
    if any(proposal.author != command.author for proposal in found):
        raise Refused(Refusal.NOT_THE_AUTHOR)
    if any(proposal.state is not PostState.WAITING for proposal in found):
        raise Refused(Refusal.ALREADY_DECIDED)
    check_words(command.title, command.text)  # rule 3.2, of what waits as of what is new
    html = texts.render_markdown(command.text)
    words = {"title": command.title, "text": command.text, "html": html}
    for proposal in found:
        await proposals.edit_proposal(connection, proposal.id, words, at=at)
    return Done(id=command.id)
