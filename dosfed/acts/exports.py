"""Exporting: what is public of the consultations here, in the format that imports read."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Row, select
from sqlalchemy.ext.asyncio import AsyncConnection

from dosfed.acts.pseudonyms import Pseudonyms
from dosfed.deliberation.consultations.phases import load_phases_of
from dosfed.deliberation.consultations.tables import Consultations, Organisers
from dosfed.deliberation.debate.tables import Arguments
from dosfed.deliberation.exchange.format import ERASE_AFTER_DAYS, FORMAT
from dosfed.deliberation.meetings.kept import Meeting, load_meetings
from dosfed.deliberation.posts.visible import READABLE
from dosfed.deliberation.proposals.clauses import clauses_of
from dosfed.deliberation.proposals.tables import Proposals, ProposalTags, ProposalVersions
from dosfed.deliberation.votes.methods.known import CONFIDENTIAL
from dosfed.deliberation.votes.methods.model import Method
from dosfed.deliberation.votes.polls import OWN_COLUMNS, read_method
from dosfed.deliberation.votes.tables import Polls, Tallies

Document = dict[str, Any]
AnyRow = Row[*tuple[Any, ...]]


class UnknownConsultation(LookupError):
    """No consultation of this instance has that name."""


async def export_document(connection: AsyncConnection, name: str | None = None) -> Document:
    """Return all consultations of this instance, or the one with a name, as an import file.

    Never accounts, keys, followers or ballots. A poll that has closed brings its result.
    Raises `UnknownConsultation`.
    """
    statement = (
        select(Consultations, Organisers.name.label("organiser_name"))
        .join(Organisers, Organisers.id == Consultations.organiser)
        .where(Consultations.home.is_(None))
        .order_by(Consultations.address)
        .with_only_columns(*Consultations.__table__.c, Organisers.name.label("organiser_name"))
    )
    if name is not None:
        statement = statement.where(Consultations.address == name)
    rows: Sequence[AnyRow] = (await connection.execute(statement)).all()
    if name is not None and not rows:
        raise UnknownConsultation(f"no consultation here is called {name!a}")
    titles = dict((await connection.execute(select(Organisers.id, Organisers.title))).all())
    document: Document = {"dosfed": FORMAT}
    has_one = len({row.organiser for row in rows}) == 1
    if has_one:
        document["organiser"] = _organiser(rows[0], titles)
    document["consultations"] = [
        {
            **({} if has_one else {"organiser": _organiser(row, titles)}),
            **await _consultation(connection, row, titles),
        }
        for row in rows
    ]
    return document


def _organiser(row: AnyRow, titles: Mapping[str, str]) -> Document:
    return {"name": row.organiser_name, "title": titles[row.organiser]}


async def _consultation(
    connection: AsyncConnection, row: AnyRow, titles: Mapping[str, str]
) -> Document:
    return _said(
        {
            "name": row.address,
            "title": row.title,
            "summary": row.summary,
            "language": row.language,
            "opens": _moment(row.opens),
            "closes": _moment(row.closes),
            "phases": await _phases(connection, row.id),
            "eligible": None if row.eligible == "anyone" else row.eligible,
            "instances": row.instances,
            "needs_facilitator": None if row.needs_facilitator else False,
            "erase_after_days": (
                None if row.erase_after_days == ERASE_AFTER_DAYS else row.erase_after_days
            ),
            "licence": row.licence,
            "reasons": row.reasons,
            "documents": row.documents,
            "meetings": [_meeting(one) for one in await load_meetings(connection, row.id)],
            "proposals": await _proposals(
                connection, row, Pseudonyms(public={**titles, row.id: row.title})
            ),
        }
    )


def _meeting(meeting: Meeting) -> Document:
    return _said(
        {
            "title": meeting.title,
            "place": meeting.place,
            "url": meeting.url,
            "summary": meeting.summary,
            "starts": _moment(meeting.starts),
            "ends": _moment(meeting.ends),
            "cancelled": True if meeting.cancelled_at is not None else None,
        }
    )


async def _phases(connection: AsyncConnection, consultation: str) -> list[Document]:
    return [
        _said(
            {
                "kind": phase.kind.value,
                "opens": _moment(phase.opens),
                "closes": _moment(phase.closes),
                "title": phase.title,
                "text": phase.text,
            }
        )
        for phase in await load_phases_of(connection, consultation)
    ]


async def _proposals(
    connection: AsyncConnection, consultation: AnyRow, names: Pseudonyms
) -> list[Document]:
    polls = await _polls(connection, consultation.id)
    arguments = await _arguments(connection, consultation.id)
    versions = await _versions(connection, consultation.id)
    tags = await _tags(connection, consultation.id)
    rows = await connection.execute(
        select(
            Proposals.id,
            Proposals.ref,
            Proposals.title,
            Proposals.text,
            Proposals.html,
            Proposals.language,
            Proposals.author,
            Proposals.author_name,
            Proposals.published_at,
            Proposals.clauses,
            Proposals.group_name,
            Proposals.group_size,
        )
        .where(
            Proposals.consultation == consultation.id,
            READABLE.of(Proposals),
        )
        .order_by(Proposals.position)
    )
    published = rows.all()
    names.meet((row.author, row.author_name) for row in published)
    names.meet((row.author, row.author_name) for rows in arguments.values() for row in rows)
    return [
        _said(
            {
                "ref": row.ref or row.id.rpartition("/")[2],
                **_words(row, names),
                "language": None if row.language == consultation.language else row.language,
                "by": names.of(row.author, row.author_name),
                "published": _moment(row.published_at),
                "tags": tags.get(row.id, []),
                "group": _group(row),
                "versions": [
                    version | _numbered(row, version, names) for version in versions.get(row.id, [])
                ],
                "poll": _poll(polls[row.id], row.language) if row.id in polls else None,
                "arguments": [*_thread(row.id, arguments.get(row.id, []), names)],
            }
        )
        for row in published
    ]


def _words(row: AnyRow, names: Pseudonyms) -> Document:
    """Return what a proposal says, its clauses under the names that arguments use."""
    said = {"title": row.title, "text": row.text}
    words = _numbered(row, said, names)
    clauses = row.clauses
    if clauses is None and words["text"] != row.text:
        # Other words give other names: those of today are written down.
        clauses = [clause.anchor for clause in clauses_of(row.html, None)]
    return {**words, "clauses": clauses}


def _numbered(proposal: AnyRow, said: Document, names: Pseudonyms) -> Document:
    """Return words of a proposal with people numbered; an organiser's own are left as they are."""
    if proposal.author is None or proposal.author in names.public:
        return said
    wordy = {key: said[key] for key in ("title", "text", "note") if key in said}
    return {key: names.in_text(words) for key, words in wordy.items()}


