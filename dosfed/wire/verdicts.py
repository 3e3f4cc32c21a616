"""What who proposed from another server is told: that it was refused, or cannot be proposed now."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from html import escape
from typing import Any

from dosfed.activitypub import writing
from dosfed.activitypub.remote import RemoteActor
from dosfed.deliberation.consultations.model import Consultation
from dosfed.deliberation.consultations.rules import taking_proposals
from dosfed.deliberation.model import Refusal
from dosfed.instance import Instance
from dosfed.wire import terms
from dosfed.wire.decision_letters import how_to_contest
from dosfed.wire.letters import Letter, write_private

REFUSED = "refused"
EARLY = "early"
LATE = "late"
NEVER = "never"
WHY = "why"
_WORDS: Mapping[str, Mapping[str, str]] = {
    "fr": {
        REFUSED: "Votre proposition «\N{NO-BREAK SPACE}{title}\N{NO-BREAK SPACE}» n'a pas été "
        "retenue dans la consultation «\N{NO-BREAK SPACE}{consultation}\N{NO-BREAK SPACE}».",
        EARLY: "La consultation «\N{NO-BREAK SPACE}{consultation}\N{NO-BREAK SPACE}» ne reçoit pas "
        "encore de propositions. Vous pourrez publier la vôtre à partir du {opens}.",
        LATE: "La consultation «\N{NO-BREAK SPACE}{consultation}\N{NO-BREAK SPACE}» ne reçoit plus "
        "de propositions depuis le {closes}. La vôtre n'y figure donc pas.",
        NEVER: "La consultation «\N{NO-BREAK SPACE}{consultation}\N{NO-BREAK SPACE}» ne reçoit pas "
        "de propositions. La vôtre n'y figure donc pas.",
        WHY: "Motif\N{NO-BREAK SPACE}: {reason}",
    },
    "es": {
        REFUSED: "Su propuesta «{title}» no se ha aceptado en la consulta «{consultation}».",
        EARLY: "La consulta «{consultation}» todavía no admite propuestas. Podrá publicar la suya "
        "a partir del {opens}.",
        LATE: "La consulta «{consultation}» no admite propuestas desde el {closes}, así que la "
        "suya no se ha publicado.",
        NEVER: "La consulta «{consultation}» no admite propuestas, así que la suya no se ha "
        "publicado.",
        WHY: "Motivo: {reason}",
    },
    "en": {
        REFUSED: "Your proposal “{title}” was not accepted in the consultation “{consultation}”.",
        EARLY: "The consultation “{consultation}” does not take proposals yet. You can post yours "
        "from {opens}.",
        LATE: "The consultation “{consultation}” stopped taking proposals on {closes}, so yours "
        "was not published.",
        NEVER: "The consultation “{consultation}” does not take proposals, so yours was not "
        "published.",
        WHY: "Reason: {reason}",
    },
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposed:
    """What somebody of another server proposed by a post of theirs, and to which consultation."""

    source: str
    title: str
    author: RemoteActor
    organiser: str
    consultation: str
    consultation_title: str
    language: str


def write_refusal(
    instance: Instance, said: Proposed, reason: str, *, at: datetime
) -> dict[str, object]:
    """Write to an author why a facilitator turned their proposal down."""
    why = _WORDS[_code(said)][WHY].format(reason=reason.strip())
    words = [_say(said, REFUSED), why, how_to_contest(said.language)]
    return _write(instance, said, words, at=at)


def write_closed(
    instance: Instance, said: Proposed, consultation: Consultation, *, at: datetime
) -> dict[str, object]:
    """Write to an author when the consultation takes proposals (rule 3.1)."""
    spans = taking_proposals(consultation)
    coming = min((opens for opens, _ in spans if opens > at), default=None)
    ended = max((closes for _, closes in spans if closes <= at), default=None)
    if coming is not None:
        words = _say(said, EARLY, opens=_moment(coming))
    elif ended is not None:
        words = _say(said, LATE, closes=_moment(ended))
    else:
        words = _say(said, NEVER)
    return _write(instance, said, [words], at=at)


def write_reject(instance: Instance, said: Proposed, refusal: Refusal | None) -> dict[str, Any]:
    """Write the Reject of a post that proposed something, for programs."""
    reason = {} if refusal is None else {terms.REASON: refusal.value}
    return {
        **writing.act(instance, "Reject", said.organiser),
        "to": [said.author.id],
        "object": said.source,
        **reason,
    }


def _write(
    instance: Instance, said: Proposed, words: list[str], *, at: datetime
) -> dict[str, object]:
    letter = Letter(
        reader=said.author,
        words="</p><p>".join(escape(one, quote=False).replace("\n", "<br>") for one in words),
        page=said.consultation,
        language=_code(said),
        at=at,
        in_reply_to=said.source,
    )
    return write_private(instance, said.organiser, letter)


def _say(said: Proposed, what: str, **moments: str) -> str:
    words = _WORDS[_code(said)][what]
    return words.format(title=said.title, consultation=said.consultation_title, **moments)


def _code(said: Proposed) -> str:
    code = said.language.partition("-")[0].lower()
    return code if code in _WORDS else "en"


def _moment(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M} UTC"
