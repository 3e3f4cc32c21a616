"""The licence of what a consultation publishes, beside the object: the address of its text."""

from collections.abc import Mapping
from typing import Any

from dosfed.activitypub.reading import optional_text
from dosfed.deliberation.consultations.licences import licence_at, licence_of
from dosfed.wire import terms


def write_licence(word: str | None) -> dict[str, Any]:
    """Write under which licence an object stands, if that was said."""
    licence = licence_of(word)
    return {} if licence is None else {terms.LICENCE: licence.uri}


def read_licence(document: Mapping[str, Any]) -> str | None:
    """Return the word of an object's licence; none for one that is not known here."""
    licence = licence_at(optional_text(document, terms.LICENCE))
    return None if licence is None else licence.word
