"""Our vocabulary is explained under one address."""

import json

from dosfed.wire.terms import TERMS
from tests.web.site import Site


async def test_our_words_are_explained_to_programs_and_to_people(site: Site) -> None:
    for_programs = await site.browser().get("/ns", accept="application/ld+json")
    assert for_programs.headers["content-type"] == "application/ld+json"
    assert len(json.loads(for_programs.text)["@graph"]) == len(TERMS)
    for_people = await site.browser().get("/ns")
    assert for_people.headers["content-type"] == "text/html; charset=utf-8"
    for answer in (for_programs, for_people):
        assert answer.headers["vary"] == "Accept"
    for term in TERMS:
        assert f'id="{term.name}"' in for_people.text
