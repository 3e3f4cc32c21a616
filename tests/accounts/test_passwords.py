"""Passwords: which are taken, how they are kept."""

import asyncio
import time

import pytest

from dosfed.accounts import passwords
from dosfed.accounts.passwords import AT_ONCE, Busy, Cost, Passwords
from dosfed.accounts.rules import Flaw, Unfit, check_password, check_sign_up
from dosfed.accounts.site import SignUp

CHEAP = Cost(passes=1, kibibytes=8)
PASSWORD = "four words of mine"


@pytest.mark.rule("6.4")
@pytest.mark.parametrize(
    ("password", "flaw"),
    [
        ("", Flaw.TOO_SHORT),
        ("123456789", Flaw.TOO_SHORT),
        ("x" * 201, Flaw.TOO_LONG),
        ("aaaaaaaaaaaa", Flaw.TOO_SIMPLE),
        ("1234123412341234", Flaw.TOO_SIMPLE),
        ("1234567890", Flaw.TOO_SIMPLE),
        ("0987654321", Flaw.TOO_SIMPLE),
        ("AzertyUIOP", Flaw.TOO_SIMPLE),
        ("1q2w3e4r5t", Flaw.TOO_SIMPLE),
        ("Password123!", Flaw.TOO_SIMPLE),
        ("motdepasse2026", Flaw.TOO_SIMPLE),
        ("Ana@Example.org", Flaw.SAME_AS_NAME),
    ],
)
def test_a_password_that_would_be_guessed_is_refused(password: str, flaw: Flaw) -> None:
    """Rule 6.4."""
    with pytest.raises(Unfit) as unfit:
        check_password(password, names=["ana", "ana@example.org"])
    assert unfit.value.flaw is flaw


@pytest.mark.rule("6.4")
@pytest.mark.parametrize(
    "password", [PASSWORD, "1234567891x", "contraseña con eñes", "密码密码很长的密码不好猜"]
)
def test_any_other_is_taken(password: str) -> None:
    """Rule 6.4."""
    check_password(password, names=["ana", "ana@example.org"])


@pytest.mark.rule("6.1")
@pytest.mark.parametrize(
    ("mode", "flaws"),
    [
        (SignUp.OPEN, [None, None]),
        (SignUp.INVITATION, [Flaw.NEEDS_INVITATION, None]),
        (SignUp.CLOSED, [Flaw.CLOSED, Flaw.CLOSED]),
    ],
)
def test_the_mode_says_who_may_sign_up(mode: SignUp, flaws: list[Flaw | None]) -> None:
    """Rule 6.1."""

    def flaw(*, is_invited: bool) -> Flaw | None:
        try:
            check_sign_up(mode, is_invited=is_invited)
        except Unfit as unfit:
            return unfit.flaw
        return None

    assert [flaw(is_invited=False), flaw(is_invited=True)] == flaws


async def test_a_password_is_known_again_and_no_other() -> None:
    keeper = Passwords(CHEAP)
    kept = await keeper.hash(PASSWORD)

    assert kept.startswith("$argon2id$v=19$m=8,t=1,p=1$")
    assert kept != await keeper.hash(PASSWORD)
    assert await keeper.verify(PASSWORD, kept)
    for wrong in ("", PASSWORD + " ", PASSWORD.upper(), "x" * 10_000):
        assert not await keeper.verify(wrong, kept)


@pytest.mark.parametrize("kept", [None, "", "$argon2id$", "plain"])
async def test_where_nothing_sound_is_kept_no_password_is_right(kept: str | None) -> None:
    keeper = Passwords(CHEAP)

    assert not await keeper.verify(PASSWORD, kept)
    assert not await keeper.verify("nobody's password", kept)


async def test_a_higher_cost_is_noticed() -> None:
    kept = await Passwords(CHEAP).hash(PASSWORD)

    assert not Passwords(CHEAP).is_outdated(kept)
    assert Passwords(Cost(passes=2, kibibytes=8)).is_outdated(kept)


@pytest.mark.rule("6.6")
async def test_an_account_that_is_not_there_takes_as_long() -> None:
    keeper = Passwords(Cost(passes=2, kibibytes=8_192))
    kept = await keeper.hash(PASSWORD)
    await keeper.verify(PASSWORD, None)  # once: from then on there is something to compare with

    async def seconds(kept: str | None) -> float:
        began = time.process_time()  # of all threads, whatever else the machine does
        await keeper.verify("a wrong password", kept)
        return time.process_time() - began

    there = min([await seconds(kept) for _ in range(5)])
    nowhere = min([await seconds(None) for _ in range(5)])
    assert nowhere > there / 3


async def test_too_many_at_once_are_sent_away(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passwords, "MAX_WAITING", 3)
    keeper = Passwords(CHEAP)

    results = await asyncio.gather(
        *(keeper.hash(PASSWORD) for _ in range(7)), return_exceptions=True
    )

    assert sum(isinstance(result, Busy) for result in results) == 7 - AT_ONCE - 3
    assert await keeper.hash(PASSWORD)


@pytest.fixture
def one_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let checks end in the order of their turns, which threads of two may swap."""
    monkeypatch.setattr(passwords, "AT_ONCE", 1)


async def in_line(keeper: Passwords, ranks: list[int]) -> list[int]:
    """Let checks of these ranks come one after another; return in which order they ended."""
    ended: list[int] = []

    async def check(number: int, rank: int) -> None:
        await keeper.verify(PASSWORD, kept, rank=rank)
        ended.append(number)

    kept = await keeper.hash(PASSWORD)
    busy = asyncio.create_task(keeper.hash(PASSWORD))
    await asyncio.sleep(0)
    checks = [asyncio.create_task(check(number, rank)) for number, rank in enumerate(ranks)]
    await asyncio.gather(busy, *checks)
    return ended


@pytest.mark.rule("6.7")
@pytest.mark.usefixtures("one_at_once")
async def test_who_tried_least_goes_first_however_many_guess() -> None:
    ended = await in_line(Passwords(CHEAP), [*([7] * 30), 0])

    assert ended[0] == 30


@pytest.mark.usefixtures("one_at_once")
async def test_of_those_who_tried_as_often_the_last_to_come_goes_first() -> None:
    assert (await in_line(Passwords(CHEAP), [0] * 30))[0] == 29


async def test_where_the_line_is_full_who_tried_most_is_sent_away(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(passwords, "MAX_WAITING", 3)
    keeper = Passwords(CHEAP)
    kept = await keeper.hash(PASSWORD)

    results = await asyncio.gather(
        *(keeper.verify(PASSWORD, kept, rank=rank) for rank in (5, 5, 5, 9, 5, 0, 1)),
        return_exceptions=True,
    )

    assert [isinstance(result, Busy) for result in results][3] is True
    assert results[-2:] == [True, True]


async def test_who_goes_away_gives_the_turn_to_the_next() -> None:
    keeper = Passwords(CHEAP)
    for _ in range(20):
        waiting = [asyncio.create_task(keeper.hash(PASSWORD)) for _ in range(6)]
        await asyncio.sleep(0)
        for task in waiting[::2]:
            task.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)

    async with asyncio.timeout(20):
        assert await keeper.hash(PASSWORD)


async def test_who_waits_too_long_is_asked_to_come_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passwords, "MOST_SECONDS", 0.0)
    keeper = Passwords(CHEAP)

    results = await asyncio.gather(
        *(keeper.hash(PASSWORD) for _ in range(9)), return_exceptions=True
    )

    assert sum(isinstance(result, Busy) for result in results) == 9 - AT_ONCE
    assert await keeper.hash(PASSWORD)
