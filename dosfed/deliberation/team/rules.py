"""Every yes and no about those who look after an instance: pure, numbered as in docs/rules.md."""

from dosfed.deliberation.model import Refusal, Refused, Role
from dosfed.deliberation.rules import check_length

NOTE_LENGTH = 1_000
# The roles that somebody can have for one consultation alone.
FOR_ONE = (Role.MODERATOR, Role.FACILITATOR, Role.ORGANISER)


def higher(role: Role, other: Role | None) -> Role:
    """Return which of two roles allows more: each may do what those before it may."""
    ladder = tuple(Role)
    return role if other is None else max(role, other, key=ladder.index)


def may_moderate(role: Role | None) -> bool:
    """Whether somebody may answer reports, hide what others wrote, and block (rule 5.1)."""
    return role in {Role.MODERATOR, Role.FACILITATOR, Role.ORGANISER, Role.OPERATOR}


def may_facilitate(role: Role | None) -> bool:
    """Whether somebody may decide on proposals that wait (rule 3.9)."""
    return role in {Role.FACILITATOR, Role.ORGANISER, Role.OPERATOR}


def may_organise(role: Role | None) -> bool:
    """Whether somebody may change what a consultation says of itself (rule 5.2)."""
    return role in {Role.ORGANISER, Role.OPERATOR}


def may_operate(role: Role | None) -> bool:
    """Whether somebody may change the instance itself, and who may do what (rule 5.3)."""
    return role is Role.OPERATOR


def needs_factor(role: Role | None, least: str) -> bool:
    """Whether a role acts only after a second factor, which is needed from one on (rule 5.10)."""
    ladder = tuple(Role)
    return role is not None and least in ladder and ladder.index(role) >= ladder.index(Role(least))


def check_proven(*, is_proven: bool) -> None:
    """Raise `Refused` unless somebody has shown what their role needs (rule 5.10)."""
    if not is_proven:
        raise Refused(Refusal.NEEDS_FACTOR)


def check_moderator(role: Role | None) -> None:
    """Raise `Refused` unless somebody may answer reports, hide and block (rule 5.1)."""
    if not may_moderate(role):
        raise Refused(Refusal.NOT_ALLOWED)


def check_facilitator(role: Role | None) -> None:
    """Raise `Refused` unless somebody may decide on proposals that wait (rule 3.9)."""
    if not may_facilitate(role):
        raise Refused(Refusal.NOT_ALLOWED)


def check_organiser(role: Role | None) -> None:
    """Raise `Refused` unless somebody may change what a consultation says (rules 5.2 and 8.7)."""
    if not may_organise(role):
        raise Refused(Refusal.NOT_ALLOWED)


def check_grantable(role: Role) -> None:
    """Raise `Refused` unless a role can be had for one consultation alone (rule 5.11)."""
    if role not in FOR_ONE:
        raise Refused(Refusal.NOT_ALLOWED)


def check_team_change(role: Role | None, *, is_own: bool) -> None:
    """Raise `Refused` unless somebody may take a role for one consultation away (rule 5.11)."""
    if not is_own:
        check_organiser(role)


def check_operator(role: Role | None) -> None:
    """Raise `Refused` unless somebody may change the instance and its people (rule 5.3)."""
    if not may_operate(role):
        raise Refused(Refusal.NOT_ALLOWED)


def check_answer(note: str, *, is_coded: bool, is_upheld: bool, is_answered: bool) -> None:
    """Raise `Refused` unless a report may be answered like that (rule 5.4)."""
    if is_answered:
        raise Refused(Refusal.ALREADY_DECIDED)
    check_hiding(note, is_coded=is_coded, is_hidden=is_upheld)


def check_hiding(reason: str, *, is_coded: bool, is_hidden: bool) -> None:
    """Raise `Refused` unless something may be hidden, or shown again, like that (rule 5.5)."""
    check_note(reason, is_needed=is_hidden)
    if is_hidden and not is_coded:
        raise Refused(Refusal.EMPTY)


def check_blockable(target: str | None) -> str:
    """Return what can be blocked, or raise `Refused` where there is nothing (rule 5.7)."""
    if target is None:
        raise Refused(Refusal.BAD_TARGET)
    return target


def check_note(note: str, *, is_needed: bool) -> None:
    """Raise `Refused` unless these can be a moderator's words."""
    if is_needed and not note.strip():
        raise Refused(Refusal.EMPTY)
    check_length(note, NOTE_LENGTH)


def check_operators_left(role: Role | None, *, other_operators: int) -> None:
    """Raise `Refused` if the last operator would go, step down or be suspended (rule 5.6)."""
    if role is Role.OPERATOR and other_operators == 0:
        raise Refused(Refusal.LAST_OPERATOR)
