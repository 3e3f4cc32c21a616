"""The import file says what it means, or what is wrong with it."""

import copy
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dosfed.deliberation.consultations.model import PhaseKind
from dosfed.deliberation.debate.model import Stance
from dosfed.deliberation.exchange.format import read_import
from dosfed.deliberation.exchange.json_fields import BadDocument
from dosfed.deliberation.votes.methods.agree import AGREE

NOW = datetime(2026, 5, 1, tzinfo=UTC)
SMALLEST: dict[str, Any] = {
    "dosfed": 1,
    "organiser": {"name": "mairie", "title": "Ville de Sauveterre"},
    "consultations": [
        {
            "name": "quais",
            "title": "Fermer les quais aux voitures ?",
            "language": "fr",
            "opens": "2026-01-01T00:00:00Z",
            "closes": "2027-01-01T00:00:00Z",
            "proposals": [
                {
                    "ref": "p1",
                    "title": "Fermer",
                    "text": "Le **dimanche**.",
                    "poll": {"method": "agree", "closes": "2026-12-01T00:00:00Z"},
                },
                {
                    "ref": "p2",
                    "title": "Quelle rive ?",
                    "text": "",
                    "poll": {"method": "single", "options": ["Nord", "Sud"]},
                },
            ],
        }
    ],
}


def changed(*path: str | int, to: object) -> dict[str, Any]:
    """The smallest document with one value set, or taken away when it is `...`."""
    document = copy.deepcopy(SMALLEST)
    place: Any = document
    for step in path[:-1]:
        place = place[step]
    if to is ...:
        del place[path[-1]]
    else:
        place[path[-1]] = to
    return document


CONSULTATION = ("consultations", 0)
PROPOSAL = (*CONSULTATION, "proposals", 0)
POLL = (*PROPOSAL, "poll")
CHOICE = (*CONSULTATION, "proposals", 1, "poll")
HERE = "consultations[0]"

