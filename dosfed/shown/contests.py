"""Contests, for the author who makes one, and for the team that answers."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from dosfed.acts.deciders import deciders
from dosfed.deliberation.consultations.tables import Consultations
from dosfed.deliberation.moderation import contests
from dosfed.deliberation.moderation.contests import KeptContest
from dosfed.deliberation.posts.model import PostState
from dosfed.deliberation.posts.tables import Posts
from dosfed.deliberation.posts.visible import in_state
from dosfed.shown.viewers import Viewer

# Columns of proposals, asked of arguments as well: as attributes they would leave these out.
_ALL = Posts.__table__


@dataclass(frozen=True, slots=True, kw_only=True)
class Contestable:
    """Something that was hidden or refused, as its author or the team reads it."""

    id: str
    is_argument: bool
    title: str  # of a proposal
    html: str
    language: str | None
    author: str | None
    author_name: str | None
    reason: str
    consultation: str
    consultation_id: str
    consultation_language: str
    address: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ContestPage:
    """Everything templates/contest.html may use; `contest` is the one that was made."""

    post: Contestable
    contest: KeptContest | None


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenContest:
    """A contest that waits for an answer; `is_own`: whoever reads it decided first."""

    contest: KeptContest
    post: Contestable
    since: datetime
    is_own: bool


async def load_contest_page(
    connection: AsyncConnection, post: str, viewer: Viewer
) -> ContestPage | None:
    """Return what an author can contest, or has contested; nothing to anybody else."""
    found = await _load_posts(connection, [post])
    decision = await contests.load_decision(connection, post)
    if post not in found or found[post].author != viewer.id:
        return None
    if decision is None:
        return None
    contest = await contests.load_contest(connection, decision.id)
    return ContestPage(post=found[post], contest=contest)


async def load_open_contests(connection: AsyncConnection, viewer: Viewer) -> list[OpenContest]:
    """Return the contests that somebody of the team may answer, or sees waiting for another."""
    open_ = await contests.load_open(connection)
    posts = await _load_posts(connection, [one.post for one in open_])
    found = []
    for one in open_:
        post = posts.get(one.post)
        decision = await contests.load_decision(connection, one.post)
        if post is None or decision is None:
            continue
        who = await deciders(connection, decision)
        if viewer.id not in who:
            continue
        first = viewer.id in {decision.by, post.author}
        is_own = first and bool(who - {viewer.id, post.author or ""})
        found.append(OpenContest(contest=one, post=post, since=decision.at, is_own=is_own))
    return found


async def _load_posts(connection: AsyncConnection, posts: Sequence[str]) -> dict[str, Contestable]:
    rows = await connection.execute(
        select(
            Posts.id,
            Posts.kind,
            _ALL.c.title,
            Posts.html,
            Posts.language,
            Posts.author,
            Posts.author_name,
            Posts.hidden_reason,
            _ALL.c.reason,
            Consultations.id.label("consultation_id"),
            Consultations.title.label("consultation"),
            Consultations.language.label("consultation_language"),
            Consultations.address,
        )
        .join(Consultations, Consultations.id == Posts.consultation)
        .where(
            Posts.id.in_(posts),
            in_state(Posts, PostState.HIDDEN, PostState.REFUSED),  # type: ignore[arg-type]
            Consultations.home.is_(None),
        )
    )
    return {
        row.id: Contestable(
            id=row.id,
            is_argument=row.kind == "argument",
            title=row.title or "",
            html=row.html,
            language=row.language,
            author=row.author,
            author_name=row.author_name,
            reason=row.hidden_reason or row.reason or "",
            consultation=row.consultation,
            consultation_id=row.consultation_id,
            consultation_language=row.consultation_language,
            address=row.address,
        )
        for row in rows
    }
