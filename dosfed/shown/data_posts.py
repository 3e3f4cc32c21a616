"""The rows of open data that people wrote: proposals, their versions and co-signers, arguments."""

from collections.abc import AsyncIterator, Sequence
from typing import Any

from sqlalchemy import Row, case, func, select, tuple_
from sqlalchemy.orm import aliased

from dosfed import texts
from dosfed.deliberation.debate.tables import ArgumentPosts, Arguments, Weights
from dosfed.deliberation.posts.visible import READABLE, listed
from dosfed.deliberation.proposals.tables import CoSigners, Proposals, ProposalVersions
from dosfed.deliberation.proposals.tags import load_tags
from dosfed.shown.data_sets import Source

# Texts have up to 20,000 characters: a part of so many takes some megabytes at the worst.
PART = 250
FEW = 20  # proposals whose versions or co-signers are asked for at once
Cells = tuple[Any, ...]
AnyRow = Row[*tuple[Any, ...]]


async def proposal_parts(source: Source, part: int, *columns: Any) -> AsyncIterator[list[AnyRow]]:
    """Yield the readable proposals in their order, each with `id` and `position` at least."""
    last = -1
    while True:
        rows = await source.connection.execute(
            select(Proposals.id, Proposals.position, *columns)
            .where(
                Proposals.consultation == source.data.id,
                READABLE.of(Proposals),
                Proposals.position > last,
            )
            .order_by(Proposals.position)
            .limit(part)
        )
        found = list(rows.all())
        if not found:
            return
        yield found
        last = found[-1].position


async def proposals(source: Source) -> AsyncIterator[list[Cells]]:
    """Yield proposals as they stand."""
    signed = select(func.count()).where(CoSigners.proposal == Proposals.id).scalar_subquery()
    argued = (
        select(func.count())
        .where(Arguments.about == Proposals.id, READABLE.of(Arguments))
        .scalar_subquery()
    )
    parts = proposal_parts(
        source,
        PART,
        Proposals.title,
        Proposals.text,
        Proposals.language,
        Proposals.author,
        Proposals.author_name,
        Proposals.group_name,
        Proposals.group_size,
        Proposals.version,
        Proposals.published_at,
        Proposals.edited_at,
        signed.label("signed"),
        argued.label("argued"),
    )
    async for rows in parts:
        tags = await load_tags(source.connection, [row.id for row in rows])
        yield [
            (
                row.id,
                row.position,
                _said(source, row, row.title),
                _said(source, row, row.text),
                row.language,
                source.names.of(row.author, row.author_name),
                row.group_name,
                row.group_size,
                "; ".join(tags.get(row.id, ())),
                row.version,
                row.published_at,
                row.edited_at,
                row.signed,
                row.argued,
                source.data.licence_word,
            )
            for row in rows
        ]


def _said(source: Source, proposal: AnyRow, words: str) -> str | None:
    """Return words of a proposal without names; an organiser's own are left as they are."""
    if proposal.author is None or proposal.author in source.names.public:
        return words
    return source.names.in_text(words)


async def versions(source: Source) -> AsyncIterator[list[Cells]]:
    """Yield the texts that proposals had before, each with why it was replaced."""
    async for few in proposal_parts(source, FEW, Proposals.author):
        by_id = {row.id: row for row in few}
        last = (-1, -1)
        while True:
            rows = await source.connection.execute(
                select(
                    Proposals.position,
                    ProposalVersions.proposal,
                    ProposalVersions.number,
                    ProposalVersions.title,
                    ProposalVersions.text,
                    ProposalVersions.note,
                    ProposalVersions.replaced_by,
                    ProposalVersions.replaced_at,
                )
                .join(Proposals, Proposals.id == ProposalVersions.proposal)
                .where(
                    ProposalVersions.proposal.in_(by_id),
                    tuple_(Proposals.position, ProposalVersions.number) > last,
                )
                .order_by(Proposals.position, ProposalVersions.number)
                .limit(PART)
            )
            found = rows.all()
            if not found:
                break
            yield [
                (
                    row.proposal,
                    row.number,
                    _said(source, by_id[row.proposal], row.title),
                    _said(source, by_id[row.proposal], row.text),
                    _said(source, by_id[row.proposal], row.note),
                    row.replaced_by,
                    row.replaced_at,
                    source.data.licence_word,
                )
                for row in found
            ]
            last = (found[-1].position, found[-1].number)


