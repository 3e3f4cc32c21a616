"""How often something may happen for one name."""

from dosfed.activitypub.throttle import Throttle


def test_the_limit_holds_until_the_window_is_over() -> None:
    throttle = Throttle(limit=2, seconds=60)
    throttle.add("a", 100)
    assert throttle.seconds_left("a", 101) == 0
    throttle.add("a", 110)
    assert throttle.seconds_left("a", 120) == 40
    assert throttle.seconds_left("b", 120) == 0
    assert throttle.seconds_left("a", 160) == 0


def test_a_clock_that_is_set_back_locks_nobody_out() -> None:
    throttle = Throttle(limit=1, seconds=60)
    throttle.add("a", 10_000)
    assert throttle.seconds_left("a", 100) == 0


def test_the_table_stays_within_its_bound() -> None:
    throttle = Throttle(limit=1, seconds=60, max_names=2)
    for name in ("a", "b", "c"):
        throttle.add(name, 0)
    assert [throttle.seconds_left(name, 1) for name in ("a", "b", "c")] == [0, 59, 59]
