"""What every way to vote promises: what is read can be said, kept and counted again."""

from collections import defaultdict
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dosfed.deliberation.model import Refusal, Refused
from dosfed.deliberation.votes.methods.agree import AGREE
from dosfed.deliberation.votes.methods.known import CONFIDENTIAL, METHODS, method_of
from dosfed.deliberation.votes.methods.model import (
    Choice,
    Method,
    Names,
    Written,
    read_choice,
    write_choice,
)
from dosfed.deliberation.votes.methods.score import HIGHEST_SCALE, SCALE, Score, Scores
from dosfed.deliberation.votes.tally import count

OPTIONS = ("Nord", "Sud", "L'Est", "Ouest")
methods = st.sampled_from([*METHODS.values(), Score(scale=1), Score(scale=10)])


def choices(method: Method) -> st.SearchStrategy[Choice]:
    """Return choices that a method can read."""
    if isinstance(method, Score):
        scores = st.lists(st.integers(0, method.scale), min_size=4, max_size=4)
        return scores.map(lambda given: method.read(Written(text=write_choice((*given,))), OPTIONS))
    most = len(OPTIONS) if method.takes_several else 1
    names = st.lists(st.sampled_from(OPTIONS), min_size=1, max_size=most)
    return names.map(lambda names: method.read(Names(names=tuple(names)), OPTIONS))


def typed(fields: Sequence[tuple[str, str]]) -> dict[str, list[str]]:
    """Return fields as a form has them."""
    values = defaultdict(list)
    for name, value in fields:
        values[name].append(value)
    return values


@given(st.data(), methods)
def test_a_choice_survives_the_form_that_repeats_it_and_the_column_that_keeps_it(
    data: st.DataObject, method: Method
) -> None:
    choice = data.draw(choices(method))

    values = typed(method.fields(choice, OPTIONS))
    said = method.said(lambda name: values.get(name, ()), OPTIONS)

    assert method.read(said, OPTIONS) == choice
    assert read_choice(write_choice(choice)) == choice
    assert method.names(choice, OPTIONS)


@given(st.data(), methods)
def test_a_count_is_what_its_ballots_mark_and_survives_what_is_told_of_it(
    data: st.DataObject, method: Method
) -> None:
    ballots = data.draw(st.lists(choices(method), max_size=20))

    groups = [(write_choice(ballot), "fediverse", 1) for ballot in ballots]
    *cells, _here, _listed, voters = count(method, len(OPTIONS), groups)
    result = method.result(tuple(cells))

    assert voters == len(ballots)
    assert len(cells) == method.cells(len(OPTIONS))
    assert sum(cells) == sum(len([*method.marks(ballot)]) for ballot in ballots)
    told = method.count_of(result.ballots, result.details or {}, len(OPTIONS))
    assert told == tuple(cells)
    assert method.count_of([*result.ballots, 1], result.details or {}, len(OPTIONS)) is None


@pytest.mark.rule("1.11")
@pytest.mark.parametrize("word", ["agree", "single", "multiple", "support"])
def test_where_one_chooses_options_they_are_named(word: str) -> None:
    with pytest.raises(Refused) as refused:
        METHODS[word].read(Written(text="1"), OPTIONS)
    assert refused.value.refusal is Refusal.BAD_CHOICE


@pytest.mark.rule("1.12")
@pytest.mark.parametrize(
    ("word", "terms", "secrecy"),
    [
        ("Agree", {}, CONFIDENTIAL),
        ("", {}, CONFIDENTIAL),
        ("unknown", {}, CONFIDENTIAL),
        ("agree", {"seats": 1}, CONFIDENTIAL),
        ("score", {"scale": 0}, CONFIDENTIAL),
        ("score", {"scale": 11}, CONFIDENTIAL),
        ("score", {"scale": True}, CONFIDENTIAL),
        ("score", {"scale": "5"}, CONFIDENTIAL),
        ("score", {"scale": 5, "seats": 1}, CONFIDENTIAL),
        ("agree", {}, "open"),
        ("agree", {}, ""),
    ],
)
def test_what_is_not_known_whole_is_not_known(
    word: str, terms: dict[str, object], secrecy: str
) -> None:
    method = method_of(word, terms, secrecy)

    assert (method.word, method.is_known) == (word, False)
    assert method.names((0,), OPTIONS) == ()
    assert method.count_of([1, 2, 3, 4], {}, len(OPTIONS)) is None
    for said in (Names(names=("Nord",)), Names(names=()), Written(text="0")):
        with pytest.raises(Refused) as refused:
            method.read(said, OPTIONS)
        assert refused.value.refusal is Refusal.VOTE_AT_HOME
    assert method_of("agree", {}, CONFIDENTIAL) is AGREE


@pytest.mark.rule("1.13")
def test_scores_go_from_0_to_5_unless_said_otherwise_and_to_10_at_most() -> None:
    assert (SCALE, HIGHEST_SCALE) == (5, 10)
    assert method_of("score", {}, CONFIDENTIAL) == Score(scale=5)
    assert method_of("score", {"scale": 10}, CONFIDENTIAL) == Score(scale=10)


@pytest.mark.rule("2.7")
def test_options_come_by_their_sum_and_those_alike_as_they_are_listed() -> None:
    result = Scores(spread=((1, 0, 2), (0, 3, 0), (2, 0, 1), (0, 2, 1)))

    assert result.sums == (4, 3, 2, 4)
    assert result.order == (0, 3, 1, 2)
    assert result.means == (1.3, 1.0, 0.7, 1.3)
    assert Scores(spread=((3, 1), (0, 0))).means == (0.3, None)  # a quarter; nobody


said = st.one_of(
    st.text().map(lambda text: Written(text=text)),
    st.text("0123456789,-").map(lambda text: Written(text=text)),
    st.lists(st.sampled_from(OPTIONS) | st.text()).map(lambda names: Names(names=(*names,))),
)


@given(methods, said)
def test_whatever_is_said_is_a_choice_that_can_be_counted_or_refused(
    method: Method, said: Names | Written
) -> None:
    try:
        choice = method.read(said, OPTIONS)
    except Refused:
        return
    cells = range(method.cells(len(OPTIONS)))
    marked = [*method.marks(choice)]
    assert marked
    assert len({*marked} & {*cells}) == len(marked)
    assert read_choice(write_choice(choice)) == choice
