"""The words that we add are said once: the code, the @context, `/ns` and the manual agree."""

import re
from pathlib import Path

import pytest

from dosfed.wire.namespace import CONTEXT, NAMESPACE, WIDER_CONTEXT, vocabulary_document
from dosfed.wire.terms import TERMS
from tools.vocabulary import PAGE, with_table

ROOT = Path(__file__).parents[2]


def test_every_word_is_explained_once_and_typed_in_the_context() -> None:
    ids = [term.id for term in TERMS]
    assert len(ids) == len(set(ids))
    for mapping in (CONTEXT[-1], WIDER_CONTEXT[-1]):
        assert mapping["dosfed"] == NAMESPACE
        assert mapping["dosfed:about"] == {"@id": "dosfed:about", "@type": "@id"}
        for name, value in mapping.items():
            if name.startswith("dosfed:"):
                assert name in ids
                assert value["@id"] == name
    apart = {term.id for term in TERMS if term.is_apart}
    assert WIDER_CONTEXT[-1].keys() - CONTEXT[-1].keys() == apart
    graph = vocabulary_document()["@graph"]
    assert [item["@id"] for item in graph] == ids
    assert all(item["rdfs:comment"] for item in graph)


def test_the_manual_has_the_table_of_these_words() -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert page == with_table(page), "run tools/vocabulary.py"


@pytest.mark.parametrize("name", ["docs/federation.md", "FEDERATION.md"])
def test_the_manual_names_no_other_words(name: str) -> None:
    said = re.findall(r"dosfed:([a-z]\w*)", (ROOT / name).read_text(encoding="utf-8"))
    assert set(said) <= {term.name for term in TERMS}


def test_no_other_page_of_the_code_spells_a_word_as_a_key() -> None:
    spelling = {
        str(path.relative_to(ROOT))
        for path in (ROOT / "dosfed").rglob("*.py")
        if re.search(r'"dosfed:\w+"', path.read_text(encoding="utf-8"))
    }
    assert spelling == set()
