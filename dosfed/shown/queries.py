"""What pages are made of: each value holds everything that its template may use."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import bindparam, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from dosfed.deliberation.consultations.tables import Consultations, Organisers
from dosfed.deliberation.debate.tables import Arguments, Weights
from dosfed.deliberation.model import Role
from dosfed.deliberation.proposals.tables import Proposals
from dosfed.deliberation.team.rules import may_facilitate, may_moderate, may_operate, may_organise
from dosfed.deliberation.team.tables import Users
from dosfed.deliberation.votes.tables import Ballots, SentBallots
from dosfed.deliberation.votes.tally import read_choices
from dosfed.shown.arguments import load_own_weights
from dosfed.shown.consultations import (
    ConsultationCard,
    ConsultationHead,
    load_cards,
    load_phases,
    read_head,
    select_heads,
)
from dosfed.shown.debates import Debate
from dosfed.shown.polls import ShownPoll, read_shown_poll
from dosfed.shown.proposals import select_proposals


@dataclass(frozen=True, slots=True, kw_only=True)
class Viewer:
    """Somebody who is signed in; `id` is their actor's, here or on the server of their `host`."""

    id: str
    name: str
    host: str
    role: Role

    @property
    def handle(self) -> str:
        """The address under which they are known everywhere: @ana@delib.example."""
        return f"@{self.name}@{self.host}"

    @property
    def is_moderator(self) -> bool:
        """Whether they answer reports."""
        return may_moderate(self.role)

    @property
    def is_facilitator(self) -> bool:
        """Whether they decide on proposals that wait."""
        return may_facilitate(self.role)

    @property
    def is_organiser(self) -> bool:
        """Whether they change what consultations say of themselves."""
        return may_organise(self.role)

    @property
    def is_operator(self) -> bool:
        """Whether they change the instance itself."""
        return may_operate(self.role)


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """For whom a page is made, when, and which one of several."""

    viewer: Viewer | None
    now: datetime
    page: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnBallot:
    """What the viewer chose; `answer` is what another home made of it, none while unknown."""

    choices: tuple[str, ...]
    is_sent: bool
    answer: str | None = None
    reason: str | None = None


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
    published_at: datetime
    edited_at: datetime | None
    likes: int
    poll: ShownPoll | None
    debate: Debate
    weights: Mapping[str, int]  # what the viewer finds strong (1) or weak (-1) of the debate
    own_ballot: OwnBallot | None


@dataclass(frozen=True, slots=True, kw_only=True)
class OrganiserPage:
    """Everything templates/organisers/show.html may use."""

    id: str
    name: str
    title: str
    consultations: tuple[ConsultationCard, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CitizenPage:
    """Everything templates/citizens/show.html may use."""

    id: str
    name: str
    since: datetime
    arguments: int
    proposals: int


async def load_head(
    connection: AsyncConnection, address: str, *, now: datetime
) -> ConsultationHead | None:
    """Return a consultation as it is named, without its phases."""
    row = (await connection.execute(select_heads().where(Consultations.address == address))).first()
    return None if row is None else read_head(row, {}, now=now)


async def load_proposal(
    connection: AsyncConnection, proposal: str, debate: Debate, *, now: datetime
) -> ProposalPage | None:
    """Return a published proposal beside a page of its debate, as a stranger sees it."""
    likes = (
        select(func.count())
        .where(Weights.object == Proposals.id, Weights.weight > 0)
        .scalar_subquery()
    )
    row = (
        await connection.execute(
            select_proposals(
                Proposals.consultation,
                Proposals.title,
                Proposals.html,
                Proposals.language,
                Proposals.author,
                Proposals.author_name,
                Proposals.published_at,
                Proposals.edited_at,
                likes.label("likes"),
            ).where(Proposals.id == proposal, Proposals.state == "published")
        )
    ).first()
    if row is None:
        return None
    return ProposalPage(
        head=await head_of(connection, row.consultation, now),
        id=row.id,
        title=row.title,
        html=row.html,
        language=row.language,
        author=row.author,
        author_name=row.author_name,
        published_at=row.published_at or now,
        edited_at=row.edited_at,
        likes=row.likes,
        poll=read_shown_poll(row, now=now),
        debate=debate,
        weights={},
        own_ballot=None,
    )


async def add_own_acts(
    connection: AsyncConnection, page: ProposalPage, viewer: Viewer
) -> ProposalPage:
    """Return a proposal's page with what its viewer weighed, and the ballot that they cast."""
    return replace(
        page,
        weights=await load_own_weights(connection, viewer.id, page.id),
        own_ballot=await _own_ballot(connection, page, viewer),
    )


async def load_organiser(
    connection: AsyncConnection, organiser: str, view: View
) -> OrganiserPage | None:
    """Return an organiser with its consultations."""
    row = (
        await connection.execute(
            select(Organisers.id, Organisers.name, Organisers.title).where(
                Organisers.id == organiser
            )
        )
    ).first()
    if row is None:
        return None
    cards = await load_cards(connection, now=view.now, organiser=organiser)
    return OrganiserPage(id=row.id, name=row.name, title=row.title, consultations=cards)


async def load_citizen(connection: AsyncConnection, citizen: str) -> CitizenPage | None:
    """Return what is public of a person with an account here: never a ballot."""
    arguments = select(func.count()).where(
        Arguments.author == citizen, Arguments.deleted_at.is_(None)
    )
    proposals = select(func.count()).where(
        Proposals.author == citizen, Proposals.state == "published"
    )
    row = (
        await connection.execute(
            select(
                Users.id,
                Users.name,
                Users.created_at,
                arguments.scalar_subquery().label("arguments"),
                proposals.scalar_subquery().label("proposals"),
            ).where(Users.id == citizen)
        )
    ).first()
    if row is None:
        return None
    return CitizenPage(
        id=row.id,
        name=row.name,
        since=row.created_at,
        arguments=row.arguments,
        proposals=row.proposals,
    )


async def head_of(
    connection: AsyncConnection, consultation: str, now: datetime
) -> ConsultationHead:
    """Return a consultation as it is named, with its phases."""
    row = (await connection.execute(select_heads().where(Consultations.id == consultation))).one()
    return read_head(row, await load_phases(connection, consultation), now=now)


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
    if sent is None:
        return None
    return OwnBallot(
        choices=_names(poll, sent.choices), is_sent=True, answer=sent.answer, reason=sent.reason
    )


def _names(poll: ShownPoll, choices: str) -> tuple[str, ...]:
    return tuple(poll.options[position].name for position in read_choices(choices))
