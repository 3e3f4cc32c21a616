"""The rules of a debate beyond who may argue when."""

from collections.abc import Sequence
from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dosfed.deliberation.debate.rules import (
    REPORT_LENGTH,
    WAITING_REPORTS,
    check_clause,
    check_report,
    check_sources,
    check_weight,
    is_source,
)
from dosfed.deliberation.model import Refusal, Refused

OBJECTS = ["https://a.example/1"]


@pytest.mark.rule("3.16")
@pytest.mark.parametrize(
    "address",
    [
        "https://data.example/2025?q=a&b=c#d",
        "https://data.example",
        "https://[2001:db8::1]/",
        "https://élysée.example/été",
        "https://data.example:8443/x",
    ],
)
def test_rule_3_16_a_source_is_an_address_that_says_where_it_leads(address: str) -> None:
    assert is_source(address)


@pytest.mark.rule("3.16")
@pytest.mark.parametrize(
    "address",
    [
        "",
        "data.example",
        "http://data.example/",
        "javascript:alert(1)",
        "https://",
        "https:///x",
        "https://bank.example@evil.example/",
        "https://data.example/ x",
        "https://data.example/\u202egnp.exe",
        "https://data.example/\u200b",
        'https://data.example/"onclick="x',
        "https://data.example/<b>",
        "https://data.example\\@evil.example",
        "https://[::1",
        "https://data.example:99999/",
        "https://data.example/" + "x" * 500,
    ],
)
def test_rule_3_16_anything_else_is_no_source(address: str) -> None:
    assert not is_source(address)
    with pytest.raises(Refused) as refused:
        check_sources([address])
    assert refused.value.refusal is Refusal.BAD_SOURCE


@pytest.mark.rule("3.16")
@given(st.text(max_size=60).map("https://".__add__))
def test_rule_3_16_every_source_can_be_opened(address: str) -> None:
    if is_source(address):
        parts = urlsplit(address)
        assert parts.hostname
        assert parts.username is None
        assert not set(address) & set(' \t\n<>"\\')


@pytest.mark.rule("3.16")
def test_rule_3_16_ten_sources_are_enough() -> None:
    sources = [f"https://data.example/{number}" for number in range(11)]
    check_sources(sources[:10])
    with pytest.raises(Refused):
        check_sources(sources)


@pytest.mark.rule("3.17")
@pytest.mark.parametrize(("clause", "known"), [(None, ()), ("c-1", ("c-1", "c-2"))])
def test_rule_3_17_an_argument_is_about_a_clause_that_is_there(
    clause: str | None, known: Sequence[str]
) -> None:
    check_clause(clause, known)
    with pytest.raises(Refused) as refused:
        check_clause("c-3", known)
    assert refused.value.refusal is Refusal.UNKNOWN_CLAUSE


@pytest.mark.rule("3.8")
def test_rule_3_8_one_weighs_what_others_say_and_what_can_be_read() -> None:
    check_weight(is_there=True, is_own=False)
    with pytest.raises(Refused) as refused:
        check_weight(is_there=True, is_own=True)
    assert refused.value.refusal is Refusal.OWN_ARGUMENT
    with pytest.raises(Refused) as refused:
        check_weight(is_there=False, is_own=False)
    assert refused.value.refusal is Refusal.UNKNOWN_OBJECT


@pytest.mark.rule("3.20")
@pytest.mark.parametrize(
    ("text", "refusal"), [(" ", Refusal.EMPTY), ("x" * (REPORT_LENGTH + 1), Refusal.TOO_LONG)]
)
def test_rule_3_20_who_reports_from_here_says_why(text: str, refusal: Refusal) -> None:
    check_report(OBJECTS, "Une insulte", is_ours=True, waiting=0)
    check_report(OBJECTS, text, is_ours=False, waiting=0)
    with pytest.raises(Refused) as refused:
        check_report(OBJECTS, text, is_ours=True, waiting=0)
    assert refused.value.refusal is refusal


@pytest.mark.rule("3.20")
def test_rule_3_20_a_report_is_about_something() -> None:
    with pytest.raises(Refused):
        check_report([], "Une insulte", is_ours=False, waiting=0)


@pytest.mark.rule("3.20")
def test_rule_3_20_one_reporter_does_not_bury_the_reports_of_others() -> None:
    check_report(OBJECTS, "Une insulte", is_ours=False, waiting=WAITING_REPORTS - 1)
    with pytest.raises(Refused) as refused:
        check_report(OBJECTS, "Une insulte", is_ours=False, waiting=WAITING_REPORTS)
    assert refused.value.refusal is Refusal.TOO_MANY