async def _versions(connection: AsyncConnection, consultation: str) -> dict[str, list[Document]]:
    rows = await connection.execute(
        select(*ProposalVersions.__table__.c)
        .join(Proposals, Proposals.id == ProposalVersions.proposal)
        .where(Proposals.consultation == consultation)
        .order_by(ProposalVersions.number)
    )
    found: dict[str, list[Document]] = defaultdict(list)
    for row in rows:
        version = {
            "title": row.title,
            "text": row.text,
            "note": row.note,
            "by": row.replaced_by,
            "replaced": _moment(row.replaced_at),
            "clauses": row.clauses,
        }
        found[row.proposal].append(_said(version))
    return found


async def _tags(connection: AsyncConnection, consultation: str) -> dict[str, list[str]]:
    rows = await connection.execute(
        select(ProposalTags.proposal, ProposalTags.tag)
        .join(Proposals, Proposals.id == ProposalTags.proposal)
        .where(Proposals.consultation == consultation)
        .order_by(ProposalTags.tag)
    )
    found: dict[str, list[str]] = defaultdict(list)
    for proposal, tag in rows:
        found[proposal].append(tag)
    return found


def _group(row: AnyRow) -> Document | None:
    return None if row.group_name is None else {"name": row.group_name, "size": row.group_size}


