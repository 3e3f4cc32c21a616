"""What feeds are made of: proposals, arguments, versions, results and notes, newest first."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import ColumnElement, Row, Select, select
from sqlalchemy.ext.asyncio import AsyncConnection

from dosfed import texts
from dosfed.deliberation.consultations.licences import Licence, licence_of
from dosfed.deliberation.consultations.tables import Consultations, Organisers
from dosfed.deliberation.debate.tables import Arguments
from dosfed.deliberation.notes.kept import load_notes
from dosfed.deliberation.posts.visible import READABLE, listed
from dosfed.deliberation.proposals.tables import Proposals, ProposalVersions
from dosfed.deliberation.votes.tables import Polls, Tallies
from dosfed.deliberation.whereabouts import Whereabouts
from dosfed.shown.called import name_beside
from dosfed.shown.polls import SHOWN_COLUMNS, ShownPoll, read_shown_poll
from dosfed.storage.schema import EPOCH

FEED_LENGTH = 30
AnySelect = Select[*tuple[Any, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedEntry:
    """Something in a feed; `title` is that of the consultation or the proposal it belongs to."""

    kind: Literal["consultation", "proposal", "argument", "version", "result", "note", "change"]
    id: str
    title: str
    html: str  # to be sanitised when shown
    language: str | None
    author_name: str | None
    called: str | None  # a name beside that
    place: Whereabouts
    published_at: datetime
    updated_at: datetime
    stance: str = ""
    number: int = 0  # of a version, or a line of a history
    licence: Licence | None = None
    poll: ShownPoll | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed:
    """Everything templates/feeds/show.atom may use; an instance's own feed has no title."""

    title: str
    author: str
    called: str  # a name beside that, or nothing
    language: str
    place: Whereabouts | None
    licence: Licence | None
    updated_at: datetime
    entries: tuple[FeedEntry, ...]


async def load_instance_feed(connection: AsyncConnection) -> Feed:
    """Return the consultations, proposals and results that came last."""
    entries = [
        *await _consultations(connection),
        *await _proposals(connection),
        *await _results(connection),
    ]
    return _feed(
        entries, title="", author="", called="", language="", place=None, licence=None, opened=EPOCH
    )


async def load_consultation_feed(connection: AsyncConnection, address: str) -> Feed | None:
    """Return the proposals, results and official notes of a consultation that came last."""
    head = await _head(connection, Consultations.address == address)
    if head is None:
        return None
    within = Proposals.consultation == head.id
    entries = [
        *await _proposals(connection, within),
        *await _results(connection, within),
        *await _notes(connection, head),
    ]
    return _feed(
        entries,
        title=head.title,
        author=head.organiser or head.home or "",
        called="",
        language=head.language,
        place=Whereabouts(address=head.address, home=head.home, proposal=None),
        licence=licence_of(head.licence),
        opened=head.opens,
    )


async def load_proposal_feed(connection: AsyncConnection, proposal: str) -> Feed | None:
    """Return a proposal's arguments, versions and result, those that came last."""
    about = Proposals.id == proposal
    found = await _proposals(connection, about)
    head = await _head(
        connection, Consultations.id.in_(select(Proposals.consultation).where(about))
    )
    if not found or head is None:
        return None
    entries = [
        *await _arguments(connection, about),
        *await _versions(connection, about),
        *await _results(connection, about),
    ]
    return _feed(
        entries,
        title=found[0].title,
        author=found[0].author_name or head.organiser or head.home or "",
        called=found[0].called or "",
        language=found[0].language or "",
        place=found[0].place,
        licence=found[0].licence,
        opened=found[0].published_at,
    )


def _feed(
    entries: Iterable[FeedEntry],
    *,
    opened: datetime,
    place: Whereabouts | None,
    licence: Licence | None,
    **words: str,
) -> Feed:
    newest = sorted(entries, key=lambda entry: (entry.updated_at, entry.id), reverse=True)
    return Feed(
        place=place,
        licence=licence,
        # An empty feed must not move by itself.
        updated_at=newest[0].updated_at if newest else opened,
        entries=tuple(newest[:FEED_LENGTH]),
        **words,
    )


async def _head(
    connection: AsyncConnection, condition: ColumnElement[bool]
) -> Row[*tuple[Any, ...]] | None:
    return (await connection.execute(_select_consultations().where(condition))).one_or_none()


def _select_consultations() -> AnySelect:
    return select(
        Consultations.id,
        Consultations.address,
        Consultations.home,
        Consultations.title,
        Consultations.summary,
        Consultations.language,
        Consultations.opens,
        Consultations.created_at,
        Consultations.licence,
        Organisers.title.label("organiser"),
    ).outerjoin(Organisers, Organisers.id == Consultations.organiser)


async def _consultations(connection: AsyncConnection) -> list[FeedEntry]:
    rows = await connection.execute(
        _select_consultations().order_by(Consultations.created_at.desc()).limit(FEED_LENGTH)
    )
    return [
        FeedEntry(
            kind="consultation",
            id=row.id,
            title=row.title,
            html=texts.render_markdown(row.summary),
            language=row.language,
            author_name=row.organiser,
            called=None,
            place=Whereabouts(address=row.address, home=row.home, proposal=None),
            licence=licence_of(row.licence),
            published_at=row.created_at,
            updated_at=row.created_at,
        )
        for row in rows
    ]


