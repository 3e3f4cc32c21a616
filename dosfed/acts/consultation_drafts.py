"""Consultations in the making: begun, saved, shown by a secret link, published, or thrown away.

What is published passes through the import, in one transaction with the end of the draft; so a
draft can hold exactly what the format knows, and is checked by the same reader.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from dosfed.accounts.handles import propose_handle, romanise
from dosfed.accounts.tokens import digest, new_token
from dosfed.activitypub.actors import RESERVED
from dosfed.activitypub.tables import Actors
from dosfed.activitypub.writing import rfc3339
from dosfed.acts.draft_problems import as_file, organiser_name, problems
from dosfed.acts.imports import import_document
from dosfed.acts.submission import House
from dosfed.deliberation.consultations import drafts
from dosfed.deliberation.consultations.drafts import Document, Draft
from dosfed.deliberation.consultations.history import Change, record
from dosfed.deliberation.consultations.tables import Organisers
from dosfed.deliberation.exchange.format import read_import
from dosfed.deliberation.exchange.json_fields import BadDocument
from dosfed.deliberation.rules import check_same, check_there
from dosfed.deliberation.team.kept import role_of
from dosfed.deliberation.team.rules import check_organiser
from dosfed.instance import random_token

PUBLISHED = "published"
STEM = 24  # letters of a name that is proposed, before its number


async def with_names(connection: AsyncConnection, document: Document) -> dict[str, Any]:
    """Return a draft whose consultation and organiser have handles, as far as they have titles.

    Where none was chosen it is one that nobody has. An organiser that exists keeps its title.
    """
    given = document.get("organiser") or {}
    organiser, title = organiser_name(document), str(given.get("title") or "")
    rows = await connection.execute(
        select(Organisers.name, Organisers.title)
        .join(Actors, Actors.id == Organisers.id)
        .where(Actors.kind == "organiser")
    )
    known = {row.name: row.title for row in rows}
    if not organiser and title:
        same = (name for name, one in known.items() if one == title and name.isascii())
        organiser = next(same, "") or await _free(connection, title, "organiser", ())
    name, called = str(document.get("name") or ""), str(document.get("title") or "")
    if not name and called:
        name = await _free(connection, called, "consultation", (organiser,))
    described = {"name": organiser, "title": known.get(organiser, title)}
    return {**document, "name": name, "organiser": described}


async def _free(
    connection: AsyncConnection, title: str, otherwise: str, taken: tuple[str, ...]
) -> str:
    """Return a handle made of a title, which nobody has; or of a word, where it cannot be read."""
    readable = title if romanise(title).strip() else otherwise
    stem = propose_handle(readable, ())[:STEM]
    rows = await connection.execute(
        select(Actors.handle).where(Actors.handle.startswith(stem, autoescape=True))
    )
    return propose_handle(readable, RESERVED.union(rows.scalars(), taken))


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
        document = opened(document, at)
    await import_document(connection, as_file(document), house, at=at)
    line = Change(what=PUBLISHED, at=at, role=role, by=by)
    await record(connection, house.instance.consultation(given.name), line)
    return given.name


def opened(document: Document, at: datetime) -> dict[str, Any]:
    """Return a draft that opens at a moment; what was to begin with it begins then (rule 10.4)."""
    before = document.get("opens")

    def moved(span: Any) -> Any:
        if not isinstance(span, dict) or not _is_same_moment(span.get("opens"), before):
            return span
        return {**span, "opens": rfc3339(at)}

    listed: dict[str, Any] = {name: document.get(name) or [] for name in ("phases", "proposals")}
    return {
        **document,
        "opens": rfc3339(at),
        "phases": [moved(phase) for phase in listed["phases"]],
        "proposals": [
            {**one, "poll": moved(one["poll"])} if one.get("poll") else one
            for one in listed["proposals"]
        ],
    }


def _is_same_moment(one: object, other: object) -> bool:
    moments = [*_moments(one, other)]
    return len(moments) == 2 and moments[0] == moments[1]  # noqa: PLR2004 - one and the other


def _moments(*typed: object) -> Iterator[datetime]:
    for one in typed:
        try:
            moment = datetime.fromisoformat(str(one))
        except ValueError:
            continue
        yield moment if moment.tzinfo else moment.replace(tzinfo=UTC)
