"""Proposals: submitted, waiting for a facilitator, published, made known."""

from collections.abc import Collection
from datetime import datetime
from html import escape
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from dosfed import texts
from dosfed.activitypub import outbox, recipients, writing
from dosfed.activitypub.instance import PUBLIC
from dosfed.acts import telling, terms
from dosfed.acts.submission import Done, House
from dosfed.deliberation import proposals
from dosfed.deliberation.consultations import load_consultations
from dosfed.deliberation.model import (
    DecideProposal,
    Method,
    Poll,
    ProposalState,
    Refusal,
    Refused,
    SubmitProposal,
)
from dosfed.deliberation.people import role_of
from dosfed.deliberation.proposals import ProposalRecord
from dosfed.deliberation.rules import check_proposal, may_facilitate
from dosfed.deliberation.tables import Proposals
from dosfed.deliberation.tallies import load_servers

Document = dict[str, Any]


async def perform(
    connection: AsyncConnection,
    command: SubmitProposal | DecideProposal,
    house: House,
    *,
    at: datetime,
) -> Done:
    """Take a proposal in, or let a facilitator decide on one."""
    if isinstance(command, SubmitProposal):
        return await submit(connection, command, house, at=at)
    return await decide(connection, command, house, at=at)


async def submit(
    connection: AsyncConnection, command: SubmitProposal, house: House, *, at: datetime
) -> Done:
    """Take a proposal in; it waits for a facilitator unless the consultation says otherwise."""
    found = await load_consultations(connection, command.addressed)
    record = next((found[uri] for uri in command.addressed if uri in found), None)
    if record is None or record.home is not None:
        raise Refused(Refusal.UNKNOWN_CONSULTATION)
    check_proposal(record.consultation, command.title, command.text, at=at)
    if command.source is not None and await proposals.load_proposals(
        connection, Proposals.source == command.source
    ):
        raise Refused(Refusal.ALREADY_THERE)
    proposal = house.instance.new_proposal()
    values = {
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
        "state": ProposalState.WAITING.value,
        "reason": None,
        "submitted_at": at,
        "published_at": None,
        "edited_at": None,
    }
    await proposals.insert_proposal(connection, values)
    if not record.consultation.needs_facilitator:
        await publish(connection, proposal, house, at=at)
    return Done(id=proposal)


async def decide(
    connection: AsyncConnection, command: DecideProposal, house: House, *, at: datetime
) -> Done:
    """Publish a waiting proposal, or refuse it with a reason; facilitators may (rule 3.9)."""
    if command.by is not None and not may_facilitate(await role_of(connection, command.by)):
        raise Refused(Refusal.NOT_ALLOWED)
    record = await proposals.load_proposal(connection, command.id)
    if record is None:
        raise Refused(Refusal.UNKNOWN_OBJECT)
    if record.state is not ProposalState.WAITING:
        raise Refused(Refusal.ALREADY_DECIDED)
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

    By the organiser to its followers, by the Group to its own: the Group announces the bare
    id to everybody, and the Create whole to followers whose software reads it (FEP-1b12);
    the author hears of it too.
    """
    records = await proposals.load_proposals(connection, Proposals.id.in_(ids))
    if not records:
        return
    group, organiser = records[0].consultation, records[0].organiser
    instance = house.instance
    everybody, readers = await recipients.split_followers(connection, group)
    followers = await recipients.follower_inboxes(connection, [organiser])
    for record in records:
        create = writing.create(instance, document(record))
        inboxes = followers | await _author_inbox(connection, record, house)
        await outbox.put(connection, create, at=at, inboxes=inboxes)
        bare = writing.announce(instance, group, record.id, at=at)
        await outbox.put(connection, bare, at=at, inboxes=everybody)
        if readers:
            whole = writing.announce(instance, group, create, at=at)
            await outbox.put(connection, whole, at=at, inboxes=readers)


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

    They are the followers of Service and Group, and every server with a counted ballot. An
    Update with all counts zero goes to mirrors only: PieFed would delete its votes.
    """
    activity = writing.update(house.instance, document(record))
    if record.poll is not None and not (record.shown and any(record.shown.counts)):
        inboxes = await recipients.mirror_inboxes(connection, record.consultation)
    else:
        inboxes = await recipients.follower_inboxes(
            connection, [record.organiser, record.consultation]
        )
        if record.poll is not None:
            hosts = await load_servers(connection, record.poll.id)
            inboxes |= await recipients.inboxes_of_hosts(connection, hosts)
    await outbox.put(connection, activity, at=at, inboxes=inboxes)


