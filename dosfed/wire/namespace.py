"""Our vocabulary for programs: what every @context and `/ns` say of it.

Nearly all that we publish has one @context. The few documents with a poll that no Question can
carry bring along a wider one, so that what other servers have read for long never changes with a
way to vote that they do not know.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from dosfed.activitypub.contexts import context_with
from dosfed.wire.terms import PREFIX, TERMS, Range, Term

NAMESPACE = "https://w3id.org/dosfed/ns#"
XSD = "http://www.w3.org/2001/XMLSchema#"

RANGES: Mapping[Range, str] = {
    "id": "@id",
    "text": f"{XSD}string",
    "number": f"{XSD}nonNegativeInteger",
    "flag": f"{XSD}boolean",
    "moment": f"{XSD}dateTime",
}


def context_of_terms(terms: Iterable[Term]) -> dict[str, Any]:
    """Return what an @context has to say of our words: the prefix, then those with a type."""
    typed = {term.id: _mapping(term) for term in terms}
    return {PREFIX: NAMESPACE} | {name: value for name, value in typed.items() if value}


def _mapping(term: Term) -> dict[str, str] | None:
    details = {
        "id": {"@type": "@id"},
        "moment": {"@type": f"{XSD}dateTime"},
        "object": {"@type": "@json"},
        "list": {"@container": "@list"},
    }.get(term.range)
    return None if details is None else {"@id": term.id} | details


CONTEXT = context_with(context_of_terms(term for term in TERMS if not term.is_apart))
WIDER_CONTEXT = context_with(context_of_terms(TERMS))


def vocabulary_document() -> dict[str, Any]:
    """Return the vocabulary as JSON-LD: one rdf:Property for each word."""
    return {
        "@context": {
            PREFIX: NAMESPACE,
            "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
            "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
        },
        "@graph": [_property(term) for term in TERMS],
    }


def _property(term: Term) -> dict[str, Any]:
    document: dict[str, Any] = {
        "@id": term.id,
        "@type": "rdf:Property",
        "rdfs:label": term.name,
        "rdfs:comment": term.says,
        "rdfs:isDefinedBy": {"@id": NAMESPACE},
    }
    if term.range in RANGES and term.range != "id":
        document["rdfs:range"] = {"@id": RANGES[term.range]}
    return document
