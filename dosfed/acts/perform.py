"""The one door: a form and an inbox both end here, and no rule is asked in front of it."""

from collections.abc import Sequence
from datetime import datetime
from itertools import groupby
from typing import assert_never

from sqlalchemy.ext.asyncio import AsyncConnection

from dosfed.acts import (
    arguments,
    authors_elsewhere,
    ballots,
    changes,
    consequences,
    contests,
    corrections,
    edits,
    forgetting,
    meetings,
    moderation,
    new_texts,
    notes,
    proofs,
    proposals,
    proposers,
    removals,
    reports,
    revisions,
    visitors,
    weights,
    withdrawals,
)
from dosfed.acts.submission import Done, House, Outcome, Submission
from dosfed.deliberation.consultations.model import ConsultationCommand
from dosfed.deliberation.debate.model import (
    DebateCommand,
    EditArgument,
    PostArgument,
    Remove,
    Share,
    Weigh,
)
from dosfed.deliberation.meetings.model import CancelMeeting, MeetingCommand, PlanMeeting
from dosfed.deliberation.model import Refused
from dosfed.deliberation.moderation.model import (
    AnswerReport,
    ContestCommand,
    Hide,
    ModerationCommand,
    Report,
)
from dosfed.deliberation.notes.model import ChooseVoice, NoteCommand, PublishNote, WithdrawNote
from dosfed.deliberation.proposals.model import (
    CorrectionCommand,
    CoSign,
    DecideNewText,
    DecideProposal,
    DropNewText,
    ProposalCommand,
    ReviseProposal,
    SubmitProposal,
    TagProposal,
)
from dosfed.deliberation.votes.model import CastBallot, WithdrawBallot

# The door. Whatever somebody does in a consultation comes to `perform` as a command, with the
# moment from which it counts: from a form (`web.forms`), from an activity (`federation.judge`), or
# from a post that had to be fetched (`federation.reader`). In most servers of the fediverse each of
# these roads has its own rules for one act, and they have drifted apart. Here a road only reads: it
# may find that there is no command in what came, and never decides whether one is admitted. Behind
# the door little asks by which road an act came: whether its sender's server waits for an answer,
# how its sender hears of a refusal, what a form here may not do for people of other servers
# (`visitors`), and for somebody of the team who did not show enough of themselves (`proofs`).
#
# Every handler behind it goes through the same steps, in the transaction of whoever called:
#
#   1. load what the rules need, and hold it where somebody else might decide the same just now
#   2. judge, by pure rules, which raise `Refused`
#   3. write
#   4. return the facts that it made true; `consequences` says who is told of them
#
# Steps 1 and 2 write nothing. That is all that keeps a refused act from leaving traces beside the
# admitted ones of its batch: there is no savepoint for each, which would cost two more statements.
# So a handler that refuses after its first write is wrong.
#
# Acts are performed in their order. Ballots that follow one another, and arguments, are judged as a
# run, with one statement where a batch would need five hundred; what comes of it is the same.
#
# Not everything comes through here. What is nobody's act in a consultation has ways of its own:
# accounts and sessions, drafts, what somebody follows, a Follow of the protocol; and what the team
# sets of the instance, or whom it blocks, where `team`, `administration` and `blocking` ask their
# rules themselves. What a home says of its own consultation passes no rule of ours (`mirrors`). An
# import and the clock write with the functions that are behind the door.


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
            posted = await arguments.perform(connection, run, house)
            facts = [fact for one in posted if isinstance(one, Done) for fact in one.facts]
            await consequences.follow(connection, facts, house)
            outcomes += posted
        else:
            for submission in run:
                outcome = await _outcome(connection, submission, house)
                # Of what is performed one by one, only what takes a ballot back is answered.
                if submission.wants_answer:
                    await ballots.answer(connection, submission, outcome, house)
                outcomes.append(outcome)
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
        await proofs.check(connection, submission)
        outcome = await _one(connection, submission, house)
    except Refused as refused:
        if isinstance(submission.command, SubmitProposal):
            command, why = submission.command, refused.refusal
            await proposers.tell_turned_away(connection, command, why, house, at=submission.at)
        await authors_elsewhere.tell_of_refusal(connection, submission, refused.refusal, house)
        return refused.refusal
    if isinstance(outcome, Done):
        await consequences.follow(connection, outcome.facts, house)
    return outcome


