"""What a home says of a proposal and its poll is what a mirror reads."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from dosfed.activitypub import writing
from dosfed.deliberation.consultations.mirrors import MirroredPoll, MirroredProposal
from dosfed.deliberation.proposals.kept import ProposalRecord
from dosfed.deliberation.votes.model import Poll
from dosfed.wire import terms
from dosfed.wire.contributions import read_submission, write_contribution
from dosfed.wire.namespace import CONTEXT, WIDER_CONTEXT
from dosfed.wire.proposals import read_proposal, write_proposal
from dosfed.wire.words import said_title
from tests.wire.values import ANA, GROUP, INSTANCE, START, few, proposals, sent, sent_post


def mirrored(record: ProposalRecord) -> MirroredProposal:
    """Return a proposal as a mirror is to keep it."""
    untold = record.closed_at if record.closed_at and record.shown is None else None
    return MirroredProposal(
        id=record.id,
        consultation=record.consultation,
        title=record.title,
        text=record.text,
        html=record.html,
        language=record.language,
        author=record.author,
        author_name=record.author_name,
        published=record.published_at or record.received_at,
        edited=max((at for at in (record.edited_at, untold) if at), default=None),
        source=record.source,
        version=record.version,
        clauses=None if record.clauses is None else tuple(record.clauses),
        group=record.group,
        tags=record.tags,
        poll=None if record.poll is None else mirrored_poll(record, record.poll),
    )


def mirrored_poll(record: ProposalRecord, poll: Poll) -> MirroredPoll:
    """Return its poll as a mirror is to keep it."""
    return MirroredPoll(
        method=poll.method.word,
        terms=poll.method.terms,
        secrecy="confidential",
        options=poll.options,
        opens=poll.opens,
        closes=poll.closes,
        hides_counts=poll.hides_counts,
        counts_from=poll.counts_from,
        is_closed=record.closed_at is not None,
        counted_at=record.moved_at,
        counts=None if record.shown is None else record.shown.counts,
        voters=0 if record.shown is None else record.shown.voters,
        origins=None
        if record.shown is None or record.shown.origins is None
        else dict(record.shown.origins),
    )


@few
@given(record=proposals())
def test_a_proposal_and_its_poll_are_read_as_they_were_written(record: ProposalRecord) -> None:
    assert read_proposal(sent(write_proposal(record))) == mirrored(record)


@few
@given(record=proposals())
def test_words_that_few_polls_need_are_typed_where_they_are_said_and_nowhere_else(
    record: ProposalRecord,
) -> None:
    said = write_proposal(record)
    created, updated = writing.create(INSTANCE, said), writing.update(INSTANCE, said)
    passed_on = [
        writing.announce(INSTANCE, GROUP, activity, at=START) for activity in (created, updated)
    ]
    needs_them = record.poll is not None and not record.poll.method.fits_a_question
    for document in (said, created, updated, *passed_on):
        read = sent(document)
        context = [*(WIDER_CONTEXT if needs_them else CONTEXT)]
        assert read["@context"] == context
        for term in (one for one in terms.TERMS if one.is_apart):
            assert (term.id in context[-1]) is needs_them
    assert terms.METHOD_TERMS not in said or needs_them
    assert "@context" not in sent(passed_on[0])["object"]
    assert "@context" not in sent(passed_on[0])["object"]["object"]


@few
@given(record=proposals(), reason=st.text("abc <&>", min_size=1))
def test_a_hidden_proposal_has_no_words_to_read(record: ProposalRecord, reason: str) -> None:
    hidden = replace(record, hidden_at=START, hidden_reason=reason, hidden_code="abuse")
    post = sent_post(write_proposal(hidden))
    assert post.document[terms.REASON] == "abuse"
    assert post.type == "Note"
    assert said_title(post) is None


@few
@given(record=proposals().map(lambda record: replace(record, author=ANA, poll=None)))
def test_what_a_citizen_proposes_is_read_as_it_was_written(record: ProposalRecord) -> None:
    post = sent_post(write_contribution(record))
    submission = read_submission(post, ANA, "@ana@delib.example", addressed=(GROUP,))

    assert GROUP in post.mentions
    assert (submission.title, submission.text) == (record.title, record.text)
    assert (submission.language, submission.source) == (record.language, record.id)
    assert (submission.tags, submission.group) == (record.tags, record.group)
