"""Contributions entered for a group, as other servers read them."""

from collections.abc import Mapping
from typing import Any

from dosfed import texts
from dosfed.activitypub.handles import holds_address
from dosfed.activitypub.reading import optional_text
from dosfed.deliberation.model import Group
from dosfed.deliberation.rules import GROUP_LENGTH, GROUP_SIZE
from dosfed.wire import terms

_PEOPLE: Mapping[str, tuple[str, str]] = {
    "fr": ("personne", "personnes"),
    "es": ("persona", "personas"),
    "en": ("person", "people"),
}


def words(group: Group, language: str | None) -> str:
    """Return a group as a line of plain text: `Workshop at the library (23 people)`."""
    code = (language or "").partition("-")[0].lower()
    one, many = _PEOPLE.get(code, _PEOPLE["en"])
    return f"{group.name} ({group.size} {one if group.size == 1 else many})"


def write_group(group: Group | None) -> dict[str, Any]:
    """Return what a document says of the group for which it was entered, if any."""
    return {} if group is None else {terms.GROUP: group.name, terms.GROUP_SIZE: group.size}


def read_group(document: Mapping[str, Any]) -> Group | None:
    """Return the group that a document names; none where it makes no sense, or reads like a person.

    Its name is shown beside the author's (rule 3.25).
    """
    name, size = optional_text(document, terms.GROUP), document.get(terms.GROUP_SIZE)
    line = texts.one_line(name or "", GROUP_LENGTH)
    if not line or holds_address(line) or not isinstance(size, int) or not 0 < size <= GROUP_SIZE:
        return None
    return Group(name=line, size=int(size))
