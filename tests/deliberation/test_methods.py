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
from dosfed.deliberation.votes.tally import count

OPTIONS = ("Nord", "Sud", "L'Est", "Ouest")
methods = st.sampled_from([*METHODS.values()])


def choices(method: Method) -> st.SearchStrategy[Choice]:
    """Return choices that a method can read from some names."""
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