BAD = [
    (changed("dosfed", to=2), "dosfed: expected 1"),
    (changed("dosfed", to=...), "dosfed: expected 1"),
    (changed("users", to=[]), "users: unknown key"),
    (changed("a\nb", to=[]), r"'a\nb': unknown key"),
    (changed("organiser", to=...), f"{HERE}.organiser: is missing"),
    (changed("organiser", "name", to="Mairie"), "organiser.name: expected 1 to 64 of a to z"),
    (changed("organiser", "name", to="quais"), f"{HERE}.name: quais is given twice"),
    (changed("organiser", "inbox", to="x"), "organiser.inbox: unknown key"),
    (changed("consultations", to={}), "consultations: expected a list, found an object"),
    (changed(*CONSULTATION, to=3), f"{HERE}: expected an object, found a number"),
    (changed(*CONSULTATION, "titel", to="x"), f"{HERE}.titel: unknown key"),
    (changed(*CONSULTATION, "title", to=...), f"{HERE}.title: is missing"),
    (changed(*CONSULTATION, "title", to="  "), f"{HERE}.title: is empty"),
    (changed(*CONSULTATION, "title", to="a\nb"), f"{HERE}.title: must be one line"),
    (changed(*CONSULTATION, "title", to="x" * 201), f"{HERE}.title: longer than 200"),
    (changed(*CONSULTATION, "summary", to="x\x00"), f"{HERE}.summary: holds a character"),
    (changed(*CONSULTATION, "summary", to="\ud800"), f"{HERE}.summary: holds a character"),
    (changed(*CONSULTATION, "language", to="français"), f"{HERE}.language: expected a code"),
    (changed(*CONSULTATION, "opens", to="2026-01-01"), f"{HERE}.opens: expected a date like"),
    (changed(*CONSULTATION, "opens", to="2026-01-01T00:00"), f"{HERE}.opens: expected a date"),
    (changed(*CONSULTATION, "opens", to=1767225600), f"{HERE}.opens: expected a date"),
    (changed(*CONSULTATION, "closes", to="2025-01-01T00:00:00Z"), f"{HERE}.closes: is not after"),
    (changed(*CONSULTATION, "eligible", to="friends"), f'{HERE}.eligible: expected "anyone"'),
    (
        changed(*CONSULTATION, "documents", to=[{"title": "Plan", "url": "http://plan.example"}]),
        f"{HERE}.documents[0].url: expected an address that begins with https://",
    ),
    (changed(*CONSULTATION, "licence", to="cc-by-nc-4.0"), f"{HERE}.licence: expected one of"),
    (changed(*CONSULTATION, "eligible", to=[]), f'{HERE}.eligible: expected "anyone"'),
    (changed(*CONSULTATION, "eligible", to=["https://a.b"]), f"{HERE}.eligible[0]: expected a"),
    (changed(*CONSULTATION, "phases", to=[{"kind": "rest"}]), f"{HERE}.phases[0].kind: expected"),
    (changed(*PROPOSAL, "ref", to="p2"), f"{HERE}.proposals[1].ref: 'p2' is given twice"),
    (changed(*PROPOSAL, "text", to="x" * 20_001), f"{HERE}.proposals[0].text: longer than"),
    (changed(*POLL, "methd", to="agree"), f"{HERE}.proposals[0].poll.methd: unknown key"),
    (changed(*POLL, "method", to="dice"), f"{HERE}.proposals[0].poll.method: expected one of"),
    (changed(*POLL, "method", to=["agree"]), f"{HERE}.proposals[0].poll.method: expected one"),
    (changed(*POLL, "secrecy", to="open"), f"{HERE}.proposals[0].poll.secrecy: expected one of"),
    (changed(*POLL, "counts", to="maybe"), f"{HERE}.proposals[0].poll.counts: expected one of"),
    (changed(*POLL, "counts_from", to=-1), f"{HERE}.proposals[0].poll.counts_from: expected a"),
    (changed(*POLL, "counts_from", to=True), f"{HERE}.proposals[0].poll.counts_from: expected"),
    (changed(*POLL, "options", to=["Oui"]), f"{HERE}.proposals[0].poll.options: agree has 3"),
    (changed(*POLL, "closes", to="2026-01-01T00:00:00Z"), f"{HERE}.proposals[0].poll.closes: is"),
    (changed(*POLL, "result", to={}), f"{HERE}.proposals[0].poll.result: the poll is still open"),
    (changed(*CHOICE, "options", to=...), f"{HERE}.proposals[1].poll.options: single needs"),
    (changed(*CHOICE, "options", to=[]), f"{HERE}.proposals[1].poll.options: single needs"),
    (changed(*CHOICE, "options", to=["Nord"]), f"{HERE}.proposals[1].poll.options: single needs"),
    (changed(*CHOICE, "options", to=["L\u2019est", "L'est "]), "poll.options[1]: is the same as"),
    (changed(*CHOICE, "options", to=["é", "e\u0301"]), "poll.options[1]: is the same as"),
    (changed(*CHOICE, "options", to=["a", ""]), "poll.options[1]: is empty"),
    (
        changed(*CHOICE, "options", to=[str(number) for number in range(501)]),
        "poll.options: more than 500",
    ),
    (
        changed(*PROPOSAL, "arguments", to=[{"text": "x", "in_reply_to": "a9"}]),
        "arguments[0].in_reply_to: no argument before this one",
    ),
    (changed(*PROPOSAL, "arguments", to=[{"stance": "for"}]), "arguments[0].text: expected either"),
    (changed(*PROPOSAL, "tags", to=["x" * 41]), "tags[0]: longer than 40"),
    (changed(*PROPOSAL, "tags", to=["a", "b", "c", "d", "e", "f"]), "tags: more than 5"),
    (changed(*PROPOSAL, "group", to={"name": "Atelier"}), "group.size: expected a whole number"),
    (changed(*PROPOSAL, "group", to={"name": "A", "size": 0}), "group.size: expected how many"),
    (changed(*PROPOSAL, "group", to={"name": "", "size": 3}), "group.name: is empty"),
    (changed(*PROPOSAL, "clauses", to=["<p>"]), "clauses[0]: expected an anchor"),
    (changed(*PROPOSAL, "versions", to=[{"title": "x"}]), "versions[0].note: is missing"),
    (
        changed(*PROPOSAL, "versions", to=[{"title": "x", "note": "y", "by": "Ana"}]),
        "versions[0].by: expected author or facilitator",
    ),
    (
        changed(*PROPOSAL, "versions", to=[{"title": "x", "note": "y"}]),
        "versions[0].replaced: is missing",
    ),
    (
        changed(*PROPOSAL, "arguments", to=[{"text": "x", "sources": ["http://a.example"]}]),
        "arguments[0].sources[0]: expected an address",
    ),
    (
        changed(*PROPOSAL, "arguments", to=[{"text": "x", "clause": "here"}]),
        "arguments[0].clause: expected an anchor",
    ),
    ([], "expected an object, found a list"),
    (None, "expected an object, found null"),
]


