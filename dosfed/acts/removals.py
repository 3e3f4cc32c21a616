"""What goes by its author's wish: out of all that was published, and from whoever had it."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from dosfed.activitypub import withdrawal, writing
from dosfed.activitypub.reading import id_of
from dosfed.acts import contributions, publishing, telling
from dosfed.acts import proposals as proposal_acts
from dosfed.acts.submission import Done, House, Submission
from dosfed.deliberation.debate import arguments
from dosfed.deliberation.debate.model import Remove
from dosfed.deliberation.debate.records import ArgumentRecord, load_argument, load_arguments
from dosfed.deliberation.debate.tables import Arguments
from dosfed.deliberation.model import Refusal, Refused
from dosfed.deliberation.posts import moderation_log
from dosfed.deliberation.posts.model import PostState
from dosfed.deliberation.posts.moderation_log import Moderated
from dosfed.deliberation.posts.visible import WITH_A_PAGE
from dosfed.deliberation.proposals import kept as proposals
from dosfed.deliberation.proposals.kept import ProposalRecord
from dosfed.deliberation.votes.polls import has_ballots
from dosfed.storage.parts import in_parts
from dosfed.wire.arguments import write_argument


async def remove(
    connection: AsyncConnection, command: Remove, submission: Submission, house: House
) -> Done:
    """Delete an argument, a proposal, or what a proposal came from.

    Its author alone may.
    """
    at = submission.at
    await arguments.hold(connection, command.id)
    record = await load_argument(connection, command.id)
    if record is not None and record.state in WITH_A_PAGE.arguments:
        is_within = command.within in {None, record.consultation}
        if not is_within or not _may_remove(record, command, house):
            raise Refused(Refusal.NOT_THE_AUTHOR)
        if command.actor != record.author:
            await _log_removal(connection, record, command, at=at)
        await _remove_argument(connection, record, submission, house)
        return Done(id=command.id)
    found = await proposals.hold_judged_from(connection, command.id)
    if not found:
        return await _remove_proposal(connection, command, house, at=at)
    if command.within or any(proposal.author != command.actor for proposal in found):
        raise Refused(Refusal.NOT_THE_AUTHOR)
    for proposal in found:
        await give_up(connection, proposal, house, at=at)
    return Done(id=command.id)


def _may_remove(record: ArgumentRecord, command: Remove, house: House) -> bool:
    """Whether an argument goes by this wish: its author's, or that of its home, for its mirrors.

    Of what was written here a home elsewhere decides only whether it is hidden.
    """
    is_home = record.home is not None and command.actor == record.consultation
    return command.actor == record.author or (is_home and not house.instance.is_ours(record.id))


async def _remove_proposal(
    connection: AsyncConnection, command: Remove, house: House, *, at: datetime
) -> Done:
    """Let go of a proposal by its author's wish, or by that of its home, another instance."""
    await proposals.hold(connection, command.id)
    record = await proposals.load_proposal(connection, command.id)
    if record is None or record.state is PostState.DELETED:
        raise Refused(Refusal.UNKNOWN_OBJECT)
    is_ours = record.home is None or record.state is PostState.SENT
    is_elsewhere = command.within not in {None, None if is_ours else record.consultation}
    if is_elsewhere or command.actor != (record.author if is_ours else record.organiser):
        raise Refused(Refusal.NOT_THE_AUTHOR)
    if is_ours:
        await give_up(connection, record, house, at=at)
        return Done(id=record.id)
    await _log_removal(connection, record, command, at=at)
    await proposals.empty_proposal(connection, record.id)
    await telling.objects_gone(connection, [record.id])
    return Done(id=record.id)


async def _log_removal(
    connection: AsyncConnection,
    record: ArgumentRecord | ProposalRecord,
    command: Remove,
    *,
    at: datetime,
) -> None:
    """Note that a home took down what is mirrored here."""
    removed = Moderated(
        post=record.id,
        kind="argument" if isinstance(record, ArgumentRecord) else "proposal",
        by=command.actor,
        was=record.state.value,
        became="deleted",
    )
    await moderation_log.add(connection, removed, at=at)


