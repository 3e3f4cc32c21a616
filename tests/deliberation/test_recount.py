"""A ballot file says every choice, nobody's name, and is counted again by anybody."""

from datetime import UTC, datetime
from itertools import pairwise

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dosfed.deliberation.votes.methods.known import METHODS
from dosfed.deliberation.votes.methods.model import Method
from dosfed.deliberation.votes.recount import (
    BadFile,
    Ballots,
    digest,
    kept_groups,
    recount,
    write_ballots,
)
from tests.independent_recount import count

OPTIONS = ("North", "South", "Neither")


@st.composite
def closed_polls(draw: st.DrawFn) -> Ballots:
    """Polls of any method, with ballots that its voters can have cast."""
    method: Method = METHODS[draw(st.sampled_from(sorted(METHODS)))]
    own = method.own_options("en")
    options = own or OPTIONS
    if method.word == "score":
        method = method.with_terms({"scale": draw(st.integers(1, 10))})
        scores = st.integers(0, method.terms["scale"])
        choices = st.tuples(*(scores for _ in options))
    elif method.takes_several:
        choices = st.sets(st.integers(0, len(options) - 1), min_size=1).map(
            lambda chosen: tuple(sorted(chosen))
        )
    else:
        choices = st.integers(0, len(options) - 1).map(lambda chosen: (chosen,))
    kept = choices.map(lambda choice: ",".join(map(str, choice)))
    groups = draw(st.lists(st.tuples(kept, st.integers(1, 40)), max_size=8))
    return Ballots(
        poll="https://delib.example/p/abcdefghijklmnop",
        method=method,
        options=options,
        closed=datetime(2026, 7, 1, tzinfo=UTC),
        seed=draw(st.binary(min_size=32, max_size=32)),
        groups=kept_groups(groups),
    )


def written(ballots: Ballots) -> bytes:
    return b"".join(write_ballots(ballots))


@pytest.mark.rule("2.8")
@given(closed_polls())
def test_whoever_counts_again_gets_what_we_get_without_our_code(ballots: Ballots) -> None:
    raw = written(ballots)

    ours = recount(raw.splitlines(keepends=True))
    theirs = count(raw)

    assert ours.sha256 == theirs["sha256"] == digest(ballots)
    assert list(ours.result.ballots) == theirs["ballots"]
    assert ours.ballots == sum(number for _, number in ballots.groups)
    if ours.result.details:
        assert ours.result.details["scores"] == theirs["scores"]
        assert ours.result.details["sums"] == theirs["sums"]


@pytest.mark.rule("2.8")
@given(closed_polls())
def test_rows_tell_nothing_by_their_order(ballots: Ballots) -> None:
    _, *rows = map(orjson.loads, written(ballots).splitlines())

    assert all(set(row) == {"ballot", "choice"} for row in rows)
    assert all(first["ballot"] < second["ballot"] for first, second in pairwise(rows))


def file(**changes: object) -> list[bytes]:
    head = {
        "dosfed_ballots": 1,
        "poll": "https://delib.example/p/a",
        "method": "single",
        "version": 1,
        "terms": {},
        "options": list(OPTIONS),
        "closed": "2026-07-01T00:00:00Z",
        "ballots": 2,
    }
    rows = [{"ballot": "01", "choice": [0]}, {"ballot": "02", "choice": [2]}]
    first, second = changes.pop("first", rows[0]), changes.pop("second", rows[1])
    return [orjson.dumps(line) + b"\n" for line in ({**head, **changes}, first, second)]


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ([], "line 1: not JSON"),
        ([b"{\n"], "line 1: not JSON"),
        ([b"[]\n"], "line 1: not an object"),
        (file(dosfed_ballots=2), "line 1: not a ballot file"),
        (file(method="ranked"), "line 1: a way to vote"),
        (file(method=["single"]), "line 1: a way to vote"),
        (file(version=2), "line 1: a way to vote"),
        (file(terms={"scale": 5}), "line 1: single has no terms"),
        (file(options="North"), "line 1: no options"),
        (file(ballots=3), "line 1: says 3 ballots, and 2 follow"),
        (file(first={"ballot": "01", "choice": [3]}), "line 2: not a choice"),
        (file(first={"ballot": "01", "choice": [0, 1]}), "line 2: not a choice"),
        (file(first={"ballot": "01", "choice": []}), "line 2: not a choice"),
        (file(first={"ballot": "01", "choice": [True]}), "line 2: not a choice"),
        (file(first={"ballot": "01", "choice": [-1]}), "line 2: not a choice"),
        (file(first={"ballot": "01"}), "line 2: not a choice"),
        (file(first={"ballot": "02", "choice": [0]}), "line 3: ballots are not in the order"),
        (file(first={"ballot": "03", "choice": [0]}), "line 3: ballots are not in the order"),
        ([file()[0], b"x" * 1_000_001], "line 2: longer"),
    ],
)
def test_what_is_no_ballot_file_is_refused_with_its_line(lines: list[bytes], said: str) -> None:
    with pytest.raises(BadFile, match=said):
        recount(lines)
