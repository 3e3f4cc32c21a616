"""Rules 3.10 to 3.14: who may change, tag, co-sign and keep what."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dosfed.deliberation.consultations.model import Consultation, Phase, PhaseKind
from dosfed.deliberation.model import (
    ActorId,
    ConsultationId,
    Group,
    ProposalId,
    Refusal,
    Refused,
    Role,
)
from dosfed.deliberation.proposals.model import CoSign, ReviseProposal
from dosfed.deliberation.proposals.rules import (
    Standing,
    check_changer,
    check_co_signature,
    check_draft,
    check_revision,
    check_tags,
)
from dosfed.deliberation.proposals.tag_names import distinct, hashtag, read_tags
from dosfed.deliberation.rules import check_group, says_nothing

NOW = datetime(2026, 5, 1, tzinfo=UTC)
ANA, BO = ActorId("https://a.example/u/ana"), ActorId("https://a.example/u/bo")
CONSULTATION = Consultation(
    id=ConsultationId("https://a.example/c/quais"),
    opens=NOW - timedelta(days=1),
    closes=NOW + timedelta(days=1),
    phases=(),
    eligible="anyone",
    needs_facilitator=True,
)
STANDING = Standing(author=ANA, is_waiting=False, version=2, is_frozen=False)
REVISION = ReviseProposal(
    id=ProposalId("https://a.example/p/1"), by=ANA, title="t", text="x", note="n", follows=2
)
SIGNATURE = CoSign(proposal=REVISION.id, actor=BO, name="@bo@a.example", is_signed=True)
INFORMATION = replace(
    CONSULTATION,
    phases=(
        Phase(kind=PhaseKind.INFORMATION, opens=CONSULTATION.opens, closes=CONSULTATION.closes),
    ),
)
FACILITATING = [Role.FACILITATOR, Role.ORGANISER, Role.OPERATOR]


@pytest.mark.rule("3.10")
def test_3_10_an_author_revises_while_arguments_are_taken() -> None:
    check_revision(CONSULTATION, STANDING, REVISION, role=None, at=NOW)
    for consultation, at in ((INFORMATION, NOW), (CONSULTATION, CONSULTATION.closes)):
        with pytest.raises(Refused, match="wrong-phase"):
            check_revision(consultation, STANDING, REVISION, role=None, at=at)


@pytest.mark.rule("3.10")
@pytest.mark.parametrize("role", [None, *Role])
def test_3_10_others_revise_what_is_published_if_they_facilitate(role: Role | None) -> None:
    revision = replace(REVISION, by=BO)
    if role in FACILITATING:
        check_revision(CONSULTATION, STANDING, revision, role=role, at=NOW)
    else:
        with pytest.raises(Refused, match="not-allowed"):
            check_revision(CONSULTATION, STANDING, revision, role=role, at=NOW)
    with pytest.raises(Refused, match="not-allowed"):
        check_changer(replace(STANDING, is_waiting=True), BO, role)


@pytest.mark.rule("3.10")
@pytest.mark.parametrize(
    ("standing", "revision", "refusal"),
    [
        (replace(STANDING, is_frozen=True), REVISION, Refusal.FROZEN),
        (STANDING, replace(REVISION, follows=1), Refusal.OUTDATED),
        (STANDING, replace(REVISION, follows=3), Refusal.OUTDATED),
        (STANDING, replace(REVISION, note=" "), Refusal.EMPTY),
        (STANDING, replace(REVISION, note="x" * 501), Refusal.TOO_LONG),
        (STANDING, replace(REVISION, title=""), Refusal.EMPTY),
        (STANDING, replace(REVISION, text="x" * 20_001), Refusal.TOO_LONG),
    ],
)
def test_3_10_a_revision_is_refused(
    standing: Standing, revision: ReviseProposal, refusal: Refusal
) -> None:
    with pytest.raises(Refused) as refused:
        check_revision(CONSULTATION, standing, revision, role=None, at=NOW)

    assert refused.value.refusal is refusal


@pytest.mark.rule("3.10")
def test_3_10_what_waits_needs_no_reason() -> None:
    waiting = replace(STANDING, is_waiting=True)
    check_revision(CONSULTATION, waiting, replace(REVISION, note=""), role=None, at=NOW)


@pytest.mark.rule("3.11")
def test_3_11_anybody_but_the_author_co_signs_and_steps_back_at_any_time() -> None:
    check_co_signature(CONSULTATION, SIGNATURE, author=ANA, version=2, at=NOW)
    with pytest.raises(Refused, match="own-proposal"):
        check_co_signature(CONSULTATION, SIGNATURE, author=BO, version=2, at=NOW)
    with pytest.raises(Refused, match="wrong-phase"):
        check_co_signature(INFORMATION, SIGNATURE, author=ANA, version=2, at=NOW)
    back = replace(SIGNATURE, is_signed=False)
    check_co_signature(INFORMATION, back, author=BO, version=2, at=NOW + timedelta(days=99))


@pytest.mark.rule("3.12")
def test_3_12_tags_are_few_and_short() -> None:
    check_tags(("a", "x" * 40, "é", "2", "🌳"))
    for tags in (("a",) * 6, ("x" * 41,), ("",), ("\u200b",)):
        with pytest.raises(Refused, match="bad-tag"):
            check_tags(tags)


@pytest.mark.rule("3.13")
def test_3_13_a_group_has_a_name_and_people() -> None:
    check_group(None)
    check_group(Group(name="Atelier", size=1))
    for name, size in (("", 3), (" ", 3), ("x" * 101, 3), ("A", 0), ("A", -1), ("A", 1_000_001)):
        with pytest.raises(Refused, match="bad-group"):
            check_group(Group(name=name, size=size))


@pytest.mark.rule("3.14")
def test_3_14_drafts_say_something_and_are_at_most_fifty() -> None:
    check_draft("", "x", others=49)
    check_draft("x", "", others=0)
    for title, text, others, code in (
        ("", " ", 0, "empty"),
        ("x" * 201, "", 0, "too-long"),
        ("x", "", 50, "too-many"),
    ):
        with pytest.raises(Refused, match=code):
            check_draft(title, text, others=others)


def test_a_line_says_something_by_letters_digits_or_signs() -> None:
    assert all(map(says_nothing, ("", " \t", "\u200b\u2060", "\u202e", "\u0301", "\xad")))
    assert not any(map(says_nothing, ("a", "字", "1", "?", "🌳", "e\u0301")))


def test_tags_are_typed_with_commas_and_kept_once() -> None:
    assert read_tags(" #Quais, voies  sur berge;QUAIS\n,, #,") == ("Quais", "voies sur berge")
    assert read_tags("") == ()


@pytest.mark.parametrize(
    ("tag", "word"),
    [("quais", "quais"), ("voies sur berge", "VoiesSurBerge"), ("l'eau", "LEau"), ("2°", "2")],
)
def test_a_hashtag_is_one_word(tag: str, word: str) -> None:
    assert hashtag(tag) == word


@given(names=st.lists(st.text(max_size=20), max_size=10))
def test_tags_are_trimmed_and_distinct_whatever_is_typed(names: list[str]) -> None:
    found = distinct(names)

    assert len({tag.casefold() for tag in found}) == len(found)
    assert all(tag == tag.strip() and tag and not tag.startswith("#") for tag in found)
    assert distinct(found) == found
