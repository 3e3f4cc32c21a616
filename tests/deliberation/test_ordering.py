"""The order of a debate: what few have weighed cannot outdo what many have."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dosfed.deliberation.debate.model import Stance
from dosfed.deliberation.debate.ordering import Outline, Sort, key_of, lower_bound, usual_sort

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)
counts = st.integers(min_value=0, max_value=10_000)


def outline(name: str, *, strong: int = 0, weak: int = 0, minutes: int = 0) -> Outline:
    return Outline(
        id=name,
        in_reply_to="p",
        author_name="@a@b.example",
        stance=Stance.FOR,
        published_at=NOON + timedelta(minutes=minutes),
        is_deleted=False,
        is_hidden=False,
        clause=None,
        length=10,
        strong=strong,
        weak=weak,
    )


def ordered(sort: Sort, *outlines: Outline, now: datetime = NOON) -> list[str]:
    return [one.id for one in sorted(outlines, key=key_of(sort, now=now))]


@pytest.mark.rule("3.19")
@pytest.mark.parametrize(
    ("strong", "total", "bound"),
    [(0, 0, 0.0), (0, 5, 0.0), (1, 1, 0.2065), (10, 10, 0.7225), (60, 100, 0.5020)],
)
def test_rule_3_19_is_wilson_s_interval(strong: int, total: int, bound: float) -> None:
    assert lower_bound(strong, total) == pytest.approx(bound, abs=5e-5)


@pytest.mark.rule("3.19")
@given(strong=counts, weak=counts)
def test_rule_3_19_a_bound_is_below_the_share_that_was_found(strong: int, weak: int) -> None:
    total = strong + weak
    bound = lower_bound(strong, total)
    assert -1e-9 <= bound <= (strong / total if total else 0) + 1e-9
    assert lower_bound(strong + 1, total + 1) >= bound - 1e-9
    assert lower_bound(strong, total + 1) <= bound + 1e-9


def test_the_best_stand_first_and_the_oldest_among_equals() -> None:
    assert ordered(
        Sort.BEST,
        outline("disliked", weak=3),
        outline("late", minutes=9),
        outline("early"),
        outline("one of one", strong=1),
        outline("many", strong=60, weak=40),
    ) == ["many", "one of one", "early", "late", "disliked"]


def test_the_newest_stand_first() -> None:
    assert ordered(Sort.NEWEST, outline("a"), outline("b", minutes=1)) == ["b", "a"]


def test_a_day_has_one_random_order_and_the_next_another() -> None:
    many = [outline(f"n{number}") for number in range(30)]
    today = ordered(Sort.RANDOM, *many)
    assert today == ordered(Sort.RANDOM, *reversed(many), now=NOON + timedelta(hours=11))
    assert today != ordered(Sort.RANDOM, *many, now=NOON + timedelta(days=1))
    assert sorted(today) == sorted(one.id for one in many)


@pytest.mark.rule("3.19")
def test_the_first_day_of_a_debate_is_shuffled() -> None:
    day = timedelta(days=1)
    assert usual_sort(None, now=NOON) is Sort.RANDOM
    assert usual_sort(NOON, now=NOON + day - timedelta(seconds=1)) is Sort.RANDOM
    assert usual_sort(NOON, now=NOON + day) is Sort.BEST
