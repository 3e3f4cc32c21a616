"""Importing: consultations from a file become actors, proposals, polls and arguments."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from dosfed import texts
from dosfed.activitypub.actors import BadName, NewActor, make_actor
from dosfed.activitypub.tables import Actors
from dosfed.acts import publishing
from dosfed.acts.submission import House
from dosfed.deliberation.consultations.phases import replace_phases
from dosfed.deliberation.consultations.tables import Consultations, Organisers
from dosfed.deliberation.debate.arguments import insert_arguments
from dosfed.deliberation.debate.model import PostArgument
from dosfed.deliberation.exchange.format import read_import
from dosfed.deliberation.exchange.given import (
    GivenArgument,
    GivenConsultation,
    GivenDocument,
    GivenMeeting,
    GivenOrganiser,
    GivenPoll,
    GivenProposal,
    GivenResult,
)
from dosfed.deliberation.exchange.json_fields import BadDocument
from dosfed.deliberation.meetings.tables import Meetings
from dosfed.deliberation.model import ActorId, ArgumentId, ProposalId
from dosfed.deliberation.posts.lifecycle import PROPOSALS, PostAct, after
from dosfed.deliberation.proposals.kept import insert_polls, insert_proposals, load_proposals
from dosfed.deliberation.proposals.reasons import write_reasons
from dosfed.deliberation.proposals.tables import Proposals, ProposalVersions
from dosfed.deliberation.proposals.tags import insert_tags
from dosfed.deliberation.votes.tables import Tallies

CHUNK = 500  # ids in one statement
MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """One thing that an import made; `ref` is what the file calls it."""

    kind: Literal["organiser", "consultation", "proposal", "poll", "argument"]
    ref: str | None
    id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where proposals are put: their consultation, whose organiser publishes them."""

    house: House
    at: datetime
    consultation: str
    organiser: str
    organiser_title: str


async def import_document(
    connection: AsyncConnection, document: object, house: House, *, at: datetime
) -> list[Made]:
    """Make everything that a parsed import file asks for, or raise `BadDocument`.

    The transaction is the caller's: when this raises, nothing of it may be committed.
    """
    given = read_import(document, now=at)
    await _check_new(connection, given, house)
    made: list[Made] = []
    titles: dict[str, str] = {}
    for organiser in given.organisers:
        titles[organiser.name] = await _organiser(connection, organiser, house, at, made)
    for consultation in given.consultations:
        await _consultation(connection, consultation, house, at, made)
        place = Place(
            house=house,
            at=at,
            consultation=house.instance.consultation(consultation.name),
            organiser=house.instance.organiser(consultation.organiser),
            organiser_title=titles[consultation.organiser],
        )
        await _meetings(connection, consultation.meetings, place)
        made += await put_proposals(connection, consultation.proposals, place)
    return made


async def _check_new(connection: AsyncConnection, given: GivenDocument, house: House) -> None:
    for consultation in given.consultations:
        this = Consultations.id == house.instance.consultation(consultation.name)
        if (await connection.execute(select(Consultations.id).where(this))).first() is not None:
            raise BadDocument(
                f"{consultation.path}.name", f"the consultation {consultation.name} exists already"
            )


async def _organiser(
    connection: AsyncConnection,
    given: GivenOrganiser,
    house: House,
    at: datetime,
    made: list[Made],
) -> str:
    """Return the title of an organiser; one that exists keeps the title it has."""
    organiser = house.instance.organiser(given.name)
    known = select(Organisers.title).where(Organisers.id == organiser)
    title = (await connection.execute(known)).scalar_one_or_none()
    if title is not None:
        return title
    await _actor(
        connection,
        NewActor(id=organiser, handle=given.name, kind="organiser", name=given.title, at=at),
        given.path,
    )
    await connection.execute(
        insert(Organisers).values(id=organiser, name=given.name, title=given.title)
    )
    made.append(Made(kind="organiser", ref=given.name, id=organiser))
    return given.title


async def _consultation(
    connection: AsyncConnection,
    given: GivenConsultation,
    house: House,
    at: datetime,
    made: list[Made],
) -> None:
    consultation = house.instance.consultation(given.name)
    await _actor(
        connection,
        NewActor(
            id=consultation,
            handle=given.name,
            kind="consultation",
            name=given.title,
            at=at,
            language=given.language,
        ),
        given.path,
    )
    summary = texts.render_markdown(given.summary) if given.summary else ""
    await connection.execute(
        update(Actors).where(Actors.id == consultation).values(summary=summary)
    )
    await connection.execute(
        insert(Consultations).values(
            id=consultation,
            address=given.name,
            home=None,
            organiser=house.instance.organiser(given.organiser),
            title=given.title,
            summary=given.summary,
            language=given.language,
            opens=given.opens,
            closes=given.closes,
            eligible=given.eligible if isinstance(given.eligible, str) else list(given.eligible),
            instances=list(given.instances),
            needs_facilitator=given.needs_facilitator,
            erase_after_days=given.erase_after_days,
            reasons=write_reasons(given.reasons),
            created_at=at,
            licence=given.licence,
            documents=[asdict(one) for one in given.documents],
        )
    )
    await replace_phases(connection, consultation, given.phases)
    made.append(Made(kind="consultation", ref=given.name, id=consultation))


async def _meetings(
    connection: AsyncConnection, given: Sequence[GivenMeeting], place: Place
) -> None:
    """Write meetings; nobody follows a consultation yet that is only just made."""
    rows = [
        {
            "id": place.house.instance.note(place.house.instance.new_token()),
            "consultation": place.consultation,
            "title": meeting.title,
            "place": meeting.place,
            "url": meeting.url,
            "summary": meeting.summary,
            "starts": meeting.starts,
            "ends": meeting.ends,
            "announced_at": place.at,
            "changed_at": place.at,
            "cancelled_at": place.at if meeting.is_cancelled else None,
        }
        for meeting in given
    ]
    if rows:
        await connection.execute(insert(Meetings), rows)


