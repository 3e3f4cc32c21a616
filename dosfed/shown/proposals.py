"""Proposals as they are shown: in lists, on a page of their own, and in the file of tallies."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Row, Select, bindparam, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from dosfed.deliberation.consultations.tables import Consultations
from dosfed.deliberation.debate.tables import Arguments, Weights
from dosfed.deliberation.model import Group
from dosfed.deliberation.posts.kept import read_group
from dosfed.deliberation.posts.model import PostState
from dosfed.deliberation.posts.visible import COUNTED, READABLE, in_state
from dosfed.deliberation.proposals.tables import Proposals
from dosfed.deliberation.proposals.tags import load_tags
from dosfed.deliberation.votes.methods.model import read_choice
from dosfed.deliberation.votes.tables import Ballots, Polls, SentBallots, Tallies
from dosfed.shown.arguments import load_own_weights
from dosfed.shown.called import name_beside
from dosfed.shown.consultations import ConsultationHead, load_whole_head
from dosfed.shown.debates import Debate
from dosfed.shown.offices import office_beside
from dosfed.shown.polls import SHOWN_COLUMNS, ShownPoll, read_shown_poll
from dosfed.shown.viewers import Viewer
from dosfed.texts import plain_text

# Enough of a text for a few lines of excerpt, even with its markup.
EXCERPT_LENGTH = 600
# Built once: to build it takes longer than to execute it.
AUTHOR_CALLED = name_beside(Proposals.author, Proposals.author_name).label("called")
AUTHOR_OFFICE = office_beside(Proposals).label("office")


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposalCard:
    """A proposal in a list."""

    id: str
    title: str
    beginning: str  # the first part of its HTML, cut anywhere
    language: str
    author_name: str | None
    called: str  # a name beside that, or nothing
    office: str  # organiser, team, or nothing
    group: Group | None
    tags: tuple[str, ...]
    published_at: datetime
    arguments: int
    poll: ShownPoll | None


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnBallot:
    """What the viewer chose; `answer` is what another home made of it, none while unknown."""

    choices: tuple[str, ...]
    is_sent: bool
    answer: str | None = None
    reason: str | None = None

    @property
    def is_withdrawn(self) -> bool:
        """Whether the home was asked to let go of it."""
        return not self.choices


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnNote:
    """The Note by which its author, a citizen here, proposed what is shown of another home.

    `waits`: they have changed it since, and the home still says what it said.
    """

    id: str
    waits: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposalPage:
    """Everything templates/proposals/show.html may use."""

    head: ConsultationHead
    id: str
    title: str
    html: str  # to be sanitised when shown
    language: str
    author: str | None
    author_name: str | None
    called: str  # a name beside that, or nothing
    office: str  # organiser, team, or nothing
    published_at: datetime
    edited_at: datetime | None
    likes: int
    poll: ShownPoll | None
    debate: Debate
    weights: Mapping[str, int]  # what the viewer finds strong (1) or weak (-1) of the debate
    own_ballot: OwnBallot | None
    own_note: OwnNote | None


async def load_proposal_cards(
    connection: AsyncConnection, ids: Sequence[str], *, now: datetime
) -> tuple[ProposalCard, ...]:
    """Return proposals as a list shows them, in this order, in two statements."""
    if not ids:
        return ()
    arguments = (
        select(func.count())
        .where(Arguments.about == Proposals.id, COUNTED.of(Arguments))
        .scalar_subquery()
    )
    rows = await connection.execute(
        select_proposals(
            Proposals.title,
            func.substr(Proposals.html, 1, EXCERPT_LENGTH).label("beginning"),
            Proposals.language,
            Proposals.author_name,
            AUTHOR_CALLED,
            AUTHOR_OFFICE,
            Proposals.group_name,
            Proposals.group_size,
            Proposals.published_at,
            arguments.label("arguments"),
        ).where(Proposals.id.in_(ids))
    )
    tags = await load_tags(connection, ids)
    cards = {
        row.id: ProposalCard(
            id=row.id,
            title=row.title,
            beginning=row.beginning,
            language=row.language,
            author_name=row.author_name,
            called=row.called,
            office=row.office,
            group=read_group(row.group_name, row.group_size),
            tags=tags.get(row.id, ()),
            published_at=row.published_at or now,
            arguments=row.arguments,
            poll=read_shown_poll(row, now=now),
        )
        for row in rows
    }
    return tuple(cards[one] for one in ids if one in cards)


def select_proposals(*columns: Any) -> Select[*tuple[Any, ...]]:
    """Select proposals beside their consultation, their poll and its tally."""
    return (
        select(Proposals.id, *columns, *SHOWN_COLUMNS)
        .join(Consultations, Consultations.id == Proposals.consultation)
        .outerjoin(Polls, Polls.proposal == Proposals.id)
        .outerjoin(Tallies, Tallies.poll == Polls.id)
    )


async def tallies_json(
    connection: AsyncConnection, consultation: str, *, now: datetime
) -> dict[str, Any]:
    """Return the published tallies of a consultation, in one statement."""
    rows = await connection.execute(
        select_proposals()
        .where(Proposals.consultation == consultation, READABLE.of(Proposals))
        .order_by(Proposals.position)
    )
    return {
        "proposals": [_tally_json(row.id, read_shown_poll(row, now=now)) for row in rows],
    }


def _tally_json(proposal: str, poll: ShownPoll | None) -> dict[str, Any]:
    if poll is None:
        return {
            "id": proposal,
            "poll": None,
            "closed": False,
            "options": [],
            "voters": None,
            "origins": None,
        }
    details = poll.result.details if poll.result else None
    return {
        "id": proposal,
        "poll": poll.id,
        "closed": poll.state == "closed",
        "options": [{"name": option.name, "ballots": option.ballots} for option in poll.options],
        **({} if poll.method.fits_a_question else {"result": details}),
        "voters": poll.voters,
        "origins": dict(poll.origins) if poll.origins is not None else None,
        **(
            {"file": {"url": poll.ballots_url, "sha256": poll.sha256}}
            if poll.sha256 is not None
            else {}
        ),
    }


async def count_proposals(connection: AsyncConnection, consultation: str) -> int:
    """Return how many proposals of a consultation are published."""
    statement = select(func.count()).where(
        Proposals.consultation == consultation, READABLE.of(Proposals)
    )
    return (await connection.execute(statement)).scalar_one()


def select_page(proposal: str, *columns: Any) -> Select[*tuple[Any, ...]]:
    """Select what `read_page` reads of a published proposal, and more columns of it."""
    likes = (
        select(func.count())
        .where(Weights.object == Proposals.id, Weights.weight > 0)
        .scalar_subquery()
    )
    return select_proposals(
        Proposals.consultation,
        Proposals.title,
        Proposals.html,
        Proposals.language,
        Proposals.author,
        Proposals.author_name,
        AUTHOR_CALLED,
        AUTHOR_OFFICE,
        Proposals.published_at,
        Proposals.edited_at,
        likes.label("likes"),
        *columns,
    ).where(Proposals.id == proposal, READABLE.of(Proposals))


async def read_page(
    connection: AsyncConnection, row: Row[*tuple[Any, ...]], debate: Debate, *, now: datetime
) -> ProposalPage | None:
    """Return a published proposal beside a page of its debate, as a stranger sees it."""
    head = await load_whole_head(connection, Consultations.id == row.consultation, now=now)
    if head is None:
        return None
    return ProposalPage(
        head=head,
        id=row.id,
        title=row.title,
        html=row.html,
        language=row.language,
        author=row.author,
        author_name=row.author_name,
        called=row.called,
        office=row.office,
        published_at=row.published_at or now,
        edited_at=row.edited_at,
        likes=row.likes,
        poll=read_shown_poll(row, now=now),
        debate=debate,
        weights={},
        own_ballot=None,
        own_note=None,
    )


async def add_own_acts(
    connection: AsyncConnection, page: ProposalPage, viewer: Viewer
) -> ProposalPage:
    """Return a proposal's page with what its viewer weighed, voted, and proposed it by."""
    return replace(
        page,
        weights=await load_own_weights(connection, viewer.id, page.id),
        own_ballot=await _own_ballot(connection, page, viewer),
        own_note=await _own_note(connection, page, viewer),
    )


