"""The team is told what waits for it: reports, proposals, and new texts (rule 8.9).

Each of the team keeps one unseen notice of reports, and one of each consultation in which
something waits, however much it is. A notice goes once nothing is left to do, whoever did it. A
mail follows a notice, and then none for some hours: a flood of reports must not become one of
mails, and what waits is counted when the mail is written.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Select, and_, case, exists, func, or_, select, update
from sqlalchemy import delete as deleting
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.orm import InstrumentedAttribute

from dosfed.accounts.notices import Notice, NoticeKind, put_notices
from dosfed.accounts.tables import Accounts, Notices
from dosfed.acts.deciders import deciders
from dosfed.deliberation.consultations.tables import Consultations
from dosfed.deliberation.model import Role
from dosfed.deliberation.moderation.contests import Decision
from dosfed.deliberation.moderation.reports import GROUP, WAITS
from dosfed.deliberation.posts.tables import Posts
from dosfed.deliberation.posts.visible import to_decide
from dosfed.deliberation.proposals import new_texts
from dosfed.deliberation.proposals.tables import NewTexts, Proposals
from dosfed.deliberation.team.kept import read_roles, roles_of
from dosfed.deliberation.team.rules import higher, may_facilitate, may_moderate
from dosfed.deliberation.team.tables import ConsultationTeam, Users

# What all reports are called together, where a notice names what it is about.
REPORTS = "reports"
TOLD = (NoticeKind.REPORTED.value, NoticeKind.WAITING.value)
QUIET = timedelta(hours=3)
_MODERATORS = tuple(role.value for role in Role if may_moderate(role))
_FACILITATORS = tuple(role.value for role in Role if may_facilitate(role))


async def proposal_waits(connection: AsyncConnection, proposal: str, *, at: datetime) -> None:
    """Tell facilitators that a proposal, or its new text, waits to be read."""
    named = (
        await connection.execute(
            select(Consultations.id, Consultations.title, Consultations.language, Proposals.author)
            .join(Proposals, Proposals.consultation == Consultations.id)
            .where(Proposals.id == proposal)
        )
    ).one()
    await put_notices(
        connection,
        [
            Notice(
                user=user,
                kind=NoticeKind.WAITING,
                object=named.id,
                title=named.title,
                language=named.language,
            )
            for user in await _team(connection, _FACILITATORS, named.id)
            if user != named.author
        ],
        at=at,
    )


async def reported(connection: AsyncConnection, *, by: str, at: datetime) -> None:
    """Tell moderators that somebody reported something; not who did."""
    found = [
        Notice(user=user, kind=NoticeKind.REPORTED, object=REPORTS, title="", language=None)
        for user in await _team(connection, _MODERATORS)
        if user != by
    ]
    await put_notices(connection, found, at=at)


async def contested(connection: AsyncConnection, decision: Decision, *, at: datetime) -> None:
    """Tell who decides on a contest; who decided first only where nobody else may."""
    named = (
        await connection.execute(
            select(Consultations.title, Consultations.language, Posts.author)
            .join(Posts, Posts.consultation == Consultations.id)
            .where(Posts.id == decision.post)
        )
    ).one()
    team = await deciders(connection, decision) - {named.author or ""}
    team = team - {decision.by or ""} or team
    found = [
        Notice(
            user=user,
            kind=NoticeKind.CONTESTED,
            object=decision.post,
            title=named.title,
            language=named.language,
        )
        for user in sorted(team)
    ]
    await put_notices(connection, found, at=at)


async def contest_over(connection: AsyncConnection, post: str) -> None:
    """Let go of what nobody has seen of a contest that was answered."""
    await connection.execute(
        deleting(Notices).where(
            Notices.kind == NoticeKind.CONTESTED.value,
            Notices.object == post,
            Notices.seen_at.is_(None),
        )
    )


async def _team(
    connection: AsyncConnection, roles: Sequence[str], consultation: str = ""
) -> Sequence[str]:
    """Return who has one of these roles, everywhere or in this consultation."""
    here = select(ConsultationTeam.user).where(
        ConsultationTeam.consultation == consultation, ConsultationTeam.role.in_(roles)
    )
    rows = await connection.execute(
        select(Users.id).where(Users.role.in_(roles) | Users.id.in_(here)).order_by(Users.id)
    )
    return rows.scalars().all()


def _is_done() -> ColumnElement[bool]:
    """Return the condition under which nothing waits that a notice is about."""
    proposals = exists().where(Proposals.consultation == Notices.object, to_decide())
    texts = (
        exists()
        .where(Proposals.consultation == Notices.object)
        .where(NewTexts.proposal == Proposals.id)
        .where(NewTexts.state == new_texts.NewTextState.WAITING.value)
    )
    nothing = or_(
        and_(Notices.kind == NoticeKind.WAITING.value, ~proposals, ~texts),
        and_(Notices.kind == NoticeKind.REPORTED.value, ~exists().where(WAITS)),
    )
    return and_(Notices.kind.in_(TOLD), Notices.seen_at.is_(None), nothing)


async def is_any_done(connection: AsyncConnection) -> bool:
    """Whether somebody has still to see a notice of what waits no longer."""
    rows = await connection.execute(select(Notices.id).where(_is_done()).limit(1))
    return rows.first() is not None


async def drop_done(connection: AsyncConnection) -> None:
    """Let go of notices that nobody has seen of what waits no longer."""
    await connection.execute(deleting(Notices).where(_is_done()))


def work_of(
    role: InstrumentedAttribute[str], user: InstrumentedAttribute[str]
) -> ColumnElement[int]:
    """Return how much waits for somebody in a role, and in their consultations: what the menu says.

    Whoever has a role for single consultations finds what waits by these, never by all.
    """
    reports = select(func.count(GROUP.distinct())).where(WAITS).scalar_subquery()
    theirs = _proposals(user).scalar_subquery() + _texts(user).scalar_subquery()
    return case(
        (
            role.in_(_FACILITATORS),
            reports + _proposals().scalar_subquery() + _texts().scalar_subquery(),
        ),
        (role.in_(_MODERATORS), reports + theirs),
        else_=theirs,
    )


def reported_to(role: InstrumentedAttribute[str]) -> ColumnElement[int]:
    """Return how many reports of these wait, for somebody in a role."""
    reports = select(func.count(GROUP.distinct())).where(WAITS).scalar_subquery()
    return case((role.in_(_MODERATORS), reports), else_=0)


def _proposals(of: InstrumentedAttribute[str] | None = None) -> Select[int]:
    counted = (
        select(func.count(Proposals.id))
        .select_from(Consultations)
        .join(Proposals, Proposals.consultation == Consultations.id)
        .where(to_decide(), Consultations.home.is_(None))
    )
    return counted if of is None else _facilitated_by(counted, of)


def _texts(of: InstrumentedAttribute[str] | None = None) -> Select[int]:
    counted = (
        select(func.count(NewTexts.proposal))
        .join(Proposals, Proposals.id == NewTexts.proposal)
        .join(Consultations, Consultations.id == Proposals.consultation)
        .where(new_texts.waiting())
    )
    return counted if of is None else _facilitated_by(counted, of)


def _facilitated_by(counted: Select[int], user: InstrumentedAttribute[str]) -> Select[int]:
    return counted.join(ConsultationTeam, ConsultationTeam.consultation == Consultations.id).where(
        ConsultationTeam.user == user, ConsultationTeam.role.in_(_FACILITATORS)
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitingIn:
    """A consultation in which proposals, or new texts, wait for a facilitator."""

    id: str
    address: str
    title: str
    language: str
    number: int


async def load_waiting_in(connection: AsyncConnection) -> list[WaitingIn]:
    """Return where something waits for a facilitator, and how much."""
    proposals = (
        select(func.count(Proposals.id))
        .where(Proposals.consultation == Consultations.id, to_decide())
        .scalar_subquery()
    )
    texts = (
        select(func.count(NewTexts.proposal))
        .join(Proposals, Proposals.id == NewTexts.proposal)
        .where(Proposals.consultation == Consultations.id, new_texts.waiting())
        .scalar_subquery()
    )
    rows = await connection.execute(
        select(
            Consultations.id,
            Consultations.address,
            Consultations.title,
            Consultations.language,
            (proposals + texts).label("number"),
        )
        .where(Consultations.home.is_(None))
        .order_by(Consultations.address)
    )
    return [WaitingIn(**row) for row in rows.mappings() if row["number"]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """One of the team who is due to be written that something waits."""

    user: str
    email: str
    language: str
    unsubscribe: str
    told_at: datetime | None
    role: Role
    roles: Mapping[str, Role]  # in consultations

    @property
    def is_moderator(self) -> bool:
        """Whether they answer reports."""
        return may_moderate(self.role)

    def reads(self, consultation: str) -> bool:
        """Whether they decide on what waits in a consultation."""
        return may_facilitate(higher(self.role, self.roles.get(consultation)))


def _is_due(now: datetime) -> ColumnElement[bool]:
    news = exists().where(
        Notices.user == Accounts.user,
        Notices.kind.in_(TOLD),
        Notices.seen_at.is_(None),
        or_(Accounts.team_told_at.is_(None), Notices.at > Accounts.team_told_at),
    )
    is_quiet = or_(Accounts.team_told_at.is_(None), Accounts.team_told_at <= now - QUIET)
    reached = and_(Accounts.email.is_not(None), Accounts.suspended_at.is_(None))
    on_a_team = exists().where(ConsultationTeam.user == Users.id)
    is_team = Users.role.in_(_MODERATORS) | on_a_team
    return and_(reached, Accounts.team_mails, is_quiet, is_team, news)


async def load_due(connection: AsyncConnection, *, now: datetime, most: int) -> list[Member]:
    """Return those of the team who have an address, want mails, and do not know it yet."""
    rows = await connection.execute(
        select(
            Accounts.user,
            Accounts.email,
            Accounts.language,
            Accounts.unsubscribe,
            Accounts.team_told_at,
            Users.role,
            roles_of(Users.id).label("roles"),
        )
        .join(Users, Users.id == Accounts.user)
        .where(_is_due(now))
        .order_by(Accounts.user)
        .limit(most)
    )
    return [
        Member(
            user=row.user,
            email=row.email or "",
            language=row.language,
            unsubscribe=row.unsubscribe,
            told_at=row.team_told_at,
            role=Role(row.role),
            roles=dict(read_roles(row.roles)),
        )
        for row in rows
    ]


async def mark_told(connection: AsyncConnection, member: Member, *, at: datetime) -> bool:
    """Note that somebody is written to; false where another worker was quicker."""
    before = Accounts.team_told_at.is_not_distinct_from(member.told_at)
    marked = await connection.execute(
        update(Accounts).where(Accounts.user == member.user, before).values(team_told_at=at)
    )
    return marked.rowcount > 0


async def stop_team_mails(connection: AsyncConnection, token: str) -> bool:
    """End the mails of the team that a link belongs to; false where it belongs to none."""
    stopped = await connection.execute(
        update(Accounts).where(Accounts.unsubscribe == token).values(team_mails=False)
    )
    return stopped.rowcount > 0


async def want_team_mails(connection: AsyncConnection, user: str, *, wanted: bool) -> None:
    """Keep whether somebody wants to be written that something waits for the team."""
    await connection.execute(
        update(Accounts).where(Accounts.user == user).values(team_mails=wanted)
    )
