"""The rules of a debate beyond who may argue when: sources, clauses, weights, reports."""

import re
from collections.abc import Collection
from datetime import datetime
from urllib.parse import urlsplit

from dosfed import texts
from dosfed.deliberation.consultations.model import Consultation
from dosfed.deliberation.consultations.rules import ARGUING, allows
from dosfed.deliberation.debate.model import Stance
from dosfed.deliberation.model import Refusal, Refused
from dosfed.deliberation.rules import TEXT_LENGTH, check_length

SOURCES = 10
SOURCE_LENGTH = 500
REPORT_LENGTH = 2_000
REPORT_OBJECTS = 100
# Of one reporter, so many reports wait for the moderators: more would bury what others report.
WAITING_REPORTS = 200
# Of the same thing, so many by people without an account.
REPORTS_OF_STRANGERS = 5
# What an argument said before its fifty latest edits is not kept.
VERSIONS = 50
_ADDRESS = re.compile(r"https://[^\s<>\"\\^`{|}]+")


def is_source(address: str) -> bool:
    """Whether an address is one that anybody can open, and that says where it leads (rule 3.16).

    Nothing that a reader does not see may hide in it, and no user name before the host.
    """
    if len(address) > SOURCE_LENGTH or not address.isprintable():
        return False
    if _ADDRESS.fullmatch(address) is None:
        return False
    try:
        parts = urlsplit(address)
        return bool(parts.hostname) and "@" not in parts.netloc and parts.port != 0
    except ValueError:  # brackets without an address in them, a port beyond all ports
        return False


def check_sources(sources: Collection[str]) -> None:
    """Raise `Refused` unless an argument may rest on these (rule 3.16)."""
    if len(sources) > SOURCES or not all(is_source(source) for source in sources):
        raise Refused(Refusal.BAD_SOURCE)


def read_stance(name: str) -> Stance:
    """Return the stance that was chosen, neutral if none was; raise `Refused` for any other."""
    if name and name not in set(Stance):
        raise Refused(Refusal.UNKNOWN_OPTION)
    return Stance(name or Stance.NEUTRAL)


def check_clause(clause: str | None, known: Collection[str]) -> None:
    """Raise `Refused` unless an argument is about a clause that its proposal has (rule 3.17)."""
    if clause is not None and clause not in known:
        raise Refused(Refusal.UNKNOWN_CLAUSE)


def check_weight(*, is_there: bool, is_own: bool) -> None:
    """Raise `Refused` unless somebody may weigh this (rule 3.8)."""
    if not is_there:
        raise Refused(Refusal.UNKNOWN_OBJECT)
    if is_own:
        raise Refused(Refusal.OWN_ARGUMENT)


def check_weighing(consultation: Consultation, *, at: datetime) -> None:
    """Raise `Refused` where a debate is over; what somebody found they may still take back."""
    if not allows(consultation, ARGUING, at=at):
        raise Refused(Refusal.WRONG_PHASE)


def check_report(objects: Collection[str], text: str, *, is_ours: bool, waiting: int) -> None:
    """Raise `Refused` unless a report can be kept beside those that wait (rule 3.20)."""
    if waiting >= WAITING_REPORTS:
        raise Refused(Refusal.TOO_MANY)
    if not objects or (is_ours and not text.strip()):
        raise Refused(Refusal.EMPTY)
    if is_ours:
        check_length(text, REPORT_LENGTH)


def check_argument(consultation: Consultation, html: str, *, at: datetime) -> None:
    """Raise `Refused` unless an argument may be posted (rules 3.1 and 3.3)."""
    if not allows(consultation, ARGUING, at=at):
        raise Refused(Refusal.WRONG_PHASE)
    if texts.is_blank(html):
        raise Refused(Refusal.EMPTY)
    if len(html) > 2 * TEXT_LENGTH:
        raise Refused(Refusal.TOO_LONG)