async def give_up(
    connection: AsyncConnection, record: ProposalRecord, house: House, *, at: datetime
) -> None:
    """Let go of a proposal whose author deleted it, or its source (rules 3.5 and 3.15)."""
    if record.state is PostState.SENT:
        await contributions.take_back(connection, record, house, at=at)
    elif record.home is not None:
        await proposals.drop_credit(connection, record.id, at=None)
    elif record.state not in WITH_A_PAGE.proposals:
        await proposals.delete_waiting(connection, record.id)
        await telling.objects_gone(connection, [record.id])
    elif record.poll is not None and await has_ballots(connection, record.poll.id):
        await proposals.drop_credit(connection, record.id, at=at)
        changed = await proposals.load_proposal(connection, record.id)
        if changed is not None:
            await publishing.update_details(connection, house, changed, at=at)
    else:
        await proposal_acts.withdraw(connection, record, house, at=at)


async def _remove_argument(
    connection: AsyncConnection, record: ArgumentRecord, submission: Submission, house: House
) -> None:
    """Delete an argument, and let everybody who was sent it know."""
    await _empty(connection, [record.id], at=submission.at)
    activity = _own_delete(record, submission)
    if house.instance.is_ours(record.id):
        gone = writing.tombstone(record.id, former_type="Note", at=submission.at)
        readers = publishing.of_argument(record)
        activity = await publishing.delete(connection, house, gone, readers, at=submission.at)
    await _pass_on(connection, [record], activity, house, at=submission.at)


async def remove_all(
    connection: AsyncConnection, author: str, house: House, *, at: datetime
) -> None:
    """Delete the arguments of somebody who is forgotten, and their name beside others' answers.

    Of a citizen of ours everybody is told that they left; of somebody from elsewhere, readers
    of the consultation hear what is gone from the home.
    """
    for written in in_parts(await arguments.arguments_by(connection, author)):
        found = await load_arguments(connection, written)
        await _empty(connection, written, at=at)
        await rewrite_answers(connection, written, house)
        if not house.instance.is_ours(author):
            await _pass_on(connection, found, None, house, at=at)


async def _empty(connection: AsyncConnection, ids: Collection[str], *, at: datetime) -> None:
    await arguments.empty_arguments(connection, ids, at)
    await telling.objects_gone(connection, ids)
    await withdrawal.withdraw(connection, ids)


async def rewrite_answers(connection: AsyncConnection, ids: Collection[str], house: House) -> None:
    """Let answers that citizens of ours wrote mention the authors of these, or do so no longer."""
    rows = await connection.execute(
        select(Arguments.id).where(Arguments.in_reply_to.in_(ids), WITH_A_PAGE.of(Arguments))
    )
    ours = [uri for uri in rows.scalars() if house.instance.is_ours(uri)]
    for some in in_parts(ours):
        for answer in await load_arguments(connection, some):
            await withdrawal.replace(connection, write_argument(answer))


def _own_delete(record: ArgumentRecord, submission: Submission) -> Mapping[str, Any] | None:
    """Return the author's own Delete, if that is what removes an argument."""
    activity = submission.activity
    if activity is None or activity.get("type") != "Delete":
        return None
    return activity if id_of(activity.get("object")) == record.id else None


async def _pass_on(
    connection: AsyncConnection,
    records: Collection[ArgumentRecord],
    activity: Mapping[str, Any] | None,
    house: House,
    *,
    at: datetime,
) -> None:
    """Let Groups pass removals on: the author's, else the organiser's, who moderates."""
    said = defaultdict[str, list[Mapping[str, Any]]](list)
    for record in records:
        if record.home is None:
            deleted = activity or _organisers_delete(record, house, at=at)
            said[record.consultation].append(deleted)
    for consultation, activities in said.items():
        await publishing.pass_on(connection, house, consultation, activities, at=at)


def _organisers_delete(record: ArgumentRecord, house: House, *, at: datetime) -> Mapping[str, Any]:
    gone = writing.tombstone(record.id, former_type="Note", at=at)
    delete = writing.delete(house.instance, record.organiser, gone)
    return {**delete, "audience": record.consultation}