async def withdraw(
    connection: AsyncConnection, record: ProposalRecord, house: House, *, at: datetime
) -> None:
    """Let a published proposal become a Tombstone, and say so to whoever was told of it."""
    await proposals.empty_proposal(connection, record.id)
    await telling.objects_gone(connection, [record.id])
    gone = tombstone(record, at=at)
    activity = writing.delete(house.instance, record.organiser, gone)
    inboxes = await recipients.follower_inboxes(connection, [record.organiser, record.consultation])
    await outbox.put(connection, activity, at=at, inboxes=inboxes)


def tombstone(record: ProposalRecord, *, at: datetime) -> Document:
    """Write what stands where a proposal was."""
    return writing.tombstone(record.id, former_type=_type(record), at=at)


def _type(record: ProposalRecord) -> str:
    return "Question" if record.poll else "Note"


def document(record: ProposalRecord) -> Document:
    """Write a published proposal: a Question if it has a poll, else a Note (facts of section 4)."""
    body = content(record)
    object_: Document = {
        "@context": writing.CONTEXT,
        "id": record.id,
        "type": _type(record),
        "attributedTo": record.organiser,
        "to": [PUBLIC],
        "cc": [
            f"{record.organiser}/followers",
            record.consultation,
            f"{record.consultation}/followers",
            *([record.author] if record.author else []),
        ],
        "audience": record.consultation,
        "context": f"{record.consultation}/context",
        "content": body,
        "contentMap": {record.language: body},
        "source": {"content": record.text, "mediaType": "text/markdown"},
        "url": record.id,
        "published": writing.rfc3339(record.published_at or record.submitted_at),
        "sensitive": False,
        "attachment": [],
        "tag": _mentions(record),
        "replies": f"{record.id}/replies",
        "likes": f"{record.id}/likes",
        "shares": f"{record.id}/shares",
        "interactionPolicy": {"canQuote": {"automaticApproval": [PUBLIC]}},
        terms.KIND: "proposal",
        terms.TITLE: record.title,
        terms.CONSULTATION: record.consultation,
    }
    if record.author_name:
        object_[terms.CREDIT] = record.author_name
    if record.edited_at is not None:
        object_["updated"] = writing.rfc3339(record.edited_at)
    if record.poll is not None:
        object_ |= _question(record, record.poll)
    return object_


def content(record: ProposalRecord) -> str:
    """Return a proposal's HTML as it is sent: title first, then the text, credit and link."""
    parts = [f"<p><strong>{escape(record.title)}</strong></p>", record.html]
    if record.author_name:
        name = escape(record.author_name)
        who = f'<a href="{escape(record.author)}">{name}</a>' if record.author else name
        parts.append(f"<p>— {who}</p>")
    parts.append(f'<p><a href="{escape(record.id)}">{escape(record.id)}</a></p>')
    return "".join(parts)


def _mentions(record: ProposalRecord) -> list[Document]:
    if not record.author or not record.author_name:
        return []
    return [{"type": "Mention", "href": record.author, "name": record.author_name}]


def _question(record: ProposalRecord, poll: Poll) -> Document:
    """Write a proposal's poll; counts not shown are zeros, since Misskey needs integers."""
    counts = record.shown.counts if record.shown else (0,) * len(poll.options)
    options = [
        {
            "type": "Note",
            "name": name,
            "replies": {"type": "Collection", "totalItems": number},
        }
        for name, number in zip(poll.options, counts, strict=True)
    ]
    question: Document = {
        "anyOf" if poll.method is Method.MULTIPLE else "oneOf": options,
        "endTime": writing.rfc3339(poll.closes),
        "votersCount": record.shown.voters if record.shown else 0,
        terms.METHOD: poll.method.value,
        terms.SECRECY: "confidential",
        terms.COUNTS: "hidden" if poll.hides_counts else "shown",
        terms.COUNTS_FROM: poll.counts_from,
        terms.OPENS: writing.rfc3339(poll.opens),
        terms.TALLY: _tally_state(record),
    }
    if record.shown is not None and record.moved_at is not None:
        question[terms.COUNTED] = writing.rfc3339(record.moved_at, milliseconds=True)
    if record.shown is not None and record.shown.origins is not None:
        question[terms.ORIGINS] = dict(record.shown.origins)
    if record.closed_at is not None:
        question["closed"] = writing.rfc3339(poll.closes)
    return question


def _tally_state(record: ProposalRecord) -> str:
    if record.shown is None:
        return "untold" if record.closed_at else "hidden"
    return "final" if record.closed_at else "shown"
