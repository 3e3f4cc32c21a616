"""Letters: a Note to one person alone, whose ballot could not count, or who wrote in private."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from html import escape
from typing import Any

from dosfed.activitypub import writing
from dosfed.activitypub.remote import RemoteActor
from dosfed.deliberation.model import Refusal
from dosfed.deliberation.votes.polls import PollRecord
from dosfed.instance import Instance

LATE = "late"
EARLY = "early"
UNREADABLE = "unreadable"
STANDS = "stands"
_WORDS = {
    "fr": {
        LATE: "Votre vote nous est parvenu après la clôture ({closes}). Il n'a pas pu être compté.",
        EARLY: "Le vote n'a pas encore commencé. Le vôtre n'a pas été compté : "
        "vous pourrez voter à partir du {opens}.",
        Refusal.NOT_ELIGIBLE: "Ce vote n'est pas ouvert aux comptes de votre serveur. "
        "Votre vote n'a pas été compté.",
        Refusal.HIDDEN: "La modération a masqué cette proposition : pour le moment, on ne peut "
        "pas voter. Votre vote n'a pas été compté.",
        UNREADABLE: "Votre choix ne correspond pas aux options de ce vote. Il n'a pas été compté : "
        "vous pouvez voter à nouveau, ici ou sur la page.",
        STANDS: "Votre vote précédent compte toujours.",
    },
    "es": {
        LATE: "Su voto nos llegó después del cierre ({closes}). No se ha podido contar.",
        EARLY: "La votación todavía no ha empezado. Su voto no se ha contado: "
        "podrá votar a partir del {opens}.",
        Refusal.NOT_ELIGIBLE: "Esta votación no está abierta a las cuentas de su servidor. "
        "Su voto no se ha contado.",
        Refusal.HIDDEN: "La moderación ha ocultado esta propuesta: por ahora no se puede votar. "
        "Su voto no se ha contado.",
        UNREADABLE: "Lo que eligió no está entre las opciones de esta votación. No se ha "
        "contado: puede volver a votar, aquí o en la página.",
        STANDS: "Su voto anterior sigue contando.",
    },
    "en": {
        LATE: "Your vote reached us after the poll had closed ({closes}). It could not be counted.",
        EARLY: "Voting has not begun yet. Your vote was not counted: you can vote from {opens}.",
        Refusal.NOT_ELIGIBLE: "This poll is not open to accounts on your server. "
        "Your vote was not counted.",
        Refusal.HIDDEN: "The moderators have hidden this proposal, so nobody can vote on it for "
        "now. Your vote was not counted.",
        UNREADABLE: "Your choice is not one of this poll's options. It was not counted: "
        "you can vote again, here or on the page.",
        STANDS: "Your earlier vote still counts.",
    },
}


# To whoever writes in private.
_WHERE_TO_GO = {
    "fr": "Personne ne lit les messages privés envoyés à ce compte, et le vôtre n'a pas été "
    "conservé. Pour participer, suivez ce lien\N{NO-BREAK SPACE}; vous pouvez aussi répondre "
    "publiquement à une proposition.",
    "es": "Nadie lee los mensajes privados que llegan a esta cuenta, y el suyo no se ha guardado. "
    "Para participar, siga este enlace; también puede responder en público a una propuesta.",
    "en": "Nobody reads private messages sent to this account, and yours was not kept. "
    "To take part, follow this link; you can also reply to a proposal in public.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Pointer:
    """A page to which an organiser leads somebody, in a language."""

    organiser: str
    page: str
    language: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnedAway:
    """A ballot from another server that was refused here."""

    voter: str
    record: PollRecord
    refusal: Refusal
    at: datetime
    stands: bool  # an earlier ballot of theirs does


def write_letter(
    instance: Instance, one: TurnedAway, voter: RemoteActor, language: str
) -> dict[str, object]:
    """Write the letter: a Note of the organiser to the voter alone, in the proposal's language."""
    record = one.record
    code = language.partition("-")[0].lower()
    code = code if code in _WORDS else "en"
    opens, closes = (f"{at:%Y-%m-%d %H:%M} UTC" for at in (record.poll.opens, record.poll.closes))
    said = [_WORDS[code][_reason(one)].format(opens=opens, closes=closes)]
    said += [_WORDS[code][STANDS]] if one.stands else []
    words = escape(" ".join(said), quote=False)
    letter = Letter(reader=voter, words=words, page=record.proposal, language=code, at=one.at)
    return write_private(instance, record.organiser, letter)


def write_pointer(instance: Instance, pointer: Pointer, reader: RemoteActor) -> dict[str, object]:
    """Write to somebody who wrote to us in private where one takes part, in their language."""
    code = pointer.language.partition("-")[0].lower()
    code = code if code in _WHERE_TO_GO else "en"
    letter = Letter(
        reader=reader,
        words=_WHERE_TO_GO[code],
        page=pointer.page,
        language=code,
        at=pointer.at,
    )
    return write_private(instance, pointer.organiser, letter)


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """Some words, as HTML, for one person alone, and the page that they are about."""

    reader: RemoteActor
    words: str
    page: str
    language: str
    at: datetime
    in_reply_to: str | None = None


def is_letter(uri: str) -> bool:
    """Whether an id of ours is that of a letter."""
    return uri.endswith("/letter")


def id_of(letter: Mapping[str, Any]) -> str:
    """Return the id of the Note of a letter, which answers name."""
    return f"{letter['id']}/letter"


def write_private(instance: Instance, organiser: str, letter: Letter) -> dict[str, object]:
    """Write a Note of an organiser to somebody alone."""
    reader = letter.reader
    link, name = escape(letter.page), f"@{reader.handle}@{reader.host}"
    mention = f'<a href="{escape(reader.id)}" class="u-url mention">{escape(name)}</a>'
    body = f'<p>{mention} {letter.words}</p><p><a href="{link}">{link}</a></p>'
    activity = instance.new_activity()
    addressed = {"to": [reader.id], "cc": [], "published": writing.rfc3339(letter.at)}
    answered = {} if letter.in_reply_to is None else {"inReplyTo": letter.in_reply_to}
    return {
        "@context": instance.context,
        "id": activity,
        "type": "Create",
        "actor": organiser,
        **addressed,
        "object": {
            "id": id_of({"id": activity}),
            "type": "Note",
            "attributedTo": organiser,
            **addressed,
            **answered,
            "content": body,
            "contentMap": {letter.language: body},
            "sensitive": False,
            "attachment": [],
            "tag": [{"type": "Mention", "href": reader.id, "name": name}],
        },
    }


def _reason(one: TurnedAway) -> str:
    match one.refusal:
        case Refusal.NOT_OPEN:
            return EARLY if one.at < one.record.poll.opens else LATE
        case Refusal.NOT_ELIGIBLE | Refusal.HIDDEN:
            return one.refusal
        case _:
            return UNREADABLE
