"""Why a proposal is refused, in one word: those that all teams have, and a consultation's own."""

import enum
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any


class RefusalReason(enum.StrEnum):
    """Why a facilitator refuses a proposal; the public record says these words."""

    OFF_TOPIC = "off-topic"
    DUPLICATE = "duplicate"
    UNCLEAR = "unclear"
    OUT_OF_REACH = "out-of-reach"
    PERSONAL_DATA = "personal-data"
    INSULT = "insult"
    ILLEGAL = "illegal"
    OTHER = "other"


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnReason:
    """A reason that one consultation alone has, in its language."""

    code: str
    title: str


def read_reasons(kept: Any) -> tuple[OwnReason, ...]:
    """Return a consultation's own reasons, as they are kept."""
    return tuple(OwnReason(code=one["code"], title=one["title"]) for one in kept or ())


def write_reasons(reasons: Sequence[OwnReason]) -> list[dict[str, str]] | None:
    """Return what is kept of a consultation's own reasons; none where it has none."""
    return [{"code": one.code, "title": one.title} for one in reasons] or None
