"""What somebody wrote here, as they find it themselves."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import BindParameter, Select, bindparam, case, func, null, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from dosfed import texts
from dosfed.deliberation.consultations.tables import Consultations
from dosfed.deliberation.debate.model import Stance
from dosfed.deliberation.debate.tables import Arguments
from dosfed.deliberation.posts.model import PostState
from dosfed.deliberation.posts.tables import Posts
from dosfed.deliberation.posts.visible import READABLE, WITH_A_PAGE, written
from dosfed.deliberation.proposals.drafts import DraftLine, load_drafts
from dosfed.deliberation.proposals.tables import Proposals
from dosfed.storage.paging import count_pages

PAGE_LENGTH = 20
SAID_LENGTH = 240


@dataclass(frozen=True, slots=True, kw_only=True)
class Writing:
    """A proposal or an argument in its author's list.

    `title` is that of its proposal, for an argument, or nothing where that is not shown; `stance`
    is an argument's alone; `reason`: why it was turned down, or hidden.
    """

    id: str
    proposal: str
    title: str
    language: str | None
    said: str
    state: PostState
    stance: Stance | None
    reason: str | None
    at: datetime
    edited_at: datetime | None
    address: str
    home: str | None
    consultation: str  # its title
    consultation_language: str

    @property
    def is_argument(self) -> bool:
        """Whether it is one, or else a proposal."""
        return self.stance is not None

    @property
    def has_page(self) -> bool:
        """Whether it has a page of its own, or else is shown to its author on another."""
        return self.state in {PostState.PUBLISHED, PostState.HIDDEN}


@dataclass(frozen=True, slots=True, kw_only=True)
class WritingsPage:
    """Everything templates/accounts/writings.html may use; drafts are on its first page."""

    drafts: Sequence[DraftLine]
    writings: tuple[Writing, ...]
    total: int
    page: int
    pages: int


async def load_writings(connection: AsyncConnection, author: str, *, page: int) -> WritingsPage:
    """Return a page of what somebody wrote, the newest first: for them alone.

    It takes one statement to count, one for the order, one per kind, and one for drafts.
    """
    proposals = select(Proposals.id).where(Proposals.author == author, written())
    arguments = select(Arguments.id).where(Arguments.author == author, WITH_A_PAGE.of(Arguments))
    mine = or_(Posts.id.in_(proposals), Posts.id.in_(arguments))
    condition = (Posts.author == author) & mine
    count = select(func.count()).select_from(Posts).where(condition)
    total = (await connection.execute(count)).scalar_one()
    ordered = (
        select(Posts.id, Posts.kind)
        .where(condition)
        .order_by(Posts.received_at.desc(), Posts.id)
        .limit(PAGE_LENGTH)
        .offset(min((page - 1) * PAGE_LENGTH, total))
    )
    ids = [(row.id, row.kind) for row in await connection.execute(ordered)]
    return WritingsPage(
        drafts=await load_drafts(connection, author) if page == 1 else (),
        writings=await _load(connection, ids),
        total=total,
        page=page,
        pages=count_pages(total, PAGE_LENGTH),
    )


async def _load(connection: AsyncConnection, ids: Sequence[tuple[str, str]]) -> tuple[Writing, ...]:
    found: dict[str, Writing] = {}
    for kind, statement in _STATEMENTS.items():
        wanted = [id_ for id_, of in ids if of == kind]
        if not wanted:
            continue
        for row in await connection.execute(statement, {"ids": wanted}):
            state = PostState(row.state)
            found[row.id] = Writing(
                id=row.id,
                proposal=row.proposal,
                title=row.title or "",
                language=row.language,
                said=texts.lead(row.html, SAID_LENGTH),
                state=state,
                stance=None if kind == "proposal" else Stance(row.stance),
                reason=row.hidden_reason if state is PostState.HIDDEN else row.reason,
                at=row.received_at,
                edited_at=row.edited_at,
                address=row.address,
                home=row.home,
                consultation=row.consultation,
                consultation_language=row.consultation_language,
            )
    return tuple(found[id_] for id_, _ in ids if id_ in found)


# Built once: that costs more than asking them.
_IDS: BindParameter[Sequence[str]] = bindparam("ids", expanding=True)
_AROUND = (
    Consultations.address,
    Consultations.home,
    Consultations.title.label("consultation"),
    Consultations.language.label("consultation_language"),
)
_PROPOSALS = (
    select(
        Proposals.id,
        Proposals.id.label("proposal"),
        Proposals.title,
        Proposals.language,
        Proposals.html,
        Proposals.state,
        Proposals.reason,
        Proposals.hidden_reason,
        Proposals.received_at,
        Proposals.edited_at,
        *_AROUND,
    )
    .join(Consultations, Consultations.id == Proposals.consultation)
    .where(Proposals.id.in_(_IDS))
)
_ARGUMENTS = (
    select(
        Arguments.id,
        Arguments.about.label("proposal"),
        case((READABLE.of(Proposals), Proposals.title), else_="").label("title"),
        Arguments.language,
        Arguments.html,
        Arguments.state,
        null().label("reason"),
        Arguments.stance,
        Arguments.hidden_reason,
        Arguments.received_at,
        Arguments.edited_at,
        *_AROUND,
    )
    .join(Proposals, Proposals.id == Arguments.about)
    .join(Consultations, Consultations.id == Proposals.consultation)
    .where(Arguments.id.in_(_IDS))
)
_STATEMENTS: Mapping[str, Select[*tuple[Any, ...]]] = {
    "proposal": _PROPOSALS,
    "argument": _ARGUMENTS,
}
