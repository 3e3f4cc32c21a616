"""Lots: what is published never differs by the choices of a few, whatever voters do."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import combinations, pairwise

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from dosfed.deliberation.votes.lots import Lots, Place
from dosfed.deliberation.votes.methods.model import Choice, write_choice
from dosfed.deliberation.votes.methods.single import SINGLE
from dosfed.deliberation.votes.rules import PUPPETS, lot_size
from dosfed.deliberation.votes.tally import ORIGINS, count

OPTIONS = 3
A, B, C = (0,), (1,), (2,)
NOBODY: Choice = ()
State = Mapping[str, Choice]  # of voter


def lots_of(counts_from: int, options: int = OPTIONS) -> Lots:
    now = list(count(SINGLE, options, ()))
    return Lots(
        method=SINGLE, size=lot_size(counts_from), lot=1, voters=0, now=now, held=None, ready=None
    )


class Box:
    """A poll's ballots with their places, and what was shown of it."""

    def __init__(self, counts_from: int) -> None:
        self.counts_from = counts_from
        self.lots = lots_of(counts_from)
        self.standing: dict[str, Choice] = {}
        self.places: dict[str, Place] = {}
        self.shown: tuple[int, ...] | None = None

    def cast(self, voter: str, choices: Choice) -> None:
        """Let a voter vote, change, or take the ballot back."""
        place = self.places.get(voter)
        earlier = self.standing.get(voter, NOBODY)
        self.places[voter] = self.lots.take(earlier, place, choices, origin="fediverse")
        self.standing[voter] = choices

    def leave(self, voter: str) -> None:
        """Let a voter go, of whom nothing is kept."""
        self.cast(voter, NOBODY)
        del self.standing[voter], self.places[voter]

    def move(self) -> None:
        """Publish what is ready."""
        if self.lots.ready is not None:
            self.shown, self.lots.ready = self.lots.ready, None


def counted(state: State) -> tuple[int, ...]:
    return count(
        SINGLE, OPTIONS, [(write_choice(of), "fediverse", 1) for of in state.values() if of]
    )


def after(*acts: Callable[[Box], None]) -> Box:
    box = Box(5)
    for act in acts:
        act(box)
        box.move()
    return box


def votes(*names: str, choices: Choice = A) -> Callable[[Box], None]:
    def act(box: Box) -> None:
        for name in names:
            box.cast(name, choices)

    return act


def crowd(number: int, name: str = "v") -> list[str]:
    return [f"{name}{place}" for place in range(number)]


@pytest.mark.rule("2.3")
def test_nothing_is_shown_before_two_lots_are_full() -> None:
    box = after(votes(*crowd(25)))
    assert box.shown is None
    votes("the last")(box)
    box.move()
    assert box.shown == (13, 0, 0, 0, 0, 13)


@pytest.mark.rule("2.3")
def test_the_end_adds_a_whole_lot_at_least_to_what_was_shown() -> None:
    box = after(votes(*crowd(26)), votes("late", choices=C))
    assert box.shown is not None
    assert box.lots.now[-1] - box.shown[-1] == 14


@pytest.mark.rule("2.3")
def test_one_voter_who_keeps_changing_fills_nothing() -> None:
    box = after(votes(*crowd(12)))
    for number in range(60):
        votes("ana", choices=(A, B)[number % 2])(box)
    assert box.lots.lot == 2  # with the first of them
    assert box.lots.voters == 1  # whose last choice is not the first
    votes("ana", choices=A)(box)
    assert box.lots.voters == 0


def test_the_same_choice_once_more_fills_nothing() -> None:
    box = after(votes(*crowd(13)), votes(*crowd(13)))
    assert (box.lots.lot, box.lots.voters) == (2, 0)


@pytest.mark.rule("2.3")
def test_a_change_shows_with_its_own_lot_and_until_then_what_stood_before() -> None:
    box = after(votes(*crowd(13)), votes("v0", choices=B), votes(*crowd(12, "w")))
    assert box.shown == (13, 0, 0, 0, 0, 13)
    votes(*crowd(13, "x"))(box)
    box.move()
    assert box.shown == (24, 1, 0, 0, 0, 25)


def test_who_leaves_stays_in_what_was_shown_until_the_lot_in_which_that_happened_is() -> None:
    box = after(votes(*crowd(26)))
    box.leave("v0")
    box.move()
    assert box.shown == (13, 0, 0, 0, 0, 13)
    assert box.lots.now == [25, 0, 0, 0, 0, 25]
    votes(*crowd(13, "w"))(box)
    votes(*crowd(13, "x"))(box)
    box.move()
    assert box.shown == (38, 0, 0, 0, 0, 38)


def test_voting_and_leaving_again_and_again_fills_nothing() -> None:
    box = after(votes(*crowd(13)))
    for number in range(100):
        votes(f"puppet{number}")(box)
        box.leave(f"puppet{number}")
    assert (box.lots.lot, box.lots.voters) == (2, 0)


def test_who_leaves_and_comes_back_fills_a_lot_once() -> None:
    box = after(votes(*crowd(13)))
    for _ in range(5):
        box.leave("v0")
        votes("v0")(box)
    assert (box.lots.lot, box.lots.voters) == (2, 1)


def test_with_counts_from_one_everything_is_ready_at_once() -> None:
    box = Box(1)
    box.cast("ana", A)
    box.move()
    assert box.shown == (1, 0, 0, 0, 0, 1)
    box.leave("ana")
    box.move()
    assert box.shown == (0, 0, 0, 0, 0, 0)


