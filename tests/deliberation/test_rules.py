"""Every rule of docs/rules.md, as a table of cases."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dosfed.deliberation.consultations.model import Consultation, Eligible, Phase, PhaseKind
from dosfed.deliberation.consultations.rules import ARGUING, allows
from dosfed.deliberation.debate.rules import check_argument
from dosfed.deliberation.model import ActorId, ConsultationId, PollId, Refusal, Refused
from dosfed.deliberation.proposals.model import Hiding
from dosfed.deliberation.proposals.rules import check_proposal
from dosfed.deliberation.rules import check_new, check_there
from dosfed.deliberation.votes.methods.agree import AGREE
from dosfed.deliberation.votes.methods.by_name import fold_option
from dosfed.deliberation.votes.methods.model import Method, Names
from dosfed.deliberation.votes.methods.multiple import MULTIPLE
from dosfed.deliberation.votes.methods.single import SINGLE
from dosfed.deliberation.votes.methods.support import SUPPORT
from dosfed.deliberation.votes.model import CastBallot, Poll
from dosfed.deliberation.votes.rules import (
    GRACE,
    check_ballot,
    is_eligible,
    lot_size,
    may_announce_tally,
    may_close,
    may_move_tally,
    may_show_counts,
    replaces,
)

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)
DAY = timedelta(days=1)
POLL = Poll(
    id=PollId("https://delib.example/p/1"),
    method=AGREE,
    options=("D'accord", "Abstention", "Pas d'accord"),
    opens=NOON - DAY,
    closes=NOON + DAY,
    eligible="anyone",
    hides_counts=False,
    counts_from=5,
    is_closed=False,
    hidings=(),
)


def ballot(*choices: str) -> CastBallot:
    return CastBallot(
        poll=POLL.id,
        voter=ActorId("https://masto.example/users/ana"),
        said=Names(names=choices),
        adds=False,
        published=None,
    )


def check(poll: Poll, cast: CastBallot, *, at: datetime = NOON) -> tuple[int, ...]:
    return check_ballot(poll, cast, voter_host="masto.example", here="delib.example", at=at)


@pytest.mark.rule("1.1")
@pytest.mark.parametrize(
    ("at", "is_open"),
    [
        (POLL.opens - timedelta(microseconds=1), False),
        (POLL.opens, True),
        (POLL.closes - timedelta(microseconds=1), True),
        (POLL.closes, False),
    ],
)
def test_rule_1_1_a_ballot_counts_from_the_opening_until_just_before_the_end(
    *, at: datetime, is_open: bool
) -> None:
    if is_open:
        assert check(POLL, ballot("Abstention"), at=at) == (1,)
        return
    with pytest.raises(Refused) as caught:
        check(POLL, ballot("Abstention"), at=at)
    assert caught.value.refusal is Refusal.NOT_OPEN


@pytest.mark.rule("1.1")
def test_rule_1_1_a_closed_poll_takes_nothing_whatever_its_dates_say() -> None:
    with pytest.raises(Refused) as caught:
        check(replace(POLL, is_closed=True), ballot("Abstention"))
    assert caught.value.refusal is Refusal.NOT_OPEN


@pytest.mark.rule("3.23")
@pytest.mark.parametrize(
    ("at", "is_taken"),
    [(NOON - timedelta(microseconds=1), True), (NOON, False), (NOON + timedelta(hours=1), False)],
)
def test_rule_3_23_nothing_is_taken_from_the_moment_when_a_proposal_is_hidden(
    *, at: datetime, is_taken: bool
) -> None:
    hidden = replace(POLL, hidings=(Hiding(since=NOON, until=None),))
    if is_taken:
        assert check(hidden, ballot("Abstention"), at=at) == (1,)
        return
    with pytest.raises(Refused) as caught:
        check(hidden, ballot("Abstention"), at=at)
    assert caught.value.refusal is Refusal.HIDDEN


@pytest.mark.rule("3.23")
@pytest.mark.parametrize(
    ("minutes", "is_taken"), [(0, False), (9, False), (10, True), (25, False), (31, True)]
)
def test_rule_3_23_what_was_received_while_it_was_hidden_is_not_taken_afterwards(
    *, minutes: int, is_taken: bool
) -> None:
    spans = [
        (NOON + timedelta(minutes=a), NOON + timedelta(minutes=b)) for a, b in ((0, 10), (20, 30))
    ]
    shown_again = replace(POLL, hidings=tuple(Hiding(since=a, until=b) for a, b in spans))
    at = NOON + timedelta(minutes=minutes)
    if is_taken:
        assert check(shown_again, ballot("Abstention"), at=at) == (1,)
        return
    with pytest.raises(Refused) as caught:
        check(shown_again, ballot("Abstention"), at=at)
    assert caught.value.refusal is Refusal.HIDDEN


@pytest.mark.rule("3.23")
def test_rule_3_23_a_vote_that_is_over_is_over_hidden_or_not() -> None:
    with pytest.raises(Refused) as caught:
        check(
            replace(POLL, hidings=(Hiding(since=NOON, until=None),)),
            ballot("Abstention"),
            at=POLL.closes,
        )
    assert caught.value.refusal is Refusal.NOT_OPEN


@pytest.mark.rule("1.2")
@pytest.mark.parametrize(
    ("eligible", "host", "is_admitted"),
    [
        ("anyone", "masto.example", True),
        ("here", "masto.example", False),
        ("here", "delib.example", True),
        (("masto.example",), "masto.example", True),
        (("masto.example",), "evil-masto.example", False),
        (("masto.example",), "delib.example", False),
        ((), "delib.example", False),
    ],
)
def test_rule_1_2_who_may_vote_is_a_matter_of_the_voters_host(
    *, eligible: Eligible, host: str, is_admitted: bool
) -> None:
    assert is_eligible(eligible, host=host, here="delib.example") is is_admitted


@pytest.mark.rule("1.3")
@pytest.mark.parametrize(
    "name",
    ["D'accord", " D'accord\n", "D\N{RIGHT SINGLE QUOTATION MARK}accord"],
)
def test_rule_1_3_an_option_is_known_by_its_folded_name(name: str) -> None:
    assert check(POLL, ballot(name)) == (0,)


@pytest.mark.rule("1.3")
def test_rule_1_3_composed_and_decomposed_letters_are_the_same_option() -> None:
    poll = replace(POLL, options=("Abstención", "No"))
    assert check(poll, ballot("Abstencio\N{COMBINING ACUTE ACCENT}n")) == (0,)


@pytest.mark.rule("1.3")
@pytest.mark.parametrize("name", ["", "d'accord", "D'accord!", "0"])
def test_rule_1_3_any_other_name_is_an_unknown_option(name: str) -> None:
    with pytest.raises(Refused) as caught:
        check(POLL, ballot(name))
    assert caught.value.refusal is Refusal.UNKNOWN_OPTION


@pytest.mark.rule("1.4")
@pytest.mark.parametrize(
    ("method", "choices", "is_admitted"),
    [
        (AGREE, (), False),
        (AGREE, ("a", "b"), False),
        (AGREE, ("a", " a "), True),
        (SINGLE, ("a", "b"), False),
        (SUPPORT, ("a",), True),
        (MULTIPLE, ("b", "a"), True),
        (MULTIPLE, (), False),
    ],
)
def test_rule_1_4_only_multiple_choice_takes_several_options(
    *, method: Method, choices: tuple[str, ...], is_admitted: bool
) -> None:
    poll = replace(POLL, method=method, options=("a", "b"))
    if is_admitted:
        assert check(poll, ballot(*choices)) == (
            (0, 1) if len(set(choices)) == 2 and method is MULTIPLE else (0,)
        )
        return
    with pytest.raises(Refused) as caught:
        check(poll, ballot(*choices))
    assert caught.value.refusal is Refusal.WRONG_NUMBER


@pytest.mark.rule("1.5")
@pytest.mark.parametrize(
    ("published", "standing", "expected"),
    [
        (None, None, True),
        (None, NOON, True),
        (NOON, None, True),
        (NOON, NOON, True),
        (NOON, NOON - DAY, True),
        (NOON - DAY, NOON, False),
    ],
)
def test_rule_1_5_two_dated_ballots_go_by_their_dates_others_by_arrival(
    *, published: datetime | None, standing: datetime | None, expected: bool
) -> None:
    assert replaces(published, standing) is expected


@pytest.mark.rule("1.6")
def test_rule_1_6_a_poll_closes_after_the_grace_and_when_nothing_in_time_waits() -> None:
    late = POLL.closes + GRACE
    assert may_close(POLL, has_unjudged=False, now=late)
    assert not may_close(POLL, has_unjudged=True, now=late)
    assert not may_close(POLL, has_unjudged=False, now=late - timedelta(milliseconds=1))
    assert not may_close(replace(POLL, is_closed=True), has_unjudged=False, now=late)


@pytest.mark.rule("2.1")
def test_rule_2_1_hidden_counts_are_shown_to_nobody_before_the_end() -> None:
    hidden = replace(POLL, hides_counts=True)
    assert not may_show_counts(hidden, has_moved=True)
    assert may_show_counts(replace(hidden, is_closed=True), has_moved=True)


@pytest.mark.rule("2.2")
def test_rule_2_2_counts_are_shown_once_enough_ballots_moved_them() -> None:
    assert not may_show_counts(POLL, has_moved=False)
    assert may_show_counts(POLL, has_moved=True)
    assert may_show_counts(replace(POLL, counts_from=1), has_moved=False)


@pytest.mark.rule("2.3")
@pytest.mark.parametrize(
    ("counts_from", "seconds", "expected"),
    [(5, None, True), (5, 179, False), (5, 180, True), (1, 0, True), (0, 0, True)],
)
def test_rule_2_3_a_tally_moves_once_an_interval_unless_it_shows_everything(
    *, counts_from: int, seconds: int | None, expected: bool
) -> None:
    moved_at = None if seconds is None else NOON - timedelta(seconds=seconds)
    interval = timedelta(seconds=180)
    may_move = may_move_tally(
        counts_from=counts_from, moved_at=moved_at, interval=interval, now=NOON
    )
    assert may_move is expected


@pytest.mark.rule("2.3")
def test_rule_2_3_a_lot_is_larger_than_what_is_shown_by_as_much_as_somebody_may_hold() -> None:
    assert [lot_size(number) for number in (0, 1, 2, 5)] == [None, None, 10, 13]


@pytest.mark.rule("2.5")
@pytest.mark.parametrize(
    ("hidden", "closed", "seconds", "expected"),
    [
        (False, False, None, True),
        (False, False, 179, False),
        (False, False, 180, True),
        (True, False, None, False),
        (True, True, 0, True),
    ],
)
def test_rule_2_5_a_tally_is_announced_once_an_interval_and_at_the_end(
    *, hidden: bool, closed: bool, seconds: int | None, expected: bool
) -> None:
    may_announce = may_announce_tally(
        hides_counts=hidden,
        is_closed=closed,
        announced_at=None if seconds is None else NOON - timedelta(seconds=seconds),
        interval=timedelta(seconds=180),
        now=NOON,
    )
    assert may_announce is expected


CONSULTATION = Consultation(
    id=ConsultationId("https://delib.example/c/quais"),
    opens=NOON - DAY,
    closes=NOON + DAY,
    phases=(),
    eligible="anyone",
    needs_facilitator=True,
)


def in_phase(kind: PhaseKind) -> Consultation:
    phase = Phase(kind=kind, opens=NOON - DAY, closes=NOON + DAY)
    return replace(CONSULTATION, phases=(phase,))


@pytest.mark.rule("3.1")
@pytest.mark.parametrize(
    ("kind", "proposing", "arguing"),
    [
        (PhaseKind.INFORMATION, False, False),
        (PhaseKind.PROPOSALS, True, True),
        (PhaseKind.DISCUSSION, False, True),
        (PhaseKind.VOTING, False, True),
    ],
)
def test_rule_3_1_the_phase_says_what_may_be_submitted(
    *, kind: PhaseKind, proposing: bool, arguing: bool
) -> None:
    assert allows(in_phase(kind), (PhaseKind.PROPOSALS,), at=NOON) is proposing
    assert allows(in_phase(kind), ARGUING, at=NOON) is arguing


@pytest.mark.rule("3.1")
def test_rule_3_1_without_phases_all_is_allowed_between_opening_and_end() -> None:
    assert allows(CONSULTATION, (PhaseKind.PROPOSALS,), at=NOON)
    assert not allows(CONSULTATION, (PhaseKind.PROPOSALS,), at=CONSULTATION.closes)
    assert not allows(CONSULTATION, ARGUING, at=CONSULTATION.opens - DAY)


@pytest.mark.rule("3.2")
def test_rule_3_2_a_proposal_has_a_title_and_bounded_words() -> None:
    check_proposal(CONSULTATION, "Des arbres", "", at=NOON)
    for title, text, refusal in [
        (" ", "", Refusal.EMPTY),
        ("x" * 201, "", Refusal.TOO_LONG),
        ("x", "y" * 20_001, Refusal.TOO_LONG),
    ]:
        with pytest.raises(Refused) as caught:
            check_proposal(CONSULTATION, title, text, at=NOON)
        assert caught.value.refusal is refusal


@pytest.mark.rule("3.3")
def test_rule_3_3_an_argument_says_something_and_not_too_much() -> None:
    check_argument(CONSULTATION, "<p>Oui.</p>", at=NOON)
    for html, refusal in [("", Refusal.EMPTY), ("x" * 40_001, Refusal.TOO_LONG)]:
        with pytest.raises(Refused) as caught:
            check_argument(CONSULTATION, html, at=NOON)
        assert caught.value.refusal is refusal


@given(st.text())
def test_folding_a_name_twice_is_folding_it_once(name: str) -> None:
    assert fold_option(fold_option(name)) == fold_option(name)


@pytest.mark.rule("3.26")
def test_rule_3_26_what_an_act_names_is_here_and_what_it_makes_is_new() -> None:
    assert check_there("a poll") == "a poll"
    check_new(is_there=False)

    with pytest.raises(Refused, match="unknown-poll"):
        check_there(None, Refusal.UNKNOWN_POLL)
    with pytest.raises(Refused, match="already-there"):
        check_new(is_there=True)
