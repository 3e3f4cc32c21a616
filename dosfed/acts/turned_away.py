"""Telling somebody of another server, and nobody else, that their ballot could not count.

Their own server shows their vote as cast, and goes on taking votes after the end: without a word
from us they would believe that it counted. So the organiser writes to them, in private and once
for each poll. Whoever hears of it in another way, by a form or by our `Reject`, gets no letter;
nor does a server that is blocked, or an actor that nobody here has met.

It is no way to have us write to others. A letter goes to the inbox of the very actor who signed
the ballot; it is no ballot itself and asks for nothing, so that no answer comes; and what is
refused is charged to its sender (rule 9.1), who soon gets nothing in. That somebody was told is
kept as a digest until the poll is long over; the letter goes as soon as it is delivered.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from html import escape

from sqlalchemy import delete, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from dosfed.activitypub import outbox, remote, writing
from dosfed.activitypub.outbox import Mail
from dosfed.activitypub.remote import RemoteActor
from dosfed.acts.submission import House
from dosfed.deliberation.model import Refusal
from dosfed.deliberation.proposals.tables import Proposals
from dosfed.deliberation.votes.polls import PollRecord
from dosfed.deliberation.votes.tables import Polls, VotersTold
from dosfed.instance import Instance
from dosfed.storage.statements import given_pairs

# What comes long after the end is no vote that somebody just cast.
TOLD_WITHIN = timedelta(days=7)
KEPT = timedelta(days=30)  # after the end of the poll
LATE = "late"
EARLY = "early"
UNREADABLE = "unreadable"
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
    },
}


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnedAway:
    """A ballot from another server that was refused here."""

    voter: str
    record: PollRecord
    refusal: Refusal
    at: datetime


async def tell(
    connection: AsyncConnection, turned_away: Sequence[TurnedAway], house: House
) -> None:
    """Write to each of these voters, unless they were told about that poll before (rule 1.10)."""
    found: dict[tuple[str, str], TurnedAway] = {
        (one.record.poll.id, _mark(one.record.poll.id, one.voter)): one
        for one in reversed(turned_away)  # of several of one voter, the first counts
        if one.at < one.record.poll.closes + TOLD_WITHIN
    }
    if not found:
        return
    told = await connection.execute(
        select(VotersTold.poll, VotersTold.mark).where(
            VotersTold.poll.in_({poll for poll, _ in found}),
            VotersTold.mark.in_({mark for _, mark in found}),
        )
    )
    for row in told:
        found.pop((row.poll, row.mark), None)
    voters = await remote.known(connection, {one.voter for one in found.values()})
    found = {key: one for key, one in found.items() if one.voter in voters}
    if not found:
        return
    languages = await _languages(connection, {one.record.proposal for one in found.values()})
    mails = [
        Mail(
            activity=write(house.instance, one, voters[one.voter], languages[one.record.proposal]),
            inboxes=[voters[one.voter].inbox],
            is_public=False,
            is_ephemeral=True,
        )
        for one in found.values()
    ]
    await outbox.put_all(connection, mails, at=max(one.at for one in found.values()))
    await connection.execute(
        insert(VotersTold), [{"poll": poll, "mark": mark} for poll, mark in found]
    )


def write(
    instance: Instance, one: TurnedAway, voter: RemoteActor, language: str
) -> dict[str, object]:
    """Write the letter: a Note of the organiser to the voter alone, in the proposal's language."""
    record = one.record
    code = language.partition("-")[0].lower()
    code = code if code in _WORDS else "en"
    opens, closes = (f"{at:%Y-%m-%d %H:%M} UTC" for at in (record.poll.opens, record.poll.closes))
    words = escape(_WORDS[code][_reason(one)].format(opens=opens, closes=closes), quote=False)
    page, name = escape(record.proposal), f"@{voter.handle}@{voter.host}"
    mention = f'<a href="{escape(voter.id)}" class="u-url mention">{escape(name)}</a>'
    body = f'<p>{mention} {words}</p><p><a href="{page}">{page}</a></p>'
    activity = instance.new_activity()
    moment = writing.rfc3339(one.at)
    addressed = {"to": [one.voter], "cc": [], "published": moment}
    return {
        "@context": instance.context,
        "id": activity,
        "type": "Create",
        "actor": record.organiser,
        **addressed,
        "object": {
            "id": f"{activity}/letter",
            "type": "Note",
            "attributedTo": record.organiser,
            **addressed,
            "content": body,
            "contentMap": {code: body},
            "sensitive": False,
            "attachment": [],
            "tag": [{"type": "Mention", "href": one.voter, "name": name}],
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


async def _languages(connection: AsyncConnection, proposals: set[str]) -> dict[str, str]:
    rows = await connection.execute(
        select(Proposals.id, Proposals.language).where(Proposals.id.in_(proposals))
    )
    return {row.id: row.language for row in rows}


async def purge(connection: AsyncConnection, now: datetime) -> None:
    """Forget who was told about polls that are long over."""
    over = select(Polls.id).where(Polls.closes < now - KEPT)
    await connection.execute(delete(VotersTold).where(VotersTold.poll.in_(over)))


async def forget(connection: AsyncConnection, voter: str) -> None:
    """Forget what somebody was told who left."""
    # Which polls it was the digests do not say, so all of them are tried.
    polls = (await connection.execute(select(Polls.id))).scalars()
    told = given_pairs(connection, [(poll, _mark(poll, voter)) for poll in polls])
    rows = await connection.execute(
        select(VotersTold.poll, VotersTold.mark)
        .select_from(told.table)
        .join(VotersTold, (VotersTold.poll == told.first) & (VotersTold.mark == told.second))
    )
    if found := rows.all():
        await connection.execute(
            delete(VotersTold).where(
                VotersTold.poll.in_([row.poll for row in found]),
                VotersTold.mark.in_([row.mark for row in found]),
            )
        )


# A digest, since a list of those who were told would be a list of those who tried to vote. Anybody
# who suspects a name can still try it, so that the digests go with the evidence (rule 1.10).
def _mark(poll: str, voter: str) -> str:
    return hashlib.sha256(f"{poll}\n{voter}".encode()).hexdigest()
