"""What the profiles of organisers and consultations say elsewhere: where polls are found.

Anyone who follows only a consultation finds nothing pinned on its profile: its polls are the
organiser's posts, and others show of a profile what that actor wrote itself. So each profile says
it, in the language of the consultation; English for other languages.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from html import escape

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from dosfed.deliberation.consultations.tables import Consultations
from dosfed.deliberation.posts.visible import READABLE
from dosfed.deliberation.proposals.tables import Proposals
from dosfed.deliberation.votes.tables import Polls
from dosfed.instance import Instance, host_of

# Of those that end last; a profile is read in a small window.
LISTED = 10
# Others fetch each of them.
PINNED = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class _Words:
    """What profiles say in a language; `%s` is an account, as a link."""

    of_consultation: str
    of_organiser: str


WORDS: Mapping[str, _Words] = {
    "fr": _Words(
        of_consultation=(
            "Les votes de cette consultation sont publiés par %s, qui épingle à son profil ceux qui"
            " sont ouverts. Pour les recevoir, suivez un de ces deux comptes."
        ),
        of_organiser="Les votes ouverts sont épinglés à ce profil. Consultations :",
    ),
    "es": _Words(
        of_consultation=(
            "Las votaciones de esta consulta las publica %s, que fija en su perfil las que están"
            " abiertas. Siga una de las dos cuentas para recibirlas."
        ),
        of_organiser="Las votaciones abiertas están fijadas en este perfil. Consultas:",
    ),
    "en": _Words(
        of_consultation=(
            "The polls of this consultation are posted by %s, where the open ones are pinned."
            " Follow either account to receive them."
        ),
        of_organiser="Open polls are pinned to this profile. Consultations:",
    ),
}


def of_consultation(organiser: str, language: str) -> str:
    """Return what the profile of a consultation says beside its own summary."""
    said = escape(_words(language).of_consultation)
    return f"<p>{said.replace('%s', _account(organiser))}</p>"


async def of_organiser(
    connection: AsyncConnection, organiser: str, instance: Instance, now: datetime
) -> str:
    """Return what the profile of an organiser says: its consultations that are not over."""
    rows = (
        await connection.execute(
            select(Consultations.id, Consultations.title, Consultations.language)
            .where(
                Consultations.organiser == organiser,
                Consultations.home.is_(None),
                Consultations.closes > now,
            )
            .order_by(Consultations.closes.desc(), Consultations.id)
            .limit(LISTED)
        )
    ).all()
    if not rows:
        return ""
    said = escape(_words(rows[0].language).of_organiser)
    listed = "".join(
        f"<br>{escape(row.title)} \N{EN DASH} {_account(row.id)}"
        for row in rows
        if instance.is_ours(row.id)
    )
    return f"<p>{said}{listed}</p>"


async def pinned(connection: AsyncConnection, organiser: str, now: datetime) -> list[str]:
    """Return the open polls that an organiser pins, those that end first at the head.

    By id: Mastodon takes a Question in no other form there.
    """
    rows = await connection.execute(
        select(Proposals.id)
        .join(Polls, Polls.proposal == Proposals.id)
        .join(Consultations, Consultations.id == Proposals.consultation)
        .where(
            Consultations.organiser == organiser,
            Consultations.home.is_(None),
            READABLE.of(Proposals),
            Polls.closed_at.is_(None),
            Polls.opens <= now,
            Polls.closes > now,
        )
        .order_by(Polls.closes, Proposals.position, Proposals.id)
        .limit(PINNED)
    )
    return list(rows.scalars())


def _words(language: str) -> _Words:
    return WORDS.get(language.partition("-")[0], WORDS["en"])


def _account(actor: str) -> str:
    handle = f"@{actor.rpartition('/')[2]}@{host_of(actor)}"
    return f'<a href="{escape(actor)}">{escape(handle)}</a>'
