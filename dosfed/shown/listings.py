"""Which proposals of a consultation are listed, in which order."""

import enum
import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Select,
    Text,
    case,
    cast,
    false,
    func,
    literal,
    or_,
    select,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from dosfed.deliberation.debate.tables import Arguments
from dosfed.deliberation.posts.visible import READABLE, counted
from dosfed.deliberation.proposals.tables import Proposals, ProposalTags
from dosfed.deliberation.search.finding import has_words, write_query
from dosfed.deliberation.search.tables import SearchEntries
from dosfed.deliberation.search.words import read_query
from dosfed.deliberation.votes.tables import Ballots, Polls, SentBallots

PAGE_LENGTH = 25
MOST_TAGS = 30
# Of what is counted modulo it, products fit into 64 bits.
PRIME = 2**31 - 1


class Show(enum.StrEnum):
    """Which proposals are listed."""

    ALL = "all"
    OPEN = "open"  # the vote is
    CLOSED = "closed"
    UNVOTED = "unvoted"  # open, and the viewer has not voted


class Sort(enum.StrEnum):
    """In which order proposals are listed."""

    ORDER = "order"  # of the consultation
    CLOSING = "closing"  # the vote that ends first
    NEWEST = "newest"
    ARGUED = "argued"  # the most arguments
    RANDOM = "random"  # another one every day, the same for everybody


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """What somebody wants to see of a list; by default all of it, in its order."""

    text: str = ""
    tag: str = ""
    show: Show = Show.ALL
    sort: Sort = Sort.ORDER

    @property
    def is_filtered(self) -> bool:
        """Whether some may be left out."""
        return bool(self.text or self.tag) or self.show is not Show.ALL

    @property
    def is_personal(self) -> bool:
        """Whether another viewer would see another list."""
        return self.show is Show.UNVOTED


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """One page of a list; `total` counts what all its pages have."""

    ids: tuple[str, ...]
    total: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Tag:
    """A tag with how many published proposals carry it."""

    name: str
    proposals: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """Who reads a list, when, and which page of it."""

    voter: str | None
    now: datetime
    page: int


async def list_proposals(
    connection: AsyncConnection, consultation: str, listing: Listing, reader: Reader
) -> Listed:
    """Return a page of the published proposals of a consultation, in two statements."""
    conditions = [
        Proposals.consultation == consultation,
        READABLE.of(Proposals),
        *_conditions(connection, consultation, listing, reader),
    ]
    count = select(func.count()).select_from(Proposals).where(*conditions)
    total = (await connection.execute(count)).scalar_one()
    statement = _ordered(select(Proposals.id), consultation, listing.sort, reader.now)
    rows = await connection.execute(
        statement.where(*conditions)
        .limit(PAGE_LENGTH)
        .offset(min((reader.page - 1) * PAGE_LENGTH, total))
    )
    return Listed(ids=tuple(rows.scalars()), total=total)


def _conditions(
    connection: AsyncConnection, consultation: str, listing: Listing, reader: Reader
) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if listing.text:
        found.append(_has_text(connection, consultation, listing.text))
    if listing.tag:
        tagged = select(ProposalTags.proposal).where(ProposalTags.tag == listing.tag)
        found.append(Proposals.id.in_(tagged))
    polls = select(Polls.proposal)
    is_open = _is_open(reader.now)
    match listing.show:
        case Show.ALL:
            pass
        case Show.OPEN:
            found.append(Proposals.id.in_(polls.where(is_open)))
        case Show.CLOSED:
            is_over = or_(Polls.closes <= reader.now, Polls.closed_at.is_not(None))
            found.append(Proposals.id.in_(polls.where(is_over)))
        case Show.UNVOTED:
            found.append(Proposals.id.in_(polls.where(is_open, *_not_voted(reader.voter))))
    return found


def _has_text(connection: AsyncConnection, consultation: str, text: str) -> ColumnElement[bool]:
    query = read_query(text)
    if not query:  # nothing but signs
        return false()
    dialect = connection.dialect.name
    wanted = literal(write_query(dialect, query), Text)
    return Proposals.id.in_(
        select(SearchEntries.object).where(
            has_words(dialect, wanted), SearchEntries.consultation == consultation
        )
    )


def _is_open(now: datetime) -> ColumnElement[bool]:
    return (Polls.opens <= now) & (Polls.closes > now) & Polls.closed_at.is_(None)


def _not_voted(voter: str | None) -> list[ColumnElement[bool]]:
    """Return the conditions that a voter has no ballot in a poll, here or sent to its home."""
    here = select(Ballots.poll).where(Ballots.voter == voter, Ballots.replaced_at.is_(None))
    sent = select(SentBallots.poll).where(SentBallots.voter == voter, SentBallots.choices != "")
    return [Polls.id.not_in(here), Polls.id.not_in(sent)]


def _ordered(
    statement: Select[*tuple[Any, ...]], consultation: str, sort: Sort, now: datetime
) -> Select[*tuple[Any, ...]]:
    match sort:
        case Sort.ORDER:
            return statement.order_by(Proposals.position)
        case Sort.NEWEST:
            return statement.order_by(Proposals.published_at.desc(), Proposals.position.desc())
        case Sort.CLOSING:
            closes = case((_is_open(now), Polls.closes))
            return statement.outerjoin(Polls, Polls.proposal == Proposals.id).order_by(
                closes.asc().nulls_last(), Proposals.position
            )
        case Sort.ARGUED:
            argued = _argued(consultation)
            return statement.outerjoin(argued, argued.c.proposal == Proposals.id).order_by(
                argued.c.number.desc().nulls_last(), Proposals.position
            )
        case Sort.RANDOM:
            return statement.order_by(_shuffled(consultation, now), Proposals.position)


def _argued(consultation: str) -> Any:
    return (
        select(Arguments.about.label("proposal"), func.count().label("number"))
        .join(Proposals, Proposals.id == Arguments.about)
        .where(Proposals.consultation == consultation, counted())
        .group_by(Arguments.about)
        .subquery()
    )


def _shuffled(consultation: str, now: datetime) -> ColumnElement[int]:
    """Return the place of a proposal in the order of a day.

    A polynomial of its position with factors of the day: any four proposals stand in any order
    equally often. (A product alone would leave long runs as they are, or turn them round.)
    """
    position = cast(Proposals.position, BigInteger)
    first, *others = factors_of(consultation, now)
    place: ColumnElement[int] = literal(first, BigInteger)
    for factor in others:
        place = (place * position + literal(factor, BigInteger)) % PRIME
    return place


def factors_of(name: str, now: datetime) -> tuple[int, ...]:
    """Return four numbers that stand for a name on a day (UTC)."""
    day = now.astimezone(UTC).date().isoformat()
    digest = hashlib.sha256(f"{name} {day}".encode()).digest()
    parts = (digest[start : start + 8] for start in range(0, len(digest), 8))
    return tuple(int.from_bytes(part, "big") % PRIME for part in parts)


async def load_tag_counts(connection: AsyncConnection, consultation: str) -> tuple[Tag, ...]:
    """Return the tags of a consultation that most proposals have, those first."""
    number = func.count().label("number")
    rows = await connection.execute(
        select(ProposalTags.tag, number)
        .join(Proposals, Proposals.id == ProposalTags.proposal)
        .where(Proposals.consultation == consultation, READABLE.of(Proposals))
        .group_by(ProposalTags.tag)
        .order_by(number.desc(), ProposalTags.tag)
        .limit(MOST_TAGS)
    )
    return tuple(Tag(name=tag, proposals=proposals) for tag, proposals in rows)