def test_voters_are_counted_by_their_origin() -> None:
    lots = lots_of(5)
    for origin in ORIGINS:
        lots.take(NOBODY, None, (0, 2), origin=origin)
    assert lots.now == [3, 0, 3, 1, 1, 1]


@dataclass(frozen=True, slots=True, kw_only=True)
class Shot:
    """A moment that was published: what each voter had chosen, and how many acts went before."""

    state: State
    acts: int
    lot: int


class Vote(RuleBasedStateMachine):
    """A vote with any number of honest voters, and somebody who holds up to eight ballots.

    The model knows what everybody chose at the end of each lot. What it checks is what somebody
    could learn who knows all hostile ballots, when each act was done, and by whom.
    """

    goes_back = True  # whether honest voters return to what they had chosen, and leave

    @initialize(counts_from=st.integers(2, 6))
    def begin(self, counts_from: int) -> None:
        self.box = Box(counts_from)
        self.honest = 0
        self.hostile = 0
        self.used: dict[str, set[Choice]] = {}
        self.acts: list[str] = []  # whose choice each act changed
        self.ends: dict[int, Shot] = {}  # by the lot that ended
        self.shown: list[Shot] = []

    def act(self, voter: str, choices: Choice | None) -> None:
        lot, earlier = self.box.lots.lot, self.box.standing.get(voter, NOBODY)
        if choices is None:
            self.box.leave(voter)
        else:
            self.box.cast(voter, choices)
        if (choices or NOBODY) != earlier:
            self.acts.append(voter)
        if self.box.lots.lot != lot:
            self.ends[lot] = self.shot(lot)

    def shot(self, lot: int) -> Shot:
        return Shot(state=dict(self.box.standing), acts=len(self.acts), lot=lot)

    def voters(self, kind: str, *, voting: bool) -> list[str]:
        return [
            voter
            for voter, choices in self.box.standing.items()
            if voter.startswith(kind) and (bool(choices) or not voting)
        ]

    @rule(number=st.integers(1, 14), choice=st.sampled_from([A, B, C, (0, 1)]))
    def honest_people_vote(self, number: int, choice: Choice) -> None:
        for _ in range(number):
            self.honest += 1
            self.used[f"honest{self.honest}"] = {NOBODY, choice}
            self.act(f"honest{self.honest}", choice)

    @precondition(lambda self: self.voters("honest", voting=False))
    @rule(
        data=st.data(),
        choice=st.sampled_from([A, B, C, NOBODY, None]),
        number=st.integers(1, 14),
    )
    def honest_people_change_withdraw_or_leave(
        self, data: st.DataObject, choice: Choice | None, number: int
    ) -> None:
        known = self.voters("honest", voting=False)
        start = data.draw(st.integers(0, len(known) - 1))
        for voter in known[start : start + number]:
            if not self.goes_back and (choice or NOBODY) in self.used[voter]:
                continue
            self.used[voter].add(choice or NOBODY)
            self.act(voter, choice)

    @rule(number=st.integers(1, PUPPETS), choice=st.sampled_from([A, B, C]))
    def puppets_vote(self, number: int, choice: Choice) -> None:
        for _ in range(min(number, PUPPETS - len(self.voters("hostile", voting=True)))):
            self.hostile += 1
            self.act(f"hostile{self.hostile}", choice)

    @precondition(lambda self: self.voters("hostile", voting=True))
    @rule(
        data=st.data(),
        choice=st.sampled_from([A, B, NOBODY, None]),
        number=st.integers(1, PUPPETS),
    )
    def puppets_change_withdraw_or_leave(
        self, data: st.DataObject, choice: Choice | None, number: int
    ) -> None:
        known = self.voters("hostile", voting=True)
        for voter in data.draw(st.permutations(known))[:number]:
            self.act(voter, choice)

    @rule()
    def the_tally_moves(self) -> None:
        ready = self.box.lots.ready
        self.box.move()
        if ready is not None:
            self.shown.append(self.ends[self.box.lots.lot - 2])
            assert self.box.shown == counted(self.shown[-1].state)

    @property
    def told(self) -> list[Shot]:
        """What was published, and the final tally, should the poll close now."""
        final = self.shot(self.box.lots.lot)
        assert tuple(self.box.lots.now) == counted(final.state)
        is_told = sum(map(bool, final.state.values())) >= self.box.counts_from
        return [*self.shown, *([final] if is_told else [])]

    @invariant()
    def between_two_tallies_lie_the_acts_of_no_honest_voter_or_of_enough(self) -> None:
        for first, second in combinations(self.told, 2):
            honest = {
                voter for voter in self.acts[first.acts : second.acts] if voter.startswith("honest")
            }
            assert not honest or len(honest) >= self.box.counts_from

    @invariant()
    def two_lots_in_a_row_differ_by_the_choices_of_no_honest_voter_or_of_enough(self) -> None:
        ends = [self.ends[lot] for lot in sorted(self.ends)]
        for first, second in pairwise(ends):
            self.check_choices(first, second)

    @invariant()
    def if_nobody_goes_back_the_same_holds_of_any_two_tallies(self) -> None:
        if not self.goes_back:
            for first, second in combinations(self.told, 2):
                self.check_choices(first, second)

    def check_choices(self, first: Shot, second: Shot) -> None:
        honest = {
            voter
            for voter in {*first.state, *second.state}
            if voter.startswith("honest")
            and first.state.get(voter, NOBODY) != second.state.get(voter, NOBODY)
        }
        assert not honest or len(honest) >= self.box.counts_from


class ForwardVote(Vote):
    """The same where honest voters never choose what they had chosen before."""

    goes_back = False


TestVote = Vote.TestCase
TestVote.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
TestForwardVote = ForwardVote.TestCase
TestForwardVote.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
