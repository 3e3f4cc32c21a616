"""The one door: a form and an inbox both end here, and no rule stands in front of it."""

from collections.abc import Sequence
from datetime import datetime
from itertools import groupby
from typing import assert_never

from sqlalchemy.ext.asyncio import AsyncConnection

from dosfed.acts import (
    arguments,
    ballots,
    co_signers,
    edits,
    forgetting,
    meetings,
    moderation,
    proposals,
    removals,
    reports,
    revisions,
    visitors,
    weights,
)
from dosfed.acts.submission import Done, House, Outcome, Submission
from dosfed.deliberation.debate.model import (
    DebateCommand,
    EditArgument,
    PostArgument,
    Remove,
    Share,
    Weigh,
)
from dosfed.deliberation.meetings.model import CancelMeeting, MeetingCommand, PlanMeeting
from dosfed.deliberation.model import Forget, Refused
from dosfed.deliberation.moderation.model import AnswerReport, Hide, ModerationCommand, Report
from dosfed.deliberation.proposals.model import (
    CoSign,
    DecideProposal,
    ProposalCommand,
    ReviseProposal,
    SubmitProposal,
    TagProposal,
)
from dosfed.deliberation.votes.model import CastBallot
from dosfed.storage.scrubbing import must_scrub

# Words or names that somebody takes away, or replaces, are soon in no file (rule 4.4).
TAKING_AWAY = (EditArgument, Forget, Hide, Remove, ReviseProposal)


async def perform(
    connection: AsyncConnection, submissions: Sequence[Submission], house: House
) -> list[Outcome]:
    """Judge acts in their order, write what is admitted, put what others must learn.

    A refused act has written nothing, and takes none of the others along.
    """
    outcomes: list[Outcome] = []
    for kind, group in groupby(submissions, key=lambda submission: type(submission.command)):
        run = list(group)
        if kind is CastBallot:
            outcomes += await ballots.perform(connection, run, house)
        elif kind is PostArgument:
            outcomes += await arguments.perform(connection, run, house)
        else:
            for submission in run:
                outcomes.append(await _outcome(connection, submission, house))
    return outcomes


async def perform_one(connection: AsyncConnection, submission: Submission, house: House) -> Done:
    """Perform one act, or raise `Refused`."""
    outcome = (await perform(connection, [submission], house))[0]
    if isinstance(outcome, Done):
        return outcome
    raise Refused(outcome)


async def _outcome(connection: AsyncConnection, submission: Submission, house: House) -> Outcome:
    try:
        await visitors.check(connection, submission, house)
        outcome = await _one(connection, submission, house)
    except Refused as refused:
        return refused.refusal
    if isinstance(submission.command, TAKING_AWAY):
        await must_scrub(connection, submission.at)
    return outcome


async def _one(connection: AsyncConnection, submission: Submission, house: House) -> Outcome:
    command, at = submission.command, submission.at
    if isinstance(command, CastBallot | PostArgument):  # judged in runs, a run of one as well
        return (await perform(connection, [submission], house))[0]
    if isinstance(command, DebateCommand):
        return await _debate(connection, command, submission, house)
    if isinstance(command, ProposalCommand):
        return await _propose(connection, command, house, at=at)
    if isinstance(command, ModerationCommand):
        return await _moderate(connection, command, submission, house)
    if isinstance(command, MeetingCommand):
        return await _meet(connection, command, house, at=at)
    return await forgetting.forget(connection, command, house, at=at)


async def _debate(
    connection: AsyncConnection,
    command: EditArgument | Remove | Weigh | Share,
    submission: Submission,
    house: House,
) -> Done:
    match command:
        case EditArgument():
            return await edits.edit(connection, command, submission, house)
        case Remove():
            return await removals.remove(connection, command, submission, house)
        case Weigh():
            return await weights.weigh(connection, command, house, at=submission.at)
        case Share():
            return await weights.share(connection, command)
        case _:
            assert_never(command)


async def _propose(
    connection: AsyncConnection, command: ProposalCommand, house: House, *, at: datetime
) -> Done:
    match command:
        case SubmitProposal():
            return await proposals.submit(connection, command, house, at=at)
        case DecideProposal():
            return await proposals.decide(connection, command, house, at=at)
        case ReviseProposal():
            return await revisions.revise(connection, command, house, at=at)
        case TagProposal():
            return await revisions.tag(connection, command, house, at=at)
        case CoSign():
            return await co_signers.sign(connection, command, at=at)
        case _:
            assert_never(command)


async def _moderate(
    connection: AsyncConnection, command: ModerationCommand, submission: Submission, house: House
) -> Done:
    at = submission.at
    match command:
        case Report():
            is_ours = submission.activity is None
            return await reports.report(connection, command, house, is_ours=is_ours, at=at)
        case AnswerReport():
            return await moderation.answer(connection, command, house, at=at)
        case Hide():
            return await moderation.hide(connection, command, house, at=at)
        case _:
            assert_never(command)


async def _meet(
    connection: AsyncConnection, command: MeetingCommand, house: House, *, at: datetime
) -> Done:
    match command:
        case PlanMeeting():
            return await meetings.plan(connection, command, house, at=at)
        case CancelMeeting():
            return await meetings.cancel(connection, command, house, at=at)
        case _:
            assert_never(command)
