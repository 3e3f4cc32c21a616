"""What moderators work on: reports, what is hidden, and the record of it."""

from collections import Counter, defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    Row,
    func,
    insert,
    literal,
    or_,
    select,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from dosfed.deliberation.debate.tables import ArgumentPosts, Arguments
from dosfed.deliberation.moderation.model import Hide, HideReason
from dosfed.deliberation.moderation.tables import Reports
from dosfed.deliberation.posts import moderation_log
from dosfed.deliberation.posts.model import PostState
from dosfed.deliberation.posts.tables import Posts
from dosfed.deliberation.posts.visible import READABLE, WITH_A_PAGE, in_state, was_hidden
from dosfed.deliberation.proposals.hidings import read_hidings, with_hiding
from dosfed.deliberation.proposals.tables import ProposalPosts, Proposals
from dosfed.deliberation.search.tables import SearchPending

UPHELD = "upheld"
DISMISSED = "dismissed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reported:
    """Something that a report names, as far as it is known here."""

    uri: str
    proposal: str | None  # on whose page it is; none where there is no page
    title: str
    html: str
    language: str | None
    author: str | None
    author_name: str | None
    is_argument: bool
    is_hidden: bool
    is_deleted: bool
    consultation: str | None = None  # none where it is nothing that is known here

    @property
    def can_be_hidden(self) -> str | None:
        """What a moderator can hide or show again: the argument, or the published proposal."""
        return self.uri if self.is_argument else self.proposal


@dataclass(frozen=True, slots=True, kw_only=True)
class Hidden:
    """How much was hidden for one reason."""

    arguments: int = 0
    proposals: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """What moderators did, counted: nobody's words, nobody's name."""

    hidden: dict[str, Hidden]  # by code
    reports: int
    upheld: int
    dismissed: int
    refused_proposals: int

    @property
    def waiting(self) -> int:
        """How many reports nobody has answered yet."""
        return self.reports - self.upheld - self.dismissed


async def visible_among(connection: AsyncConnection, uris: Collection[str]) -> list[str]:
    """Return the arguments and proposals among these, or made of these, that can be read."""
    rows = await connection.execute(
        select(Arguments.id)
        .where(Arguments.id.in_(uris), READABLE.of(Arguments))
        .union_all(
            select(Proposals.id).where(
                or_(Proposals.id.in_(uris), Proposals.source.in_(uris)),
                READABLE.of(Proposals),
            )
        )
    )
    return list(rows.scalars())


async def hide_argument(
    connection: AsyncConnection, command: Hide, became: PostState, at: datetime
) -> None:
    """Hide an argument with its reason, or show it again."""
    await connection.execute(
        update(ArgumentPosts)
        .where(ArgumentPosts.id == command.id)
        .values(state=became.value, **_moderated(command, at))
    )


async def hide_proposal(
    connection: AsyncConnection, command: Hide, became: PostState, at: datetime
) -> None:
    """Hide a published proposal with its reason, or show it again.

    So is the Note of a citizen of ours that it was made from, if its home is elsewhere. What is
    argued about it is found no more, or again.
    """
    kept = await connection.execute(select(Proposals.hidings).where(Proposals.id == command.id))
    before = read_hidings(kept.scalar_one_or_none())
    values = {
        **_moderated(command, at),
        "hidings": with_hiding(before, is_hidden=command.is_hidden, at=at),
    }
    await connection.execute(
        update(ProposalPosts)
        .where(ProposalPosts.id == command.id)
        .values(state=became.value, **values)
    )
    source = select(Proposals.source).where(Proposals.id == command.id).scalar_subquery()
    await connection.execute(
        update(ProposalPosts)
        .where(ProposalPosts.id == source, in_state(ProposalPosts, PostState.SENT))
        .values(values)
    )
    argued = select(literal("argument"), Arguments.id).where(Arguments.about == command.id)
    await connection.execute(insert(SearchPending).from_select(["kind", "object"], argued))