async def _actor(connection: AsyncConnection, actor: NewActor, path: str) -> None:
    try:
        await make_actor(connection, **actor)
    except BadName as error:
        raise BadDocument(f"{path}.name", str(error)) from error


async def put_proposals(
    connection: AsyncConnection, given: Sequence[GivenProposal], place: Place
) -> list[Made]:
    """Write proposals with what hangs on them, then make them known as they stand."""
    ids = [place.house.instance.new_proposal() for _ in given]
    pairs = [*zip(ids, given, strict=True)]
    await insert_proposals(
        connection, place.consultation, [_proposal_row(*pair, place) for pair in pairs]
    )
    await insert_tags(connection, {proposal: one.tags for proposal, one in pairs})
    await _versions(connection, pairs)
    await _polls(connection, [(proposal, one.poll) for proposal, one in pairs if one.poll])
    made: list[Made] = []
    for proposal, one in pairs:
        made.append(Made(kind="proposal", ref=one.ref, id=proposal))
        if one.poll is not None:
            made.append(Made(kind="poll", ref=one.ref, id=proposal))
        made += await _arguments(connection, proposal, one.arguments, place)
    # Only now: what others are sent of a proposal holds its poll, its result and its arguments.
    for start in range(0, len(ids), CHUNK):
        chunk = ids[start : start + CHUNK]
        records = await load_proposals(connection, Proposals.id.in_(chunk))
        await publishing.publish_proposals(connection, place.house, records, at=place.at)
    return made


def _proposal_row(proposal: str, given: GivenProposal, place: Place) -> dict[str, Any]:
    published = min(given.published or place.at, place.at)
    return {
        "id": proposal,
        "consultation": place.consultation,
        "ref": given.ref,
        "title": given.title,
        "text": given.text,
        "html": texts.render_markdown(given.text),
        "language": given.language,
        "author": None,
        "author_name": given.by,
        "source": None,
        "state": after(PROPOSALS, PostAct.KEEP, None).value,
        "reason": None,
        "received_at": published,
        "published_at": published,
        "edited_at": given.versions[-1].replaced if given.versions else None,
        "version": len(given.versions) + 1,
        "clauses": None if given.clauses is None else list(given.clauses),
        "group_name": given.group.name if given.group else None,
        "group_size": given.group.size if given.group else None,
    }


async def _versions(
    connection: AsyncConnection, pairs: Sequence[tuple[str, GivenProposal]]
) -> None:
    """Write the texts that proposals had before."""
    rows = [
        {
            "proposal": proposal,
            "number": number,
            "title": version.title,
            "text": version.text,
            "html": texts.render_markdown(version.text),
            "clauses": None if version.clauses is None else list(version.clauses),
            "note": version.note,
            "replaced_by": version.by,
            "replaced_at": version.replaced,
        }
        for proposal, given in pairs
        for number, version in enumerate(given.versions, start=1)
    ]
    if rows:
        await connection.execute(insert(ProposalVersions), rows)


async def _polls(connection: AsyncConnection, given: Sequence[tuple[str, GivenPoll]]) -> None:
    """Write polls; a proposal with its poll is one object, with one id."""
    await insert_polls(
        connection,
        [
            {
                "id": proposal,
                "proposal": proposal,
                "method": poll.method.word,
                "terms": dict(poll.method.terms),
                "options": list(poll.options),
                "opens": poll.opens,
                "closes": poll.closes,
                "hides_counts": poll.hides_counts,
                "counts_from": poll.counts_from,
                "closed_at": poll.result.closed_at if poll.result else None,
                "imported_from": poll.result.source if poll.result else None,
            }
            for proposal, poll in given
        ],
    )
    for proposal, poll in given:
        if poll.result is not None:
            await _result(connection, proposal, poll.result)


async def _result(connection: AsyncConnection, poll: str, result: GivenResult) -> None:
    await connection.execute(
        update(Tallies)
        .where(Tallies.poll == poll)
        .values(
            counts=list(result.counts) if result.counts is not None else None,
            voters=result.voters,
            origins=result.origins,
            moved_at=result.closed_at,
            announced_at=result.closed_at,
        )
    )


async def _arguments(
    connection: AsyncConnection, proposal: str, given: Sequence[GivenArgument], place: Place
) -> list[Made]:
    """Write arguments; the organiser speaks for whoever wrote them elsewhere."""
    ids = [place.house.instance.new_argument() for _ in given]
    posted = [
        PostArgument(
            id=ArgumentId(argument),
            proposal=ProposalId(proposal),
            in_reply_to=proposal if one.parent is None else ids[one.parent],
            author=ActorId(place.organiser),
            author_name=one.by or place.organiser_title,
            stance=one.stance,
            text=one.text,
            html=texts.render_markdown(one.text) if one.text else texts.sanitise(one.html or ""),
            language=one.language,
            url=argument,
            # Those without a date keep the order of the file.
            published=one.published or place.at - (len(ids) - number) * MICROSECOND,
            clause=one.clause,
            sources=one.sources,
            group=one.group,
        )
        for number, (argument, one) in enumerate(zip(ids, given, strict=True))
    ]
    await insert_arguments(
        connection, [(command, place.consultation, proposal, place.at) for command in posted]
    )
    return [
        Made(kind="argument", ref=one.ref, id=argument)
        for argument, one in zip(ids, given, strict=True)
    ]
