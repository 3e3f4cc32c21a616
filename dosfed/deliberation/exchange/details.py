"""What an import file says of a contribution beside its words: tags, group, versions."""

import re
from datetime import datetime

from dosfed.deliberation.debate.rules import SOURCE_LENGTH, SOURCES, is_source
from dosfed.deliberation.exchange import json_fields as read
from dosfed.deliberation.exchange.given import GivenVersion
from dosfed.deliberation.exchange.json_fields import BadDocument, Fields
from dosfed.deliberation.model import Group
from dosfed.deliberation.proposals.clauses import ANCHOR
from dosfed.deliberation.proposals.reasons import OwnReason, RefusalReason
from dosfed.deliberation.proposals.rules import NOTE_LENGTH, TAG_LENGTH, TAGS
from dosfed.deliberation.proposals.tag_names import distinct
from dosfed.deliberation.rules import GROUP_LENGTH, GROUP_SIZE, TEXT_LENGTH, TITLE_LENGTH

GROUP_KEYS = frozenset({"name", "size"})
VERSION_KEYS = frozenset({"title", "text", "note", "by", "replaced", "clauses"})
VERSIONS = 1_000
CLAUSES = TEXT_LENGTH
ANCHOR_LENGTH = 50
REASONS = 50
REASON_LENGTH = 40
CODE = re.compile(r"[a-z0-9-]{1,40}")


def read_tags(fields: Fields) -> tuple[str, ...]:
    """Read the tags of a proposal (rule 3.12)."""
    return distinct(read.read_list(fields, "tags", _tag, most=TAGS))


def _tag(value: object, path: str) -> str:
    return read.read_line(value, path, most=TAG_LENGTH)


def read_reasons(fields: Fields) -> tuple[OwnReason, ...]:
    """Read the reasons that a consultation has of its own for refusing proposals (rule 3.9)."""
    reasons = read.read_list(fields, "reasons", _reason, most=REASONS)
    codes = [one.code for one in reasons]
    for place, code in enumerate(codes):
        if code in codes[:place] or code in set(RefusalReason):
            raise BadDocument(f"{fields.at('reasons')}[{place}].code", f"{code} is given already")
    return reasons


def _reason(value: object, path: str) -> OwnReason:
    fields = read.read_fields(value, path, known=("code", "title"))
    code = read.line(fields, "code", most=REASON_LENGTH)
    if not CODE.fullmatch(code):
        raise fields.bad("code", "expected 1 to 40 of a to z, 0 to 9 and -")
    return OwnReason(code=code, title=read.line(fields, "title", most=TITLE_LENGTH))


def read_group(fields: Fields) -> Group | None:
    """Read the group for which something was entered (rule 3.13)."""
    given = read.read_object(fields, "group", known=GROUP_KEYS)
    if given is None:
        return None
    name = read.line(given, "name", most=GROUP_LENGTH)
    size = read.number(given, "size", most=GROUP_SIZE)
    if size == 0:
        raise given.bad("size", "expected how many people it had")
    return Group(name=name, size=size)


def read_versions(fields: Fields, *, before: datetime) -> tuple[GivenVersion, ...]:
    """Read the earlier texts of a proposal, the first first (rule 3.10)."""

    def read_one(value: object, path: str) -> GivenVersion:
        return _version(value, path, before)

    return read.read_list(fields, "versions", read_one, most=VERSIONS)


def _version(value: object, path: str, before: datetime) -> GivenVersion:
    fields = read.read_fields(value, path, known=VERSION_KEYS)
    by = read.line(fields, "by", most=ANCHOR_LENGTH, default="author")
    if by not in {"author", "facilitator"}:
        raise fields.bad("by", "expected author or facilitator")
    return GivenVersion(
        title=read.line(fields, "title", most=TITLE_LENGTH),
        text=read.text(fields, "text", most=TEXT_LENGTH),
        note=read.line(fields, "note", most=NOTE_LENGTH),
        by=by,
        replaced=min(read.moment(fields, "replaced"), before),
        clauses=read_clauses(fields),
    )


def read_clauses(fields: Fields) -> tuple[str, ...] | None:
    """Read the anchors of a text's clauses; those that do not fit the text are left aside later."""
    if not fields.has("clauses"):
        return None
    return read.read_list(fields, "clauses", _anchor, most=CLAUSES)


def read_clause(fields: Fields) -> str | None:
    """Read the anchor of the clause that an argument is about."""
    return _anchor(fields.values["clause"], fields.at("clause")) if fields.has("clause") else None


def _anchor(value: object, path: str) -> str:
    anchor = read.read_line(value, path, most=ANCHOR_LENGTH)
    if not ANCHOR.fullmatch(anchor):
        raise BadDocument(path, "expected an anchor like c-1a2b3c4d")
    return anchor


def read_sources(fields: Fields) -> tuple[str, ...]:
    """Read the addresses that an argument rests on."""
    return read.read_list(fields, "sources", _source, most=SOURCES)


def _source(value: object, path: str) -> str:
    address = read.read_line(value, path, most=SOURCE_LENGTH)
    if not is_source(address):
        raise BadDocument(path, "expected an address that begins with https://")
    return address
