"""What an organiser posts by the clock: that something opens, begins, ends soon, is counted.

Each occasion is told once (rule 8.10). What was told is kept beside the post, in one transaction,
under a key that names the occasion by its date: a worker that starts anew, and another that looks
at the same time, find it there; an end that was put off is told anew. What is switched off is
passed over, and kept as if it had been told: who switches it on later hears of what comes then.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from dosfed.accounts.site import load_zone
from dosfed.acts import consequences
from dosfed.acts.facts import NotePublished
from dosfed.acts.submission import House
from dosfed.deliberation.consultations.kept import load_consultations
from dosfed.deliberation.consultations.model import PhaseKind
from dosfed.deliberation.notes import kept as notes
from dosfed.deliberation.notes import occasions
from dosfed.deliberation.notes.kept import Note
from dosfed.deliberation.notes.model import NoteKind
from dosfed.deliberation.notes.occasions import Changed, Counted, Speaking
from dosfed.deliberation.notes.rules import Occasion, current_phases
from dosfed.storage.statements import take_turns
from dosfed.wire.announcing import Announced, announce, announce_results
from dosfed.wire.changes import announce_changes

AT_ONCE = 20  # in one transaction; the others are due a moment later


async def is_any_due(connection: AsyncConnection, now: datetime) -> bool:
    """Whether anything is to be told now."""
    if await occasions.find_due(connection, now):
        return True
    if await occasions.find_changed(connection, now):
        return True
    return bool(await occasions.find_counted(connection, now))


async def speak_due(connection: AsyncConnection, house: House, *, now: datetime) -> int:
    """Tell what is due, once; return for how many consultations something was looked at."""
    await take_turns(connection, "voice")  # two workers would tell the same
    due = (await occasions.find_due(connection, now))[:AT_ONCE]
    counted = list((await occasions.find_counted(connection, now)).items())[:AT_ONCE]
    changed = (await occasions.find_changed(connection, now))[:AT_ONCE]
    ids = {one.id for one, _ in due} | {consultation for consultation, _ in counted}
    ids |= {change.consultation for change in changed}
    silent = await occasions.load_silent(connection, ids)
    speaker = _Speaker(connection=connection, house=house, now=now, silent=silent)
    for one, found in due:
        await speaker.tell_of_time(one, found)
    for consultation, votes in counted:
        await speaker.tell_of_results(consultation, votes)
    for change in changed:
        await speaker.tell_of_changes(change)
    return len(ids)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Speaker:
    """What speaks at a moment; `silent` are the kinds that are switched off, by consultation."""

    connection: AsyncConnection
    house: House
    now: datetime
    silent: Mapping[str, Collection[NoteKind]]

    async def tell_of_time(self, one: Speaking, due: Sequence[Occasion]) -> None:
        """Tell of the first of the occasions that are due at once, for all of them."""
        silent = self.silent.get(one.id, ())
        told = next((occasion for occasion in due if occasion.kind not in silent), None)
        note = None
        if told is not None:
            text = announce(_announced(one, told, self.now), await load_zone(self.connection))
            note = await self._post(one.id, told.kind, text)
        await self._keep(one.id, [occasion.key for occasion in due], note)

    async def tell_of_results(self, consultation: str, votes: Sequence[Counted]) -> None:
        """Tell of the votes of a consultation that are counted."""
        note = None
        if NoteKind.RESULT not in self.silent.get(consultation, ()):
            named = [(vote.title, vote.proposal) for vote in votes]
            text = announce_results(votes[0].within, votes[0].language, named)
            about = votes[0].proposal if len(votes) == 1 else None
            note = await self._post(consultation, NoteKind.RESULT, text, about=about)
        await self._keep(consultation, [vote.key for vote in votes], note)

    async def tell_of_changes(self, one: Changed) -> None:
        """Tell what the team has changed of a consultation, in one post."""
        note = None
        if NoteKind.CHANGE not in self.silent.get(one.consultation, ()):
            text = announce_changes(one, await load_zone(self.connection))
            note = await self._post(one.consultation, NoteKind.CHANGE, text)
        key = f"{occasions.CHANGE} {self.now.isoformat(timespec='seconds')}"
        await self._keep(one.consultation, [key], note)

    async def _keep(self, consultation: str, keys: Collection[str], note: str | None) -> None:
        await occasions.note_told(self.connection, consultation, keys, note=note, at=self.now)

    async def _post(
        self, consultation: str, kind: NoteKind, text: str, *, about: str | None = None
    ) -> str:
        """Let the organiser say something, as a note that was written by hand is published."""
        instance = self.house.instance
        record = (await load_consultations(self.connection, [consultation]))[consultation]
        note = Note(
            id=instance.note(instance.new_token()),
            consultation=consultation,
            kind=kind,
            title="",
            text=text,
            language=record.language,
            about=about,
            number=1,
            published_at=self.now,
            edited_at=None,
            withdrawn_at=None,
            reason=None,
        )
        await notes.insert_note(self.connection, note)
        fact = NotePublished(id=note.id, at=self.now, note=note, record=record, by="", is_new=True)
        await consequences.follow(self.connection, [fact], self.house)
        return note.id


def _announced(one: Speaking, told: Occasion, now: datetime) -> Announced:
    phases: list[tuple[PhaseKind, datetime]] = []
    if told.phase is not None:
        phases = [(told.phase.kind, told.until)]
    elif told.kind is NoteKind.OPENING:
        current = current_phases(one.phases, now)
        phases = [(phase.kind, min(phase.closes, one.closes)) for phase in current]
    return Announced(
        kind=told.kind, title=one.title, language=one.language, until=one.closes, phases=phases
    )
