"""When a poll is put before its consultation's followers again (rule 8.8)."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as some

from dosfed.deliberation.model import PollId
from dosfed.deliberation.votes.boost_rules import SOON, is_open, next_boost
from dosfed.deliberation.votes.methods.agree import AGREE
from dosfed.deliberation.votes.model import Poll
from tests.conftest import START

HOUR = timedelta(hours=1)
POLL = Poll(
    id=PollId("https://delib.example/p/1"),
    method=AGREE,
    options=("a", "b"),
    opens=START,
    closes=START + timedelta(days=30),
    eligible="anyone",
    hides_counts=False,
    counts_from=5,
    is_closed=False,
    hidings=(),
)


def poll(days: float) -> Poll:
    return replace(POLL, closes=START + timedelta(days=days))


@pytest.mark.rule("8.8")
@pytest.mark.parametrize(
    ("days", "after", "due"),
    [
        (30, -HOUR, START),
        (30, 0 * HOUR, START + timedelta(days=28)),
        (30, timedelta(days=27), START + timedelta(days=28)),
        (30, timedelta(days=28), None),
        (2.5, 0 * HOUR, START + timedelta(days=0.5)),
        (2, -HOUR, START),
        (2, 0 * HOUR, None),
        (0.1, -HOUR, START),
        (0.1, 0 * HOUR, None),
    ],
)
def test_the_opening_counts_and_two_days_before_the_end(
    days: float, after: timedelta, due: object
) -> None:
    assert next_boost(poll(days), after=START + after) == due


@pytest.mark.rule("8.8")
@given(some.floats(0.001, 4_000), some.integers(-10_000, 100_000), some.integers(0, 5_000))
def test_a_poll_is_boosted_twice_at_most_and_only_while_it_is_open(
    days: float, published: int, late: int
) -> None:
    asked, moment, boosts = poll(days), START + published * HOUR, []
    while (due := next_boost(asked, after=moment)) is not None:
        assert due > moment
        assert is_open(asked, due)
        moment = due + late * HOUR  # when a worker comes to it
        boosts.append(due)

    assert len(boosts) <= 2
    assert len(boosts) < 2 or asked.closes - boosts[1] == SOON
    assert not boosts or published < 0 or boosts == [asked.closes - SOON]


@pytest.mark.rule("8.8")
def test_nothing_is_open_once_it_is_closed() -> None:
    assert is_open(POLL, START)
    assert not is_open(POLL, POLL.closes)
    assert not is_open(replace(POLL, is_closed=True), START)
