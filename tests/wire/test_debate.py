"""Arguments, weights, reports, quotes and what hides them are read as they were written."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dosfed.activitypub import writing
from dosfed.activitypub.vocabulary import Dislike, Flag, Like
from dosfed.deliberation.debate.model import EditArgument, PostArgument, Stance, Weigh
from dosfed.deliberation.debate.records import ArgumentRecord
from dosfed.deliberation.model import ActorId, ArgumentId
from dosfed.deliberation.moderation.model import Hide, HideReason, Report
from dosfed.wire import terms
from dosfed.wire.arguments import read_argument, read_edit, write_argument
from dosfed.wire.hiding import read_hiding, write_hiding
from dosfed.wire.quotes import read_stamp, stamp, write_stamp
from dosfed.wire.reports import read_report, write_report
from dosfed.wire.terms import hashtag_of, stance_of_hashtag
from dosfed.wire.weights import read_weight, write_weight
from tests.wire.values import (
    ANA,
    ARGUMENT,
    BO,
    GROUP,
    INSTANCE,
    ORGANISER,
    START,
    arguments,
    few,
    sent,
    sent_activity,
    sent_post,
    words,
)


@few
@given(record=arguments())
def test_an_argument_is_read_as_it_was_written(record: ArgumentRecord) -> None:
    edited = record.edited_at
    assert read_argument(
        sent_post(write_argument(record)), ANA, record.author_name
    ) == PostArgument(
        id=ArgumentId(record.id),
        proposal=None,
        in_reply_to=record.in_reply_to,
        author=ActorId(ANA),
        author_name=record.author_name,
        stance=Stance(record.stance),
        text=None,
        html=record.html,
        language=record.language,
        url=record.url,
        published=record.published_at,
        updated=edited if edited and edited > record.published_at else None,
        clause=record.clause,
        sources=tuple(record.sources or ()),
        group=record.group,
    )


@few
@given(record=arguments())
def test_an_edit_of_an_argument_is_read_as_it_was_written(record: ArgumentRecord) -> None:
    read = read_edit(sent_post(write_argument(record)), ANA)

    assert read == EditArgument(
        id=record.id,
        author=ActorId(ANA),
        stance=Stance(record.stance),
        title=read.title,  # what a proposal would say, which an argument is not
        text=read.text,
        html=record.html,
        markdown=None,
        language=record.language,
        updated=record.edited_at,
        sources=tuple(record.sources or ()),
    )


@few
@given(record=arguments(), reason=words)
def test_a_hidden_argument_has_the_reason_in_the_place_of_its_words(
    record: ArgumentRecord, reason: str
) -> None:
    hidden = replace(record, hidden_at=START, hidden_reason=reason, hidden_code="abuse")
    post = sent_post(write_argument(hidden))

    assert read_edit(post, ANA).is_moderated
    assert post.document[terms.REASON] == "abuse"
    assert "source" not in post.document


@pytest.mark.parametrize("language", ["fr", "es", "en", "ca", None])
@pytest.mark.parametrize("stance", [Stance.FOR, Stance.AGAINST])
def test_a_stance_is_read_from_the_hashtag_that_is_written(
    stance: Stance, language: str | None
) -> None:
    assert stance_of_hashtag(hashtag_of(stance, language) or "") is stance


@pytest.mark.parametrize(("weight", "kind"), [(1, Like), (-1, Dislike)])
def test_a_weight_is_read_as_it_was_written(weight: Any, kind: type) -> None:
    post = {"id": ARGUMENT, "attributedTo": BO}
    activity = write_weight(INSTANCE, weight, actor=ANA, post=post)
    read = sent_activity(activity)

    assert activity["to"] == [BO]
    assert isinstance(read, Like | Dislike)
    assert isinstance(read, kind)
    assert read_weight(read) == Weigh(object=ARGUMENT, actor=ActorId(ANA), weight=weight)


@few
@given(text=words.filter(str.strip))
def test_a_report_is_read_as_it_was_written(text: str) -> None:
    read = sent_activity(write_report(INSTANCE, BO, [ARGUMENT], words=text))

    assert isinstance(read, Flag)
    assert read_report(read) == Report(
        reporter=ActorId(INSTANCE.actor), objects=(BO, ARGUMENT), text=text
    )


@few
@given(
    record=arguments(),
    code=st.sampled_from(HideReason),
    reason=st.text("abc é", min_size=1).map(str.strip).filter(bool),
    is_hidden=st.booleans(),
)
def test_what_a_moderator_hides_or_shows_is_read_from_the_group(
    record: ArgumentRecord, code: HideReason, reason: str, *, is_hidden: bool
) -> None:
    hide = Hide(id=ARGUMENT, by=ActorId(GROUP), is_hidden=is_hidden, reason=reason, code=code)
    activity = write_hiding(INSTANCE, record, hide, former_type="Note")
    announced = writing.announce(INSTANCE, GROUP, activity, at=START)

    assert read_hiding(GROUP, sent(announced)) == hide
    assert activity["actor"] == ORGANISER


@few
@given(path=st.from_regex(r"[A-Za-z0-9/_-]{0,60}", fullmatch=True))
def test_a_stamp_names_the_post_that_quotes(path: str) -> None:
    quoting = f"https://masto.example/{path}"
    uri = stamp(ARGUMENT, quoting)

    assert read_stamp(uri.rpartition("/")[2]) == quoting
    document = sent(write_stamp(uri, author=ANA, quoting=quoting))
    assert (document["interactingObject"], document["interactionTarget"]) == (quoting, ARGUMENT)
