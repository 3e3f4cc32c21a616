"""What an organiser posts by the clock, in the words of the consultation's language.

Each is a sentence or two, as somebody at a town hall would post them, with until when; the link
follows (`wire/notes`). They are Markdown, so that titles are put in as they are read.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo

from dosfed.deliberation.consultations.model import PhaseKind
from dosfed.deliberation.notes.model import NoteKind
from dosfed.wire.sources import in_language, plain

_MONTHS = {
    "fr": "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
    "es": "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre "
    "diciembre",
    "en": "January February March April May June July August September October November December",
}
_QUOTED = {
    "fr": "«\N{NO-BREAK SPACE}{}\N{NO-BREAK SPACE}»",
    "es": "«{}»",
    "en": "\N{LEFT DOUBLE QUOTATION MARK}{}\N{RIGHT DOUBLE QUOTATION MARK}",
}
_WHEN = {
    "fr": "{day} {month} {year} à {hour}\N{NO-BREAK SPACE}h\N{NO-BREAK SPACE}{minute} ({zone})",
    "es": "{day} de {month} de {year} a {las} {hour}:{minute} ({zone})",
    "en": "{day} {month} {year} at {hour}:{minute} ({zone})",
}
_OPENING = {
    "fr": "La consultation {title} est ouverte, jusqu'au {until}.",
    "es": "La consulta {title} está abierta hasta el {until}.",
    "en": "The consultation {title} is open until {until}.",
}
_ENDING = {
    "fr": "Derniers jours pour participer à la consultation {title}\N{NO-BREAK SPACE}: "
    "elle se termine le {until}.",
    "es": "Últimos días para participar en la consulta {title}: termina el {until}.",
    "en": "Last days to take part in the consultation {title}: it ends on {until}.",
}
_PHASE = {
    PhaseKind.INFORMATION: {
        "fr": "{title}\N{NO-BREAK SPACE}: le temps de s'informer, jusqu'au {until}.",
        "es": "{title}: es el momento de informarse, hasta el {until}.",
        "en": "{title}: time to find out more, until {until}.",
    },
    PhaseKind.PROPOSALS: {
        "fr": "{title}\N{NO-BREAK SPACE}: vous pouvez faire des propositions jusqu'au {until}.",
        "es": "{title}: puede hacer propuestas hasta el {until}.",
        "en": "{title}: you can make proposals until {until}.",
    },
    PhaseKind.DISCUSSION: {
        "fr": "{title}\N{NO-BREAK SPACE}: place au débat, jusqu'au {until}. "
        "Donnez vos arguments sur les propositions.",
        "es": "{title}: es el momento de debatir, hasta el {until}. "
        "Dé sus argumentos sobre las propuestas.",
        "en": "{title}: time for discussion, until {until}. Give your arguments on the proposals.",
    },
    PhaseKind.VOTING: {
        "fr": "{title}\N{NO-BREAK SPACE}: c'est le moment de voter, jusqu'au {until}.",
        "es": "{title}: es el momento de votar, hasta el {until}.",
        "en": "{title}: time to vote, until {until}.",
    },
}
_PHASE_ENDING = {
    PhaseKind.PROPOSALS: {
        "fr": "{title}\N{NO-BREAK SPACE}: derniers jours pour faire des propositions, "
        "jusqu'au {until}.",
        "es": "{title}: últimos días para hacer propuestas, hasta el {until}.",
        "en": "{title}: last days to make proposals, until {until}.",
    },
    PhaseKind.DISCUSSION: {
        "fr": "{title}\N{NO-BREAK SPACE}: le débat se termine le {until}.",
        "es": "{title}: el debate termina el {until}.",
        "en": "{title}: the discussion ends on {until}.",
    },
    PhaseKind.VOTING: {
        "fr": "{title}\N{NO-BREAK SPACE}: derniers jours pour voter, jusqu'au {until}.",
        "es": "{title}: últimos días para votar, hasta el {until}.",
        "en": "{title}: last days to vote, until {until}.",
    },
}
_RESULT = {
    "fr": "Le vote sur {title} est terminé. Voici le résultat\N{NO-BREAK SPACE}:",
    "es": "La votación sobre {title} ha terminado. Este es el resultado:",
    "en": "The vote on {title} has ended. Here is the result:",
}
_RESULTS = {
    "fr": "Consultation {title}\N{NO-BREAK SPACE}: {number} votes sont terminés. "
    "Voici les résultats\N{NO-BREAK SPACE}:",
    "es": "Consulta {title}: han terminado {number} votaciones. Estos son los resultados:",
    "en": "Consultation {title}: {number} votes have ended. Here are the results:",
}
MOST_NAMED = 10  # of the votes that a post lists


@dataclass(frozen=True, slots=True, kw_only=True)
class Announced:
    """What is to be told; `phase` is none of the whole consultation."""

    kind: NoteKind
    title: str
    language: str
    until: datetime
    phases: Sequence[tuple[PhaseKind, datetime]] = ()


def announce(said: Announced, zone: tzinfo | None) -> str:
    """Return what is posted when something opens, begins, or ends soon, as Markdown."""
    title = quoted(said.title, said.language)
    until = say_when(said.until, said.language, zone)
    if not said.phases:
        words = _OPENING if said.kind is NoteKind.OPENING else _ENDING
        return in_language(words, said.language).format(title=title, until=until)
    if said.kind is not NoteKind.OPENING:
        phase, ends = said.phases[0]
        words = (_PHASE_ENDING if said.kind is NoteKind.ENDING else _PHASE)[phase]
        until = say_when(ends, said.language, zone)
        return in_language(words, said.language).format(title=title, until=until)
    first = in_language(_OPENING, said.language).format(title=title, until=until)
    return f"{first} {_now(said, zone)}"


_NOW = {
    PhaseKind.INFORMATION: {
        "fr": "D'abord, le temps de s'informer, jusqu'au {until}.",
        "es": "Primero, es el momento de informarse, hasta el {until}.",
        "en": "First, time to find out more, until {until}.",
    },
    PhaseKind.PROPOSALS: {
        "fr": "Faites vos propositions jusqu'au {until}.",
        "es": "Haga sus propuestas hasta el {until}.",
        "en": "Make your proposals until {until}.",
    },
    PhaseKind.DISCUSSION: {
        "fr": "Donnez vos arguments jusqu'au {until}.",
        "es": "Dé sus argumentos hasta el {until}.",
        "en": "Give your arguments until {until}.",
    },
    PhaseKind.VOTING: {
        "fr": "Votez jusqu'au {until}.",
        "es": "Vote hasta el {until}.",
        "en": "Vote until {until}.",
    },
}


def _now(said: Announced, zone: tzinfo | None) -> str:
    """Return what can be done first; a phase as long as the whole needs no second date."""
    phase, ends = said.phases[0]
    return in_language(_NOW[phase], said.language).format(until=say_when(ends, said.language, zone))


def announce_results(title: str, language: str, votes: Sequence[tuple[str, str]]) -> str:
    """Return what is posted when votes are counted; each is a title and the address of its page."""
    if len(votes) == 1:
        return in_language(_RESULT, language).format(title=quoted(votes[0][0], language))
    words = in_language(_RESULTS, language)
    said = words.format(title=quoted(title, language), number=len(votes))
    named = [f"- [{plain(name)}](<{page}>)" for name, page in votes[:MOST_NAMED]]
    more = ["- …"] if len(votes) > MOST_NAMED else []
    return "\n".join([said, "", *named, *more])


def say_when(moment: datetime, language: str, zone: tzinfo | None) -> str:
    """Write a moment in words: 12 juin 2026 à 18 h 00 (Paris)."""
    local = moment.astimezone(zone)
    return in_language(_WHEN, language).format(
        day=_day(local.day, language),
        month=in_language(_MONTHS, language).split()[local.month - 1],
        year=local.year,
        las="la" if local.hour == 1 else "las",
        hour=local.hour,
        minute=f"{local.minute:02}",
        zone=_zone(local, zone),
    )


def _day(day: int, language: str) -> str:
    return "1er" if day == 1 and language.startswith("fr") else str(day)


def _zone(local: datetime, zone: tzinfo | None) -> str:
    """Return what the clocks of a place are called: by the town that names its zone."""
    town = str(getattr(zone, "key", "")).rpartition("/")[2].replace("_", " ")
    offset = local.strftime("%z")
    by_offset = "UTC" if offset == "+0000" else f"UTC{offset[:3]}:{offset[3:]}"
    return town if town and not town.startswith(("GMT", "Etc")) else by_offset


def quoted(title: str, language: str) -> str:
    """Return a title between the marks of a language, as Markdown."""
    return in_language(_QUOTED, language).format(plain(title))
