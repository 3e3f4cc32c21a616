"""How our actors look elsewhere: a picture, a banner, and a table of what one asks first.

Other servers show a profile with these, and one without them like one that nobody uses. The table
is in the language of the actor; English for other languages.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import astuple, dataclass
from datetime import datetime
from html import escape
from typing import Any

from dosfed.deliberation.consultations.licences import Licence, licence_of
from dosfed.instance import host_of
from dosfed.wire.consultations import Held

VERSION = 1  # of what pictures look like: another one gives them new addresses


@dataclass(frozen=True, slots=True, kw_only=True)
class _Words:
    """What the table says in a language."""

    organiser: str
    dates: str
    between: str
    part: str
    part_in_consultation: str
    part_at_organiser: str
    licence: str
    terms: str
    site: str


WORDS: Mapping[str, _Words] = {
    "fr": _Words(
        organiser="Organisation",
        dates="Dates",
        between="du {opens} au {closes}",
        part="Participer",
        part_in_consultation="Répondez à une proposition, votez dans son sondage ou mentionnez ce "
        "compte pour proposer quelque chose\N{NO-BREAK SPACE}; tout est aussi sur {page}",
        part_at_organiser="Suivez ce compte, votez dans ses sondages et répondez-leur"
        "\N{NO-BREAK SPACE}; tout est aussi sur {page}",
        licence="Licence",
        terms="Conditions d'utilisation",
        site="Site",
    ),
    "es": _Words(
        organiser="Organiza",
        dates="Fechas",
        between="del {opens} al {closes}",
        part="Participar",
        part_in_consultation="Responda a una propuesta, vote en su encuesta o mencione esta cuenta "
        "para proponer algo; todo está también en {page}",
        part_at_organiser="Siga esta cuenta, vote en sus encuestas y respóndalas; todo está "
        "también en {page}",
        licence="Licencia",
        terms="Condiciones de uso",
        site="Sitio web",
    ),
    "en": _Words(
        organiser="Organiser",
        dates="Dates",
        between="{opens} to {closes}",
        part="Take part",
        part_in_consultation="Reply to a proposal, vote in its poll, or mention this account to "
        "propose something; it is all on {page} too",
        part_at_organiser="Follow this account, vote in its polls and reply to them; it is all on "
        "{page} too",
        licence="Licence",
        terms="Terms of use",
        site="Website",
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """Of what an actor's pictures are made: other values give them another address."""

    name: str
    site: str
    logo: str | None
    accent: str | None

    @property
    def digest(self) -> str:
        """A few characters that change with the look."""
        said = repr((VERSION, astuple(self))).encode()
        return hashlib.sha256(said).hexdigest()[:10]


def write_pictures(actor: str, look: Look, *, banner: str) -> dict[str, Any]:
    """Write an actor's picture and its banner, a page's share card."""
    return {
        "icon": _image(f"{actor}/icon.png?v={look.digest}"),
        "image": _image(f"{banner}?v={look.digest}"),
    }


def write_organiser_table(organiser: str, base_url: str, language: str) -> dict[str, Any]:
    """Write what the profile of an organiser lists."""
    words = _words(language)
    part = words.part_at_organiser.format(page=_link(organiser))
    return _table([(words.part, part), *_of_the_house(base_url, words)])


def write_consultation_table(held: Held, base_url: str) -> dict[str, Any]:
    """Write what the profile of a consultation lists."""
    words = _words(held.language)
    between = words.between.format(opens=_day(held.opens), closes=_day(held.closes))
    handle = f"@{held.organiser.rpartition('/')[2]}@{host_of(held.organiser)}"
    part = words.part_in_consultation.format(page=_link(held.id))
    return _table(
        [
            (words.organiser, _link(held.organiser, handle)),
            (words.dates, escape(between)),
            (words.part, part),
            *_of_the_house(base_url, words, licence_of(held.licence)),
        ]
    )


def _of_the_house(
    base_url: str, words: _Words, licence: Licence | None = None
) -> list[tuple[str, str]]:
    said = _link(licence.uri, licence.name) if licence else _link(f"{base_url}/terms", words.terms)
    return [
        (words.licence, said),
        (words.site, _link(base_url)),
    ]


def _table(rows: list[tuple[str, str]]) -> dict[str, Any]:
    fields = [{"type": "PropertyValue", "name": name, "value": value} for name, value in rows]
    return {"attachment": fields}


def _image(url: str) -> dict[str, str]:
    return {"type": "Image", "mediaType": "image/png", "url": url}


def _link(url: str, said: str | None = None) -> str:
    shown = url.removeprefix("https://") if said is None else said
    return f'<a href="{escape(url)}" rel="nofollow noopener">{escape(shown)}</a>'


def _day(at: datetime) -> str:
    return f"{at:%Y-%m-%d}"


def _words(language: str) -> _Words:
    return WORDS.get(language.partition("-")[0].lower(), WORDS["en"])
