"""What a Group says of the arguments and proposals that its home hides, or has no more."""

from typing import Any

from dosfed.activitypub import writing
from dosfed.activitypub.reading import Document, id_of, one, optional_id, optional_text
from dosfed.activitypub.vocabulary import Delete
from dosfed.deliberation.debate.model import Remove
from dosfed.deliberation.debate.records import ArgumentRecord
from dosfed.deliberation.model import ActorId
from dosfed.deliberation.moderation.model import Hide, HideReason
from dosfed.deliberation.proposals.kept import ProposalRecord
from dosfed.deliberation.team.rules import NOTE_LENGTH
from dosfed.instance import Instance, host_of
from dosfed.wire import terms


def write_hiding(
    instance: Instance, record: ArgumentRecord | ProposalRecord, command: Hide, *, former_type: str
) -> dict[str, Any]:
    """Return what the organiser does as a moderator: a Delete with a reason, or its Undo.

    Lemmy writes what its moderators remove in the same way.
    """
    gone = {"id": record.id, "type": "Tombstone", "formerType": former_type}
    activity = {
        **writing.delete(instance, record.organiser, gone),
        "audience": record.consultation,
        "summary": record.hidden_reason or command.reason,
        terms.REASON: record.hidden_code or (command.code or HideReason.OTHER).value,
    }
    return activity if command.is_hidden else writing.undo(instance, activity)


def read_hiding(group: str, document: Document) -> Hide | None:
    """Return what a Group's Announce asks a mirror to hide, or to show again; else None.

    It is a Delete of somebody on its own host that gives a reason, or the Undo of it, embedded
    whole: what a Group passes on of its own house is that house's word.
    """
    # Embedded whole, since a `Delete` at an address of its own would name what should be named no
    # more, so there is none to fetch.
    said = one(document, "object")
    is_undone = isinstance(said, dict) and said.get("type") == "Undo"
    delete = one(said, "object") if isinstance(said, dict) and is_undone else said
    if not isinstance(said, dict) or not isinstance(delete, dict) or delete.get("type") != "Delete":
        return None
    if not all(_is_of_house(group, activity) for activity in (said, delete)):
        return None
    code, hidden = optional_text(delete, terms.REASON), id_of(one(delete, "object"))
    if code is None or hidden is None:
        return None
    words = (optional_text(delete, "summary") or "").strip()
    return Hide(
        id=hidden,
        by=ActorId(group),
        is_hidden=not is_undone,
        reason=(words or code)[:NOTE_LENGTH],
        code=HideReason(code) if code in set(HideReason) else HideReason.OTHER,
    )


def read_removal(group: str, delete: Delete) -> Remove | None:
    """Return what a home says is gone that lies on another server; else None.

    Whose it is has deleted it, or shows it to fewer people than everybody, or has left.
    """
    if host_of(delete.actor) != host_of(group) or host_of(delete.object) == host_of(group):
        return None
    return Remove(id=delete.object, actor=ActorId(group))


def _is_of_house(group: str, activity: Document) -> bool:
    actor = optional_id(activity, "actor")
    return actor is not None and host_of(actor) == host_of(group)
