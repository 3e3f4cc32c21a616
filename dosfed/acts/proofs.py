"""What somebody of the team must have shown of themselves before they act for it."""

from sqlalchemy.ext.asyncio import AsyncConnection

from dosfed.acts.submission import Submission
from dosfed.deliberation.consultations.model import (
    ChangeDetails,
    ChangeWords,
    CloseNow,
    MoveDates,
    OpenNow,
    WithdrawConsultation,
)
from dosfed.deliberation.meetings.model import CancelMeeting, PlanMeeting
from dosfed.deliberation.moderation.model import AnswerReport, DecideContest, Hide
from dosfed.deliberation.notes.model import ChooseVoice, PublishNote, WithdrawNote
from dosfed.deliberation.proposals import kept as proposals
from dosfed.deliberation.proposals.model import (
    AskCorrection,
    DecideNewText,
    DecideProposal,
    ReviseProposal,
    TagProposal,
)
from dosfed.deliberation.team.rules import check_proven


async def check(connection: AsyncConnection, submission: Submission) -> None:
    """Raise `Refused` where a form acts for the team without the factor it needs (rule 5.10).

    What anybody may do stays theirs, whatever their role: also to change their own proposal.
    """
    if submission.is_proven:
        return
    match submission.command:
        case (
            DecideContest()
            | AnswerReport()
            | Hide()
            | DecideProposal()
            | DecideNewText()
            | AskCorrection()
        ):
            check_proven(is_proven=False)
        case PlanMeeting() | CancelMeeting() | PublishNote() | WithdrawNote() | ChooseVoice():
            check_proven(is_proven=False)
        case (
            ChangeDetails()
            | ChangeWords()
            | MoveDates()
            | OpenNow()
            | CloseNow()
            | WithdrawConsultation()
        ):
            check_proven(is_proven=False)
        case ReviseProposal(id=proposal, by=by) | TagProposal(id=proposal, by=by):
            record = await proposals.load_proposal(connection, proposal)
            check_proven(is_proven=record is None or record.author == by)
        case _:
            pass