async def _polls(connection: AsyncConnection, consultation: str) -> dict[str, AnyRow]:
    rows = await connection.execute(
        select(
            Polls.id,
            Polls.proposal,
            *OWN_COLUMNS,
            Polls.imported_from,
            Tallies.counts,
            Tallies.voters,
            Tallies.origins,
        )
        .join(Proposals, Proposals.id == Polls.proposal)
        .outerjoin(Tallies, Tallies.poll == Polls.id)
        .where(Proposals.consultation == consultation)
    )
    return {row.proposal: row for row in rows}


def _poll(row: AnyRow, language: str) -> Document:
    method = read_method(row)
    is_usual = tuple(row.options) == method.own_options(language)
    return _said(
        {
            "method": method.word,
            **method.terms,
            "options": None if is_usual else row.options,
            "opens": _moment(row.opens),
            "closes": _moment(row.closes),
            "counts": "hidden" if row.hides_counts else "shown",
            "secrecy": CONFIDENTIAL,
            "counts_from": row.counts_from,
            "result": None if row.closed_at is None else _result(row, method),
        }
    )


def _result(row: AnyRow, method: Method) -> Document:
    """Return the final tally as it was published; without counts where none were."""
    result = None if row.counts is None else method.result(tuple(row.counts))
    return _said(
        {
            "from": row.imported_from or row.id,
            "closed": _moment(row.closed_at),
            "ballots": list(result.ballots) if result else None,
            "details": result.details if result else None,
            "voters": row.voters if result else None,
            "origins": row.origins if result else None,
        }
    )


async def _arguments(connection: AsyncConnection, consultation: str) -> dict[str, list[AnyRow]]:
    rows = await connection.execute(
        select(
            Arguments.id,
            Arguments.about.label("proposal"),
            Arguments.in_reply_to,
            Arguments.author,
            Arguments.author_name,
            Arguments.stance,
            Arguments.text,
            Arguments.html,
            Arguments.language,
            Arguments.published_at,
            READABLE.of(Arguments).label("is_readable"),
            Arguments.clause,
            Arguments.sources,
            Arguments.group_name,
            Arguments.group_size,
        )
        .join(Proposals, Proposals.id == Arguments.about)
        .where(Proposals.consultation == consultation)
    )
    found: dict[str, list[AnyRow]] = defaultdict(list)
    for row in rows:
        found[row.proposal].append(row)
    return found


def _thread(proposal: str, rows: Sequence[AnyRow], names: Pseudonyms) -> Iterator[Document]:
    """Yield arguments, each before its replies; those of a deleted or hidden one move up."""
    replies: dict[str, list[AnyRow]] = defaultdict(list)
    known = {row.id for row in rows}
    # Ids are random: only the words order what was published at one moment.
    for row in sorted(rows, key=lambda row: (row.published_at, row.html, row.id)):
        replies[row.in_reply_to if row.in_reply_to in known else proposal].append(row)
    # By a list of our own, since a thread may be deeper than Python lets functions call each other.
    number = 0
    waiting = [(row, "") for row in reversed(replies[proposal])]
    while waiting:
        row, parent = waiting.pop()
        if row.is_readable:
            number += 1
            yield _argument(row, f"a{number}", parent, names)
            parent = f"a{number}"
        waiting += [(reply, parent) for reply in reversed(replies[row.id])]


def _argument(row: AnyRow, ref: str, parent: str, names: Pseudonyms) -> Document:
    return _said(
        {
            "ref": ref,
            "in_reply_to": parent,
            "stance": row.stance,
            "text": names.in_text(row.text),
            "html": None if row.text else names.in_html(row.html),
            "language": row.language,
            "by": names.of(row.author, row.author_name),
            "published": _moment(row.published_at),
            "clause": row.clause,
            "sources": row.sources,
            "group": _group(row),
        }
    )


def _said(values: Document) -> Document:
    """Leave out what says nothing."""
    return {key: value for key, value in values.items() if value not in (None, "", [])}


def _moment(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat().removesuffix("+00:00") + "Z"
