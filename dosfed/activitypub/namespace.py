"""The words of the dosfed: vocabulary, as `/ns` explains them to programs and to people."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

NAMESPACE = "https://w3id.org/dosfed/ns#"
XSD = "http://www.w3.org/2001/XMLSchema#"

Range = Literal["id", "text", "number", "flag", "moment", "object", "list"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """One property: the values it takes, what carries it, what it says."""

    name: str
    range: Range
    on: str
    says: str


TERMS = (
    Term(
        name="kind",
        range="text",
        on="Note, Question, Group",
        says="What the object is in a deliberation: consultation, proposal, poll, argument, "
        "meeting, answer or commitment; of a phase: information, proposals, discussion or voting.",
    ),
    Term(
        name="title",
        range="text",
        on="Note, Question",
        says="The title alone; readers that do not know this word find it at the head of content.",
    ),
    Term(
        name="stance",
        range="text",
        on="Note",
        says="Where an argument stands towards its proposal: for, against or neutral.",
    ),
    Term(
        name="about",
        range="id",
        on="Question, Note",
        says="The proposal that an argument, a poll, an answer or a commitment is about.",
    ),
    Term(
        name="consultation",
        range="id",
        on="Note, Question",
        says="The consultation that the object belongs to.",
    ),
    Term(
        name="organiser",
        range="id",
        on="Group",
        says="The body that runs a consultation: the actor that authors its polls.",
    ),
    Term(
        name="method",
        range="text",
        on="Question",
        says="How a poll is answered: agree, single, multiple or support.",
    ),
    Term(
        name="secrecy",
        range="text",
        on="Question",
        says="confidential: the home and the voter's own server know the ballot, nobody else; "
        "open: it is published with the voter's name.",
    ),
    Term(
        name="counts",
        range="text",
        on="Question",
        says="Whether counts are shown while the poll is open: shown or hidden.",
    ),
    Term(
        name="countsFrom",
        range="number",
        on="Question",
        says="How many voters a result needs. The published tally moves by eight voters more than"
        " that at least; by each ballot where it is 0 or 1.",
    ),
    Term(
        name="complete",
        range="flag",
        on="Create",
        says="True: the choices of this activity replace all earlier ones of the same voter.",
    ),
    Term(
        name="tally",
        range="text",
        on="Question",
        says="What the counts beside it are: shown as they stand or final; hidden until the end "
        "or untold, with too few ballots, they are all zero and mean nothing.",
    ),
    Term(
        name="counted",
        range="moment",
        on="Question",
        says="When the published tally last moved; a reader leaves an older one aside.",
    ),
    Term(
        name="origins",
        range="object",
        on="Question",
        says="How many voters are from here, from the listed instances and from the rest of the "
        "fediverse, where nobody has verified who they are; never their choices.",
    ),
    Term(
        name="eligible",
        range="text",
        on="Group",
        says="Who may take part: anyone, here, or the hosts whose actors may.",
    ),
    Term(
        name="instances",
        range="text",
        on="Group",
        says="The hosts that the organiser lists, whose voters are counted apart.",
    ),
    Term(
        name="language",
        range="text",
        on="Group",
        says="The language in which a consultation is held.",
    ),
    Term(
        name="phases",
        range="list",
        on="Group",
        says="The spans of a consultation in their order, each with a kind, opens and closes.",
    ),
    Term(
        name="opens",
        range="moment",
        on="Group, Question, phases",
        says="The first moment that counts.",
    ),
    Term(
        name="closes",
        range="moment",
        on="Group, Question, phases",
        says="The moment from which nothing counts any more.",
    ),
    Term(
        name="credit",
        range="text",
        on="Question, Note",
        says="The handle of the citizen whose proposal the organiser publishes.",
    ),
    Term(
        name="group",
        range="text",
        on="Question, Note",
        says="The workshop, or other group, for which the contribution was entered.",
    ),
    Term(
        name="groupSize",
        range="number",
        on="Question, Note",
        says="How many people the group had.",
    ),
    Term(
        name="tags",
        range="text",
        on="Question, Note",
        says="The words under which a proposal is found, as they are written; beside them stands "
        "a Hashtag for each.",
    ),
    Term(
        name="clauses",
        range="list",
        on="Question, Note",
        says="The anchors of the clauses of a text that had earlier versions, in their order; "
        "without it they come from the words of each clause.",
    ),
    Term(
        name="clause",
        range="text",
        on="Note",
        says="The anchor of the clause of its proposal that an argument is about.",
    ),
    Term(
        name="sources",
        range="text",
        on="Note",
        says="The web addresses that an argument rests on, or where a meeting is on the line.",
    ),
    Term(
        name="cancelled",
        range="moment",
        on="Note",
        says="When a meeting was called off; it stays to say so.",
    ),
    Term(
        name="version",
        range="number",
        on="Question, Note",
        says="Which version of its text a proposal has; without it the first.",
    ),
    Term(
        name="coSigners",
        range="id",
        on="Question, Note",
        says="The collection of those who stand behind a proposal beside its author.",
    ),
    Term(
        name="proposedIn",
        range="id",
        on="Question, Note",
        says="The Note of its author from which the organiser made a proposal.",
    ),
    Term(
        name="mirror",
        range="flag",
        on="Follow",
        says="True: the follower shows the consultation to its own citizens.",
    ),
    Term(
        name="reason",
        range="text",
        on="Reject, Delete, Note",
        says="Why a request or an act was refused, or what stood here hidden, as a code of "
        "docs/rules.md.",
    ),
)

RANGES: Mapping[Range, str] = {
    "id": "@id",
    "text": f"{XSD}string",
    "number": f"{XSD}nonNegativeInteger",
    "flag": f"{XSD}boolean",
    "moment": f"{XSD}dateTime",
}


def context_of_terms() -> dict[str, Any]:
    """Return what an @context has to say of our words: the prefix, then those with a type."""
    typed = {f"dosfed:{term.name}": _mapping(term) for term in TERMS}
    return {"dosfed": NAMESPACE} | {name: value for name, value in typed.items() if value}


def _mapping(term: Term) -> dict[str, str] | None:
    details = {
        "id": {"@type": "@id"},
        "moment": {"@type": f"{XSD}dateTime"},
        "object": {"@type": "@json"},
        "list": {"@container": "@list"},
    }.get(term.range)
    return None if details is None else {"@id": f"dosfed:{term.name}"} | details


def vocabulary_document() -> dict[str, Any]:
    """Return the vocabulary as JSON-LD: one rdf:Property for each word."""
    return {
        "@context": {
            "dosfed": NAMESPACE,
            "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
            "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
        },
        "@graph": [_property(term) for term in TERMS],
    }


def _property(term: Term) -> dict[str, Any]:
    document: dict[str, Any] = {
        "@id": f"dosfed:{term.name}",
        "@type": "rdf:Property",
        "rdfs:label": term.name,
        "rdfs:comment": term.says,
        "rdfs:isDefinedBy": {"@id": NAMESPACE},
    }
    if term.range in RANGES and term.range != "id":
        document["rdfs:range"] = {"@id": RANGES[term.range]}
    return document
