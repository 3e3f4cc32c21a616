"""The one door: a form and an inbox both end here, and no rule stands in front of it."""

from collections.abc import Sequence
from itertools import groupby
from typing import assert_never

from sqlalchemy.ext.asyncio import AsyncConnection

from dosfed.acts import (
    arguments,
    ballots,
    edits,
    meetings,
    moderation,
    people,
    proposing,
    visitors,
    weights,
)
from dosfed.acts.submission import Done, House, Outcome, Submission
from dosfed.deliberation.debate.model import EditArgument, PostArgument, Remove, Weigh
from dosfed.deliberation.meetings.model import CancelMeeting, PlanMeeting
from dosfed.deliberation.model import Forget, Refused, Share
from dosfed.deliberation.moderation.model import AnswerReport, Hide, Report
from dosfed.deliberation.proposals.model import (
    CoSign,
    DecideProposal,
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
    command = submission.command
    match command:
        case CastBallot() | PostArgument():  # judged in runs, a run of one as well
            return (await perform(connection, [submission], house))[0]
        case EditArgument():
            return await edits.edit(connection, command, submission, house)
        case Weigh():
            return await weights.weigh(connection, command, house, at=submission.at)
        case SubmitProposal() | DecideProposal() | ReviseProposal() | TagProposal() | CoSign():
            return await proposing.perform(connection, command, house, at=submission.at)
        case Remove() | Share() | Report() | Forget():
            return await people.perform(connection, command, submission, house)
        case AnswerReport() | Hide():
            return await moderation.perform(connection, command, house, at=submission.at)
        case PlanMeeting() | CancelMeeting():
            return await meetings.perform(connection, command, house, at=submission.at)
        case _:
            assert_never(command)
