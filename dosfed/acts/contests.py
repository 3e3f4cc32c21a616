"""Contests: an author says why a decision is wrong, and somebody else decides again."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from dosfed.activitypub import inbox
from dosfed.acts import moderation
from dosfed.acts.deciders import deciders
from dosfed.acts.facts import ContestDecided, Contested, Fact, ProposalPublished
from dosfed.acts.submission import Done
from dosfed.deliberation.debate import arguments
from dosfed.deliberation.debate.records import ArgumentRecord, load_argument
from dosfed.deliberation.moderation import contests
from dosfed.deliberation.moderation.contest_rules import check_contest, check_verdict
from dosfed.deliberation.moderation.contests import Decision, Verdict
from dosfed.deliberation.moderation.model import Contest, ContestCommand, DecideContest, Hide
from dosfed.deliberation.posts import moderation_log
from dosfed.deliberation.posts.lifecycle import PROPOSALS, PostAct, after
from dosfed.deliberation.posts.model import PostState
from dosfed.deliberation.posts.moderation_log import Moderated
from dosfed.deliberation.proposals import kept as proposals
from dosfed.deliberation.proposals.kept import ProposalRecord
from dosfed.deliberation.rules import check_there
from dosfed.deliberation.team.kept import role_in
from dosfed.deliberation.team.rules import check_facilitator, check_moderator

Record = ArgumentRecord | ProposalRecord


async def perform(connection: AsyncConnection, command: ContestCommand, *, at: datetime) -> Done:
    """Take a contest, or what somebody decides on it."""
    if isinstance(command, Contest):
        return await contest(connection, command, at=at)
    return await decide(connection, command, at=at)


async def contest(connection: AsyncConnection, command: Contest, *, at: datetime) -> Done:
    """Let an author contest that what they wrote was hidden, or refused (rule 5.12)."""
    record = await _hold(connection, command.id)
    decision = await contests.load_decision(connection, record.id)
    before = None if decision is None else await contests.load_contest(connection, decision.id)
    check_contest(
        command,
        is_author=command.by == record.author,
        stands=decision is not None and record.home is None and _stands(record),
        is_contested=before is not None,
    )
    standing = check_there(decision)
    text = command.text.strip()
    await contests.open_contest(connection, standing, by=command.by, text=text, at=at)
    return Done(facts=(Contested(id=record.id, at=at, decision=standing),))


async def decide(connection: AsyncConnection, command: DecideContest, *, at: datetime) -> Done:
    """Uphold a decision that was contested, or lift it (rule 5.13)."""
    found = await contests.load_contest(connection, command.decision)
    role = await role_in(connection, command.by, "" if found is None else found.consultation)
    check_moderator(role)
    kept = check_there(found)
    record = await _hold(connection, kept.post)
    decision = check_there(await contests.load_decision(connection, kept.post))
    if decision.became == "refused":
        check_facilitator(role)
    now = await contests.load_contest(connection, command.decision)  # once it is held
    others = await deciders(connection, decision) - {command.by, record.author or ""}
    check_verdict(
        command.reason,
        is_open=now is not None and now.outcome is None and decision.id == command.decision,
        decided_first=command.by in {decision.by, record.author},
        others=len(others),
    )
    reason = command.reason.strip()
    facts: tuple[Fact, ...] = ()
    if command.is_lifted:
        facts = await _lift(connection, record, decision, command, at=at)
    verdict = Verdict(by=command.by, is_lifted=command.is_lifted, reason=reason, at=at)
    await contests.close_contest(connection, command.decision, verdict)
    decided = ContestDecided(
        id=record.id,
        at=at,
        is_argument=isinstance(record, ArgumentRecord),
        is_lifted=command.is_lifted,
        reason=reason,
    )
    return Done(facts=(*facts, decided))


async def _lift(
    connection: AsyncConnection,
    record: Record,
    decision: Decision,
    command: DecideContest,
    *,
    at: datetime,
) -> tuple[Fact, ...]:
    """Show what was hidden, or publish what was refused."""
    if decision.became == "hidden" or isinstance(record, ArgumentRecord):
        show = Hide(id=record.id, by=command.by, is_hidden=False, reason=command.reason)
        shown = (await moderation.hide(connection, show, at=at)).facts
        return tuple(fact for fact in shown if not isinstance(fact, ContestDecided))
    became = after(PROPOSALS, PostAct.LIFT, record.state)
    logged = Moderated(
        post=record.id,
        consultation=record.consultation,
        kind="proposal",
        by=command.by,
        was=record.state.value,
        became=became.value,
    )
    await moderation_log.add(connection, logged, at=at)
    published = await proposals.publish(connection, record, at=at)
    if record.source is not None:
        await inbox.judge_anew(connection, record.source)
    return (ProposalPublished(id=record.id, at=at, record=published, has_waited=False),)


def _stands(record: Record) -> bool:
    return record.state in {PostState.HIDDEN, PostState.REFUSED}


async def _hold(connection: AsyncConnection, post: str) -> Record:
    await arguments.hold(connection, post)
    argument = await load_argument(connection, post)
    if argument is not None:
        return argument
    await proposals.hold(connection, post)
    return check_there(await proposals.load_proposal(connection, post))
