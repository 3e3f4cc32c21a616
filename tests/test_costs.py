"""What strangers can send costs milliseconds to read, however it is made.

Each case is the worst that is known for its reader, as large as the limits let in, and took
from a tenth of a second to minutes before it was bounded. It is to take less than 50 ms of
this process's CPU; the tests allow ten times as much, for machines that are slow or busy.
"""

import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest

from dosfed import texts
from dosfed.activitypub.block_lists import BadList, read_list
from dosfed.activitypub.handles import read_handle
from dosfed.activitypub.parsing import read_post
from dosfed.activitypub.reading import Malformed, read_document, when, words_of
from dosfed.activitypub.signatures import BadSignature, read_signature
from dosfed.deliberation.proposals.clauses import anchors, clauses_of, split
from dosfed.deliberation.proposals.differences import compare
from dosfed.deliberation.rules import TEXT_LENGTH
from dosfed.deliberation.search.words import distinct_words, excerpt_around, read_query
from dosfed.deliberation.votes.methods.by_name import fold_option
from dosfed.web.forms import clean
from dosfed.wire.arguments import read_argument
from dosfed.wire.terms import stance_of_hashtag
from dosfed.wire.words import split_title, title_and_text

SECONDS = 0.5
HTML_LENGTH = 2 * TEXT_LENGTH
LONGEST_STRING = 100_000
LIGATURE = "\N{ARABIC LIGATURE SALLALLAHOU ALAYHE WASALLAM}"  # eighteen letters in one
MARKS = "\N{COMBINING CEDILLA}\N{COMBINING ACUTE ACCENT}"


def of_length(length: int, *parts: str) -> str:
    """Repeat what is given until it is as long."""
    whole = "".join(parts)
    return (whole * (length // len(whole) + 1))[:length]


def cost(read: Callable[..., Any], *given: Any) -> float:
    """Return how much CPU it takes this process to read something, or to refuse it."""
    began = time.process_time()
    with suppress(Malformed, BadSignature, BadList):
        read(*given)
    return time.process_time() - began


MARKDOWN = [
    *("![", "[", "[](", "[a](<b", "![](", "[[]]", "[a](b)", "[a]: b\n", "[a]\n", "<![CDATA["),
    *("*", "*a ", "*_", "a**b*c", "**a **b ", "~~a", "`", "``` \n", "\\", "&", "&amp;", "<", "<a"),
    *(">", "> a\n", "> - ", "- ", "1. ", "- a\n", "a\n", "a\n-\n", "# a\n", "    a\n", "\t", " \n"),
    *("http://a ", "http://", "http://a() ", "<http://a>", '"', "<!--", "<?", "a@b.c "),
]


@pytest.mark.parametrize("part", MARKDOWN)
def test_markdown(part: str) -> None:
    assert cost(texts.render_markdown, of_length(TEXT_LENGTH, part)) < SECONDS


@pytest.mark.parametrize(
    "text",
    [
        "[" * 10_000 + "]" * 10_000,
        "".join("  " * depth + "- a\n" for depth in range(140)),
        "".join("`" * number + " " for number in range(1, 190)),
        "".join(f"[{number}]: b\n" for number in range(2_000)),
        "a" + " " * 19_000 + "b",
    ],
)
def test_markdown_that_belongs_together(text: str) -> None:
    assert cost(texts.render_markdown, text) < SECONDS


HTML = [
    *("<ul><li>", "<b>", "<a>", "<div>", "<blockquote>", "<p><b>", "<table>", "<svg>", "<h1>"),
    *("<", "</p>", "<!--", "<select>", "<p>", "<li>", "<a a=\"'", "&amp;", "&#", "&a", "@", "@a"),
    '<a href="http://a.b/">x</a>',
]


@pytest.mark.parametrize("part", HTML)
@pytest.mark.parametrize("read", [texts.sanitise, texts.plain_text, texts.is_blank])
def test_html(read: Callable[[str], object], part: str) -> None:
    assert cost(read, of_length(HTML_LENGTH, part)) < SECONDS


@pytest.mark.parametrize(
    "html",
    [
        # Each paragraph opens anew what was never closed: a browser makes millions of it.
        "".join(f"<b a={n}>" for n in range(2_000)) + of_length(20_000, "<p>"),
        "".join(f"<font size={n}>" for n in range(1_000)) + of_length(20_000, "<p>"),
        "<a " + of_length(39_000, "a ") + ">",
        "<a " + '"' * 39_000,
        "<a href" + " " * 39_000 + ">",
        "&#" + "9" * 39_000 + ";",
    ],
)
@pytest.mark.parametrize("read", [texts.sanitise, texts.plain_text])
def test_html_that_belongs_together(read: Callable[[str], object], html: str) -> None:
    assert cost(read, html) < SECONDS


@pytest.mark.parametrize(
    "body",
    [
        b"[" * 262_144,
        b'{"a":' * 50_000,
        b'{"a":[' + b",".join([b"[" + b",".join([b"[]"] * 90) + b"]"] * 900) + b"]}",
        b'{"a":[' + b",".join([b"[" + b",".join([b"1"] * 140) + b"]"] * 900) + b"]}",
        b'{"a":[' + b",".join([b"9" * 4_290] * 60) + b"]}",
        b'{"a":' + b"9" * 250_000 + b"}",
        b'{"a":[' + b"{}," * 80_000 + b'1],"a":1}',
        b'{"a":"' + b"\\u0041" * 16_000 + b'"}',
    ],
)
def test_json(body: bytes) -> None:
    assert cost(read_document, body[:262_144]) < SECONDS


def test_a_post_with_all_the_properties_it_may_have() -> None:
    there = f"https://a.example/{'é' * 200}"
    post = {
        "id": there,
        "type": "Note",
        "to": [there] * 1_000,
        "tag": [{"type": "Mention", "href": there}] * 1_000,
    }
    assert cost(read_post, post) < SECONDS


@pytest.mark.parametrize("source", ["@x\n" + "\n" * 19_000 + "z", "@x " * 6_000, "# " * 9_000])
def test_the_first_line_of_a_proposal(source: str) -> None:
    note = {
        "id": "https://a.example/1",
        "type": "Note",
        "source": {"mediaType": "text/markdown", "content": source},
    }
    assert cost(split_title, read_post(note)) < SECONDS


@pytest.mark.parametrize("word", [LIGATURE, MARKS, "é", "#"])
def test_hashtags_and_the_names_of_options(word: str) -> None:
    name = of_length(LONGEST_STRING, word)
    assert cost(stance_of_hashtag, name) < SECONDS
    assert cost(fold_option, name) < SECONDS


def test_dates_languages_and_handles() -> None:
    for moment in ("2026-" * 20_000, "9" * LONGEST_STRING, "T" * LONGEST_STRING):
        assert cost(when, {"published": moment}, "published") < SECONDS
    for tag in ("a" * LONGEST_STRING, "ab-" + "a-" * 40_000):
        assert cost(words_of, {"contentMap": {tag: "a"}}, "content") < SECONDS
    for handle in (
        "@" * LONGEST_STRING,
        "a@" + "é" * 255,
        " " * LONGEST_STRING + "a@" + "a." * 120,
    ):
        assert cost(read_handle, handle) < SECONDS


@pytest.mark.parametrize("part", ['a="",', 'keyId="a",', "(", ",", '"', " "])
def test_signatures(part: str) -> None:
    assert cost(read_signature, of_length(8_000, part)) < SECONDS


@pytest.mark.parametrize("part", [LIGATURE, LIGATURE + " ", "é ", MARKS, "a ", "한 "])
def test_words_that_are_indexed_and_looked_for(part: str) -> None:
    text = of_length(HTML_LENGTH, part)
    assert cost(distinct_words, text) < SECONDS
    assert cost(read_query, text) < SECONDS
    assert cost(excerpt_around, text[:TEXT_LENGTH], tuple("abcdefghijkl")) < SECONDS


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (of_length(20_000, "a\n"), of_length(20_000, "b\n")),
        (of_length(20_000, "a\nb\n"), of_length(20_000, "a\na\nb\nb\n")),
        (of_length(20_000, "A B "), of_length(20_000, "A A B B ")),
        ("\n".join(map(str, range(4_000))), "\n".join(map(str, range(4_000, 0, -1)))),
        (" " * 20_000, "\n" * 20_000),
    ],
)
def test_versions(old: str, new: str) -> None:
    assert cost(compare, old, new) < SECONDS


