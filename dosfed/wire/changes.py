"""What an organiser posts of changes to a consultation, in the words of its language."""

from collections.abc import Iterator, Mapping
from datetime import datetime, tzinfo

from dosfed.deliberation.notes.occasions import Changed
from dosfed.wire.announcing import quoted, say_when
from dosfed.wire.sources import in_language, plain

_CHANGED: Mapping[str, str] = {
    "fr": "Consultation {title}\N{NO-BREAK SPACE}: l'organisation a fait des changements.",
    "es": "Consulta {title}: la organización ha hecho cambios.",
    "en": "Consultation {title}: the organisers have made changes.",
}
_WITHDRAWN: Mapping[str, str] = {
    "fr": "La consultation {title} est retirée. On ne peut plus rien y ajouter, et les votes "
    "encore ouverts n'ont pas de résultat.",
    "es": "La consulta {title} fue retirada. Ya no se le puede agregar nada, y las votaciones "
    "abiertas no tienen resultado.",
    "en": "The consultation {title} has been withdrawn. Nothing more can be added, and votes that "
    "were still open have no result.",
}
_LINES: Mapping[str, Mapping[str, str]] = {
    "title": {"fr": "un nouveau titre", "es": "un título nuevo", "en": "a new title"},
    "summary": {
        "fr": "une nouvelle présentation",
        "es": "una presentación nueva",
        "en": "a new presentation",
    },
    "organiser": {
        "fr": "un nouveau nom de l'organisateur",
        "es": "un nombre nuevo de la organización",
        "en": "a new name of the organiser",
    },
    "closes": {
        "fr": "une nouvelle date de fin\N{NO-BREAK SPACE}: le {until}",
        "es": "una nueva fecha de fin: el {until}",
        "en": "a new end: {until}",
    },
    "phases": {
        "fr": "de nouvelles dates de phases",
        "es": "fechas nuevas de las fases",
        "en": "new dates of phases",
    },
    "poll": {
        "fr": "de nouvelles dates de votes",
        "es": "fechas nuevas de votaciones",
        "en": "new dates of votes",
    },
    "opened": {
        "fr": "l'ouverture avant la date prévue",
        "es": "la apertura antes de la fecha prevista",
        "en": "it opened before its date",
    },
    "closed": {
        "fr": "la clôture avant la date prévue",
        "es": "el cierre antes de la fecha prevista",
        "en": "it closed before its date",
    },
    "phase-texts": {
        "fr": "de nouveaux textes de phases",
        "es": "textos nuevos de las fases",
        "en": "new texts of phases",
    },
    "documents": {
        "fr": "d'autres documents",
        "es": "otros documentos",
        "en": "other documents",
    },
    "licence": {"fr": "une autre licence", "es": "otra licencia", "en": "another licence"},
}
_WHY: Mapping[str, str] = {
    "fr": "L'historique de la consultation dit ce qui a changé, et pourquoi\N{NO-BREAK SPACE}: "
    "{page}",
    "es": "El historial de la consulta dice qué cambió y por qué: {page}",
    "en": "The history of the consultation says what has changed, and why: {page}",
}


def announce_changes(changed: Changed, zone: tzinfo | None) -> str:
    """Return what is posted when the team has changed a consultation, as Markdown (rule 10.10)."""
    language = changed.language
    title = quoted(changed.title, language)
    page = f"<{changed.consultation}/history>"
    why = in_language(_WHY, language).format(page=page)
    if changed.withdrawn_reason is not None:
        said = in_language(_WITHDRAWN, language).format(title=title)
        return "\n\n".join([said, plain(" ".join(changed.withdrawn_reason.split())), why])
    said = in_language(_CHANGED, language).format(title=title)
    lines = "\n".join(_lines(changed, changed.closes, zone))
    return "\n\n".join([said, lines, why])


def _lines(changed: Changed, closes: datetime, zone: tzinfo | None) -> Iterator[str]:
    for what in changed.changes:
        if words := _LINES.get(what):
            until = say_when(closes, changed.language, zone)
            yield f"- {in_language(words, changed.language).format(until=until)}"