async def _one(connection: AsyncConnection, submission: Submission, house: House) -> Outcome:
    command, at = submission.command, submission.at
    if isinstance(command, CastBallot | PostArgument):  # judged in runs, a run of one as well
        return (await perform(connection, [submission], house))[0]
    if isinstance(command, WithdrawBallot):
        return await withdrawals.withdraw(connection, command, house, at=at)
    if isinstance(command, DebateCommand):
        return await _debate(connection, command, submission, house)
    if isinstance(command, ProposalCommand):
        return await _propose(connection, command, house, at=at)
    if isinstance(command, CorrectionCommand | ContestCommand):
        return await _discuss(connection, command, at=at)
    if isinstance(command, ModerationCommand):
        return await _moderate(connection, command, submission)
    if isinstance(command, MeetingCommand | NoteCommand | ConsultationCommand):
        return await _organise(connection, command, at=at)
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
            return await weights.weigh(connection, command, submission)
        case Share():
            return await weights.share(connection, command, at=submission.at)
        case _:
            assert_never(command)


async def _propose(
    connection: AsyncConnection, command: ProposalCommand, house: House, *, at: datetime
) -> Done:
    match command:
        case SubmitProposal():
            return await proposals.submit(connection, command, house, at=at)
        case DecideProposal():
            return await proposals.decide(connection, command, at=at)
        case ReviseProposal():
            return await revisions.revise(connection, command, at=at)
        case TagProposal():
            return await revisions.tag(connection, command, at=at)
        case DecideNewText():
            return await new_texts.decide(connection, command, at=at)
        case DropNewText():
            return await new_texts.drop(connection, command, at=at)
        case CoSign():
            return await proposals.co_sign(connection, command, at=at)
        case _:
            assert_never(command)


async def _discuss(
    connection: AsyncConnection, command: CorrectionCommand | ContestCommand, *, at: datetime
) -> Done:
    """Let a team and an author speak of a decision, before it or after."""
    if isinstance(command, CorrectionCommand):
        return await corrections.perform(connection, command, at=at)
    return await contests.perform(connection, command, at=at)


async def _moderate(
    connection: AsyncConnection, command: ModerationCommand, submission: Submission
) -> Done:
    at = submission.at
    match command:
        case Report():
            is_ours = submission.activity is None
            return await reports.report(connection, command, is_ours=is_ours, at=at)
        case AnswerReport():
            return await moderation.answer(connection, command, at=at)
        case Hide():
            return await moderation.hide(connection, command, at=at)
        case _:
            assert_never(command)


async def _organise(
    connection: AsyncConnection,
    command: MeetingCommand | NoteCommand | ConsultationCommand,
    *,
    at: datetime,
) -> Done:
    if isinstance(command, MeetingCommand):
        return await _meet(connection, command, at=at)
    if isinstance(command, NoteCommand):
        return await _say(connection, command, at=at)
    return await changes.change(connection, command, at=at)


async def _meet(connection: AsyncConnection, command: MeetingCommand, *, at: datetime) -> Done:
    match command:
        case PlanMeeting():
            return await meetings.plan(connection, command, at=at)
        case CancelMeeting():
            return await meetings.cancel(connection, command, at=at)
        case _:
            assert_never(command)


async def _say(connection: AsyncConnection, command: NoteCommand, *, at: datetime) -> Done:
    match command:
        case PublishNote():
            return await notes.publish(connection, command, at=at)
        case WithdrawNote():
            return await notes.withdraw(connection, command, at=at)
        case ChooseVoice():
            return await notes.choose_voice(connection, command, at=at)
        case _:
            assert_never(command)
