"""Arguments: posted, edited, weighed, deleted, and passed on by the consultation's Group."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import Row, select
from sqlalchemy.ext.asyncio import AsyncConnection

from dosfed.activitypub import outbox, recipients, writing
from dosfed.activitypub.instance import PUBLIC, host_of
from dosfed.acts import telling, terms
from dosfed.acts.submission import Done, House, Outcome, Submission
from dosfed.deliberation import arguments
from dosfed.deliberation.arguments import Place
from dosfed.deliberation.consultations import ConsultationRecord, load_consultations
from dosfed.deliberation.model import PostArgument, Refusal, Refused, Weigh
from dosfed.deliberation.rules import check_argument
from dosfed.deliberation.tables import Arguments, Consultations, Proposals

Document = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Posted:
    """An argument that was admitted, where it hangs, and what brought it."""

    command: PostArgument
    place: Place
    submission: Submission


async def perform(
    connection: AsyncConnection, run: Sequence[Submission], house: House
) -> list[Outcome]:
    """Judge a run of arguments at once; one may answer another of the same run."""
    commands = [s.command for s in run if isinstance(s.command, PostArgument)]
    named = {command.id for command in commands} | {command.in_reply_to for command in commands}
    places = await arguments.load_places(connection, named)
    consultations = await load_consultations(
        connection, {place.consultation for place in places.values()}
    )
    posted: list[_Posted] = []
    outcomes: list[Outcome] = []
    for submission, command in zip(run, commands, strict=True):
        try:
            place = _admit(command, places, consultations, at=submission.at)
        except Refused as refused:
            outcomes.append(refused.refusal)
            continue
        places[command.id] = place
        posted.append(_Posted(command=command, place=place, submission=submission))
        outcomes.append(Done(id=command.id))
    await arguments.insert_arguments(
        connection, [(one.command, one.place.proposal, one.submission.at) for one in posted]
    )
    await _make_known(connection, posted, house)
    await telling.arguments_posted(connection, [one.command.id for one in posted], at=run[-1].at)
    return outcomes


def _admit(
    command: PostArgument,
    places: Mapping[str, Place],
    consultations: Mapping[str, ConsultationRecord],
    *,
    at: datetime,
) -> Place:
    """Return the place that a new argument takes, or raise `Refused`."""
    if command.id in places:
        raise Refused(Refusal.ALREADY_THERE)
    parent = places.get(command.in_reply_to)
    if parent is None or command.proposal not in {None, parent.proposal}:
        raise Refused(Refusal.UNKNOWN_PARENT)
    check_argument(consultations[parent.consultation].consultation, command.html, at=at)
    return Place(
        id=command.id,
        proposal=parent.proposal,
        consultation=parent.consultation,
        organiser=parent.organiser,
        home=parent.home,
        author=command.author,
    )


async def _make_known(connection: AsyncConnection, posted: Sequence[_Posted], house: House) -> None:
    """Publish arguments written here; let the Group pass on those of its own consultation.

    Arguments are announced whole, and only to followers that read that; a boost of each
    would drive everybody else away.
    """
    heard: dict[str, list[Mapping[str, Any]]] = defaultdict(list)
    for one in posted:
        activity = one.submission.activity
        if house.instance.is_ours(one.command.id):
            activity = await _publish(connection, one, house)
        if one.place.home is None and activity is not None:
            heard[one.place.consultation].append(activity)
    for group, activities in heard.items():
        await pass_on(connection, group, activities, house, at=posted[-1].submission.at)


async def pass_on(
    connection: AsyncConnection,
    group: str,
    activities: Sequence[Mapping[str, Any]],
    house: House,
    *,
    at: datetime,
) -> None:
    """Let a Group announce activities whole to followers that read that (FEP-1b12)."""
    _, readers = await recipients.split_followers(connection, group)
    if not readers:
        return
    for activity in activities:
        announce = writing.announce(house.instance, group, activity, at=at)
        await outbox.put(connection, announce, at=at, inboxes=readers)


async def _publish(connection: AsyncConnection, one: _Posted, house: House) -> Document:
    record = await load_argument(connection, one.command.id)
    if record is None:
        raise LookupError(one.command.id)
    at = one.submission.at
    create = writing.create(house.instance, document(record))
    inboxes = await audience_inboxes(connection, record)
    await outbox.put(connection, create, at=at, inboxes=inboxes)
    return create


async def audience_inboxes(connection: AsyncConnection, record: "ArgumentRecord") -> set[str]:
    """Return who hears of an argument written here: home, parent's author, followers."""
    inboxes = await recipients.follower_inboxes(connection, [record.author])
    for actor in (record.organiser, record.parent_author):
        inbox = await recipients.inbox_of(connection, actor) if actor else None
        if inbox is not None:
            inboxes.add(inbox)
    return inboxes


