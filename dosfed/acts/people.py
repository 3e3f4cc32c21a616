"""People: what they delete, share and report, and how they are forgotten."""

from datetime import datetime
from typing import assert_never

from sqlalchemy.ext.asyncio import AsyncConnection

from dosfed.accounts import fediverse
from dosfed.activitypub import follows, inbox, outbox, remote, withdrawal
from dosfed.acts import contributions, removals, reports, telling, turned_away
from dosfed.acts import proposals as proposal_acts
from dosfed.acts.argument_documents import ArgumentRecord, load_argument
from dosfed.acts.proposal_documents import document
from dosfed.acts.submission import Done, House, Submission
from dosfed.deliberation import people
from dosfed.deliberation.debate import arguments
from dosfed.deliberation.debate.model import Remove
from dosfed.deliberation.model import Forget, Refusal, Refused, Share
from dosfed.deliberation.moderation.model import Report
from dosfed.deliberation.proposals import kept as proposals
from dosfed.deliberation.proposals.co_signers import forget_signatures
from dosfed.deliberation.proposals.drafts import forget_drafts
from dosfed.deliberation.proposals.kept import ProposalRecord
from dosfed.deliberation.proposals.model import ProposalState


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
            is_ours = submission.activity is None
            return await reports.report(
                connection, command, house, is_ours=is_ours, at=submission.at
            )
        case Forget():
            return await forget(connection, command, house, at=submission.at)
        case _:
            assert_never(command)


async def remove(
    connection: AsyncConnection, command: Remove, submission: Submission, house: House
) -> Done:
    """Delete an argument, a proposal, or what a proposal came from.

    Its author alone may.
    """
    at = submission.at
    await arguments.hold(connection, command.id)
    record = await load_argument(connection, command.id)
    if record is not None and record.deleted_at is None:
        is_within = command.within in {None, record.consultation}
        if not is_within or not _may_remove(record, command, house):
            raise Refused(Refusal.NOT_THE_AUTHOR)
        await removals.remove(connection, record, submission, house)
        return Done(id=command.id)
    found = await proposals.hold_judged_from(connection, command.id)
    if not found:
        return await _remove_proposal(connection, command, house, at=at)
    if command.within or any(proposal.author != command.actor for proposal in found):
        raise Refused(Refusal.NOT_THE_AUTHOR)
    for proposal in found:
        await _give_up(connection, proposal, house, at=at)
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
    if record is None or record.state is ProposalState.DELETED:
        raise Refused(Refusal.UNKNOWN_OBJECT)
    is_ours = record.home is None or record.state is ProposalState.SENT
    is_elsewhere = command.within not in {None, None if is_ours else record.consultation}
    if is_elsewhere or command.actor != (record.author if is_ours else record.organiser):
        raise Refused(Refusal.NOT_THE_AUTHOR)
    if is_ours:
        await _give_up(connection, record, house, at=at)
        return Done(id=record.id)
    await proposals.empty_proposal(connection, record.id)
    await telling.objects_gone(connection, [record.id])
    return Done(id=record.id)


async def _give_up(
    connection: AsyncConnection, record: ProposalRecord, house: House, *, at: datetime
) -> None:
    """Let go of a proposal whose author deleted it, or its source (rules 3.5 and 3.15)."""
    if record.state is ProposalState.SENT:
        await contributions.take_back(connection, record, house, at=at)
    elif record.home is not None:
        await proposals.drop_credit(connection, record.id, at=None)
    elif not record.state.was_published:
        await proposals.delete_waiting(connection, record.id)
        await telling.objects_gone(connection, [record.id])
    elif record.poll is not None and await people.has_ballots(connection, record.poll.id):
        await proposals.drop_credit(connection, record.id, at=at)
        changed = await proposals.load_proposal(connection, record.id)
        if changed is not None:
            await withdrawal.replace(connection, document(changed))
            await proposal_acts.make_update_known(connection, changed, house, at=at)
    else:
        await proposal_acts.withdraw(connection, record, house, at=at)


async def forget(
    connection: AsyncConnection, command: Forget, house: House, *, at: datetime
) -> Done:
    """Forget a person: ballots of open polls, words, weights and follows go."""
    actor = command.actor
    # What is said from here on must still be heard.
    await outbox.drop_ballots(connection, actor)
    await withdrawal.withdraw_acts(connection, actor)
    for proposal in await proposals.hold_those_by(connection, actor):
        await _give_up(connection, proposal, house, at=at)
    await people.forget_ballots(connection, actor, here=house.instance.host)
    await removals.remove_all(connection, actor, house, at=at)
    await withdrawal.withdraw(connection, [actor])
    await arguments.forget_weights(connection, actor)
    await forget_signatures(connection, actor)
    await forget_drafts(connection, actor)
    await telling.person_gone(connection, actor)
    await people.forget_reports(connection, actor)
    await follows.forget(connection, actor)
    await inbox.erase(connection, [actor])
    if not house.instance.is_ours(actor):
        await fediverse.forget(connection, actor)
        await turned_away.forget(connection, actor)
        await remote.forget(connection, actor, at)
    return Done(id=actor)


async def share(connection: AsyncConnection, command: Share) -> Done:
    """Note that somebody announced an object of ours, or no longer does."""
    if not await arguments.is_known(connection, command.object):
        raise Refused(Refusal.UNKNOWN_OBJECT)
    await people.share(connection, command.object, command.actor, is_shared=command.is_shared)
    return Done(id=command.object)
