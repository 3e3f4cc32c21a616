"""Ballots, and what their home answers, are read as they were written."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dosfed.activitypub.vocabulary import Accept, Create, Other, Reject
from dosfed.deliberation.model import ActorId, PollId, Refusal
from dosfed.deliberation.votes.methods.model import Choice, Names, Said, Written, write_choice
from dosfed.deliberation.votes.model import CastBallot, Poll
from dosfed.deliberation.votes.polls import PollRecord
from dosfed.wire.ballots import (
    may_be_ballot,
    read_ballot,
    read_poll_vote,
    read_reason,
    write_answer,
    write_ballot,
)
from tests.wire.values import (
    ANA,
    BO,
    GROUP,
    INSTANCE,
    ORGANISER,
    PROPOSAL,
    START,
    choices,
    few,
    lines,
    moments,
    polls,
    sent_activity,
)

ODD = timedelta(milliseconds=123)


def record_of(poll: Poll) -> PollRecord:
    """Return a poll with its surroundings."""
    return PollRecord(
        poll=poll,
        proposal=PROPOSAL,
        consultation=GROUP,
        organiser=ORGANISER,
        home=None,
        listed=frozenset(),
        erase_after_days=90,
        closed_at=None,
    )


@st.composite
def chosen(draw: st.DrawFn) -> tuple[Poll, Choice, Said]:
    """Draw a poll, a choice in it, and how that is said: by names, or whole."""
    poll = draw(polls())
    choice = draw(choices(poll))
    if not poll.method.fits_a_question:
        return poll, choice, Written(text=write_choice(choice))
    return poll, choice, Names(names=tuple(poll.options[place] for place in choice))


@few
@given(drawn=chosen(), at=moments.map(lambda moment: moment + ODD))
def test_a_ballot_is_read_as_it_was_written(drawn: tuple[Poll, Choice, Said], at: datetime) -> None:
    poll, choice, said = drawn
    activity = write_ballot(INSTANCE, ANA, record_of(poll), choice, at=at)
    read = sent_activity(activity)

    assert activity["to"] == [ORGANISER]
    assert isinstance(read, Create)
    assert read_ballot(read) == CastBallot(
        poll=PollId(PROPOSAL), voter=ActorId(ANA), said=said, adds=False, published=at
    )


@few
@given(drawn=chosen())
def test_a_ballot_of_ours_is_known_for_one_however_it_is_passed_on(
    drawn: tuple[Poll, Choice, Said],
) -> None:
    poll, choice, _ = drawn
    activity: dict[str, Any] = write_ballot(INSTANCE, ANA, record_of(poll), choice, at=START)
    assert may_be_ballot(activity)
    assert may_be_ballot({"type": "Announce", "object": activity})


@few
@given(choice=lines(60))
def test_a_vote_of_piefed_adds_one_option(choice: str) -> None:
    vote = {"id": f"{BO}/v", "type": "PollVote", "actor": BO, "object": PROPOSAL}
    read = sent_activity(vote | {"choice_text": choice})

    assert isinstance(read, Other)
    assert read_poll_vote(read) == CastBallot(
        poll=PollId(PROPOSAL),
        voter=ActorId(BO),
        said=Names(names=(choice,)),
        adds=True,
        published=None,
    )
    assert read_poll_vote(Other(id=f"{BO}/v", actor=BO, type="Juggle", document={})) is None


@pytest.mark.parametrize("refusal", [None, *Refusal])
def test_what_a_home_answers_is_read_with_its_reason(refusal: Refusal | None) -> None:
    request = {"id": f"{BO}/ballots/1", "type": "Create", "actor": BO}
    read = sent_activity(write_answer(INSTANCE, ORGANISER, request, refusal=refusal))

    assert isinstance(read, Accept if refusal is None else Reject)
    assert isinstance(read, Accept | Reject)
    assert read.object == request["id"]
    if isinstance(read, Reject):
        assert read_reason(read) == refusal