def _moderated(command: Hide, at: datetime) -> dict[str, Any]:
    """Return what is kept of a moderator's act."""
    if not command.is_hidden:
        return {**dict.fromkeys(("hidden_at", "hidden_reason", "hidden_code")), "moderated_at": at}
    return {
        # Hidden again, for another reason, it is hidden since the first time.
        "hidden_at": func.coalesce(Posts.hidden_at, literal(at, Posts.hidden_at.type)),
        "hidden_reason": command.reason.strip(),
        "hidden_code": None if command.code is None else command.code.value,
        "moderated_at": at,
    }


async def load_reported(connection: AsyncConnection, uris: Collection[str]) -> dict[str, Reported]:
    """Return what there is to read of things that somebody reported, where it is known here."""
    found = await _reported_arguments(connection, uris)
    has_page = WITH_A_PAGE.of(Proposals)
    rows = await connection.execute(
        select(
            Proposals.id,
            Proposals.consultation,
            Proposals.source,
            Proposals.title,
            Proposals.html,
            Proposals.language,
            Proposals.author,
            Proposals.author_name,
            in_state(Proposals, PostState.HIDDEN).label("is_hidden"),
            in_state(Proposals, PostState.DELETED).label("is_deleted"),
            has_page.label("has_page"),
        )
        .where(or_(Proposals.id.in_(uris), Proposals.source.in_(uris)))
        # Of a Note of ours and the proposal that its home made of it, the latter counts.
        .order_by(has_page)
    )
    for row in rows:
        uri = row.id if row.id in uris else row.source
        proposal = row.id if row.has_page else None
        found[uri] = _reported(row, uri, proposal=proposal, is_argument=False)
    return found


async def _reported_arguments(
    connection: AsyncConnection, uris: Collection[str]
) -> dict[str, Reported]:
    rows = await connection.execute(
        select(
            Arguments.id,
            Arguments.consultation,
            Arguments.html,
            Arguments.language,
            Arguments.author,
            Arguments.author_name,
            was_hidden(Arguments).label("is_hidden"),
            in_state(Arguments, PostState.DELETED).label("is_deleted"),
            Proposals.id.label("proposal"),
            Proposals.title,
        )
        .join(Proposals, Proposals.id == Arguments.about)
        .where(Arguments.id.in_(uris))
    )
    return {row.id: _reported(row, row.id, proposal=row.proposal, is_argument=True) for row in rows}


def _reported(
    row: Row[*tuple[Any, ...]], uri: str, *, proposal: str | None, is_argument: bool
) -> Reported:
    return Reported(
        uri=uri,
        proposal=proposal,
        title=row.title,
        html=row.html,
        language=row.language,
        author=None if row.is_deleted else row.author,
        author_name=row.author_name,
        is_argument=is_argument,
        is_hidden=row.is_hidden,
        is_deleted=row.is_deleted,
        consultation=row.consultation,
    )


async def load_record(connection: AsyncConnection) -> Record:
    """Return what moderators did, counted (rule 5.8)."""
    answers = await connection.execute(
        select(Reports.answer, func.count()).group_by(Reports.answer)
    )
    by_answer = {answer or "": number for answer, number in answers}
    return Record(
        hidden=await _count_hidden(connection),
        reports=sum(by_answer.values()),
        upheld=by_answer.get(UPHELD, 0),
        dismissed=by_answer.get(DISMISSED, 0),
        refused_proposals=await moderation_log.count_refused(connection),
    )


async def _count_hidden(connection: AsyncConnection) -> dict[str, Hidden]:
    """Return how much was hidden, by code."""
    found: dict[str, Counter[str]] = defaultdict(Counter)
    for hidden in await moderation_log.count_hidden(connection):
        found[hidden.code or HideReason.OTHER.value][hidden.kind] += hidden.number
    return {
        code: Hidden(arguments=numbers["argument"], proposals=numbers["proposal"])
        for code, numbers in found.items()
    }
