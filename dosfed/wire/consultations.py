"""Consultations: a Group that announces, with its dates, its phases and its organiser."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from dosfed.activitypub.actors import NAME
from dosfed.activitypub.handles import HOST
from dosfed.activitypub.reading import (
    Document,
    Malformed,
    many,
    moment,
    one_id,
    optional_text,
    text,
)
from dosfed.activitypub.writing import rfc3339
from dosfed.deliberation.consultations.mirrors import MirroredConsultation
from dosfed.deliberation.consultations.model import Phase, PhaseKind
from dosfed.deliberation.consultations.rules import taking_proposals
from dosfed.instance import host_of
from dosfed.wire import terms
from dosfed.wire.licences import read_licence, write_licence
from dosfed.wire.words import LONGEST_TITLE, language_or_english, line_of

LONGEST_SUMMARY = 20_000  # a home may have other rules than we
LONGEST_REASON = 1_000
MOST_EDITIONS = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """What a consultation of this home says of itself beyond any actor."""

    id: str
    organiser: str
    language: str
    summary: str
    opens: datetime
    closes: datetime
    eligible: Any
    instances: Any
    phases: Sequence[Phase]
    licence: str | None = None
    edition: int = 1
    organiser_title: str = ""
    withdrawn_reason: str | None = None


def write_consultation(held: Held, *, at: datetime) -> dict[str, Any]:
    """Return what a consultation's Group says at a moment beyond any actor."""
    spans = taking_proposals(held)
    return {
        "context": f"{held.id}/context",
        # Whose Delete counts: readers of FEP-1b12 look for the moderators here.
        "attributedTo": f"{held.id}/moderators",
        # Forums offer to post in a group unless it says that nobody may (rule 3.1).
        "postingRestrictedToMods": not any(opens <= at < closes for opens, closes in spans),
        "source": _markdown(held.summary),
        terms.LANGUAGE: held.language,
        terms.KIND: "consultation",
        terms.ORGANISER: held.organiser,
        terms.ORGANISER_TITLE: held.organiser_title,
        terms.EDITION: held.edition,
        **({} if held.withdrawn_reason is None else {terms.WITHDRAWN: held.withdrawn_reason}),
        terms.OPENS: rfc3339(held.opens),
        terms.CLOSES: rfc3339(held.closes),
        terms.ELIGIBLE: held.eligible,
        terms.INSTANCES: held.instances,
        terms.PHASES: [
            {
                terms.KIND: phase.kind.value,
                terms.OPENS: rfc3339(phase.opens),
                terms.CLOSES: rfc3339(phase.closes),
                **({"name": phase.title} if phase.title else {}),
                **({"source": _markdown(phase.text)} if phase.text else {}),
            }
            for phase in held.phases
        ],
        **write_licence(held.licence),
    }


def read_consultation(group: Document, organiser: Document) -> MirroredConsultation:
    """Return the consultation that a Group of another dosfed instance is, or raise `Malformed`.

    Both documents were fetched from their own ids, which share a host.
    """
    uri = one_id(group, "id")
    if text(group, "type") != "Group" or optional_text(group, terms.KIND) != "consultation":
        raise Malformed("not a consultation of a dosfed instance")
    if one_id(organiser, "id") != one_id(group, terms.ORGANISER):
        raise Malformed("dosfed:organiser: not this actor")
    home = host_of(uri)
    if host_of(one_id(organiser, "id")) != home:
        raise Malformed("dosfed:organiser: not on the consultation's host")
    name = _actor_name(group)
    if not uri.endswith(f"//{home}/c/{name}"):  # our page for it has the name, and no two share one
        raise Malformed("id: not the place of a consultation of that name")
    return MirroredConsultation(
        id=uri,
        address=f"{name}@{home}",
        home=home,
        organiser=one_id(organiser, "id"),
        organiser_name=_actor_name(organiser),
        organiser_title=line_of(group, terms.ORGANISER_TITLE, LONGEST_TITLE)
        or line_of(organiser, "name", LONGEST_TITLE)
        or home,
        title=line_of(group, "name", LONGEST_TITLE) or uri,
        summary=_said(group)[:LONGEST_SUMMARY],
        language=language_or_english(optional_text(group, terms.LANGUAGE)),
        opens=moment(group, terms.OPENS),
        closes=moment(group, terms.CLOSES),
        phases=tuple(_phase(phase) for phase in many(group, terms.PHASES)),
        eligible=_eligible(group.get(terms.ELIGIBLE)),
        instances=_hosts(many(group, terms.INSTANCES)),
        licence=read_licence(group),
        edition=_edition(group.get(terms.EDITION)),
        withdrawn_reason=_withdrawn(group),
    )


def _edition(said: Any) -> int:
    """Return which edition of itself a consultation gives; the first where it does not say."""
    is_number = type(said) is int and 0 < said <= MOST_EDITIONS
    return said if is_number else 1


def _withdrawn(group: Document) -> str | None:
    """Return why a consultation was given up; nothing where it was not."""
    said = optional_text(group, terms.WITHDRAWN)
    return None if said is None else said[:LONGEST_REASON]


def _actor_name(actor: Document) -> str:
    """Return the name in an actor's address, which is also in that of our page."""
    name = text(actor, "preferredUsername")
    if NAME.fullmatch(name) is None:
        raise Malformed("preferredUsername: not a name of dosfed")
    return name


def _hosts(values: list[Any]) -> list[str]:
    return [host for host in values if isinstance(host, str) and HOST.fullmatch(host)]


def _phase(value: Any) -> Phase:
    kind = optional_text(value, terms.KIND) if isinstance(value, dict) else None
    if kind is None or kind not in set(PhaseKind):
        raise Malformed("dosfed:phases: not a phase we know")
    return Phase(
        kind=PhaseKind(kind),
        opens=moment(value, terms.OPENS),
        closes=moment(value, terms.CLOSES),
        title=line_of(value, "name", LONGEST_TITLE) or "",
        text=_said(value)[:LONGEST_SUMMARY],
    )


def _markdown(text: str) -> dict[str, str]:
    return {"content": text, "mediaType": "text/markdown"}


def _said(thing: Document) -> str:
    """Return the Markdown of something, or nothing."""
    source = thing.get("source")
    return (optional_text(source, "content") if isinstance(source, dict) else None) or ""


def _eligible(value: Any) -> Any:
    if isinstance(value, list):
        return _hosts(value)
    return value if isinstance(value, str) and value in {"anyone", "here"} else "anyone"


def with_mirror(follow: Mapping[str, Any]) -> dict[str, Any]:
    """Return the Follow of an instance that will show a consultation to its own citizens."""
    return {**follow, terms.MIRROR: True}


def is_of_mirror(follow: Document) -> bool:
    """Whether a Follow is of an instance that reads all that a consultation announces."""
    return follow.get(terms.MIRROR) is True
