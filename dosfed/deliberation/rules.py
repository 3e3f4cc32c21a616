"""The rules of whatever people write: pure functions, numbered as in docs/rules.md."""

import unicodedata
from typing import Literal, TypeVar

from dosfed.deliberation.model import Group, Length, Refusal, Refused

T = TypeVar("T")
Unknown = Literal[
    Refusal.UNKNOWN_OBJECT,
    Refusal.UNKNOWN_CONSULTATION,
    Refusal.UNKNOWN_POLL,
    Refusal.UNKNOWN_PARENT,
    Refusal.UNKNOWN_OPTION,
]
TITLE_LENGTH = 200
TEXT_LENGTH = 20_000
GROUP_LENGTH = 100
GROUP_SIZE = 1_000_000


def check_there(thing: T | None, refusal: Unknown = Refusal.UNKNOWN_OBJECT) -> T:
    """Return what an act names, or raise `Refused` where it is not here (rule 3.26)."""
    if thing is None:
        raise Refused(refusal)
    return thing


def check_new(*, is_there: bool) -> None:
    """Raise `Refused` where what an act would make is here already (rule 3.26)."""
    if is_there:
        raise Refused(Refusal.ALREADY_THERE)


def check_same(*, is_same: bool) -> None:
    """Raise `Refused` where somebody changes what is not any more as they saw it (rule 10.1)."""
    if not is_same:
        raise Refused(Refusal.OUTDATED)


def check_author(*, is_author: bool) -> None:
    """Raise `Refused` unless somebody changes or deletes their own words (rules 3.6 and 3.15)."""
    if not is_author:
        raise Refused(Refusal.NOT_THE_AUTHOR)


def check_length(text: str, most: int = TEXT_LENGTH) -> None:
    """Raise `Refused` for a text that is longer than any may be, before any work is done for it."""
    if len(text) > most:
        raise Refused(Refusal.TOO_LONG, length=Length(has=len(text), most=most))


def check_heard(*, is_blocked: bool) -> None:
    """Raise `Refused` where the instance does not listen to somebody (rule 5.7)."""
    if is_blocked:
        raise Refused(Refusal.BLOCKED)


def check_words(title: str, text: str) -> None:
    """Raise `Refused` unless these can be a proposal's words (rule 3.2)."""
    if says_nothing(title):
        raise Refused(Refusal.EMPTY)
    check_length(title, TITLE_LENGTH)
    check_length(text, TEXT_LENGTH)


def says_nothing(line: str) -> bool:
    """Whether a line has nothing to see: no letter, digit, sign or mark of punctuation."""
    return not any(unicodedata.category(character)[0] in "LNPS" for character in line)


def check_group(group: Group | None) -> None:
    """Raise `Refused` unless a contribution can be entered for this group (rule 3.13)."""
    if group is None:
        return
    is_named = not says_nothing(group.name) and len(group.name) <= GROUP_LENGTH
    if not is_named or not 0 < group.size <= GROUP_SIZE:
        raise Refused(Refusal.BAD_GROUP)


def check_own_words(*, is_written_here: bool, is_citizen: bool) -> None:
    """Raise `Refused` unless words lie on their author's own server (rule 7.4)."""
    if is_written_here is not is_citizen:
        raise Refused(Refusal.ELSEWHERE)


def check_counted_here(*, is_home: bool, is_citizen: bool) -> None:
    """Raise `Refused` where a mirror would count for somebody it does not speak for (rule 7.5)."""
    if not (is_home or is_citizen):
        raise Refused(Refusal.ELSEWHERE)