async def co_signers(source: Source) -> AsyncIterator[list[Cells]]:
    """Yield who put their name to which proposal, by pseudonym like everybody."""
    async for few in proposal_parts(source, FEW):
        last: tuple[Any, ...] = ()
        while True:
            order = (Proposals.position, CoSigners.signed_at, CoSigners.actor)
            statement = (
                select(*order, CoSigners.proposal, CoSigners.name)
                .join(Proposals, Proposals.id == CoSigners.proposal)
                .where(CoSigners.proposal.in_([row.id for row in few]))
                .order_by(*order)
                .limit(PART)
            )
            if last:
                statement = statement.where(tuple_(*order) > last)
            found = (await source.connection.execute(statement)).all()
            if not found:
                break
            yield [
                (
                    row.proposal,
                    source.names.of(row.actor, row.name),
                    row.signed_at,
                    source.data.licence_word,
                )
                for row in found
            ]
            last = (found[-1].position, found[-1].signed_at, found[-1].actor)


async def arguments(source: Source) -> AsyncIterator[list[Cells]]:
    """Yield arguments, by proposal, in the order in which they came."""
    async for rows in _argument_parts(source):
        yield [_argument(source, row) for row in rows]


async def _argument_parts(source: Source) -> AsyncIterator[Sequence[AnyRow]]:
    """Yield readable arguments: those of several proposals at once, or some of a long debate."""
    number = select(func.count()).where(Arguments.about == Proposals.id).scalar_subquery()
    several: list[str] = []
    room = PART
    async for few in proposal_parts(source, PART, number.label("number")):
        for row in few:
            if row.number > room and several:
                yield await _load_arguments(source, several)
                several, room = [], PART
            if row.number > PART:
                async for part in _long_debate(source, row.id):
                    yield part
            elif row.number:
                several.append(row.id)
                room -= row.number
    if several:
        yield await _load_arguments(source, several)


async def _long_debate(source: Source, proposal: str) -> AsyncIterator[Sequence[AnyRow]]:
    last: tuple[Any, ...] = ()
    while found := await _load_arguments(source, [proposal], after=last):
        yield found
        last = (found[-1].published_at, found[-1].id)


async def _load_arguments(
    source: Source, about: Sequence[str], *, after: tuple[Any, ...] = ()
) -> Sequence[AnyRow]:
    parent = aliased(ArgumentPosts)
    weighed = [
        select(func.count())
        .where(Weights.object == Arguments.id, Weights.weight == weight)
        .scalar_subquery()
        for weight in (1, -1)
    ]
    statement = (
        select(
            Arguments.id,
            Arguments.about,
            case((READABLE.of(parent), parent.id)).label("parent"),
            Arguments.stance,
            Arguments.text,
            Arguments.html,
            Arguments.language,
            Arguments.author,
            Arguments.author_name,
            Arguments.clause,
            Arguments.sources,
            Arguments.group_name,
            Arguments.group_size,
            Arguments.published_at,
            Arguments.edited_at,
            weighed[0].label("strong"),
            weighed[1].label("weak"),
        )
        .join(Proposals, Proposals.id == Arguments.about)
        .outerjoin(parent, parent.id == Arguments.in_reply_to)
        .where(Arguments.about.in_(about), listed())
        .limit(PART)
    )
    order = (Arguments.published_at, Arguments.id)
    statement = statement.order_by(*((Proposals.position, *order) if len(about) > 1 else order))
    if after:
        # The first condition is there for the index, which knows nothing of pairs.
        statement = statement.where(Arguments.published_at >= after[0], tuple_(*order) > after)
    return (await source.connection.execute(statement)).all()


def _argument(source: Source, row: AnyRow) -> Cells:
    names = source.names
    # What was written elsewhere is kept as HTML; in a table its words alone are of use.
    words = names.in_text(row.text) if row.text else texts.plain_text(names.in_html(row.html))
    return (
        f"a-{names.digest(row.id)}",
        row.about,
        f"a-{names.digest(row.parent)}" if row.parent else None,
        row.stance,
        words,
        row.language,
        names.of(row.author, row.author_name),
        row.clause,
        " ".join(row.sources or ()),
        row.group_name,
        row.group_size,
        row.published_at,
        row.edited_at,
        row.strong,
        row.weak,
        source.data.licence_word,
    )
