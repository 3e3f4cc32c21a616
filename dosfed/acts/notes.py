"""Official notes: published, put in other words and withdrawn by organisers; told to everybody."""

from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from dosfed.acts import publishing, telling
from dosfed.acts.facts import NotePublished, NoteWithdrawn, NothingNew
from dosfed.acts.submission import Done, House
from dosfed.deliberation.consultations import history
from dosfed.deliberation.consultations.history import Change
from dosfed.deliberation.consultations.kept import ConsultationRecord, load_consultations
from dosfed.deliberation.model import ActorId, Refusal, Role
from dosfed.deliberation.notes import kept as notes
from dosfed.deliberation.notes.kept import Note
from dosfed.deliberation.notes.model import ChooseVoice, NoteKind, PublishNote, WithdrawNote
from dosfed.deliberation.notes.rules import check_seen, check_stands, check_words
from dosfed.deliberation.rules import check_there
from dosfed.deliberation.team.kept import role_in
from dosfed.deliberation.team.rules import check_note, check_organiser
from dosfed.storage.statements import take_turns
from dosfed.wire.notes import write_note, write_note_tombstone

Document = dict[str, Any]


async def publish(connection: AsyncConnection, command: PublishNote, *, at: datetime) -> Done:
    """Let a consultation at home here say something, or say it in other words (rule 8.11)."""
    await _check_role(connection, command.by, command.consultation)
    await take_turns(connection, f"note {command.id}")
    record = await _consultation(connection, command.consultation)
    earlier = await notes.load_note(connection, command.id, holds=True)
    is_elsewhere = earlier is not None and earlier.consultation != command.consultation
    check_there(None if is_elsewhere else command)
    check_stands(is_withdrawn=earlier is not None and earlier.withdrawn_at is not None)
    by_clock = earlier is not None and earlier.kind is not NoteKind.NOTE
    check_words(command, by_clock=by_clock)
    title, text = command.title.strip(), command.text.strip()
    if earlier is not None and earlier.says(title, text):
        return Done(facts=(NothingNew(id=command.id, at=at),))
    check_seen(command.seen, 0 if earlier is None else earlier.number)
    if earlier is None:
        await notes.insert_note(connection, _new(command, record, at=at))
    else:
        await notes.change_note(connection, earlier, title=title, text=text, at=at)
    note = check_there(await notes.load_note(connection, command.id))
    fact = NotePublished(
        id=note.id, at=at, note=note, record=record, by=command.by, is_new=earlier is None
    )
    return Done(facts=(fact,))


def _new(command: PublishNote, record: ConsultationRecord, *, at: datetime) -> Note:
    return Note(
        id=command.id,
        consultation=command.consultation,
        kind=NoteKind.NOTE,
        title=command.title.strip(),
        text=command.text.strip(),
        language=record.language,
        about=None,
        number=1,
        published_at=at,
        edited_at=None,
        withdrawn_at=None,
        reason=None,
    )


async def withdraw(connection: AsyncConnection, command: WithdrawNote, *, at: datetime) -> Done:
    """Take back what a consultation said; that it was said, and why it is not, stays."""
    await take_turns(connection, f"note {command.id}")
    note = check_there(await notes.load_note(connection, command.id, holds=True))
    role = await _check_role(connection, command.by, note.consultation)
    record = await _consultation(connection, note.consultation)
    if note.withdrawn_at is not None:
        return Done(facts=(NothingNew(id=command.id, at=at),))
    check_note(command.reason, is_needed=True)
    reason = command.reason.strip()
    await notes.empty_note(connection, note.id, reason=reason, at=at)
    line = Change(
        what="note-withdrawn",
        at=at,
        role=role,
        by=command.by,
        before=note.published_at.isoformat(timespec="seconds"),
        reason=reason,
    )
    await history.record(connection, note.consultation, line)
    return Done(facts=(NoteWithdrawn(id=note.id, at=at, note=note, record=record),))


async def choose_voice(connection: AsyncConnection, command: ChooseVoice, *, at: datetime) -> Done:
    """Choose what the clock posts for a consultation (rule 8.10)."""
    role = await _check_role(connection, command.by, command.consultation)
    await take_turns(connection, f"voice {command.consultation}")
    await _consultation(connection, command.consultation)
    before = await notes.load_silences(connection, command.consultation)
    nothing = Done(facts=(NothingNew(id=command.consultation, at=at),))
    if before == command.silent:
        return nothing
    await notes.keep_silences(connection, command.consultation, sorted(command.silent))
    line = Change(
        what="voice",
        at=at,
        role=role,
        by=command.by,
        before=sorted(before),
        after=sorted(command.silent),
    )
    await history.record(connection, command.consultation, line)
    return nothing


async def _check_role(
    connection: AsyncConnection, actor: ActorId, consultation: str
) -> Role | None:
    role = await role_in(connection, actor, consultation)
    check_organiser(role)
    return role


async def _consultation(connection: AsyncConnection, consultation: str) -> ConsultationRecord:
    """Return a consultation whose home this instance is."""
    record = (await load_consultations(connection, [consultation])).get(consultation)
    is_ours = record is not None and record.home is None
    return check_there(record if is_ours else None, Refusal.UNKNOWN_CONSULTATION)


async def tell(connection: AsyncConnection, fact: NotePublished, house: House) -> None:
    """Send a new note as proposals are sent, or what it says now to whoever may have it."""
    note, record = fact.note, fact.record
    said = write_note(note, record)
    readers = publishing.of_official(note.consultation, record.organiser)
    if fact.is_new:
        await publishing.publish_official(connection, house, said, readers, at=fact.at)
    else:
        await publishing.update(connection, house, said, readers, at=fact.at)
    if note.kind is NoteKind.NOTE:  # of what the clock says, people here have other notices
        await telling.note_published(connection, note.consultation, by=fact.by, at=fact.at)


async def tell_of_withdrawal(
    connection: AsyncConnection, fact: NoteWithdrawn, house: House
) -> None:
    """Let everybody know who may have a note that it is withdrawn."""
    note, record = fact.note, fact.record
    if record.home is not None:
        return  # its home tells the others
    gone = write_note_tombstone(note, at=fact.at)
    readers = publishing.of_official(note.consultation, record.organiser)
    await publishing.delete(connection, house, gone, readers, at=fact.at)


async def load_document(
    connection: AsyncConnection, note: str, *, now: datetime
) -> tuple[Document, bool] | None:
    """Return the document of a note of a consultation here, and whether it still says something."""
    found = await notes.load_note(connection, note)
    if found is None:
        return None
    record = (await load_consultations(connection, [found.consultation])).get(found.consultation)
    if record is None or record.home is not None:
        return None
    if found.withdrawn_at is not None:
        return write_note_tombstone(found, at=now), False
    return write_note(found, record), True
