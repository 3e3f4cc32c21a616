"""The rules of whatever people write: pure functions, numbered as in docs/rules.md."""

import unicodedata

from dosfed.deliberation.model import Group, Refusal, Refused

TITLE_LENGTH = 200
TEXT_LENGTH = 20_000
GROUP_LENGTH = 100
GROUP_SIZE = 1_000_000


def check_words(title: str, text: str) -> None:
    """Raise `Refused` unless these can be a proposal's words (rule 3.2)."""
    if says_nothing(title):
        raise Refused(Refusal.EMPTY)
    if len(title) > TITLE_LENGTH or len(text) > TEXT_LENGTH:
        raise Refused(Refusal.TOO_LONG)


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
