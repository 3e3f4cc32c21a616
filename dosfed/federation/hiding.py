"""What a Group says of the arguments and proposals that its moderators hide."""

from dosfed.activitypub.reading import Document, id_of, one, optional_id, optional_text
from dosfed.acts import terms
from dosfed.deliberation.model import ActorId, Hide, HideReason
from dosfed.deliberation.team_rules import NOTE_LENGTH


def read_hiding(group: str, document: Document) -> Hide | None:
    """Return what a Group's Announce asks a mirror to hide, or to show again; else None.

    It is the Group's own Delete that gives a reason, or the Undo of it, embedded whole.
    """
    said = one(document, "object")
    is_undone = isinstance(said, dict) and said.get("type") == "Undo"
    delete = one(said, "object") if isinstance(said, dict) and is_undone else said
    if not isinstance(said, dict) or not isinstance(delete, dict) or delete.get("type") != "Delete":
        return None
    if any(optional_id(activity, "actor") != group for activity in (said, delete)):
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
