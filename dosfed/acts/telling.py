"""Who is told of what: a notice for each whom an act concerns (docs/rules.md, section 8)."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import CompoundSelect, case, literal, select
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.orm import aliased

from dosfed.accounts.notices import (
    Notice,
    NoticeKind,
    forget_objects,
    forget_person,
    put_notices,
    retitle,
)
from dosfed.accounts.subscriptions import forget_subscriptions, subscribers_of
from dosfed.accounts.tables import FediverseAccounts, Subscriptions
from dosfed.activitypub.blocks import blocked_among
from dosfed.acts.facts import ContestDecided, ProposalRevised
from dosfed.deliberation.consultations.mirrors import MirroredProposal
from dosfed.deliberation.consultations.tables import Consultations
from dosfed.deliberation.debate.tables import ArgumentPosts, Arguments
from dosfed.deliberation.moderation.tables import Reports
from dosfed.deliberation.posts.model import PostState
from dosfed.deliberation.posts.visible import WITH_A_PAGE, in_state
from dosfed.deliberation.proposals.kept import ProposalRecord
from dosfed.deliberation.proposals.tables import CoSigners, Proposals
from dosfed.deliberation.team.tables import Users

# A hidden proposal is called by the name of its consultation.
_IS_HIDDEN = in_state(Proposals, PostState.HIDDEN)
_TITLE = case((_IS_HIDDEN, Consultations.title), else_=Proposals.title).label("title")
_LANGUAGE = case((_IS_HIDDEN, Consultations.language), else_=Proposals.language).label("language")


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """A proposal as notices name it."""

    id: str
    consultation: str
    title: str
    language: str
    author: str | None
    is_hidden: bool = False

    def notices(
        self,
        kind: NoticeKind,
        users: Iterable[str],
        *,
        by: str | None = None,
        by_name: str | None = None,
    ) -> list[Notice]:
        """Return a notice about it for each user."""
        return [
            Notice(
                user=user,
                kind=kind,
                object=self.id,
                title=self.title,
                language=self.language,
                by=by,
                by_name=by_name,
            )
            for user in sorted(users)
        ]


async def arguments_posted(
    connection: AsyncConnection, ids: Collection[str], *, at: datetime
) -> None:
    """Tell whose argument was answered, and whose proposal was argued about."""
    if not ids:
        return
    parent = aliased(ArgumentPosts)
    rows = await connection.execute(
        select(
            Arguments.id,
            Arguments.author,
            Arguments.author_name,
            _TITLE,
            _LANGUAGE,
            Proposals.author.label("proposer"),
            parent.author.label("answered"),
        )
        .join(Proposals, Proposals.id == Arguments.about)
        .join(Consultations, Consultations.id == Proposals.consultation)
        .outerjoin(parent, parent.id == Arguments.in_reply_to)
        .where(Arguments.id.in_(ids))
    )
    found = []
    for row in rows:
        # Deep in a thread the proposal's author is not called at every word.
        kind = NoticeKind.ANSWERED if row.answered else NoticeKind.ARGUED
        user = row.answered or row.proposer
        if user is None or user == row.author:
            continue
        found.append(
            Notice(
                user=user,
                kind=kind,
                object=row.id,
                title=row.title,
                language=row.language,
                by=row.author,
                by_name=row.author_name,
            )
        )
    await _tell(connection, found, at=at)


async def proposal_published(
    connection: AsyncConnection, about: Named, *, has_waited: bool, at: datetime
) -> None:
    """Tell who follows a consultation that there is something new to read in it.

    If the proposal has waited for a facilitator, its author is told too (rule 8.2).
    """
    author = about.author or ""
    following = select(Subscriptions.user).where(Subscriptions.target == about.consultation)
    known = await _seeing(connection, following.union_all(select(literal(author))))
    kind, target = NoticeKind.PROPOSED, about.consultation
    found = await _about_consultation(connection, target, kind, known - {author})
    if has_waited:
        found += about.notices(NoticeKind.PUBLISHED, known & {author})
    await put_notices(connection, found, at=at)


async def proposal_refused(connection: AsyncConnection, about: Named, *, at: datetime) -> None:
    """Tell the author of a proposal that a facilitator turned it down (rule 8.2)."""
    if about.author is not None:
        await _tell(connection, about.notices(NoticeKind.REFUSED, [about.author]), at=at)


async def proposal_revised(connection: AsyncConnection, fact: ProposalRevised) -> None:
    """Tell who stands behind a proposal, or follows it, that its text is another.

    Anyone who stood behind the former text alone is asked again (rule 3.32), and an author whose
    text had to be read is told that it is published. Nobody is told because they voted: a notice
    must not show that somebody did (rule 8.3).
    """
    about = await find(connection, fact.id)
    if about is None:
        return
    signers = await connection.execute(select(CoSigners.actor).where(CoSigners.proposal == fact.id))
    users = {*signers.scalars(), *await subscribers_of(connection, fact.id)}
    if about.author is not None:
        users.add(about.author)
    again = {*fact.asked_again} - {fact.by}
    found = about.notices(NoticeKind.REVISED, users - {fact.by, fact.let_by} - again)
    # By the name under which they signed it: the new one may say the opposite.
    found += replace(about, title=fact.former).notices(NoticeKind.SIGN_AGAIN, again)
    if fact.let_by is not None:
        found += about.notices(NoticeKind.TEXT_TAKEN, {fact.by} - {fact.let_by})
    await _tell(connection, found, at=fact.at)


async def tell_author(
    connection: AsyncConnection, record: ProposalRecord, kind: NoticeKind, *, at: datetime
) -> bool:
    """Tell the author of a proposal what became of it; return whether a notice reaches them."""
    if record.author is None or not await reachable(connection, [record.author]):
        return False
    await _tell(connection, named(record).notices(kind, [record.author]), at=at)
    return True


async def proposal_signed(
    connection: AsyncConnection, proposal: str, *, by: str, by_name: str, at: datetime
) -> None:
    """Tell the author of a proposal who stands behind it as well."""
    about = await find(connection, proposal)
    if about is None or about.author in {None, by}:
        return
    found = about.notices(NoticeKind.SIGNED, [about.author or ""], by=by, by_name=by_name)
    await _tell(connection, found, at=at)


async def meeting_planned(
    connection: AsyncConnection, consultation: str, *, by: str, at: datetime
) -> None:
    """Tell who follows a consultation that it will meet, or that a meeting has changed."""
    followers = await subscribers_of(connection, consultation)
    followers.discard(by)
    kind = NoticeKind.MEETING
    await _tell(
        connection, await _about_consultation(connection, consultation, kind, followers), at=at
    )


async def note_published(
    connection: AsyncConnection, consultation: str, *, by: str, at: datetime
) -> None:
    """Tell who follows a consultation that its organiser says something, or says it otherwise."""
    followers = await subscribers_of(connection, consultation)
    followers.discard(by)
    found = await _about_consultation(connection, consultation, NoticeKind.NOTE, followers)
    await _tell(connection, found, at=at)


async def consultation_changed(
    connection: AsyncConnection, consultation: str, *, by: str, at: datetime
) -> None:
    """Tell who follows a consultation that its team changed something (rule 10.8)."""
    followers = await subscribers_of(connection, consultation)
    followers.discard(by)
    kind = NoticeKind.CHANGED
    await _tell(
        connection, await _about_consultation(connection, consultation, kind, followers), at=at
    )


async def report_answered(
    connection: AsyncConnection, report: int, *, is_upheld: bool, at: datetime
) -> None:
    """Tell who reported something what a moderator made of it."""
    row = (
        await connection.execute(
            select(Reports.reporter, Reports.objects).where(Reports.id == report)
        )
    ).one_or_none()
    if row is None:
        return
    kind = NoticeKind.UPHELD if is_upheld else NoticeKind.DISMISSED
    found = await _about(connection, row.objects, kind, user=row.reporter)
    for uri in row.objects:
        about = await find(connection, uri)
        found += about.notices(kind, [row.reporter]) if about else []
    await _tell(connection, found, at=at)


async def arguments_hidden(
    connection: AsyncConnection, ids: Collection[str], *, at: datetime
) -> None:
    """Tell authors that a moderator hid their argument; the reason is shown in its place.

    Whoever was told of it before is told no longer by whom it was.
    """
    await forget_objects(connection, ids)
    await _tell(connection, await _about(connection, ids, NoticeKind.HIDDEN, user=None), at=at)


async def proposal_hidden(
    connection: AsyncConnection, proposal: str, *, was_hidden: bool, at: datetime
) -> None:
    """Tell its author that a proposal was hidden; the reason is shown in its place.

    What others were told of it goes; of what is argued about it they read its title no more,
    until it is shown again.
    """
    about = await find(connection, proposal)
    if about is None:
        return
    argued = select(Arguments.id).where(Arguments.about == proposal)
    await retitle(connection, argued, about.title, about.language)
    if about.is_hidden and not was_hidden:
        await forget_objects(connection, [proposal])
        authors = [] if about.author is None else [about.author]
        await _tell(connection, about.notices(NoticeKind.PROPOSAL_HIDDEN, authors), at=at)


async def contest_decided(connection: AsyncConnection, fact: ContestDecided) -> None:
    """Tell an author what came of their contest; it is read where they made it."""
    kind = NoticeKind.CONTEST_LIFTED if fact.is_lifted else NoticeKind.CONTEST_UPHELD
    if fact.is_argument:
        await _tell(connection, await _about(connection, [fact.id], kind, user=None), at=fact.at)
        return
    about = await find(connection, fact.id)
    if about is not None and about.author is not None:
        await _tell(connection, about.notices(kind, [about.author]), at=fact.at)


async def objects_gone(connection: AsyncConnection, ids: Collection[str]) -> None:
    """Let go of what was told of things that are not there any more (rule 8.1)."""
    await forget_objects(connection, ids)


async def person_gone(connection: AsyncConnection, actor: str) -> None:
    """Let go of all that somebody was told, or followed, and of what others were told of them."""
    await forget_person(connection, actor)
    await forget_subscriptions(connection, actor)


async def reachable(connection: AsyncConnection, actors: Collection[str]) -> set[str]:
    """Return those who can see a notice: people with an account here, or who signed in here."""
    return await _seeing(connection, actors) if actors else set()


async def _seeing(
    connection: AsyncConnection, actors: Collection[str] | CompoundSelect[str]
) -> set[str]:
    rows = await connection.execute(
        select(Users.id)
        .where(Users.id.in_(actors))
        .union(
            select(FediverseAccounts.actor).where(
                FediverseAccounts.actor.in_(actors), FediverseAccounts.suspended_at.is_(None)
            )
        )
    )
    return set(rows.scalars())


def named(record: ProposalRecord | MirroredProposal) -> Named:
    """Return a public proposal as notices name it."""
    return Named(
        id=record.id,
        consultation=record.consultation,
        title=record.title,
        language=record.language,
        author=record.author,
    )


async def find(connection: AsyncConnection, proposal: str) -> Named | None:
    """Return a proposal as notices name it: a hidden one by its consultation."""
    rows = await connection.execute(
        select(
            Proposals.id,
            Proposals.consultation,
            _TITLE,
            _LANGUAGE,
            Proposals.author,
            _IS_HIDDEN.label("is_hidden"),
        )
        .join(Consultations, Consultations.id == Proposals.consultation)
        .where(Proposals.id == proposal)
    )
    row = rows.mappings().one_or_none()
    return None if row is None else Named(**row)


async def _about_consultation(
    connection: AsyncConnection, consultation: str, kind: NoticeKind, users: Collection[str]
) -> list[Notice]:
    if not users:
        return []
    row = (
        await connection.execute(
            select(Consultations.title, Consultations.language).where(
                Consultations.id == consultation
            )
        )
    ).one()
    return [
        Notice(user=user, kind=kind, object=consultation, title=row.title, language=row.language)
        for user in sorted(users)
    ]


async def _about(
    connection: AsyncConnection, ids: Collection[str], kind: NoticeKind, *, user: str | None
) -> list[Notice]:
    """Return notices about arguments, for one user or else for the author of each."""
    rows = await connection.execute(
        select(Arguments.id, Arguments.author, _TITLE, _LANGUAGE)
        .join(Proposals, Proposals.id == Arguments.about)
        .join(Consultations, Consultations.id == Proposals.consultation)
        .where(Arguments.id.in_(ids), WITH_A_PAGE.of(Arguments))
    )
    return [
        Notice(
            user=user or row.author,
            kind=kind,
            object=row.id,
            title=row.title,
            language=row.language,
        )
        for row in rows
    ]


async def _tell(connection: AsyncConnection, found: list[Notice], *, at: datetime) -> None:
    """Keep the notices that reach somebody, and are not of people it has blocked (rule 8.1)."""
    known = await reachable(connection, {notice.user for notice in found})
    reaching = [notice for notice in found if notice.user in known]
    doers = {notice.by for notice in reaching if notice.by}
    blocked = await blocked_among(connection, doers) if doers else set()
    await put_notices(connection, [one for one in reaching if one.by not in blocked], at=at)
