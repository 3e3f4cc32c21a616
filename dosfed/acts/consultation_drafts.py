"""Consultations in the making: begun, saved, shown by a secret link, published, or thrown away.

What is published passes through the import, in one transaction with the end of the draft; so a
draft can hold exactly what the format knows, and is checked by the same reader.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from dosfed.accounts.tokens import digest, new_token
from dosfed.activitypub.actors import RESERVED
from dosfed.activitypub.tables import Actors
from dosfed.activitypub.writing import rfc3339
from dosfed.acts.imports import import_document
from dosfed.acts.submission import House
from dosfed.deliberation.consultations import drafts
from dosfed.deliberation.consultations.drafts import Document, Draft
from dosfed.deliberation.consultations.history import Change, record
from dosfed.deliberation.consultations.rules import crossing_dates
from dosfed.deliberation.exchange.format import FORMAT, read_import
from dosfed.deliberation.exchange.given import GivenConsultation
from dosfed.deliberation.exchange.json_fields import BadDocument
from dosfed.deliberation.model import Refusal
from dosfed.deliberation.rules import check_same, check_there
from dosfed.deliberation.team.kept import role_of
from dosfed.deliberation.team.rules import check_organiser
from dosfed.instance import random_token

PUBLISHED = "published"
PARTS = ("proposals", "meetings")


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """What keeps a draft from being published: where it lies in the document, and what it is.

    `path` is that of the format, below the consultation: `opens`, `phases[1].closes`; `refusal`
    says what the format itself does not.
    """

    path: str
    said: str
    refusal: Refusal | None = None


def as_file(document: Document) -> dict[str, Any]:
    """Return the import file that has a draft's consultation alone."""
    return {"dosfed": FORMAT, "consultations": [dict(document)]}


def problems(document: Document, *, now: datetime) -> list[Problem]:
    """Return what keeps a draft from being published, at most one for each of its parts."""
    whole = {name: value for name, value in document.items() if name not in PARTS}
    found = list(_problems_of(whole, "", now))
    if found:
        return found
    for part in PARTS:
        listed = document.get(part) or []
        for number, one in enumerate(listed if isinstance(listed, list) else []):
            found += _problems_of({**whole, part: [one]}, f"{part}[{number}]", now)
    return found or list(_problems_of(document, "", now))


def _problems_of(document: Document, place: str, now: datetime) -> Iterator[Problem]:
    """Yield what is wrong with a document whose only listed part stands at a `place`."""
    part = place.partition("[")[0]
    try:
        given = read_import(as_file(document), now=now).consultations[0]
    except BadDocument as error:
        path, _, reason = str(error).partition(": ")
        inner = path.removeprefix("consultations[0]").removeprefix(".")
        yield Problem(path=inner.replace(f"{part}[0]", place, 1) if part else inner, said=reason)
        return
    for path, refusal in crossing_dates(given.opens, given.closes, _spans(given), now=now):
        inner = path.replace(f"{part}[0]", place, 1) if part else path
        yield Problem(path=inner, said="", refusal=refusal)


def _spans(given: GivenConsultation) -> Mapping[str, tuple[datetime, datetime]]:
    """Return what must lie within a consultation, by its path."""
    phases = {
        f"phases[{number}]": (phase.opens, phase.closes)
        for number, phase in enumerate(given.phases)
    }
    polls = {
        f"proposals[{number}].poll": (proposal.poll.opens, proposal.poll.closes)
        for number, proposal in enumerate(given.proposals)
        if proposal.poll is not None and proposal.poll.result is None
    }
    return {**phases, **polls}


async def name_is_free(connection: AsyncConnection, name: str) -> bool:
    """Whether a consultation can have this handle: it is reserved for nothing, and nobody's."""
    taken = await connection.scalar(select(Actors.id).where(Actors.handle == name).limit(1))
    return taken is None and name not in RESERVED


async def begin(connection: AsyncConnection, document: Document, *, by: str, at: datetime) -> str:
    """Keep a new draft and return its id, or raise `Refused` (rule 11.1)."""
    check_organiser(await role_of(connection, by))
    draft = random_token()
    await drafts.insert_draft(connection, draft, document, by=by, at=at)
    return draft


async def save(
    connection: AsyncConnection, draft: Draft, document: Document, *, by: str, at: datetime
) -> None:
    """Save a draft as its author saw it last, or raise `Refused` (rule 11.1)."""
    check_organiser(await role_of(connection, by))
    saved = await drafts.update_draft(connection, draft.id, document, edition=draft.edition, at=at)
    check_same(is_same=saved)


async def discard(connection: AsyncConnection, draft: str, *, by: str) -> None:
    """Throw a draft away, or raise `Refused`; twice is no error."""
    check_organiser(await role_of(connection, by))
    await drafts.take_draft(connection, draft)


async def offer_preview(connection: AsyncConnection, draft: str, *, by: str) -> str:
    """Return the token of a new preview link; the one before leads nowhere from now on."""
    check_organiser(await role_of(connection, by))
    check_there(await drafts.load_draft(connection, draft))
    token = new_token()
    await drafts.set_preview(connection, draft, digest(token))
    return token


async def revoke_preview(connection: AsyncConnection, draft: str, *, by: str) -> None:
    """Let no link lead to a draft any more."""
    check_organiser(await role_of(connection, by))
    await drafts.set_preview(connection, draft, None)


def opening(document: Document, *, now: datetime) -> datetime:
    """Return when the consultation of a draft opens that has no problems."""
    return max(read_import(as_file(document), now=now).consultations[0].opens, now)


async def publish(
    connection: AsyncConnection, draft: Draft, house: House, *, by: str, at: datetime
) -> str:
    """Make a consultation of a draft, which ends with it; return its name.

    Raises `Refused` where somebody may not, or has saved it meanwhile, and `BadDocument` for
    what is wrong with it (rule 11.1). One that was to open before now opens now.
    """
    role = await role_of(connection, by)
    check_organiser(role)
    taken = check_there(await drafts.take_draft(connection, draft.id))
    check_same(is_same=taken.edition == draft.edition)
    document = dict(draft.document)
    for problem in problems(document, now=at):
        raise BadDocument(problem.path, problem.said or str(problem.refusal))
    [given] = read_import(as_file(document), now=at).consultations
    if given.opens < at:
        document["opens"] = rfc3339(at)
    await import_document(connection, as_file(document), house, at=at)
    line = Change(what=PUBLISHED, at=at, role=role, by=by)
    await record(connection, house.instance.consultation(given.name), line)
    return given.name
