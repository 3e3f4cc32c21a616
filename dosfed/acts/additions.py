"""Importing into a consultation that exists: proposals and polls join it, nothing else changes."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, select
from sqlalchemy.ext.asyncio import AsyncConnection

from dosfed.acts import telling
from dosfed.acts.imports import Made, Place, put_proposals
from dosfed.acts.submission import House
from dosfed.deliberation.consultations.tables import Consultations, Organisers
from dosfed.deliberation.exchange.format import read_additions
from dosfed.deliberation.exchange.given import GivenAdditions, GivenProposal
from dosfed.deliberation.exchange.json_fields import BadDocument
from dosfed.deliberation.exchange.polls import Frame
from dosfed.deliberation.posts.visible import STANDING
from dosfed.deliberation.proposals.tables import Proposals
from dosfed.storage.statements import take_turns


class UnknownConsultation(LookupError):
    """No consultation of that name is at home here."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _There:
    """What a consultation has already: references, and what its proposals say."""

    refs: Collection[str | None]
    words: Collection[tuple[str, str]]


async def import_into(
    connection: AsyncConnection, document: object, name: str, house: House, *, at: datetime
) -> list[Made]:
    """Add the proposals of a parsed import file to a consultation, and make them known.

    Raises `UnknownConsultation` and `BadDocument`; nothing may be committed then.
    """
    consultation = house.instance.consultation(name)
    # The same file given twice at once must not be added twice.
    await take_turns(connection, f"import into {consultation}")
    known = await _load(connection, consultation, name)
    frame = Frame(opens=known.opens, closes=known.closes, language=known.language, now=at)
    given = read_additions(document, frame)
    if known.withdrawn_at is not None:  # rule 10.6
        raise BadDocument(given.path, f"{name} was withdrawn: nothing is added to it")
    _check_names(given, known, name)
    _check_new(given, await _load_there(connection, consultation), at)
    place = Place(
        house=house,
        at=at,
        consultation=consultation,
        organiser=known.organiser,
        organiser_title=known.organiser_title,
    )
    made = await put_proposals(connection, given.proposals, place)
    added = next((one.id for one in made if one.kind == "proposal"), None)
    named = None if added is None else await telling.find(connection, added)
    if named is not None:  # one notice, however many there are
        await telling.proposal_published(connection, named, has_waited=False, at=at)
    return made


async def _load(
    connection: AsyncConnection, consultation: str, name: str
) -> Row[datetime, datetime, datetime | None, str, str, str, str]:
    row = (
        await connection.execute(
            select(
                Consultations.opens,
                Consultations.closes,
                Consultations.withdrawn_at,
                Consultations.language,
                Consultations.organiser,
                Organisers.name.label("organiser_name"),
                Organisers.title.label("organiser_title"),
            )
            .join(Organisers, Organisers.id == Consultations.organiser)
            .where(Consultations.id == consultation, Consultations.home.is_(None))
        )
    ).first()
    if row is None:
        raise UnknownConsultation(f"no consultation {name!a} is at home here")
    return row


def _check_names(given: GivenAdditions, known: Row[*tuple[Any, ...]], name: str) -> None:
    """Raise `BadDocument` for a file that is about another consultation, or another organiser."""
    if given.name not in {None, name}:
        raise BadDocument(f"{given.path}.name", f"is {given.name}, not {name}")
    if given.organiser not in {None, known.organiser_name}:
        reason = f"{name} is run by {known.organiser_name}, not by {given.organiser}"
        raise BadDocument("organiser.name", reason)


async def _load_there(connection: AsyncConnection, consultation: str) -> _There:
    rows = (
        await connection.execute(
            select(Proposals.ref, Proposals.title, Proposals.text).where(
                Proposals.consultation == consultation,
                STANDING.of(Proposals),
            )
        )
    ).all()
    return _There(
        refs=frozenset(row.ref for row in rows),
        words=frozenset((row.title, row.text) for row in rows),
    )


def _check_new(given: GivenAdditions, there: _There, now: datetime) -> None:
    said = set(there.words)
    for place, proposal in enumerate(given.proposals):
        path = f"{given.path}.proposals[{place}]"
        if proposal.ref is not None and proposal.ref in there.refs:
            raise BadDocument(f"{path}.ref", f"{proposal.ref!a} is there already")
        if (proposal.title, proposal.text) in said:
            raise BadDocument(path, "a proposal with these words is there already")
        said.add((proposal.title, proposal.text))
        _check_poll(proposal, f"{path}.poll", now)


def _check_poll(proposal: GivenProposal, path: str, now: datetime) -> None:
    poll = proposal.poll
    if poll is not None and poll.result is None and poll.closes <= now:
        raise BadDocument(f"{path}.closes", "is past; a poll that is over brings its result")