def test_clauses() -> None:
    def words(shift: int) -> str:
        return "".join(
            f"<p>{' '.join(chr(0x4E00 + (n * 7 + m) % 100 + shift) for m in range(95))}</p>"
            for n in range(99)
        )

    old = clauses_of(words(0), None)
    assert cost(anchors, old, split(words(5))) < SECONDS
    for html in ("<p>a</p>" * 5_000, "<blockquote>" * 24 + "<p>a</p>" * 4_000):
        assert cost(clauses_of, html, None) < SECONDS


@pytest.mark.parametrize("part", ["a", LIGATURE, MARKS, "\x01", "\r\n", "\ud800"])
def test_what_is_typed_into_forms(part: str) -> None:
    assert cost(clean, of_length(1_000_000 // len(part.encode("utf-8", "replace")), part)) < SECONDS


def test_lists_of_servers() -> None:
    # A thread reads them, so that only their length matters.
    assert cost(lambda: read_list("a\n" * 500_000, here="a.example")) < SECONDS


@pytest.mark.parametrize(
    "content",
    [
        *("#a ", "#a\t", "(#a)", "#a!", "@a ", "@a@b:::", "<em>", "<ul><li>", "<br>", "<td>", "|"),
        *("<img src='https://x.example' alt='a'>", "<img ", "<img alt='", "<tr><td>a</td></tr>"),
        *("@a <span></span>", "&nbsp;", "<pre>", "<blockquote>"),
        "@a " + "<span>" * 2_000 + "</span>" * 2_000 + " #b",
        "#a " * 13_000 + "#",
        "#a " * 13_000 + "x",
    ],
)
@pytest.mark.parametrize("kind", ["Note", "Article"])
def test_posts_of_other_servers(kind: str, content: str) -> None:
    html = of_length(HTML_LENGTH, content)
    name = of_length(LONGEST_STRING, "<b>a ")
    document = {"id": "https://a.example/1", "type": kind, "content": html, "name": name}
    note = read_post({**document, "summary": name, "inReplyTo": "https://b.example/2"})
    assert cost(read_argument, note, "https://a.example/u", "@u") < SECONDS
    assert cost(title_and_text, read_post(document)) < SECONDS


def test_a_text_in_very_many_languages() -> None:
    blank = {f"aa-{number}": "<p></p>" * 30 for number in range(1_000)}
    assert cost(read_post, {"type": "Note", "content": "", "contentMap": blank}) < SECONDS
