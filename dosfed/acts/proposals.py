"""Proposals: submitted, waiting for a facilitator, published, made known."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from dosfed import texts
from dosfed.activitypub import outbox, recipients, withdrawal, writing
from dosfed.acts import boosts, contributions, telling
from dosfed.acts.proposal_documents import document, tombstone
from dosfed.acts.submission import Done, House
from dosfed.deliberation.consultations.kept import ConsultationRecord, load_consultations
from dosfed.deliberation.model import Refusal, Refused
from dosfed.deliberation.proposals import kept as proposals
from dosfed.deliberation.proposals import tags
from dosfed.deliberation.proposals.kept import ProposalRecord
from dosfed.deliberation.proposals.model import (
    WITH_A_PAGE,
    DecideProposal,
    ProposalState,
    SubmitProposal,
)
from dosfed.deliberation.proposals.rules import check_proposal, check_tags
from dosfed.deliberation.proposals.tables import Proposals
from dosfed.deliberation.rules import check_group
from dosfed.deliberation.team.kept import role_of
from dosfed.deliberation.team.rules import may_facilitate
from dosfed.deliberation.votes.tallies import load_servers
from dosfed.storage.statements import take_turns

Document = dict[str, Any]


async def submit(
    connection: AsyncConnection, command: SubmitProposal, house: House, *, at: datetime
) -> Done:
    """Take a proposal in; it waits for a facilitator unless the consultation says otherwise.

    One for a home elsewhere goes there, in the name of a citizen of ours.
    """
    found = await load_consultations(connection, command.addressed)
    record = next((found[uri] for uri in command.addressed if uri in found), None)
    if record is None or not (record.home is None or house.instance.is_ours(command.author)):
        raise Refused(Refusal.UNKNOWN_CONSULTATION)
    check_proposal(record.consultation, command.title, command.text, at=at)
    check_tags(command.tags)
    check_group(command.group)
    await take_turns(connection, f"proposals of {command.author}")
    if command.source is not None and await proposals.judged_from(connection, command.source):
        raise Refused(Refusal.ALREADY_THERE)
    same = await _same_before(connection, command, record)
    if same is not None:
        return Done(id=same)
    proposal = house.instance.new_proposal()
    await proposals.insert_proposal(connection, _row(proposal, command, record, at=at))
    await tags.insert_tags(connection, {proposal: command.tags})
    if record.home is not None:
        await contributions.send(connection, proposal, house, at=at)
    elif not record.consultation.needs_facilitator:
        await publish(connection, proposal, house, at=at)
    return Done(id=proposal)


async def _same_before(
    connection: AsyncConnection, command: SubmitProposal, record: ConsultationRecord
) -> str | None:
    """Return what the author submitted with the same words: a form is often sent twice."""
    rows = await connection.execute(
        select(Proposals.id).where(
            Proposals.consultation == record.consultation.id,
            Proposals.author == command.author,
            Proposals.title == command.title.strip(),
            Proposals.text == command.text,
            Proposals.state.in_(("waiting", "sent", *WITH_A_PAGE)),
        )
    )
    return rows.scalars().first()


def _row(
    proposal: str, command: SubmitProposal, record: ConsultationRecord, *, at: datetime
) -> dict[str, Any]:
    state = ProposalState.WAITING if record.home is None else ProposalState.SENT
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
        "submitted_at": at,
        "published_at": None,
        "edited_at": None,
        "group_name": command.group.name.strip() if command.group else None,
        "group_size": command.group.size if command.group else None,
    }


async def decide(
    connection: AsyncConnection, command: DecideProposal, house: House, *, at: datetime
) -> Done:
    """Publish a waiting proposal, or refuse it with a reason; facilitators may (rule 3.9)."""
    if command.by is not None and not may_facilitate(await role_of(connection, command.by)):
        raise Refused(Refusal.NOT_ALLOWED)
    await proposals.hold(connection, command.id)  # what two decide at once, the first decides
    record = await proposals.load_proposal(connection, command.id)
    if record is None:
        raise Refused(Refusal.UNKNOWN_OBJECT)
    if record.state is not ProposalState.WAITING:
        raise Refused(Refusal.ALREADY_DECIDED)
    if command.version not in {None, record.version}:
        raise Refused(Refusal.OUTDATED)  # its author has changed what they read
    if command.is_accepted:
        await publish(connection, command.id, house, at=at)
    else:
        if not command.reason.strip():
            raise Refused(Refusal.EMPTY)
        await proposals.set_state(
            connection, command.id, ProposalState.REFUSED, at=at, reason=command.reason
        )
    await telling.proposal_decided(connection, command.id, is_accepted=command.is_accepted, at=at)
    return Done(id=command.id)


async def publish(
    connection: AsyncConnection, proposal: str, house: House, *, at: datetime
) -> None:
    """Make a proposal public, here and to everybody who follows."""
    await proposals.set_state(connection, proposal, ProposalState.PUBLISHED, at=at)
    await make_known(connection, proposal, house, at=at)
    await telling.proposal_published(connection, proposal, at=at)


async def make_known(
    connection: AsyncConnection, proposal: str, house: House, *, at: datetime
) -> None:
    """Send a published proposal to everybody who follows."""
    await make_all_known(connection, [proposal], house, at=at)


async def make_all_known(
    connection: AsyncConnection, ids: Collection[str], house: House, *, at: datetime
) -> None:
    """Send published proposals of one consultation.

    By the organiser to its followers, by the Group to its own, as `boosts.announce` says; the
    author hears of it too.
    """
    records = await proposals.load_proposals(connection, Proposals.id.in_(ids))
    if not records:
        return
    audience = await boosts.audience_of(connection, records[0].consultation, house, at=at)
    followers = await recipients.follower_inboxes(connection, [records[0].organiser])
    for record in records:
        create = writing.create(house.instance, document(record))
        inboxes = followers | await _author_inbox(connection, record, house)
        await outbox.put(connection, create, at=at, inboxes=inboxes)
        await boosts.announce(connection, record, audience, created=create)


async def _author_inbox(
    connection: AsyncConnection, record: ProposalRecord, house: House
) -> set[str]:
    if record.author is None or house.instance.is_ours(record.author):
        return set()
    inbox = await recipients.inbox_of(connection, record.author)
    return {inbox} if inbox else set()


async def make_update_known(
    connection: AsyncConnection, record: ProposalRecord, house: House, *, at: datetime
) -> None:
    """Send a published proposal anew, with its tally, to all who should know.

    They are the followers of Service and Group, and every server with a counted ballot. Of an
    open poll, an Update with all counts zero goes to mirrors only: PieFed would delete its votes.
    """
    activity = writing.update(house.instance, document(record))
    is_empty = record.shown is None or not any(record.shown.counts)
    if record.poll is not None and is_empty and record.closed_at is None:
        inboxes = await recipients.mirror_inboxes(connection, record.consultation)
    else:
        inboxes = await holders(connection, record)
    await outbox.put(connection, activity, at=at, inboxes=inboxes)


async def make_words_known(
    connection: AsyncConnection, record: ProposalRecord, house: House, *, at: datetime
) -> None:
    """Send what a proposal says from now on to whoever has it: a new text, or why it is hidden.

    What was published of it before says the same.
    """
    inboxes = await holders(connection, record) | await _author_inbox(connection, record, house)
    said = document(record)
    await withdrawal.replace(connection, said)
    await outbox.put(connection, writing.update(house.instance, said), at=at, inboxes=inboxes)


async def holders(connection: AsyncConnection, record: ProposalRecord) -> set[str]:
    """Return who follows, or followed, a proposal's organiser or consultation, or voted on it."""
    inboxes = await recipients.hearers(connection, [record.organiser, record.consultation])
    if record.poll is not None:
        hosts = await load_servers(connection, record.poll.id)
        inboxes |= await recipients.inboxes_of_hosts(connection, hosts)
    return inboxes


async def withdraw(
    connection: AsyncConnection, record: ProposalRecord, house: House, *, at: datetime
) -> None:
    """Let a published proposal become a Tombstone, and say so to whoever was told of it."""
    await proposals.empty_proposal(connection, record.id)
    await telling.objects_gone(connection, [record.id])
    await withdrawal.withdraw(connection, [record.id])
    gone = tombstone(record, at=at)
    activity = writing.delete(house.instance, record.organiser, gone)
    inboxes = await holders(connection, record) | await _author_inbox(connection, record, house)
    await outbox.put(connection, activity, at=at, inboxes=inboxes)
