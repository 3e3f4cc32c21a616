"""What the pages around a proposal are made of: its details, its versions, its co-signers."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, bindparam, exists, func, select
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.orm import InstrumentedAttribute

from dosfed import texts
from dosfed.accounts.tables import Subscriptions
from dosfed.deliberation.consultations.tables import Consultations
from dosfed.deliberation.debate.ordering import Reading
from dosfed.deliberation.model import Group
from dosfed.deliberation.posts.kept import read_group
from dosfed.deliberation.posts.model import PostState
from dosfed.deliberation.posts.visible import READABLE, WITH_A_PAGE, in_state
from dosfed.deliberation.proposals.clauses import Clause, clauses_of
from dosfed.deliberation.proposals.co_signers import (
    PAGE_LENGTH,
    count_signers,
    load_signers,
)
from dosfed.deliberation.proposals.kept import ProposalRecord, load_made_of, load_proposal
from dosfed.deliberation.proposals.new_texts import NewText, NewTextState, load_new_text
from dosfed.deliberation.proposals.tables import CoSigners, NewTexts, Proposals, ProposalTags
from dosfed.deliberation.proposals.tags import load_tags
from dosfed.deliberation.proposals.versions import (
    Change,
    Version,
    change_of,
    is_frozen,
    load_versions,
)
from dosfed.shown.called import load_names_beside
from dosfed.shown.consultations import ConsultationHead, load_whole_head
from dosfed.shown.debates import load_debate
from dosfed.shown.proposals import ProposalPage, add_own_acts, read_page, select_page
from dosfed.shown.viewers import View, Viewer
from dosfed.storage.paging import count_pages

NAMES = 20  # of co-signers on the proposal's own page
KNOWN_TAGS = 50
PASSAGE = 140  # of a clause, in characters


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownSigner:
    """A co-signer, by the handle and a name beside it, if there is one."""

    id: str
    name: str
    called: str
    signed_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Details:
    """What a proposal's page says beside its words, its vote and its debate."""

    version: int
    clauses: tuple[Clause, ...]
    group: Group | None
    tags: tuple[str, ...]
    signers: Sequence[ShownSigner]  # the first of them
    signer_count: int
    has_signed: bool  # the viewer

    def passage(self, anchor: str | None) -> str:
        """Return the beginning of a clause, as it is quoted where it is argued about."""
        found = (clause for clause in self.clauses if clause.anchor == anchor)
        clause = next(found, None) if anchor else None
        return "" if clause is None else texts.excerpt(texts.said_openly(clause.html), PASSAGE)


@dataclass(frozen=True, slots=True, kw_only=True)
class SharedProposal:
    """What everybody sees alike of a proposal's page; `follows`: its viewer hears its news.

    `new_text` is how far that has come which its author would have it say, for the author, and
    for a facilitator while it waits.
    """

    page: ProposalPage
    details: Details
    follows: bool
    new_text: NewTextState | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedProposal:
    """Everything templates/proposals/report.html may use."""

    head: ConsultationHead
    id: str
    title: str
    language: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HiddenPage:
    """Everything templates/proposals/hidden.html may use.

    `is_own`: its viewer proposed it, and alone reads `title` and `html` (rule 3.21).
    """

    head: ConsultationHead
    id: str
    reason: str
    hidden_at: datetime
    language: str
    is_own: bool
    title: str
    html: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WritingPage:
    """Everything templates/proposals/write.html may use."""

    head: ConsultationHead
    known_tags: tuple[str, ...]  # those that others use most


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangePage:
    """Everything the pages may use that change a proposal or take it back.

    `new_text` is what its author, who looks at it, would have it say already; `is_read_first`:
    so is what they write now. `asks_again` are those whose names a new text would not keep. Of a
    Note by which a citizen here proposed something elsewhere, `made` is what its home made of it.
    """

    head: ConsultationHead
    proposal: ProposalRecord
    new_text: NewText | None
    is_frozen: bool
    is_published: bool
    is_hidden: bool
    is_author: bool
    is_read_first: bool
    asks_again: int
    made: ProposalRecord | None


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionsPage:
    """Everything the pages of a proposal's versions may use; `change` is of one of them."""

    head: ConsultationHead
    id: str
    language: str
    versions: tuple[Version, ...]
    change: Change | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SignersPage:
    """Everything templates/proposals/co_signers.html may use."""

    head: ConsultationHead
    id: str
    title: str
    language: str
    signers: Sequence[ShownSigner]
    total: int
    page: int
    pages: int


