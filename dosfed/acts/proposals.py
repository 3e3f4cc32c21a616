"""Proposals: submitted, waiting for a facilitator, published or refused, signed by others."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from dosfed import texts
from dosfed.activitypub import inbox
from dosfed.acts.facts import (
    ContributionSent,
    NothingNew,
    ProposalPublished,
    ProposalRefused,
    ProposalSigned,
    ProposalSubmitted,
    SignatureDropped,
    SubmittedBefore,
)
from dosfed.acts.submission import Done, House
from dosfed.deliberation.consultations.kept import ConsultationRecord, load_consultations
from dosfed.deliberation.consultations.rules import check_standing
from dosfed.deliberation.model import ActorId, Refusal
from dosfed.deliberation.posts import moderation_log
from dosfed.deliberation.posts.lifecycle import PROPOSALS, PostAct, after
from dosfed.deliberation.posts.model import PostState
from dosfed.deliberation.posts.moderation_log import Moderated
from dosfed.deliberation.posts.visible import STANDING
from dosfed.deliberation.proposals import co_signers, tags
from dosfed.deliberation.proposals import kept as proposals
from dosfed.deliberation.proposals.kept import ProposalRecord
from dosfed.deliberation.proposals.model import CoSign, DecideProposal, SubmitProposal
from dosfed.deliberation.proposals.reasons import OwnReason
from dosfed.deliberation.proposals.rules import (
    check_co_signature,
    check_decision,
    check_proposal,
    check_tags,
)
from dosfed.deliberation.proposals.tables import Proposals
from dosfed.deliberation.rules import check_group, check_new, check_there
from dosfed.deliberation.team.kept import role_about
from dosfed.deliberation.team.rules import check_facilitator
from dosfed.deliberation.votes.rules import check_shown
from dosfed.storage.statements import take_turns


async def submit(
    connection: AsyncConnection, command: SubmitProposal, house: House, *, at: datetime
) -> Done:
    """Take a proposal in; it waits for a facilitator unless the consultation says otherwise.

    One for a home elsewhere goes there, in the name of a citizen of ours.
    """
    found = await load_consultations(connection, command.addressed)
    record = next((found[uri] for uri in command.addressed if uri in found), None)
    is_taken = record and (record.home is None or house.instance.is_ours(command.author))
    record = check_there(record if is_taken else None, Refusal.UNKNOWN_CONSULTATION)
    check_proposal(record.consultation, command.title, command.text, at=at)
    check_tags(command.tags)
    check_group(command.group)
    # From here on one at a time: of a form that is sent twice both would find nothing the same.
    await take_turns(connection, f"proposals of {command.author}")
    if command.source is not None:
        check_new(is_there=bool(await proposals.judged_from(connection, command.source)))
    same = await _same_before(connection, command, record, at=at)
    if same is not None:
        return Done(facts=(same,))
    proposal = house.instance.new_proposal()
    await proposals.insert_proposal(connection, _row(proposal, command, record, at=at))
    await tags.insert_tags(connection, {proposal: command.tags})
    if record.home is not None:
        return Done(facts=(ContributionSent(id=proposal, at=at),))
    if record.consultation.needs_facilitator:
        return Done(facts=(ProposalSubmitted(id=proposal, at=at),))
    written = await _load(connection, proposal)
    fact = ProposalPublished(id=proposal, at=at, record=written, has_waited=False)
    return Done(facts=(fact,))


async def _same_before(
    connection: AsyncConnection,
    command: SubmitProposal,
    record: ConsultationRecord,
    *,
    at: datetime,
) -> SubmittedBefore | None:
    """Return what the author submitted with the same words: a form is often sent twice."""
    rows = await connection.execute(
        select(Proposals.id, Proposals.state).where(
            Proposals.consultation == record.consultation.id,
            Proposals.author == command.author,
            Proposals.title == command.title.strip(),
            Proposals.text == command.text,
            STANDING.of(Proposals),
        )
    )
    row = rows.first()
    return None if row is None else SubmittedBefore(id=row.id, at=at, state=PostState(row.state))


def _row(
    proposal: str, command: SubmitProposal, record: ConsultationRecord, *, at: datetime
) -> dict[str, Any]:
    act = PostAct.SUBMIT if record.home is None else PostAct.SEND
    state = after(PROPOSALS, act, None)
    if state is PostState.WAITING and not record.consultation.needs_facilitator:
        state = after(PROPOSALS, PostAct.ACCEPT, state)  # it need not wait
    return {
        "id": proposal,
        "consultation": record.consultation.id,
        "ref": None,
        "title": command.title.strip(),
        "text": command.text,
        "html": texts.render_markdown(command.text),
        "language": command.language or record.language,
        "author": command.author,
        "author_name": command.author_name,
        "source": command.source,
        "state": state.value,
        "reason": None,
        "received_at": at,
        "published_at": at if state is PostState.PUBLISHED else None,
        "edited_at": _said_at(command, at) if state is PostState.WAITING else None,
        "group_name": command.group.name.strip() if command.group else None,
        "group_size": command.group.size if command.group else None,
    }


def _said_at(command: SubmitProposal, at: datetime) -> datetime | None:
    """Return when an author last changed what they propose, as far as they say."""
    return None if command.updated is None else min(command.updated, at)


async def decide(connection: AsyncConnection, command: DecideProposal, *, at: datetime) -> Done:
    """Publish a waiting proposal, or refuse it with a reason; facilitators may (rule 3.9)."""
    if command.by is not None:
        check_facilitator(await role_about(connection, command.by, command.id))
    await proposals.hold(connection, command.id)  # what two decide at once, the first decides
    record = await _load(connection, command.id)
    act = PostAct.ACCEPT if command.is_accepted else PostAct.REFUSE
    became = after(PROPOSALS, act, record.state)
    reasons: Sequence[OwnReason] = ()
    if not command.is_accepted:
        found = await load_consultations(connection, [record.consultation])
        reasons = found[record.consultation].reasons
    check_decision(command, version=record.version, reasons=reasons)
    if command.is_accepted:
        check_standing(record.withdrawn_at)
        published = await proposals.publish(connection, record, at=at)
        if record.source is not None:  # answers to it that came meanwhile
            await inbox.judge_anew(connection, record.source)
        accepted = ProposalPublished(id=record.id, at=at, record=published, has_waited=True)
        return Done(facts=(accepted,))
    await proposals.refuse(connection, command.id, reason=command.reason)
    refused = Moderated(
        post=command.id,
        kind="proposal",
        by=command.by,
        consultation=record.consultation,
        was=record.state.value,
        became=became.value,
        code=command.code,
    )
    await moderation_log.add(connection, refused, at=at)
    fact = ProposalRefused(id=command.id, at=at, record=record, reason=command.reason)
    return Done(facts=(fact,))


async def co_sign(connection: AsyncConnection, command: CoSign, *, at: datetime) -> Done:
    """Let somebody stand behind a proposal of this home, by name, or step back (rule 3.11)."""
    record = await _load(connection, command.proposal)
    check_there(record if record.home is None else None)
    act = PostAct.CO_SIGN if command.is_signed else PostAct.STEP_BACK
    after(PROPOSALS, act, record.state)
    if command.is_signed:
        check_shown(record.hidings, at=at)
    found = await load_consultations(connection, [record.consultation])
    author = None if record.author is None else ActorId(record.author)
    consultation = found[record.consultation].consultation
    check_co_signature(consultation, command, author=author, version=record.version, at=at)
    if not await co_signers.sign(connection, command, at=at):
        return Done(facts=(NothingNew(id=record.id, at=at),))
    if not command.is_signed:
        return Done(facts=(SignatureDropped(id=record.id, at=at),))
    signed = ProposalSigned(id=record.id, at=at, by=command.actor, by_name=command.name)
    return Done(facts=(signed,))


async def _load(connection: AsyncConnection, proposal: str) -> ProposalRecord:
    return check_there(await proposals.load_proposal(connection, proposal))
