"""Lists of blocked servers, as Mastodon writes them."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dosfed.activitypub.block_lists import BadList, Entry, read_list, write_list
from dosfed.activitypub.blocks import Block
from tests.conftest import START

HERE = "delib.example"
MASTODON = """\
#domain,#severity,#reject_media,#reject_reports,#public_comment,#obfuscate
bad.example,suspend,true,true,"spam, and more",false
Loud.Example,silence,false,false,noisy,false
ex*****.com,suspend,true,true,,true
münchen.example,suspend,false,false,,false
"""


def test_a_list_of_mastodon_s_is_read_with_what_is_left_out() -> None:
    found = read_list(MASTODON, here=HERE)

    assert found.entries == (
        Entry(domain="bad.example", reason="spam, and more"),
        Entry(domain="xn--mnchen-3ya.example", reason=""),
    )
    assert [(one.line, one.domain, one.why) for one in found.left] == [
        (3, "Loud.Example", "severity"),
        (4, "ex*****.com", "obfuscated"),
    ]


def test_a_list_without_columns_has_a_server_in_each_line() -> None:
    found = read_list("\ufeffone.example\r\n\r\n two.example \r\n", here=HERE)

    assert [entry.domain for entry in found.entries] == ["one.example", "two.example"]


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("delib.example", "name"),
        ("example", "name"),
        ("com", "name"),
        ("https://masto.example/users/bo", "name"),
        ("not a name.example", "name"),
        ("<script>.example", "name"),
        ("a.example\u202e", "name"),
        ("known.example", "known"),
        ("*.known.example", "known"),
    ],
)
def test_what_cannot_be_blocked_is_left_out_with_the_reason(line: str, why: str) -> None:
    found = read_list(line, here=HERE, known={"known.example"})

    assert found.entries == ()
    assert [one.why for one in found.left] == [why]


def test_a_server_named_twice_is_taken_once() -> None:
    found = read_list("a.example\nA.example.\n", here=HERE)

    assert len(found.entries) == 1
    assert found.left[0].why == "known"


def test_a_file_with_too_many_lines_is_refused() -> None:
    with pytest.raises(BadList):
        read_list("a.example\n" * 50_001, here=HERE)


def test_a_line_without_end_is_refused() -> None:
    with pytest.raises(BadList):
        read_list("a" * 200_000, here=HERE)


def test_single_accounts_are_not_written_into_a_list() -> None:
    blocks = [
        Block(target="bad.example", reason='with "quotes", and commas', since=START),
        Block(target="https://masto.example/users/bo", reason="rude", since=START),
    ]

    rows = list(csv.reader(io.StringIO(write_list(blocks))))

    assert rows[0][0] == "#domain"
    assert rows[1:] == [
        ["bad.example", "suspend", "true", "true", 'with "quotes", and commas', "false"]
    ]


@pytest.mark.parametrize(
    "reason", ["=1+1", "+1", "-1", "@SUM(A1)", "'=1", "''@x", "\uff1d1", "spam"]
)
def test_a_spreadsheet_takes_nothing_of_a_list_for_a_formula(reason: str) -> None:
    written = write_list([Block(target="bad.example", reason=reason, since=START)])

    assert written.startswith("#domain,")  # as Mastodon looks for it
    cells = list(csv.reader(io.StringIO(written)))[1]
    assert not any(cell.startswith(("=", "+", "-", "@", "\uff1d")) for cell in cells)
    assert read_list(written, here=HERE).entries == (Entry(domain="bad.example", reason=reason),)


LABEL = st.from_regex(r"[a-z0-9]([a-z0-9-]{0,8}[a-z0-9])?", fullmatch=True)
DOMAIN = st.builds(lambda *labels: ".".join(labels) + ".example", LABEL, LABEL)
REASON = st.text(st.characters(exclude_categories=["C", "Z"]), max_size=20)


@given(st.dictionaries(DOMAIN, REASON, max_size=5))
def test_what_is_written_is_read_again(blocks: dict[str, str]) -> None:
    written = write_list(
        Block(target=domain, reason=reason, since=START) for domain, reason in blocks.items()
    )

    found = read_list(written, here=HERE)

    assert {entry.domain: entry.reason for entry in found.entries} == blocks
    assert found.left == ()


@given(st.text(max_size=200))
def test_any_text_is_a_list_or_is_refused(text: str) -> None:
    try:
        found = read_list(text, here=HERE)
    except BadList:
        return
    assert all(entry.domain.isascii() for entry in found.entries)


def test_a_long_list_is_read_at_once() -> None:
    # Each line is compared with all before it.
    text = "\n".join(f"s{number}.example" for number in range(20_000)) + "\ns7.example"

    found = read_list(text, here=HERE)

    assert len(found.entries) == 20_000
    assert [(line.domain, line.why) for line in found.left] == [("s7.example", "known")]
