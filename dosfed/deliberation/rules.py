"""Every yes and no of the domain: pure functions, numbered as in docs/rules.md."""

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache

from dosfed import texts
from dosfed.deliberation.model import (
    ActorId,
    CastBallot,
    Consultation,
    CoSign,
    Eligible,
    Group,
    Hiding,
    Method,
    PhaseKind,
    Poll,
    Refusal,
    Refused,
    ReviseProposal,
    Role,
)

# A ballot stored just before the end may still be on its way to the judge.
GRACE = timedelta(seconds=2)
# So many ballots one person may hold, without reading the others off the tally (rule 2.3).
PUPPETS = 8
ARGUING = (PhaseKind.PROPOSALS, PhaseKind.DISCUSSION, PhaseKind.VOTING)
TITLE_LENGTH = 200
TEXT_LENGTH = 20_000
NOTE_LENGTH = 500
TAGS = 5
TAG_LENGTH = 40
GROUP_LENGTH = 100
GROUP_SIZE = 1_000_000
DRAFTS = 50


def fold_option(name: str) -> str:
    """Return a name as it is compared: NFC, trimmed, one kind of apostrophe (rule 1.3)."""
    return texts.normalise(name).strip().replace("\N{RIGHT SINGLE QUOTATION MARK}", "'")


def check_ballot(
    poll: Poll, ballot: CastBallot, *, voter_host: str, here: str, at: datetime
) -> tuple[int, ...]:
    """Return the positions a ballot chooses, ascending, or raise `Refused`.

    Rules 1.1 to 1.4, and 3.23.
    """
    if poll.is_closed or not poll.opens <= at < poll.closes:
        raise Refused(Refusal.NOT_OPEN)
    check_shown(poll.hidings, at=at)
    if not is_eligible(poll.eligible, host=voter_host, here=here):
        raise Refused(Refusal.NOT_ELIGIBLE)
    return check_choices(poll, ballot.choices)


def check_shown(hidings: Sequence[Hiding], *, at: datetime) -> None:
    """Raise `Refused` where a moderator had hidden the proposal just then (rule 3.23)."""
    if any(hiding.holds(at) for hiding in hidings):
        raise Refused(Refusal.HIDDEN)


def check_choices(poll: Poll, choices: tuple[str, ...]) -> tuple[int, ...]:
    """Return the positions of options given by name, or raise `Refused` (rules 1.3 and 1.4)."""
    positions = _positions(poll.options)
    chosen = set()
    for name in choices:
        position = positions.get(fold_option(name))
        if position is None:
            raise Refused(Refusal.UNKNOWN_OPTION)
        chosen.add(position)
    if not chosen or (len(chosen) > 1 and poll.method is not Method.MULTIPLE):
        raise Refused(Refusal.WRONG_NUMBER)
    return tuple(sorted(chosen))


@lru_cache(maxsize=1_024)
def _positions(options: tuple[str, ...]) -> Mapping[str, int]:
    return {fold_option(option): position for position, option in enumerate(options)}


def is_eligible(eligible: Eligible, *, host: str, here: str) -> bool:
    """Whether voters of a host may vote (rule 1.2)."""
    if eligible == "anyone":
        return True
    if eligible == "here":
        return host == here
    return host in eligible


def replaces(published: datetime | None, standing: datetime | None) -> bool:
    """Whether a ballot that comes later replaces the one that stands (rule 1.5)."""
    return published is None or standing is None or published >= standing


def may_show_counts(poll: Poll, *, has_moved: bool) -> bool:
    """Whether anybody may be shown counts of a poll (rules 2.1 and 2.2)."""
    if poll.hides_counts and not poll.is_closed:
        return False
    return has_moved or poll.counts_from <= 1


def lot_size(counts_from: int) -> int | None:
    """Return how many voters fill a lot; none where everything shows at once (rule 2.3)."""
    return None if counts_from <= 1 else counts_from + PUPPETS


def may_move_tally(
    *, counts_from: int, moved_at: datetime | None, interval: timedelta, now: datetime
) -> bool:
    """Whether the published tally may move to the end of a lot that is ready (rule 2.3)."""
    return counts_from <= 1 or moved_at is None or now >= moved_at + interval


def may_announce_tally(
    *,
    hides_counts: bool,
    is_closed: bool,
    announced_at: datetime | None,
    interval: timedelta,
    now: datetime,
) -> bool:
    """Whether a tally that moved may be sent to those who know the poll (rules 2.1 and 2.5)."""
    if is_closed:
        return True
    return not hides_counts and (announced_at is None or now >= announced_at + interval)


def may_close(poll: Poll, *, has_unjudged: bool, now: datetime) -> bool:
    """Whether the final tally of a poll may be counted (rule 1.6)."""
    return not poll.is_closed and now >= poll.closes + GRACE and not has_unjudged


def allows(consultation: Consultation, kinds: tuple[PhaseKind, ...], *, at: datetime) -> bool:
    """Whether a consultation is in a phase of one of these kinds (rule 3.1)."""
    if not consultation.opens <= at < consultation.closes:
        return False
    if not consultation.phases:
        return True
    return any(
        phase.kind in kinds and phase.opens <= at < phase.closes for phase in consultation.phases
    )