async def load_shared(
    connection: AsyncConnection, proposal: str, reading: Reading, *, now: datetime
) -> SharedProposal | None:
    """Return a published proposal with a page of its debate, as a stranger sees it."""
    debate = await load_debate(connection, proposal, reading, now=now)
    row = (await connection.execute(select_page(proposal, *_DETAILS))).first()
    page = None if row is None else await read_page(connection, row, debate, now=now)
    if row is None or page is None:
        return None
    return SharedProposal(page=page, details=await _read_details(connection, row), follows=False)


async def add_viewer(
    connection: AsyncConnection, shared: SharedProposal, viewer: Viewer
) -> SharedProposal:
    """Return a proposal's page with what it shows to its viewer alone."""
    page = await add_own_acts(connection, shared.page, viewer)
    own = (await connection.execute(_OWN_MARKS, {"of": page.id, "by": viewer.id})).one()
    details = replace(shared.details, has_signed=own.has_signed)
    return SharedProposal(
        page=page, details=details, follows=own.follows, new_text=_new_text(own, page, viewer)
    )


def _new_text(
    own: Row[*tuple[Any, ...]], page: ProposalPage, viewer: Viewer
) -> NewTextState | None:
    state = None if own.new_text is None else NewTextState(own.new_text)
    is_facilitator = viewer.within(page.head.id).is_facilitator
    if page.author == viewer.id or (is_facilitator and state is NewTextState.WAITING):
        return state
    return None


async def load_hidden(connection: AsyncConnection, proposal: str, view: View) -> HiddenPage | None:
    """Return what there is to say of a hidden proposal; none for any other."""
    row = (
        await connection.execute(
            select(
                Proposals.consultation,
                Proposals.author,
                Proposals.hidden_at,
                Proposals.hidden_reason,
                Proposals.language,
                Proposals.title,
                Proposals.html,
            ).where(Proposals.id == proposal, in_state(Proposals, PostState.HIDDEN))
        )
    ).first()
    if row is None:
        return None
    head = await load_whole_head(connection, Consultations.id == row.consultation, now=view.now)
    if head is None:
        return None
    is_own = view.viewer is not None and view.viewer.id == row.author
    return HiddenPage(
        head=head,
        id=proposal,
        reason=row.hidden_reason,
        hidden_at=row.hidden_at,
        language=row.language,
        is_own=is_own,
        title=row.title if is_own else "",
        html=row.html if is_own else "",
    )


def _count(column: InstrumentedAttribute[str]) -> ColumnElement[int]:
    return select(func.count()).where(column == Proposals.id).scalar_subquery()


_DETAILS = (
    Proposals.version,
    Proposals.clauses,
    Proposals.group_name,
    Proposals.group_size,
    _count(ProposalTags.proposal).label("tag_count"),
    _count(CoSigners.proposal).label("signer_count"),
)
# What somebody did about a proposal, beside voting and weighing what is said about it.
_OWN_MARKS = select(
    exists()
    .where(CoSigners.proposal == bindparam("of"), CoSigners.actor == bindparam("by"))
    .label("has_signed"),
    exists()
    .where(Subscriptions.target == bindparam("of"), Subscriptions.user == bindparam("by"))
    .label("follows"),
    select(NewTexts.state)
    .where(NewTexts.proposal == bindparam("of"))
    .scalar_subquery()
    .label("new_text"),
)


async def _read_details(connection: AsyncConnection, row: Row[*tuple[Any, ...]]) -> Details:
    """Return the details of a proposal, as a stranger sees them.

    Without another statement where nobody tagged or signed it.
    """
    tags = await load_tags(connection, [row.id]) if row.tag_count else {}
    count = row.signer_count
    return Details(
        version=row.version,
        clauses=clauses_of(row.html, row.clauses),
        group=read_group(row.group_name, row.group_size),
        tags=tags.get(row.id, ()),
        signers=await _load_signers(connection, row.id, limit=NAMES) if count else (),
        signer_count=count,
        has_signed=False,
    )