# Built once: on a page that many open, to build it takes longer than to execute it.
_STANDING_CHOICES = select(Ballots.choices).where(
    Ballots.poll == bindparam("of"),
    Ballots.voter == bindparam("by"),
    Ballots.replaced_at.is_(None),
)


async def _own_ballot(
    connection: AsyncConnection, page: ProposalPage, viewer: Viewer
) -> OwnBallot | None:
    poll = page.poll
    if poll is None:
        return None
    if page.head.home is None:
        own = {"of": poll.id, "by": viewer.id}
        choices = (await connection.execute(_STANDING_CHOICES, own)).scalar_one_or_none()
        return None if choices is None else OwnBallot(choices=_names(poll, choices), is_sent=False)
    sent = (
        await connection.execute(
            select(SentBallots.choices, SentBallots.answer, SentBallots.reason).where(
                SentBallots.poll == poll.id, SentBallots.voter == viewer.id
            )
        )
    ).first()
    names = () if sent is None else _names(poll, sent.choices)
    # None can be read whose method became unknown; one without a choice was taken back.
    if sent is None or (sent.choices and not names):
        return None
    return OwnBallot(choices=names, is_sent=True, answer=sent.answer, reason=sent.reason)


async def _own_note(
    connection: AsyncConnection, page: ProposalPage, viewer: Viewer
) -> OwnNote | None:
    if page.head.home is None or page.author != viewer.id:
        return None
    source = select(Proposals.source).where(Proposals.id == page.id).scalar_subquery()
    note = (
        await connection.execute(
            select(Proposals.id, Proposals.title, Proposals.html, Proposals.edited_at).where(
                Proposals.id == source, in_state(Proposals, PostState.SENT)
            )
        )
    ).first()
    if note is None:
        return None
    is_later = note.edited_at is not None and note.edited_at >= page.published_at
    said, shown = ((one.title, plain_text(one.html)) for one in (note, page))
    return OwnNote(id=note.id, waits=is_later and said != shown)


def _names(poll: ShownPoll, choices: str) -> tuple[str, ...]:
    options = tuple(option.name for option in poll.options)
    return poll.method.names(read_choice(choices), options)
