"""Official notes: a Note of the organiser, by hand or by the clock."""

from dataclasses import dataclass
from datetime import datetime
from html import escape
from typing import Any

from dosfed import texts
from dosfed.activitypub import writing
from dosfed.activitypub.reading import Malformed
from dosfed.activitypub.vocabulary import Post
from dosfed.deliberation.consultations.kept import ConsultationRecord
from dosfed.deliberation.notes.kept import Note
from dosfed.deliberation.rules import TEXT_LENGTH, TITLE_LENGTH
from dosfed.instance import PUBLIC
from dosfed.wire import terms
from dosfed.wire.sources import in_language, write_source
from dosfed.wire.words import language_or_english, line_of, markdown_of

Document = dict[str, Any]

# Who answers a note elsewhere is heard nowhere: it says where one is (rule 8.11).
_WHERE = {"fr": "Pour participer", "es": "Para participar", "en": "To take part"}


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenNote:
    """What a home says in a note of a consultation that is mirrored here."""

    id: str
    title: str
    text: str
    language: str
    changed_at: datetime | None
    published_at: datetime | None


def write_note(note: Note, record: ConsultationRecord) -> Document:
    """Write a note: its title, its words, and where to go."""
    body = _content(note, record)
    object_: Document = {
        "id": note.id,
        "type": "Note",
        "attributedTo": record.organiser,
        "to": [PUBLIC],
        "cc": [
            f"{record.organiser}/followers",
            note.consultation,
            f"{note.consultation}/followers",
        ],
        "audience": note.consultation,
        "content": body,
        "contentMap": {note.language: body},
        **write_source(note.text, above=note.title, below=[_below(note, record)]),
        "url": note.id,
        "published": writing.rfc3339(note.published_at),
        "sensitive": False,
        "attachment": [],
        "tag": [],
        terms.KIND: "note",
        terms.CONSULTATION: note.consultation,
    }
    if note.title:
        object_[terms.TITLE] = note.title
    if note.about is not None:
        object_[terms.ABOUT] = note.about
    if note.edited_at is not None:
        object_["updated"] = writing.rfc3339(note.edited_at)
    return object_


def write_note_tombstone(note: Note, *, at: datetime) -> Document:
    """Write what is left of a note that was withdrawn."""
    return writing.tombstone(note.id, former_type="Note", at=note.withdrawn_at or at)


def _content(note: Note, record: ConsultationRecord) -> str:
    title = f"<p><strong>{escape(note.title)}</strong></p>" if note.title else ""
    page, where = _page(note), escape(_where(note, record), quote=False)
    link = f'<p>{where}<a href="{escape(page)}">{escape(page)}</a></p>'
    return f"{title}{texts.render_markdown(note.text)}{link}"


def _below(note: Note, record: ConsultationRecord) -> str:
    return f"{_where(note, record)}<{_page(note)}>"


def _page(note: Note) -> str:
    return note.about or note.consultation


def _where(note: Note, record: ConsultationRecord) -> str:
    """Return the words before the link; what the clock says leads there by itself."""
    if not note.title or note.published_at >= record.consultation.closes:
        return ""
    space = "\N{NO-BREAK SPACE}" if note.language.startswith("fr") else ""
    return f"{in_language(_WHERE, note.language)}{space}: "


def read_note(post: Post) -> SeenNote:
    """Return what a note of a home says, or raise `Malformed`."""
    text = markdown_of(post.document)
    if text is None or not text.strip():
        raise Malformed("source: expected words")
    if len(text) > TEXT_LENGTH:
        raise Malformed("source: too long")
    return SeenNote(
        id=post.id,
        title=line_of(post.document, terms.TITLE, TITLE_LENGTH),
        text=text,
        language=language_or_english(post.language),
        changed_at=post.updated or post.published,
        published_at=post.published,
    )
