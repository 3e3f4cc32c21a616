"""Bytes become a document within limits, or are malformed."""

import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dosfed.activitypub.reading import (
    MAX_DEPTH,
    MAX_MEMBERS,
    MAX_STRING,
    Malformed,
    ids,
    many,
    one,
    one_id,
    optional_text,
    read_document,
    text,
)


def nested(depth: int) -> bytes:
    """Return an object with others inside it, so many in all."""
    return b'{"a":' * (depth - 1) + b"{}" + b"}" * (depth - 1)


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"null",
        b"7",
        b'"text"',
        b"[]",
        b'[{"id": 1}]',
        b"{",
        b"{} {}",
        b"{'a': 1}",
        b'{"a": 1,}',
        b'{"a": NaN}',
        b'{"a": Infinity}',
        b'{"a": 1e999}',
        b'{"a": "\\ud800"}',
        b'{"a": "\xed\xa0\x80"}',
        b'{"a": "\xff"}',
        '{"a": "é"}'.encode("latin-1"),
        '{"a": 1}'.encode("utf-16"),
        b'\xef\xbb\xbf{"a": 1}',
        b'{"a": "\\u0000"}',
        b'{"a": ["\\u0000"]}',
        b'{"a": 1, "a": 2}',
        b'{"a": {"b": 1, "b": 1}}',
        b'{"a": 1, "\\u0061": 2}',
        b'{"@graph": []}',
        b'{"a": {"@included": []}}',
        b'{"a": [{"@reverse": {}}]}',
    ],
)
def test_what_is_not_a_plain_json_object_is_malformed(raw: bytes) -> None:
    with pytest.raises(Malformed):
        read_document(raw)


@pytest.mark.parametrize(
    "raw",
    [
        nested(MAX_DEPTH + 1),
        nested(50_000),
        b'{"a":' * 900 + b"1" + b"}" * 900,
        json.dumps({"a": [0] * (MAX_MEMBERS + 1)}).encode(),
        json.dumps({str(number): 0 for number in range(MAX_MEMBERS + 1)}).encode(),
        json.dumps({"a": "x" * (MAX_STRING + 1)}).encode(),
        json.dumps({"a": ["x" * (MAX_STRING + 1)]}).encode(),
        b'{"a": ' + b"9" * 5_000 + b"}",
    ],
    ids=["deep", "very deep", "900", "array", "object", "string", "string in array", "number"],
)
def test_what_is_beyond_the_limits_is_malformed(raw: bytes) -> None:
    with pytest.raises(Malformed):
        read_document(raw)


def test_what_is_just_within_the_limits_is_read() -> None:
    assert read_document(nested(MAX_DEPTH))
    wide = {"a": [0] * MAX_MEMBERS, "b": "x" * MAX_STRING}
    assert read_document(json.dumps(wide).encode()) == wide


def test_large_numbers_and_every_script_are_read() -> None:
    document = {"a": 2**63, "b": 0.1, "c": "日本語 \U0001f389 עברית", "d": None, "e": True}
    assert read_document(json.dumps(document).encode()) == document


@settings(max_examples=300, deadline=None)
@given(raw=st.binary(max_size=200))
def test_arbitrary_bytes_are_a_document_or_malformed(raw: bytes) -> None:
    with suppress(Malformed):
        assert isinstance(read_document(raw), dict)


@settings(max_examples=200, deadline=None)
@given(
    value=st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
        max_leaves=30,
    )
)
def test_arbitrary_json_is_a_document_or_malformed(value: Any) -> None:
    raw = json.dumps(value).encode()
    with suppress(Malformed):
        assert read_document(raw) == value


@pytest.mark.parametrize(
    ("value", "first", "all_of_them"),
    [(None, None, []), ([], None, []), (7, 7, [7]), ([7, 8], 7, [7, 8]), ({}, {}, [{}])],
)
def test_a_property_holds_one_value_or_many(value: Any, first: Any, all_of_them: Any) -> None:
    document = {"a": value}
    assert one(document, "a") == first
    assert many(document, "a") == all_of_them
    assert one({}, "a") is None


def test_ids_are_taken_out_of_objects_and_the_rest_is_left() -> None:
    document = {"to": ["https://a.example/1", {"id": "https://a.example/2"}, 7, {"x": []}, []]}
    assert ids(document, "to") == ("https://a.example/1", "https://a.example/2")


def test_a_required_value_that_is_not_there_is_malformed() -> None:
    with pytest.raises(Malformed, match="actor"):
        one_id({"actor": {"name": "x"}}, "actor")
    with pytest.raises(Malformed, match="type"):
        text({"type": {"a": 1}}, "type")
    assert optional_text({"name": {"a": 1}}, "name") is None
