"""Moderation: reports are answered, what people wrote is hidden or shown again."""

from datetime import datetime
from typing import assert_never

from sqlalchemy.ext.asyncio import AsyncConnection

from dosfed.acts.facts import (
    ArgumentModerated,
    ContestDecided,
    Fact,
    NothingNew,
    ProposalModerated,
    ReportsAnswered,
)
from dosfed.acts.submission import Done
from dosfed.deliberation.debate import arguments
from dosfed.deliberation.debate.records import ArgumentRecord, load_argument
from dosfed.deliberation.moderation import contests, reports
from dosfed.deliberation.moderation import desk as moderation
from dosfed.deliberation.moderation.model import AnswerReport, Hide
from dosfed.deliberation.posts import moderation_log
from dosfed.deliberation.posts.lifecycle import (
    ARGUMENTS,
    PROPOSALS,
    PostAct,
    Table,
    after,
    allows,
)
from dosfed.deliberation.posts.model import PostState
from dosfed.deliberation.posts.moderation_log import Moderated
from dosfed.deliberation.proposals import kept as proposals
from dosfed.deliberation.proposals.kept import ProposalRecord
from dosfed.deliberation.rules import check_there
from dosfed.deliberation.team.kept import role_about, role_of
from dosfed.deliberation.team.rules import check_answer, check_hiding, check_moderator


async def answer(connection: AsyncConnection, command: AnswerReport, *, at: datetime) -> Done:
    """Answer a report once, with those of the same things; one upheld hides what it names."""
    check_moderator(await role_of(connection, command.by))
    report = check_there(await reports.load_report(connection, command.report))
    check_answer(
        command.note,
        is_coded=command.code is not None,
        is_upheld=command.is_upheld,
        is_answered=report.answered_at is not None,
    )
    answered = await reports.answer_report(connection, command, at, subject=report.subject)
    facts: tuple[Fact, ...] = ()
    if command.is_upheld:
        # One by one, as if by hand: each is logged, told and published like any other.
        for visible in await moderation.visible_among(connection, report.objects):
            one = Hide(
                id=visible,
                by=command.by,
                is_hidden=True,
                reason=command.note,
                code=command.code,
            )
            facts += (await hide(connection, one, at=at)).facts
    fact = ReportsAnswered(
        id=str(command.report), at=at, reports=answered, is_upheld=command.is_upheld
    )
    return Done(facts=(*facts, fact))


async def hide(connection: AsyncConnection, command: Hide, *, at: datetime) -> Done:
    """Hide an argument or a published proposal, or show it again (rule 5.5).

    On a mirror a moderator of the mirror may, for its own pages; and the home, for all.
    """
    record = await _load(connection, command.id)
    is_home = record is not None and record.home is not None and command.by == record.consultation
    if not is_home:
        check_moderator(await role_about(connection, command.by, command.id))
    if record is None:
        return check_there(None)
    is_coded = command.code is not None
    check_hiding(command.reason, is_coded=is_coded, is_hidden=command.is_hidden)
    act = PostAct.HIDE if command.is_hidden else PostAct.SHOW
    became = after(_table(record), act, record.state)
    was_hidden = record.state is PostState.HIDDEN
    if not command.is_hidden and not was_hidden:
        return Done(facts=(NothingNew(id=record.id, at=at),))
    lifted = () if command.is_hidden else await _lift_contest(connection, command, at=at)
    await moderation_log.add(connection, _logged(record, command, became), at=at)
    match record:
        case ArgumentRecord():
            await moderation.hide_argument(connection, command, became, at)
            argument = ArgumentModerated(
                id=record.id, at=at, command=command, was_hidden=was_hidden, is_home=is_home
            )
            return Done(facts=(argument, *lifted))
        case ProposalRecord():
            await moderation.hide_proposal(connection, command, became, at)
            proposal = ProposalModerated(
                id=record.id, at=at, command=command, was_hidden=was_hidden
            )
            return Done(facts=(proposal, *lifted))
        case _:
            assert_never(record)


async def _lift_contest(
    connection: AsyncConnection, command: Hide, *, at: datetime
) -> tuple[ContestDecided, ...]:
    """Answer a contest that waits, where what it is about is shown again anyway."""
    decision = await contests.load_decision(connection, command.id)
    found = None if decision is None else await contests.load_contest(connection, decision.id)
    if decision is None or found is None or found.outcome is not None:
        return ()
    reason = command.reason.strip()
    verdict = contests.Verdict(by=command.by, is_lifted=True, reason=reason, at=at)
    await contests.close_contest(connection, decision.id, verdict)
    return (
        ContestDecided(
            id=command.id,
            at=at,
            is_argument=decision.kind == "argument",
            is_lifted=True,
            reason=reason,
        ),
    )


def _logged(record: ArgumentRecord | ProposalRecord, command: Hide, became: PostState) -> Moderated:
    """Return what the log says of it; hidden anew, for another reason, it says both."""
    return Moderated(
        post=record.id,
        kind="argument" if isinstance(record, ArgumentRecord) else "proposal",
        consultation=record.consultation,
        by=command.by,
        was=record.state.value,
        became=became.value,
        code=command.code.value if command.is_hidden and command.code else None,
        reason=command.reason.strip() or None,
    )


async def _load(connection: AsyncConnection, uri: str) -> ArgumentRecord | ProposalRecord | None:
    """Return what can be hidden or shown: an argument that is there, a published proposal."""
    await arguments.hold(connection, uri)
    argument = await load_argument(connection, uri)
    if argument is not None:
        return argument if allows(ARGUMENTS, PostAct.HIDE, argument.state) else None
    await proposals.hold(connection, uri)
    proposal = await proposals.load_proposal(connection, uri)
    can_be_hidden = proposal is not None and allows(PROPOSALS, PostAct.HIDE, proposal.state)
    return proposal if can_be_hidden else None


def _table(record: ArgumentRecord | ProposalRecord) -> Table:
    return ARGUMENTS if isinstance(record, ArgumentRecord) else PROPOSALS
