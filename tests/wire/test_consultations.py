"""Consultations and meetings are read by mirrors as their home wrote them."""

from datetime import UTC, datetime, timedelta, timezone

from hypothesis import given
from hypothesis import strategies as st

from dosfed.activitypub.vocabulary import Follow
from dosfed.deliberation.consultations.kept import ConsultationRecord
from dosfed.deliberation.consultations.licences import LICENCES
from dosfed.deliberation.consultations.mirrors import MirroredConsultation
from dosfed.deliberation.consultations.model import Consultation
from dosfed.deliberation.meetings.kept import Meeting
from dosfed.deliberation.meetings.model import PlanMeeting
from dosfed.deliberation.model import ActorId, ConsultationId
from dosfed.wire.consultations import (
    Held,
    is_of_mirror,
    read_consultation,
    with_mirror,
    write_consultation,
)
from dosfed.wire.meetings import read_cancelled, read_meeting, write_meeting
from tests.wire.values import (
    BO,
    GROUP,
    HOME,
    ORGANISER,
    START,
    few,
    languages,
    lines,
    moments,
    optional,
    phases,
    sent,
    sent_activity,
    sent_post,
    words,
)

HOSTS = st.lists(st.from_regex(r"[a-z]{1,9}\.example", fullmatch=True), max_size=3)
RECORD = ConsultationRecord(
    consultation=Consultation(
        id=ConsultationId(GROUP),
        opens=START,
        closes=START,
        phases=(),
        eligible="anyone",
        needs_facilitator=True,
    ),
    address="quais@delib.example",
    home=None,
    organiser=ORGANISER,
    language="fr",
)


@few
@given(
    held=st.builds(
        Held,
        id=st.just(GROUP),
        organiser=st.just(ORGANISER),
        language=languages,
        summary=words,
        opens=moments,
        closes=moments,
        eligible=st.sampled_from(["anyone", "here"]) | HOSTS,
        instances=HOSTS,
        phases=st.lists(phases, max_size=4),
        licence=st.sampled_from([None, *LICENCES]),
    ),
    titles=st.tuples(lines(200), lines(200)),
)
def test_a_consultation_is_read_as_it_was_written(held: Held, titles: tuple[str, str]) -> None:
    of_any = {"id": GROUP, "type": "Group", "preferredUsername": "quais", "name": titles[0]}
    organiser = {"id": ORGANISER, "preferredUsername": "mairie", "name": titles[1]}

    assert read_consultation(
        sent(of_any | write_consultation(held, at=held.opens)), sent(organiser)
    ) == MirroredConsultation(
        id=GROUP,
        address="quais@delib.example",
        home="delib.example",
        organiser=ORGANISER,
        organiser_name="mairie",
        organiser_title=titles[1],
        title=titles[0],
        summary=held.summary,
        language=held.language,
        opens=held.opens,
        closes=held.closes,
        phases=tuple(held.phases),
        eligible=held.eligible,
        instances=held.instances,
        licence=held.licence,
    )


def test_the_follow_of_a_mirror_is_known_by_its_mark() -> None:
    follow = {"id": f"{BO}/f", "type": "Follow", "actor": BO, "object": GROUP}
    plain, marked = sent_activity(follow), sent_activity(with_mirror(follow))

    assert isinstance(plain, Follow)
    assert isinstance(marked, Follow)
    assert not is_of_mirror(plain.document)
    assert is_of_mirror(marked.document)


@st.composite
def meetings(draw: st.DrawFn) -> Meeting:
    """Draw a meeting such as may be announced."""
    starts = draw(moments)
    return Meeting(
        id=f"{HOME}/n/0k3v9x2m",
        consultation=GROUP,
        title=draw(lines(200)),
        place=draw(lines(200)),
        url=draw(optional(st.just("https://meet.example/quais"))),
        summary=draw(words),
        starts=starts,
        ends=starts + draw(st.integers(min_value=1, max_value=700)) * timedelta(hours=1),
        announced_at=START,
        changed_at=draw(moments),
        cancelled_at=draw(optional(moments)),
    )


@few
@given(meeting=meetings(), hours=st.integers(min_value=-12, max_value=14))
def test_a_meeting_is_read_as_it_was_written_wherever_its_home_lies(
    meeting: Meeting, hours: int
) -> None:
    post = sent_post(write_meeting(meeting, RECORD, timezone(timedelta(hours=hours))))

    assert read_meeting(post, GROUP, by=ORGANISER) == PlanMeeting(
        id=meeting.id,
        consultation=ConsultationId(GROUP),
        by=ActorId(ORGANISER),
        title=meeting.title,
        place=meeting.place,
        url=meeting.url,
        summary=meeting.summary,
        starts=meeting.starts,
        ends=meeting.ends,
    )
    assert read_cancelled(post) == meeting.cancelled_at
    assert post.published == START
    assert (post.updated or START) == meeting.changed_at


def test_a_meeting_says_when_it_is_in_the_words_of_its_place() -> None:
    meeting = Meeting(
        id=f"{HOME}/n/0k3v9x2m",
        consultation=GROUP,
        title="Atelier",
        place="Mairie",
        url=None,
        summary="",
        starts=datetime(2026, 6, 1, 16, tzinfo=UTC),
        ends=datetime(2026, 6, 1, 18, tzinfo=UTC),
        announced_at=START,
        changed_at=START,
        cancelled_at=None,
    )
    said = write_meeting(meeting, RECORD, timezone(timedelta(hours=2)))["content"]
    assert "2026-06-01 18:00 \N{EN DASH} 20:00 (UTC+02:00)" in said
