"""Values of every form, and the way over the wire."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st

from dosfed import texts
from dosfed.activitypub.parsing import read_activity, read_post
from dosfed.activitypub.reading import Document, read_document
from dosfed.activitypub.vocabulary import Activity, Post
from dosfed.activitypub.writing import to_json
from dosfed.deliberation.consultations.model import Phase, PhaseKind
from dosfed.deliberation.debate.model import Stance
from dosfed.deliberation.debate.records import ArgumentRecord
from dosfed.deliberation.model import Group, PollId
from dosfed.deliberation.posts.model import PostState
from dosfed.deliberation.proposals.kept import ProposalRecord
from dosfed.deliberation.rules import TITLE_LENGTH, says_nothing
from dosfed.deliberation.votes.methods.known import METHODS
from dosfed.deliberation.votes.methods.model import Choice
from dosfed.deliberation.votes.methods.score import SCALE
from dosfed.deliberation.votes.model import Poll, Tally
from dosfed.instance import Instance
from dosfed.wire.namespace import CONTEXT

HOME = "https://delib.example"
INSTANCE = Instance(base_url=HOME, context=CONTEXT)
ORGANISER, GROUP = f"{HOME}/o/mairie", f"{HOME}/c/quais"
PROPOSAL, ARGUMENT = f"{HOME}/p/4k2j9x0c", f"{HOME}/a/9s8r7q6p"
ANA, BO = f"{HOME}/u/ana", "https://masto.example/users/bo"
START = datetime(2026, 5, 1, 12, tzinfo=UTC)


few = settings(max_examples=40, deadline=None)


def sent(document: Mapping[str, Any]) -> Document:
    """Return a document as it is read after it was sent."""
    return read_document(to_json(INSTANCE, document))


def sent_post(document: Mapping[str, Any]) -> Post:
    """Return a post as it is read after it was sent."""
    return read_post(sent(document))


def sent_activity(activity: Mapping[str, Any]) -> Activity:
    """Return an activity as it is read after it was sent."""
    return read_activity(sent(activity))


def lines(length: int) -> st.SearchStrategy[str]:
    """Return names and titles such as the rules admit."""
    found = words.map(lambda text: texts.one_line(text, length))
    return found.filter(lambda line: not says_nothing(line))


def optional(values: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Return values, or none."""
    return st.none() | values


words = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=80)
moments = st.datetimes(
    min_value=datetime(2000, 1, 1),  # noqa: DTZ001 - the strategy adds the zone
    max_value=datetime(2099, 1, 1),  # noqa: DTZ001
    timezones=st.just(UTC),
).map(lambda moment: moment.replace(microsecond=0))
languages = st.sampled_from(["fr", "es", "en", "ca", "zh-Hant-TW"])
anchors = st.from_regex(r"c-[a-z0-9-]{1,40}", fullmatch=True)
sources = st.lists(
    st.from_regex(r"https://[a-z]{1,9}\.example/[a-z0-9/]{0,20}", fullmatch=True),
    unique=True,
    max_size=3,
).map(tuple)
groups = st.builds(
    Group,
    name=st.from_regex(r"[A-Za-zé][A-Za-zé ]{0,40}[a-z]", fullmatch=True).map(
        lambda name: texts.one_line(name, 100)
    ),
    size=st.integers(min_value=1, max_value=1_000_000),
)
phases = st.builds(Phase, kind=st.sampled_from(PhaseKind), opens=moments, closes=moments)


