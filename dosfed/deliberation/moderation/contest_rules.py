"""Every yes and no about contests: pure, numbered as in docs/rules.md."""

from dosfed.deliberation.model import Refusal, Refused
from dosfed.deliberation.moderation.model import Contest
from dosfed.deliberation.rules import check_length, says_nothing
from dosfed.deliberation.team.rules import check_note

TEXT_LENGTH = 2_000


def check_contest(contest: Contest, *, is_author: bool, stands: bool, is_contested: bool) -> None:
    """Raise `Refused` unless an author contests a decision that stands, once (rule 5.12)."""
    if not is_author:
        raise Refused(Refusal.NOT_THE_AUTHOR)
    if not stands:
        raise Refused(Refusal.UNKNOWN_OBJECT)
    if is_contested:
        raise Refused(Refusal.ALREADY_THERE)
    if says_nothing(contest.text):
        raise Refused(Refusal.EMPTY)
    check_length(contest.text, TEXT_LENGTH)


def check_verdict(reason: str, *, is_open: bool, decided_first: bool, others: int) -> None:
    """Raise `Refused` unless somebody else than at first answers a contest (rule 5.13).

    Where nobody else may, whoever decided first looks again.
    """
    if not is_open:
        raise Refused(Refusal.ALREADY_DECIDED)
    if decided_first and others > 0:
        raise Refused(Refusal.OWN_DECISION)
    check_note(reason, is_needed=True)
