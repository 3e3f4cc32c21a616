"""Corrections: a team asks an author for another text before it decides, and hears from them."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from dosfed.acts.facts import CorrectionAnswered, CorrectionAsked, NothingNew
from dosfed.acts.submission import Done
from dosfed.deliberation.posts.lifecycle import PROPOSALS, PostAct, after
from dosfed.deliberation.proposals import corrections
from dosfed.deliberation.proposals import kept as proposals
from dosfed.deliberation.proposals.corrections import Line
from dosfed.deliberation.proposals.kept import ProposalRecord
from dosfed.deliberation.proposals.model import (
    AnswerCorrection,
    AskCorrection,
    CorrectionCommand,
)
from dosfed.deliberation.proposals.rules import check_correction, check_correction_answer
from dosfed.deliberation.rules import check_author, check_there
from dosfed.deliberation.team.kept import role_about
from dosfed.deliberation.team.rules import check_facilitator


async def perform(connection: AsyncConnection, command: CorrectionCommand, *, at: datetime) -> Done:
    """Let one of both say something."""
    if isinstance(command, AskCorrection):
        return await ask(connection, command, at=at)
    return await answer(connection, command, at=at)


async def ask(connection: AsyncConnection, command: AskCorrection, *, at: datetime) -> Done:
    """Ask the author of a proposal that waits for another text (rule 3.34)."""
    if command.by is not None:
        check_facilitator(await role_about(connection, command.by, command.id))
    record = await _hold(connection, command.id)
    after(PROPOSALS, PostAct.ASK, record.state)
    talk = await corrections.load_talk(connection, record.id)
    check_correction(command, version=record.version, lines=talk.lines)
    text = command.text.strip()
    line = Line(is_team=True, text=text, at=at)
    await corrections.say(connection, record.id, line, by=command.by)
    return Done(facts=(CorrectionAsked(id=record.id, at=at, record=record, text=text),))


async def answer(connection: AsyncConnection, command: AnswerCorrection, *, at: datetime) -> Done:
    """Let the author of a proposal answer what its team asked (rule 3.34)."""
    record = await _hold(connection, command.id)
    check_author(is_author=command.by == record.author)
    after(PROPOSALS, PostAct.ANSWER, record.state)
    talk = await corrections.load_talk(connection, record.id)
    if command.source is not None and command.source in talk.sources:
        return Done(facts=(NothingNew(id=record.id, at=at),))
    check_correction_answer(command, lines=talk.lines, since_asked=talk.since_asked)
    line = Line(is_team=False, text=command.text.strip(), at=at)
    await corrections.say(connection, record.id, line, by=command.by, source=command.source)
    return Done(facts=(CorrectionAnswered(id=record.id, at=at),))


async def _hold(connection: AsyncConnection, proposal: str) -> ProposalRecord:
    """Return a proposal of this home, which nobody else decides on meanwhile."""
    await proposals.hold(connection, proposal)
    record = check_there(await proposals.load_proposal(connection, proposal))
    return check_there(record if record.home is None else None)
