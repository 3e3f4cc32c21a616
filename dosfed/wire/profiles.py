"""What the profiles of organisers and consultations say elsewhere: where polls are found.

Anyone who follows only a consultation finds nothing pinned on its profile: its polls are the
organiser's posts, and others show of a profile what that actor wrote itself. So each profile says
it, in the language of the consultation; English for other languages.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape

from dosfed.instance import host_of


@dataclass(frozen=True, slots=True, kw_only=True)
class _Words:
    """What profiles say in a language; `%s` is an account, as a link."""

    of_consultation: str
    of_organiser: str
    of_quiet_organiser: str


WORDS: Mapping[str, _Words] = {
    "fr": _Words(
        of_consultation=(
            "Les votes de cette consultation sont publiés par %s, qui épingle à son profil ceux qui"
            " sont ouverts. Pour les recevoir, suivez un de ces deux comptes."
        ),
        of_organiser="Les votes ouverts sont épinglés à ce profil. Consultations :",
        of_quiet_organiser="Ce compte organise des consultations. Aucune n'est ouverte en ce "
        "moment\N{NO-BREAK SPACE}; suivez-le pour savoir quand la prochaine commence.",
    ),
    "es": _Words(
        of_consultation=(
            "Las votaciones de esta consulta las publica %s, que fija en su perfil las que están"
            " abiertas. Siga una de las dos cuentas para recibirlas."
        ),
        of_organiser="Las votaciones abiertas están fijadas en este perfil. Consultas:",
        of_quiet_organiser="Esta cuenta organiza consultas. Ahora mismo no hay ninguna abierta; "
        "sígala para saber cuándo empieza la próxima.",
    ),
    "en": _Words(
        of_consultation=(
            "The polls of this consultation are posted by %s, where the open ones are pinned."
            " Follow either account to receive them."
        ),
        of_organiser="Open polls are pinned to this profile. Consultations:",
        of_quiet_organiser="This account holds consultations. None is open at the moment; follow "
        "it to learn when the next one begins.",
    ),
}


def write_consultation_summary(organiser: str, language: str) -> str:
    """Return what the profile of a consultation says beside its own summary."""
    said = escape(_words(language).of_consultation)
    return f"<p>{said.replace('%s', _account(organiser))}</p>"


def write_organiser_summary(consultations: Sequence[tuple[str, str]], language: str) -> str:
    """Return what the profile of an organiser says of its consultations, each an id and a title."""
    words = _words(language)
    if not consultations:
        return f"<p>{escape(words.of_quiet_organiser)}</p>"
    said = escape(words.of_organiser)
    listed = "".join(
        f"<br>{escape(title)} \N{EN DASH} {_account(uri)}" for uri, title in consultations
    )
    return f"<p>{said}{listed}</p>"


def _words(language: str) -> _Words:
    return WORDS.get(language.partition("-")[0], WORDS["en"])


def _account(actor: str) -> str:
    handle = f"@{actor.rpartition('/')[2]}@{host_of(actor)}"
    return f'<a href="{escape(actor)}">{escape(handle)}</a>'
