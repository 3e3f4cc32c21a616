"""People: what they delete, share and report, and how they are forgotten."""

import random
from datetime import datetime
from typing import assert_never

from sqlalchemy.ext.asyncio import AsyncConnection

from dosfed.activitypub import follows, inbox, outbox, remote, writing
from dosfed.acts import arguments as argument_acts
from dosfed.acts import proposals as proposal_acts
from dosfed.acts import telling
from dosfed.acts.submission import Done, House, Submission
from dosfed.deliberation import arguments, people, proposals
from dosfed.deliberation.model import (
    Forget,
    ProposalState,
    Refusal,
    Refused,
    Remove,
    Report,
    Share,
)
from dosfed.deliberation.polls import load_polls
from dosfed.deliberation.proposals import ProposalRecord
from dosfed.deliberation.tables import Proposals


async def perform(
    connection: AsyncConnection,
    command: Remove | Share | Report | Forget,
    submission: Submission,
    house: House,
) -> Done:
    """Do what a person asks for."""
    match command:
        case Remove():
            return await remove(connection, command, submission, house)
        case Share():
            return await share(connection, command)
        case Report():
            return await report(connection, command, at=submission.at)
        case Forget():
            return await forget(connection, command, house, at=submission.at)
        case _:
            assert_never(command)


async def remove(
    connection: AsyncConnection, command: Remove, submission: Submission, house: House
) -> Done:
    """Delete an argument, a mirrored proposal, or what a proposal came from.

    Its author alone may.
    """
    at = submission.at
    record = await argument_acts.load_argument(connection, command.id)
    if record is not None and record.deleted_at is None:
        if record.author != command.actor:
            raise Refused(Refusal.NOT_THE_AUTHOR)
        await arguments.empty_arguments(connection, [command.id], at)
        await telling.objects_gone(connection, [command.id])
        await _tell_removal(connection, record, submission, house)
        return Done(id=command.id)
    found = await proposals.load_proposals(connection, Proposals.source == command.id)
    if not found:
        return await _remove_mirrored(connection, command)
    if any(proposal.author != command.actor for proposal in found):
        raise Refused(Refusal.NOT_THE_AUTHOR)
    for proposal in found:
        await _give_up(connection, proposal, house, at=at)
    return Done(id=command.id)


async def _remove_mirrored(connection: AsyncConnection, command: Remove) -> Done:
    """Let go of a proposal that its home, another instance, has withdrawn."""
    record = await proposals.load_proposal(connection, command.id)
    if record is None or record.home is None or record.state is ProposalState.DELETED:
        raise Refused(Refusal.UNKNOWN_OBJECT)
    if record.organiser != command.actor:
        raise Refused(Refusal.NOT_THE_AUTHOR)
    await proposals.empty_proposal(connection, record.id)
    await telling.objects_gone(connection, [record.id])
    return Done(id=record.id)


async def _tell_removal(
    connection: AsyncConnection,
    record: argument_acts.ArgumentRecord,
    submission: Submission,
    house: House,
) -> None:
    activity = submission.activity
    if house.instance.is_ours(record.id):
        gone = writing.tombstone(record.id, former_type="Note", at=submission.at)
        activity = writing.delete(house.instance, record.author, gone)
        heard = await argument_acts.audience_inboxes(connection, record)
        await outbox.put(connection, activity, at=submission.at, inboxes=heard)
    if record.home is None and activity is not None:
        await argument_acts.pass_on(
            connection, record.consultation, [activity], house, at=submission.at
        )


async def _give_up(
    connection: AsyncConnection, record: ProposalRecord, house: House, *, at: datetime
) -> None:
    """Let go of a proposal whose author deleted its source (docs/rules.md, 3.5)."""
    if record.state is not ProposalState.PUBLISHED:
        await proposals.delete_waiting(connection, record.id)
        await telling.objects_gone(connection, [record.id])
    elif record.poll is not None and await people.has_ballots(connection, record.poll.id):
        await proposals.drop_credit(connection, record.id, at=at)
        changed = await proposals.load_proposal(connection, record.id)
        if changed is not None:
            await proposal_acts.make_update_known(connection, changed, house, at=at)
    else:
        await proposal_acts.withdraw(connection, record, house, at=at)


async def forget(
    connection: AsyncConnection, command: Forget, house: House, *, at: datetime
) -> Done:
    """Forget a person: ballots of open polls, words, weights and follows go."""
    actor = command.actor
    for proposal in await proposals.load_proposals(connection, Proposals.author == actor):
        await _give_up(connection, proposal, house, at=at)
    await people.forget_ballots(connection, actor, here=house.instance.host)
    written = await arguments.arguments_by(connection, actor)
    await arguments.empty_arguments(connection, list(written), at)
    await arguments.forget_weights(connection, actor)
    await telling.person_gone(connection, actor)
    await people.forget_reports(connection, actor)
    await follows.forget(connection, actor)
    await inbox.erase(connection, actor=actor)
    if not house.instance.is_ours(actor):
        await remote.forget(connection, actor, at)
    return Done(id=actor)


async def share(connection: AsyncConnection, command: Share) -> Done:
    """Note that somebody announced an object of ours, or no longer does."""
    if not await arguments.is_known(connection, command.object):
        raise Refused(Refusal.UNKNOWN_OBJECT)
    await people.share(connection, command.object, command.actor, is_shared=command.is_shared)
    return Done(id=command.object)


async def report(connection: AsyncConnection, command: Report, *, at: datetime) -> Done:
    """Keep a complaint for the moderators."""
    if not command.objects:
        raise Refused(Refusal.EMPTY)
    await people.report(connection, command, at)
    return Done(id=command.objects[0])


async def erase_due(
    connection: AsyncConnection, house: House, *, now: datetime, shuffle: random.Random
) -> list[str]:
    """Erase the evidence of confidential ballots that was kept long enough; return the polls."""
    due = await people.polls_to_erase(connection, now)
    records = await load_polls(connection, due)
    for poll in due:
        if poll in records:
            await people.erase_ballots(
                connection, records[poll], here=house.instance.host, shuffle=shuffle
            )
        await inbox.erase(connection, about=poll)
        await people.mark_erased(connection, poll, now)
    return due
