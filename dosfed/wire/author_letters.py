"""Letters to the author of a proposal, of what became of the new text that they gave it."""

import enum
from dataclasses import dataclass
from datetime import datetime
from html import escape

from dosfed.activitypub.remote import RemoteActor
from dosfed.deliberation.proposals.kept import ProposalRecord
from dosfed.instance import Instance
from dosfed.wire.letters import Letter, write_private


class AboutText(enum.StrEnum):
    """What became of a new text."""

    WAITS = "waits"
    REFUSED = "refused"
    LAPSED = "lapsed"
    FROZEN = "frozen"
    OVER = "over"
    CORRECTION = "correction"


_WORDS = {
    "fr": {
        AboutText.WAITS: "Vous avez modifié votre proposition « {title} ». L'équipe doit d'abord "
        "relire votre nouvelle version : en attendant, tout le monde lit celle qui est publiée.",
        AboutText.REFUSED: "La nouvelle version de votre proposition « {title} » n'a pas été "
        "retenue : {reason}",
        AboutText.LAPSED: "Le vote sur « {title} » a commencé avant que votre nouvelle version ne "
        "soit relue. Le texte publié reste donc tel quel.",
        AboutText.FROZEN: "Le vote sur « {title} » a commencé ou il est terminé : le texte ne "
        "peut plus être modifié. Votre modification n'a pas été prise en compte.",
        AboutText.OVER: "Les propositions de cette consultation ne peuvent pas être modifiées en "
        "ce moment. « {title} » reste telle qu'elle a été publiée.",
        AboutText.CORRECTION: "Avant de publier votre proposition « {title} », l'équipe vous "
        "demande de la modifier : {reason} Pour répondre, modifiez votre message ou répondez à "
        "celui-ci ; seule l'équipe lira votre réponse.",
    },
    "es": {
        AboutText.WAITS: "Ha editado su propuesta «{title}». El equipo tiene que leer antes la "
        "nueva versión; mientras tanto, todo el mundo lee la que está publicada.",
        AboutText.REFUSED: "La nueva versión de su propuesta «{title}» no se ha aceptado: {reason}",
        AboutText.LAPSED: "La votación sobre «{title}» empezó antes de que se leyera su nueva "
        "versión, así que el texto publicado se queda como está.",
        AboutText.FROZEN: "La votación sobre «{title}» ya ha empezado o ha terminado: el texto no "
        "se puede cambiar. Su edición no se ha tenido en cuenta.",
        AboutText.OVER: "Ahora mismo no se pueden editar las propuestas de esta consulta. "
        "«{title}» se queda como se publicó.",
        AboutText.CORRECTION: "Antes de publicar su propuesta «{title}», el equipo le pide que la "
        "cambie: {reason} Para responder, edite su mensaje o conteste a este; solo el equipo "
        "leerá su respuesta.",
    },
    "en": {
        AboutText.WAITS: "You edited your proposal “{title}”. The team has to read the new version "
        "first; until then everybody reads the published one.",
        AboutText.REFUSED: "The new version of your proposal “{title}” was not accepted: {reason}",
        AboutText.LAPSED: "Voting on “{title}” began before anybody had read your new version, so "
        "the published text stays as it is.",
        AboutText.FROZEN: "Voting on “{title}” has begun or is over, so the text can no longer "
        "change. Your edit was not taken over.",
        AboutText.OVER: "Proposals in this consultation cannot be edited at the moment. “{title}” "
        "stays as it was published.",
        AboutText.CORRECTION: "Before your proposal “{title}” is published, the team asks you to "
        "change it: {reason} To answer, edit your post or reply to this one; only the team will "
        "read your reply.",
    },
}


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthorTold:
    """What is written to an author; `reason` is that of a refusal."""

    author: RemoteActor
    about: AboutText
    at: datetime
    reason: str = ""


def write_author_letter(
    instance: Instance, record: ProposalRecord, told: AuthorTold
) -> dict[str, object]:
    """Write the letter, in the proposal's language."""
    code = record.language.partition("-")[0].lower()
    code = code if code in _WORDS else "en"
    words = _WORDS[code][told.about].format(title=record.title, reason=told.reason)
    letter = Letter(
        reader=told.author,
        words=escape(words, quote=False),
        page=record.id,
        language=code,
        at=told.at,
    )
    return write_private(instance, record.organiser, letter)