async def _load_signers(
    connection: AsyncConnection, proposal: str, *, limit: int, offset: int = 0
) -> tuple[ShownSigner, ...]:
    found = await load_signers(connection, proposal, limit=limit, offset=offset)
    called = await load_names_beside(connection, [(one.id, one.name) for one in found])
    return tuple(
        ShownSigner(
            id=one.id, name=one.name, called=called.get(one.id, ""), signed_at=one.signed_at
        )
        for one in found
    )


async def load_writing(connection: AsyncConnection, address: str, view: View) -> WritingPage | None:
    """Return the page on which somebody writes a proposal for a consultation."""
    head = await load_whole_head(connection, Consultations.address == address, now=view.now)
    if head is None:
        return None
    uses = func.count()
    rows = await connection.execute(
        select(ProposalTags.tag, uses)
        .join(Proposals, Proposals.id == ProposalTags.proposal)
        .where(Proposals.consultation == head.id, READABLE.of(Proposals))
        .group_by(ProposalTags.tag)
        .order_by(uses.desc(), ProposalTags.tag)
        .limit(KNOWN_TAGS)
    )
    return WritingPage(head=head, known_tags=tuple(tag for tag, _ in rows))


async def load_change(
    connection: AsyncConnection, proposal: str, view: View, viewer: Viewer
) -> ChangePage | None:
    """Return a proposal to whoever may change it, or none."""
    record = await load_proposal(connection, proposal)
    if record is None or record.state is PostState.DELETED:
        return None
    is_published = record.state in WITH_A_PAGE.proposals
    is_hidden = record.state is PostState.HIDDEN
    is_author = record.author == viewer.id
    is_facilitator = viewer.within(record.consultation).is_facilitator
    # Of a hidden one there is nothing to change; its author can still take it back.
    if not (is_author or (is_published and not is_hidden and is_facilitator)):
        return None
    if record.home is not None and record.state is not PostState.SENT:
        return None
    head = await load_whole_head(connection, Consultations.id == record.consultation, now=view.now)
    if head is None:
        return None
    is_authors = is_published and is_author
    asks_again = is_authors and not head.consultation.needs_facilitator
    made = await load_made_of(connection, proposal) if record.home is not None else None
    return ChangePage(
        head=head,
        proposal=record,
        new_text=await load_new_text(connection, proposal) if is_authors else None,
        is_frozen=await is_frozen(connection, made or record, at=view.now),
        is_published=is_published,
        is_hidden=is_hidden,
        is_author=is_author,
        is_read_first=is_authors and head.consultation.needs_facilitator,
        asks_again=await count_signers(connection, proposal) if asks_again else 0,
        made=made,
    )


async def load_versions_page(
    connection: AsyncConnection, proposal: str, number: int | None, view: View
) -> VersionsPage | None:
    """Return the versions of a published proposal, with what one of them changed."""
    versions = await load_versions(connection, proposal)
    change = None if number is None else change_of(versions, number)
    if not versions or (number is not None and change is None):
        return None
    named = await load_named(connection, proposal, view)
    if named is None:
        return None
    return VersionsPage(
        head=named.head,
        id=proposal,
        language=named.language,
        versions=versions,
        change=change,
    )


async def load_signers_page(
    connection: AsyncConnection, proposal: str, view: View
) -> SignersPage | None:
    """Return a page of who stands behind a published proposal."""
    named = await load_named(connection, proposal, view)
    if named is None:
        return None
    total = await count_signers(connection, proposal)
    offset = (view.page - 1) * PAGE_LENGTH
    return SignersPage(
        head=named.head,
        id=proposal,
        title=named.title,
        language=named.language,
        signers=await _load_signers(connection, proposal, limit=PAGE_LENGTH, offset=offset),
        total=total,
        page=view.page,
        pages=count_pages(total, PAGE_LENGTH),
    )


async def load_named(
    connection: AsyncConnection, proposal: str, view: View
) -> NamedProposal | None:
    """Return a published proposal by its title, with its consultation."""
    row = (
        await connection.execute(
            select(Proposals.consultation, Proposals.title, Proposals.language).where(
                Proposals.id == proposal, READABLE.of(Proposals)
            )
        )
    ).first()
    if row is None:
        return None
    head = await load_whole_head(connection, Consultations.id == row.consultation, now=view.now)
    if head is None:
        return None
    return NamedProposal(head=head, id=proposal, title=row.title, language=row.language)