def _select(*columns: Any) -> AnySelect:
    """Select from published proposals, beside where they are shown."""
    return (
        select(
            Proposals.id.label("proposal"),
            Proposals.title,
            Proposals.language.label("proposal_language"),
            Consultations.address,
            Consultations.home,
            Consultations.licence,
            *columns,
        )
        .join(Consultations, Consultations.id == Proposals.consultation)
        .where(READABLE.of(Proposals))
        .limit(FEED_LENGTH)
    )


def _place(row: Row[*tuple[Any, ...]], argument: str | None = None) -> Whereabouts:
    return Whereabouts(address=row.address, home=row.home, proposal=row.proposal, argument=argument)


async def _proposals(
    connection: AsyncConnection, *conditions: ColumnElement[bool]
) -> list[FeedEntry]:
    statement = _select(
        Proposals.html,
        Proposals.author_name,
        name_beside(Proposals.author, Proposals.author_name).label("called"),
        Proposals.received_at,
        Proposals.published_at,
        Proposals.edited_at,
    )
    rows = await connection.execute(
        statement.where(*conditions).order_by(
            Proposals.published_at.desc(), Proposals.position.desc()
        )
    )
    return [
        FeedEntry(
            kind="proposal",
            id=row.proposal,
            title=row.title,
            html=row.html,
            language=row.proposal_language,
            author_name=row.author_name,
            called=row.called,
            place=_place(row),
            licence=licence_of(row.licence),
            published_at=row.published_at or row.received_at,
            updated_at=row.edited_at or row.published_at or row.received_at,
        )
        for row in rows
    ]


async def _notes(connection: AsyncConnection, head: Row[*tuple[Any, ...]]) -> list[FeedEntry]:
    """Return what its organiser says of a consultation."""
    found = await load_notes(connection, head.id, offset=0, limit=FEED_LENGTH)
    return [
        FeedEntry(
            kind="note",
            id=note.id,
            title=note.title or head.title,
            html=texts.render_markdown(note.text),
            language=note.language,
            author_name=head.organiser or head.home,
            called=None,
            place=Whereabouts(address=head.address, home=head.home, proposal=None, note=note.id),
            published_at=note.published_at,
            updated_at=note.changed_at,
        )
        for note in found
    ]


async def _arguments(
    connection: AsyncConnection, *conditions: ColumnElement[bool]
) -> list[FeedEntry]:
    statement = (
        _select(
            Arguments.id,
            Arguments.html,
            Arguments.language,
            Arguments.author_name,
            name_beside(Arguments.author, Arguments.author_name).label("called"),
            Arguments.stance,
            Arguments.received_at,
            Arguments.published_at,
            Arguments.edited_at,
        )
        .join(Arguments, Arguments.about == Proposals.id)
        .where(*conditions, listed())
        .order_by(Arguments.received_at.desc(), Arguments.id)
    )
    return [
        FeedEntry(
            kind="argument",
            id=row.id,
            title=row.title,
            html=row.html,
            language=row.language,
            author_name=row.author_name,
            called=row.called,
            place=_place(row, row.id),
            licence=licence_of(row.licence),
            published_at=row.published_at,
            updated_at=row.edited_at or row.received_at,
            stance=row.stance,
        )
        for row in await connection.execute(statement)
    ]


async def _versions(
    connection: AsyncConnection, *conditions: ColumnElement[bool]
) -> list[FeedEntry]:
    """Return what followed each text that a proposal had before, with why."""
    statement = (
        _select(ProposalVersions.number, ProposalVersions.note, ProposalVersions.replaced_at)
        .join(ProposalVersions, ProposalVersions.proposal == Proposals.id)
        .where(*conditions)
        .order_by(ProposalVersions.number.desc())
    )
    return [
        FeedEntry(
            kind="version",
            id=f"{row.proposal}/versions/{row.number + 1}",
            title=row.title,
            html=texts.render_markdown(row.note),
            language=row.proposal_language,
            author_name=None,
            called=None,
            place=_place(row),
            licence=licence_of(row.licence),
            published_at=row.replaced_at,
            updated_at=row.replaced_at,
            number=row.number + 1,
        )
        for row in await connection.execute(statement)
    ]


async def _results(
    connection: AsyncConnection, *conditions: ColumnElement[bool]
) -> list[FeedEntry]:
    """Return the polls that have closed here or at their home; imported ones are no news."""
    statement = (
        _select(*SHOWN_COLUMNS)
        .join(Polls, Polls.proposal == Proposals.id)
        .outerjoin(Tallies, Tallies.poll == Polls.id)
        .where(*conditions, Polls.closed_at.is_not(None), Polls.imported_from.is_(None))
        .where(Polls.withdrawn_at.is_(None))
        .order_by(Polls.closed_at.desc())
    )
    return [
        FeedEntry(
            kind="result",
            id=f"{row.proposal}#result",
            title=row.title,
            html="",
            language=row.proposal_language,
            author_name=None,
            called=None,
            place=_place(row),
            licence=licence_of(row.licence),
            published_at=row.closed_at,
            updated_at=row.closed_at,
            poll=read_shown_poll(row, now=row.closed_at),
        )
        for row in await connection.execute(statement)
    ]