@pytest.mark.parametrize(("document", "complaint"), BAD, ids=[complaint for _, complaint in BAD])
def test_a_bad_file_is_refused_with_the_path_of_what_is_wrong(
    document: object, complaint: str
) -> None:
    with pytest.raises(BadDocument) as refused:
        read_import(document, now=NOW)

    assert complaint in str(refused.value)
    assert "\n" not in str(refused.value)


def test_the_smallest_file_says_everything_that_is_needed() -> None:
    document = read_import(SMALLEST, now=NOW)

    [consultation] = document.consultations
    agree, choice = consultation.proposals
    assert [organiser.name for organiser in document.organisers] == ["mairie"]
    assert consultation.eligible == "anyone"
    assert consultation.needs_facilitator
    assert consultation.erase_after_days == 90
    assert agree.poll is not None
    assert agree.poll.options == ("D'accord", "Abstention", "Pas d'accord")
    assert agree.poll.opens == consultation.opens
    assert agree.poll.counts_from == 5
    assert not agree.poll.hides_counts
    assert choice.poll is not None
    assert choice.poll.closes == consultation.closes
    assert choice.language == "fr"


def test_everything_that_may_be_said_is_read() -> None:
    document = changed(
        *CONSULTATION,
        "phases",
        to=[
            {
                "kind": "discussion",
                "opens": "2026-01-01T00:00:00+01:00",
                "closes": "2026-02-01T00:00:00Z",
            }
        ],
    )
    consultation = document["consultations"][0]
    consultation["eligible"] = ["Masto.Example", "ville.example:8443"]
    consultation["organiser"] = {"name": "asso", "title": "Association"}
    proposal = consultation["proposals"][0]
    proposal["poll"] = {
        "method": "support",
        "closes": "2026-02-01T00:00:00Z",
        "counts": "hidden",
        "secrecy": "confidential",
        "result": {"from": "https://old.example/p/1", "ballots": [7], "voters": 7},
    }
    proposal["arguments"] = [
        {"ref": "a1", "text": "Oui", "stance": "for", "by": "Ana"},
        {"html": "<p>Non</p>", "stance": "against", "in_reply_to": "a1"},
    ]

    given_ = read_import(document, now=NOW)

    [read] = given_.consultations
    assert {organiser.name for organiser in given_.organisers} == {"mairie", "asso"}
    assert read.organiser == "asso"
    assert read.eligible == ("masto.example", "ville.example:8443")
    assert read.phases[0].kind is PhaseKind.DISCUSSION
    assert read.phases[0].opens == datetime(2025, 12, 31, 23, tzinfo=UTC)
    poll = read.proposals[0].poll
    assert poll is not None
    assert poll.hides_counts
    assert poll.result is not None
    assert poll.result.counts == (7,)
    assert poll.result.origins is None
    assert poll.result.closed_at == poll.closes
    first, second = read.proposals[0].arguments
    assert (first.stance, first.by, second.parent) == (Stance.FOR, "Ana", 0)


@pytest.mark.parametrize(
    ("language", "first"),
    [("fr-CA", "D'accord"), ("es", "De acuerdo"), ("en", "Agree"), ("est", "Agree")],
)
def test_agree_speaks_the_language_of_the_proposal(language: str, first: str) -> None:
    assert AGREE.own_options(language)[0] == first


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
STEPS = st.sampled_from(
    [("dosfed",), ("organiser",), ("organiser", "name"), ("consultations",)]
    + [(*CONSULTATION, key) for key in SMALLEST["consultations"][0]]
    + [(*CONSULTATION, key) for key in ("eligible", "instances", "phases", "summary")]
    + [(*PROPOSAL, key) for key in ("ref", "title", "text", "poll", "arguments", "by")]
    + [(*PROPOSAL, key) for key in ("tags", "group", "versions", "clauses")]
    + [(*CHOICE, key) for key in ("method", "options", "opens", "counts", "counts_from", "result")]
)


@given(steps=STEPS, value=JSON)
def test_whatever_stands_in_a_file_is_read_or_refused(
    steps: tuple[str | int, ...], value: object
) -> None:
    try:
        read_import(changed(*steps, to=value), now=NOW)
    except BadDocument as refused:
        assert "\n" not in str(refused)  # noqa: PT017 - either way is right