@st.composite
def arguments(draw: st.DrawFn) -> ArgumentRecord:
    """Draw an argument that somebody wrote here, and so not an empty one (rule 3.3)."""
    text = draw(words.filter(texts.render_markdown))
    return ArgumentRecord(
        id=ARGUMENT,
        proposal=PROPOSAL,
        in_reply_to=draw(st.sampled_from([PROPOSAL, f"{BO}/1"])),
        author=ANA,
        author_name="@ana@delib.example",
        stance=draw(st.sampled_from(Stance)).value,
        text=text,
        html=texts.render_markdown(text),
        language=draw(optional(languages)),
        url=ARGUMENT,
        published_at=draw(moments),
        edited_at=draw(optional(moments)),
        deleted_at=None,
        clause=draw(optional(anchors)),
        sources=draw(sources),
        group=draw(optional(groups)),
        state=PostState.PUBLISHED,
        received_at=START,
        hidden_at=None,
        hidden_reason=None,
        hidden_code=None,
        moderated_at=None,
        consultation=GROUP,
        home=None,
        organiser=ORGANISER,
        organiser_host="delib.example",
        parent_author=BO,
        parent_name="@bo@masto.example",
        is_parent_readable=True,
    )


@st.composite
def polls(draw: st.DrawFn) -> Poll:
    """Draw a poll of any method that there is."""
    method = draw(st.sampled_from(list(METHODS.values())))
    return Poll(
        id=PollId(PROPOSAL),
        method=method,
        options=tuple(draw(st.lists(lines(60), min_size=1, max_size=6, unique=True))),
        opens=draw(moments),
        closes=draw(moments),
        eligible="anyone",
        hides_counts=draw(st.booleans()),
        counts_from=draw(st.integers(min_value=0, max_value=50)),
        is_closed=False,
        hidings=(),
    )


@st.composite
def choices(draw: st.DrawFn, poll: Poll) -> Choice:
    """Draw what a voter may choose in a poll."""
    number = len(poll.options)
    if not poll.method.fits_a_question:
        scores = st.integers(min_value=0, max_value=SCALE)
        return tuple(draw(st.lists(scores, min_size=number, max_size=number)))
    most = number if poll.method.takes_several else 1
    places = st.integers(min_value=0, max_value=number - 1)
    return tuple(draw(st.lists(places, unique=True, min_size=1, max_size=most)))


@st.composite
def tallies(draw: st.DrawFn, poll: Poll) -> Tally:
    """Draw a published tally of a poll: what a few ballots come to."""
    counts = [0] * poll.cells
    chosen = draw(st.lists(choices(poll), max_size=5))
    for choice in chosen:
        for cell in poll.method.marks(choice):
            counts[cell] += 1
    numbers = st.integers(min_value=0, max_value=9_999)
    origins = st.fixed_dictionaries(dict.fromkeys(("here", "listed", "fediverse"), numbers))
    return Tally(counts=tuple(counts), voters=len(chosen), origins=draw(optional(origins)))


@st.composite
def proposals(draw: st.DrawFn) -> ProposalRecord:
    """Draw a proposal of a home, with or without a poll."""
    poll = draw(optional(polls()))
    shown = None if poll is None else draw(optional(tallies(poll)))
    version, text = draw(st.integers(min_value=1, max_value=9)), draw(words)
    name = draw(optional(st.just("@ana@delib.example")))
    return ProposalRecord(
        id=PROPOSAL,
        consultation=GROUP,
        address="quais@delib.example",
        home=None,
        organiser=ORGANISER,
        deleted_at=None,
        title=draw(lines(TITLE_LENGTH)),
        text=text,
        html=texts.render_markdown(text),
        language=draw(languages),
        author=None if name is None else ANA,
        author_name=name,
        source=draw(optional(st.just(f"{BO}/1"))),
        state=PostState.PUBLISHED,
        reason=None,
        received_at=START,
        published_at=draw(moments),
        edited_at=draw(optional(moments)),
        poll=poll,
        closed_at=None if poll is None else draw(optional(st.just(poll.closes))),
        shown=shown,
        moved_at=None if shown is None else draw(moments),
        version=version,
        clauses=draw(st.lists(anchors, min_size=1, max_size=3)) if version > 1 else None,
        group=draw(optional(groups)),
        tags=draw(
            st.lists(
                st.from_regex(r"[a-zé]{1,12}( [a-z]{1,9})?", fullmatch=True),
                max_size=3,
                unique=True,
            ).map(tuple)
        ),
        hidden_at=None,
        hidings=(),
        hidden_reason=None,
        hidden_code=None,
        moderated_at=None,
    )
