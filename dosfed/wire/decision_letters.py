"""Letters to authors elsewhere of what a team decided about their words, and how to contest it."""

import enum
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from html import escape

from dosfed.activitypub.remote import RemoteActor
from dosfed.instance import Instance
from dosfed.wire.letters import Letter, write_private


class AboutDecision(enum.StrEnum):
    """What was decided."""

    HIDDEN_ARGUMENT = "hidden-argument"
    HIDDEN_PROPOSAL = "hidden-proposal"
    UPHELD = "upheld"
    LIFTED = "lifted"


CONTEST = "contest"
_WORDS: Mapping[str, Mapping[str, str]] = {
    "fr": {
        AboutDecision.HIDDEN_ARGUMENT: "La modération a masqué votre argument dans la consultation "
        "« {title} » : {reason}",
        AboutDecision.HIDDEN_PROPOSAL: "La modération a masqué votre proposition dans la "
        "consultation « {title} » : {reason}",
        AboutDecision.UPHELD: "La décision que vous contestiez dans la consultation « {title} » a "
        "été réexaminée : elle est maintenue. {reason}",
        AboutDecision.LIFTED: "La décision que vous contestiez dans la consultation « {title} » a "
        "été réexaminée : elle est levée. {reason}",
        CONTEST: "Si vous pensez que c'est une erreur, répondez une fois à ce message en disant "
        "pourquoi : l'équipe lira votre réponse et réexaminera la décision.",
    },
    "es": {
        AboutDecision.HIDDEN_ARGUMENT: "La moderación ha ocultado su argumento en la consulta "
        "«{title}»: {reason}",
        AboutDecision.HIDDEN_PROPOSAL: "La moderación ha ocultado su propuesta en la consulta "
        "«{title}»: {reason}",
        AboutDecision.UPHELD: "Se ha revisado la decisión que usted impugnó en la consulta "
        "«{title}»: se mantiene. {reason}",
        AboutDecision.LIFTED: "Se ha revisado la decisión que usted impugnó en la consulta "
        "«{title}»: se ha anulado. {reason}",
        CONTEST: "Si cree que es un error, conteste una vez a este mensaje y explique por qué: el "
        "equipo leerá su respuesta y revisará la decisión.",
    },
    "en": {
        AboutDecision.HIDDEN_ARGUMENT: "A moderator has hidden your argument in the consultation "
        "“{title}”: {reason}",
        AboutDecision.HIDDEN_PROPOSAL: "A moderator has hidden your proposal in the consultation "
        "“{title}”: {reason}",
        AboutDecision.UPHELD: "The decision that you contested in the consultation “{title}” was "
        "looked at again and upheld. {reason}",
        AboutDecision.LIFTED: "The decision that you contested in the consultation “{title}” was "
        "looked at again and lifted. {reason}",
        CONTEST: "If you think this is wrong, reply to this message once and say why: the team "
        "will read your reply and look at the decision again.",
    },
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """What an author is told; `title` is that of the consultation."""

    reader: RemoteActor
    organiser: str
    consultation: str
    title: str
    language: str
    about: AboutDecision
    reason: str
    at: datetime


def write_decision(instance: Instance, one: Decided) -> dict[str, object]:
    """Write the letter, in the consultation's language."""
    words = _WORDS[_code(one.language)][one.about].format(title=one.title, reason=one.reason)
    said = [words.strip()]
    if one.about in {AboutDecision.HIDDEN_ARGUMENT, AboutDecision.HIDDEN_PROPOSAL}:
        said.append(how_to_contest(one.language))
    letter = Letter(
        reader=one.reader,
        words="</p><p>".join(escape(each, quote=False).replace("\n", "<br>") for each in said),
        page=one.consultation,
        language=_code(one.language),
        at=one.at,
    )
    return write_private(instance, one.organiser, letter)


def how_to_contest(language: str) -> str:
    """Return how somebody of another server contests a decision."""
    return _WORDS[_code(language)][CONTEST]


def _code(language: str) -> str:
    code = language.partition("-")[0].lower()
    return code if code in _WORDS else "en"