@dataclass(frozen=True, slots=True, kw_only=True)
class ArgumentRecord:
    """An argument with what its document says of its surroundings."""

    id: str
    proposal: str
    in_reply_to: str
    author: str
    author_name: str
    stance: str
    text: str | None
    html: str
    language: str | None
    url: str
    published_at: datetime
    edited_at: datetime | None
    deleted_at: datetime | None
    clause: str | None
    sources: Sequence[str] | None
    group_name: str | None
    group_size: int | None
    hidden_at: datetime | None
    hidden_reason: str | None
    consultation: str
    home: str | None
    organiser: str
    organiser_host: str
    parent_author: str | None
    parent_name: str | None


async def load_argument(connection: AsyncConnection, argument: str) -> ArgumentRecord | None:
    """Return an argument, deleted or not."""
    parent = Arguments.__table__.alias("parent")
    rows = await connection.execute(
        select(
            *(column for column in Arguments.__table__.c if column.name != "received_at"),
            Proposals.consultation,
            Consultations.home,
            Consultations.organiser,
            parent.c.author.label("parent_author"),
            parent.c.author_name.label("parent_name"),
        )
        .join(Proposals, Proposals.id == Arguments.proposal)
        .join(Consultations, Consultations.id == Proposals.consultation)
        .outerjoin(parent, parent.c.id == Arguments.in_reply_to)
        .where(Arguments.id == argument)
    )
    row = rows.one_or_none()
    return None if row is None else _record(row)


def _record(row: Row[*tuple[Any, ...]]) -> ArgumentRecord:
    values = dict(row._mapping)  # noqa: SLF001 - SQLAlchemy's own name for a public thing
    return ArgumentRecord(**values, organiser_host=host_of(row.organiser))


def document(record: ArgumentRecord) -> Document:
    """Write an argument of a citizen of this instance: a Note with a stance."""
    mentions = [
        {
            "type": "Mention",
            "href": record.organiser,
            "name": f"@{record.organiser.rpartition('/')[2]}@{record.organiser_host}",
        }
    ]
    if record.parent_author and record.parent_name and record.parent_author != record.author:
        mentions.append(
            {"type": "Mention", "href": record.parent_author, "name": record.parent_name}
        )
    object_: Document = {
        "@context": writing.CONTEXT,
        "id": record.id,
        "type": "Note",
        "attributedTo": record.author,
        "inReplyTo": record.in_reply_to,
        "to": [PUBLIC],
        "cc": [
            f"{record.author}/followers",
            record.consultation,
            *(str(mention["href"]) for mention in mentions),
        ],
        "audience": record.consultation,
        "context": f"{record.consultation}/context",
        "content": record.html,
        "mediaType": "text/html",
        "url": record.url,
        "published": writing.rfc3339(record.published_at),
        "sensitive": False,
        "attachment": [],
        "tag": mentions,
        "replies": f"{record.id}/replies",
        "likes": f"{record.id}/likes",
        "shares": f"{record.id}/shares",
        "interactionPolicy": {"canQuote": {"automaticApproval": [PUBLIC]}},
        terms.KIND: "argument",
        terms.STANCE: record.stance,
        terms.ABOUT: record.proposal,
        terms.CONSULTATION: record.consultation,
    }
    if record.language:
        object_["contentMap"] = {record.language: record.html}
    if record.text is not None:
        object_["source"] = {"content": record.text, "mediaType": "text/markdown"}
    if record.edited_at is not None:
        object_["updated"] = writing.rfc3339(record.edited_at)
    return object_


async def weigh(connection: AsyncConnection, command: Weigh, house: House, *, at: datetime) -> Done:
    """Let an actor find an argument strong or weak, but not one's own."""
    places = await arguments.load_places(connection, [command.object])
    place = places.get(command.object)
    if place is None:
        raise Refused(Refusal.UNKNOWN_OBJECT)
    if place.author == command.actor:
        raise Refused(Refusal.OWN_ARGUMENT)
    await arguments.weigh(connection, command.object, command.actor, command.weight)
    if house.instance.is_ours(command.actor):
        await _tell_weight(connection, command, place, house, at=at)
    return Done(id=command.object)


async def _tell_weight(
    connection: AsyncConnection, command: Weigh, place: Place, house: House, *, at: datetime
) -> None:
    """Send a Like, a Dislike or the Undo of either to the author and to the home that counts."""
    author = place.author or place.organiser
    found = [await recipients.inbox_of(connection, actor) for actor in (author, place.organiser)]
    post = {"id": command.object, "attributedTo": author}
    kind: Literal["Like", "Dislike"] = "Dislike" if command.weight < 0 else "Like"
    activity = writing.weigh(house.instance, kind, actor=command.actor, post=post)
    if command.weight == 0:
        activity = writing.undo(house.instance, activity)
    inboxes = {inbox for inbox in found if inbox}
    await outbox.put(connection, activity, at=at, inboxes=inboxes, is_public=False)
