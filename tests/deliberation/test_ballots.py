"""Judging runs of ballots: values only, against a slow and obvious reference."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dosfed.deliberation.model import ActorId, PollId, Refusal
from dosfed.deliberation.votes.ballots import BallotCast, Standing, Voting, judge
from dosfed.deliberation.votes.methods.model import Method, Names, read_choice, write_choice
from dosfed.deliberation.votes.methods.multiple import MULTIPLE
from dosfed.deliberation.votes.methods.single import SINGLE
from dosfed.deliberation.votes.model import CastBallot, Poll
from dosfed.deliberation.votes.tally import ORIGINS, count, origin_of, read_count

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
NAMES = ("a", "b", "c")


def poll(method: Method) -> Poll:
    return Poll(
        id=PollId("https://delib.example/p/1"),
        method=method,
        options=NAMES,
        opens=NOON - HOUR,
        closes=NOON + HOUR,
        eligible="anyone",
        hides_counts=False,
        counts_from=5,
        is_closed=False,
        hidings=(),
    )


def voting(
    voter: str, *choices: str, adds: bool = False, published: int | None = None, at: int = 0
) -> Voting:
    return Voting(
        command=CastBallot(
            poll=PollId("https://delib.example/p/1"),
            voter=ActorId(voter),
            said=Names(names=choices),
            adds=adds,
            published=None if published is None else NOON - timedelta(seconds=100 - published),
        ),
        host="masto.example",
        at=NOON + timedelta(seconds=at),
    )


def stands_after(method: Method, run: list[Voting]) -> dict[str, tuple[int, ...]]:
    judgement = judge(run, polls={poll(method).id: poll(method)}, standing={}, here="here.example")
    return {
        cast.voter: cast.choice
        for cast in judgement.outcomes
        if isinstance(cast, BallotCast) and cast.replaced_at is None
    }


def test_the_latest_ballot_of_a_voter_stands() -> None:
    run = [voting("ana", "a"), voting("bo", "b"), voting("ana", "c", at=1)]
    assert stands_after(SINGLE, run) == {"ana": (2,), "bo": (1,)}


@pytest.mark.rule("1.5")
def test_an_older_ballot_that_arrives_later_is_kept_as_replaced() -> None:
    run = [voting("ana", "a", published=10), voting("ana", "b", published=5, at=1)]
    judgement = judge(
        run,
        polls={poll(SINGLE).id: poll(SINGLE)},
        standing={},
        here="here.example",
    )
    first, second = judgement.outcomes
    assert isinstance(first, BallotCast)
    assert isinstance(second, BallotCast)
    assert first.replaced_at is None
    assert second.replaced_at == second.at


@pytest.mark.rule("1.7")
def test_choices_sent_one_by_one_join_whatever_their_order() -> None:
    run = [
        voting("ana", "c", adds=True, published=2),
        voting("ana", "a", adds=True, published=1, at=1),
    ]
    assert stands_after(MULTIPLE, run) == {"ana": (0, 2)}


@pytest.mark.rule("1.7")
def test_a_whole_set_replaces_the_choices_before_it() -> None:
    run = [voting("ana", "a", adds=True), voting("ana", "b", "c", at=1)]
    assert stands_after(MULTIPLE, run) == {"ana": (1, 2)}


def test_adding_makes_no_second_choice_where_only_one_is_allowed() -> None:
    run = [voting("ana", "a", adds=True), voting("ana", "b", adds=True, at=1)]
    assert stands_after(SINGLE, run) == {"ana": (1,)}


def test_a_refused_ballot_leaves_the_standing_one_alone() -> None:
    run = [voting("ana", "a"), voting("ana", "nonsense", at=1)]
    assert stands_after(SINGLE, run) == {"ana": (0,)}


@pytest.mark.rule("1.9")
def test_a_ballot_for_a_poll_that_is_not_here_is_refused() -> None:
    judgement = judge([voting("ana", "a")], polls={}, standing={}, here="here.example")
    assert judgement.outcomes == (Refusal.UNKNOWN_POLL,)


def test_a_kept_ballot_gives_way_once_and_to_the_first_newer_one() -> None:
    kept = Standing(row=7, choice=(0,), was_added=False, published=None, place=None)
    run = [voting("ana", "b", at=1), voting("ana", "c", at=2)]
    judgement = judge(
        run,
        polls={poll(SINGLE).id: poll(SINGLE)},
        standing={("https://delib.example/p/1", "ana"): kept},
        here="here.example",
    )
    assert judgement.replaced == {7: NOON + timedelta(seconds=1)}
    assert stands_after(SINGLE, run) == {"ana": (2,)}


@pytest.mark.rule("1.5")
def test_a_ballot_dated_in_the_future_stands_in_the_way_of_none() -> None:
    run = [voting("ana", "a", published=10_000), voting("ana", "b", published=99, at=1)]
    assert stands_after(SINGLE, run) == {"ana": (1,)}


runs = st.lists(
    st.builds(
        voting,
        st.sampled_from(["ana", "bo", "eve"]),
        st.sampled_from([*NAMES, "nonsense"]),
        published=st.none() | st.integers(0, 5),
    ),
    max_size=12,
)


@given(runs)
def test_one_ballot_of_each_voter_stands_however_they_come(run: list[Voting]) -> None:
    expected: dict[str, tuple[int, datetime | None]] = {}
    for one in run:
        command = one.command
        assert isinstance(command.said, Names)
        if command.said.names[0] not in NAMES:
            continue
        earlier = expected.get(command.voter)
        dates = (command.published, earlier[1] if earlier else None)
        if earlier is not None and None not in dates and dates[0] < dates[1]:  # type: ignore[operator]  # neither is None
            continue
        expected[command.voter] = (NAMES.index(command.said.names[0]), command.published)
    assert stands_after(SINGLE, run) == {
        voter: (position,) for voter, (position, _) in expected.items()
    }


@given(runs, st.integers(0, 12))
def test_it_does_not_matter_where_a_batch_ends(run: list[Voting], cut: int) -> None:
    known = poll(SINGLE)
    whole = stands_after(SINGLE, run)
    first = judge(run[:cut], polls={known.id: known}, standing={}, here="here.example")
    kept = {
        (cast.poll, cast.voter): Standing(
            row=number,
            choice=cast.choice,
            was_added=cast.was_added,
            published=cast.published,
            place=None,
        )
        for number, cast in enumerate(first.outcomes)
        if isinstance(cast, BallotCast) and cast.replaced_at is None
    }
    second = judge(run[cut:], polls={known.id: known}, standing=kept, here="here.example")
    after = {
        voter: standing.choice
        for (_, voter), standing in kept.items()
        if standing.row not in second.replaced
    } | {
        cast.voter: cast.choice
        for cast in second.outcomes
        if isinstance(cast, BallotCast) and cast.replaced_at is None
    }
    assert after == whole


@given(st.lists(st.integers(0, 499)))
def test_choices_read_back_as_they_were_written(numbers: list[int]) -> None:
    assert read_choice(write_choice(tuple(numbers))) == tuple(numbers)


@pytest.mark.rule("2.4")
def test_origins_are_told_only_when_no_group_of_voters_is_small() -> None:
    groups = [("0", "here", 5), ("1", "listed", 6), ("0", "fediverse", 4)]
    counted = count(SINGLE, 2, groups)
    small = read_count(counted, counts_from=5)
    assert (small.counts, small.voters, small.origins) == ((9, 6), 15, None)
    counted = count(SINGLE, 2, [*groups, ("1", "fediverse", 1)])
    large = read_count(counted, counts_from=5)
    assert large.origins == {"here": 5, "listed": 6, "fediverse": 5}


def test_a_listed_server_is_that_server_and_here_is_here_even_if_it_is_listed() -> None:
    listed = ("friend.example", "here.example")
    origins = [
        origin_of(host, listed=listed, here="here.example")
        for host in ("here.example", "friend.example", "x.friend.example")
    ]
    assert origins == ["here", "listed", "fediverse"]


@given(
    st.lists(
        st.tuples(st.sampled_from(["0", "1", "0,1"]), st.sampled_from(ORIGINS), st.integers(1, 9))
    )
)
def test_counts_add_up_to_what_was_cast(groups: list[tuple[str, str, int]]) -> None:
    tally = read_count(count(SINGLE, 2, groups), counts_from=1)
    assert tally.voters == sum(number for _, _, number in groups)
    assert sum(tally.counts) == sum(len(read_choice(c)) * number for c, _, number in groups)