def check_proposal(consultation: Consultation, title: str, text: str, *, at: datetime) -> None:
    """Raise `Refused` unless a proposal may be submitted (rules 3.1 and 3.2)."""
    if not allows(consultation, (PhaseKind.PROPOSALS,), at=at):
        raise Refused(Refusal.WRONG_PHASE)
    check_words(title, text)


def check_words(title: str, text: str) -> None:
    """Raise `Refused` unless these can be a proposal's words (rule 3.2)."""
    if says_nothing(title):
        raise Refused(Refusal.EMPTY)
    if len(title) > TITLE_LENGTH or len(text) > TEXT_LENGTH:
        raise Refused(Refusal.TOO_LONG)


def says_nothing(line: str) -> bool:
    """Whether a line has nothing to see: no letter, digit, sign or mark of punctuation."""
    return not any(unicodedata.category(character)[0] in "LNPS" for character in line)


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """A proposal as those rules see it that say who may change it."""

    author: ActorId | None
    is_waiting: bool
    version: int
    is_frozen: bool  # somebody voted on it, or its poll is over


def check_revision(
    consultation: Consultation,
    standing: Standing,
    revision: ReviseProposal,
    *,
    role: Role | None,
    at: datetime,
) -> None:
    """Raise `Refused` unless a proposal may be given a new text (rule 3.10)."""
    check_changer(standing, revision.by, role)
    if not allows(consultation, ARGUING, at=at):
        raise Refused(Refusal.WRONG_PHASE)
    if standing.is_frozen:
        raise Refused(Refusal.FROZEN)
    if revision.follows != standing.version:
        raise Refused(Refusal.OUTDATED)
    check_words(revision.title, revision.text)
    if not standing.is_waiting and says_nothing(revision.note):
        raise Refused(Refusal.EMPTY)
    if len(revision.note) > NOTE_LENGTH:
        raise Refused(Refusal.TOO_LONG)


def check_changer(standing: Standing, by: ActorId, role: Role | None) -> None:
    """Raise `Refused` unless somebody may change a proposal at all (rules 3.10 and 3.12).

    What waits is still its author's alone: nobody could see what a facilitator made of it.
    """
    if by == standing.author:
        return
    if standing.is_waiting or not may_facilitate(role):
        raise Refused(Refusal.NOT_ALLOWED)


def check_co_signature(
    consultation: Consultation, command: CoSign, *, author: ActorId | None, at: datetime
) -> None:
    """Raise `Refused` unless somebody may stand behind a proposal, or step back (rule 3.11)."""
    if not command.is_signed:
        return
    if command.actor == author:
        raise Refused(Refusal.OWN_PROPOSAL)
    if not allows(consultation, ARGUING, at=at):
        raise Refused(Refusal.WRONG_PHASE)


def check_tags(tags: tuple[str, ...]) -> None:
    """Raise `Refused` unless these can be a proposal's tags (rule 3.12)."""
    if len(tags) > TAGS or any(says_nothing(tag) or len(tag) > TAG_LENGTH for tag in tags):
        raise Refused(Refusal.BAD_TAG)


def check_group(group: Group | None) -> None:
    """Raise `Refused` unless a contribution can be entered for this group (rule 3.13)."""
    if group is None:
        return
    is_named = not says_nothing(group.name) and len(group.name) <= GROUP_LENGTH
    if not is_named or not 0 < group.size <= GROUP_SIZE:
        raise Refused(Refusal.BAD_GROUP)


def check_draft(title: str, text: str, *, others: int) -> None:
    """Raise `Refused` unless a draft may be kept beside so many others (rule 3.14)."""
    if says_nothing(title) and says_nothing(text):
        raise Refused(Refusal.EMPTY)
    if len(title) > TITLE_LENGTH or len(text) > TEXT_LENGTH:
        raise Refused(Refusal.TOO_LONG)
    if others >= DRAFTS:
        raise Refused(Refusal.TOO_MANY)


def check_own_words(*, is_written_here: bool, is_citizen: bool) -> None:
    """Raise `Refused` unless words lie on their author's own server (rule 7.4)."""
    if is_written_here is not is_citizen:
        raise Refused(Refusal.ELSEWHERE)


def check_counted_here(*, is_home: bool, is_citizen: bool) -> None:
    """Raise `Refused` where a mirror would count for somebody it does not speak for (7.5)."""
    if not (is_home or is_citizen):
        raise Refused(Refusal.ELSEWHERE)


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


def check_argument(consultation: Consultation, html: str, *, at: datetime) -> None:
    """Raise `Refused` unless an argument may be posted (rules 3.1 and 3.3)."""
    if not allows(consultation, ARGUING, at=at):
        raise Refused(Refusal.WRONG_PHASE)
    if texts.is_blank(html):
        raise Refused(Refusal.EMPTY)
    if len(html) > 2 * TEXT_LENGTH:
        raise Refused(Refusal.TOO_LONG)
