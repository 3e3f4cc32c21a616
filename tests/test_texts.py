"""Texts: what becomes of Markdown, and of HTML that others wrote."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dosfed import texts
from dosfed.texts import (
    excerpt,
    is_blank,
    lead,
    normalise,
    plain_text,
    render_markdown,
    sanitise,
)

REL = 'rel="nofollow noopener noreferrer ugc"'


def test_markdown_becomes_html_that_other_servers_keep() -> None:
    assert render_markdown("Fermer **les quais**\n\n- au nord\n- au sud") == (
        "<p>Fermer <strong>les quais</strong></p>\n<ul>\n<li>au nord</li>\n<li>au sud</li>\n</ul>\n"
    )


def test_a_typed_line_break_stays_a_line_break() -> None:
    assert render_markdown("Un\ndeux") == "<p>Un<br>\ndeux</p>\n"


def test_html_inside_markdown_is_shown_as_text() -> None:
    assert render_markdown("<script>alert(1)</script>") == (
        "<p>&lt;script&gt;alert(1)&lt;/script&gt;</p>\n"
    )


def test_headings_of_a_text_stand_below_those_of_the_page() -> None:
    assert render_markdown("# Un\n\n###### Six") == "<h3>Un</h3>\n<h6>Six</h6>\n"
    assert render_markdown("## Un\n\n### Deux") == "<h3>Un</h3>\n<h4>Deux</h4>\n"
    assert sanitise('<h1 class="x">Un</h1><h2 lang="fr">Deux</h2>') == (
        '<h3>Un</h3><h4 lang="fr">Deux</h4>'
    )


@pytest.mark.parametrize(
    ("text", "html"),
    [
        (
            "Voir https://ville.example/plan.",
            f'<p>Voir <a href="https://ville.example/plan" {REL}>https://ville.example/plan</a>.</p>\n',
        ),
        (
            "(https://ville.example/a_(b))",
            f'<p>(<a href="https://ville.example/a_(b)" {REL}>https://ville.example/a_(b)</a>)</p>\n',
        ),
        ("`https://ville.example/`", "<p><code>https://ville.example/</code></p>\n"),
        (
            "[ici](https://ville.example/)",
            f'<p><a href="https://ville.example/" {REL}>ici</a></p>\n',
        ),
        (
            "![un plan](https://ville.example/plan.png)",
            f'<p><a href="https://ville.example/plan.png" {REL}>un plan</a></p>\n',
        ),
        ("[x](javascript:alert(1))", "<p>[x](javascript:alert(1))</p>\n"),
    ],
)
def test_addresses_become_links_that_promise_nothing(text: str, html: str) -> None:
    assert render_markdown(text) == html


@pytest.mark.parametrize(
    ("html", "safe"),
    [
        ('<p onclick="x()">a</p>', "<p>a</p>"),
        ("a<script>alert(1)</script>b", "ab"),
        ('<img src=x onerror="alert(1)">', ""),
        ('<a href="javascript:alert(1)">a</a>', f"<a {REL}>a</a>"),
        ('<a href="/relative">a</a>', f"<a {REL}>a</a>"),
        ('<p style="position:fixed">a</p>', "<p>a</p>"),
        ('<form action="https://evil.example"><input name="p">a</form>', "a"),
        ('<svg><a xlink:href="javascript:x">a</a></svg>', ""),
        ('<span class="invisible big">a</span>', '<span class="invisible">a</span>'),
        ('<p id="main" lang="es">a</p>', '<p lang="es">a</p>'),
        ("<!-- a -->", ""),
    ],
)
def test_html_of_others_loses_all_but_text_marks_and_links(html: str, safe: str) -> None:
    assert sanitise(html) == safe


def test_a_mention_keeps_the_classes_that_other_servers_give_it() -> None:
    mention = (
        '<span class="h-card"><a href="https://a.example/@x" class="u-url mention" {}>@x</a></span>'
    )
    assert sanitise(mention.format("")) == mention.format(REL)


@given(st.text())
def test_sanitising_twice_changes_nothing_more(text: str) -> None:
    once = sanitise(text)
    assert sanitise(once) == once


TAGS = st.sampled_from(
    "<p> </p> <b> </b> <ul> <li> </ul> <h1> <a_href=' \"> <br> <script> </script> <div <!-- -->"
    " &lt; &#9; x _ < > '".replace("_", "\t").split(" ")
)


@given(st.lists(TAGS, max_size=40).map("".join))
def test_tags_in_any_order_are_sanitised_once_for_all(html: str) -> None:
    once = sanitise(html)

    assert sanitise(once) == once


@pytest.mark.parametrize(
    ("html", "safe"),
    [
        ("<p>a<p>b", "<p>a</p><p>b</p>"),
        ("<ul><li>a<li>b</ul>c", "<ul><li>a</li><li>b</li></ul>c"),
        (
            "<ul><li>a<ul><li>b</ul><li>c</ul>",
            "<ul><li>a<ul><li>b</li></ul></li><li>c</li></ul>",
        ),
        ("<b><i>a</b>b</i>", "<b><i>a</i></b>b"),
        ("<p>1 < 2 > 0", "<p>1 &lt; 2 &gt; 0</p>"),
        ("<p>a</p></ul></p>b", "<p>a</p>b"),
        (
            '<a title="a > b" href="https://a.example/">c</a>',
            f'<a href="https://a.example/" {REL}>c</a>',
        ),
    ],
)
def test_tags_are_closed_in_their_order(html: str, safe: str) -> None:
    assert sanitise(html) == safe


def test_what_lies_too_deep_keeps_its_words() -> None:
    html = "<ul><li>" * 1_000 + "au fond" + "</li></ul>" * 1_000 + "<p>après</p>"

    assert plain_text(html).split() == ["au", "fond", "après"]
    assert sanitise(html).count("<ul>") < 25
    assert sanitise(html).endswith("<p>après</p>")
    assert "au fond" in render_markdown(">" * 1_000 + " au fond")


def test_an_entity_with_more_digits_than_a_number_has_is_no_letter() -> None:
    assert plain_text(f"a&#{'9' * 5_000};b") == "a\N{REPLACEMENT CHARACTER}b"


def test_a_table_is_read_by_its_cells_and_kept_from_other_servers() -> None:
    table = "<table><thead><tr><th>a</th><th>b</th></tr></thead><tbody><tr><td>1</td>"
    table += '<td onclick="x()">2</td></tr></tbody></table>'

    assert plain_text(table) == "a b\n1 2"
    assert sanitise(table) == table.replace(' onclick="x()"', "")


def test_a_table_of_bars_alone_makes_no_more_than_was_typed() -> None:
    bars = "|" * 1_000 + "\n" + "|-" * 1_000 + "|\n" + "|\n" * 8_000

    assert "<table>" not in render_markdown(bars)
    assert len(render_markdown(bars)) < 10 * len(bars)


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("> Un\n> deux", "<blockquote>\n<p>Un<br>\ndeux</p>\n</blockquote>\n"),
        ("- a\n  - b", "<ul>\n<li>a\n<ul>\n<li>b</li>\n</ul>\n</li>\n</ul>\n"),
        ("3. a\n\n   b", '<ol start="3">\n<li>\n<p>a</p>\n<p>b</p>\n</li>\n</ol>\n'),
        ("```\nx<y\n```", "<pre><code>x&lt;y\n</code></pre>\n"),
        ("~~un~~ *deux*", "<p><s>un</s> <em>deux</em></p>\n"),
        ("a\n\n***\n\nb", "<p>a</p>\n<p>---</p>\n<p>b</p>\n"),
        ("a\n---\nb", "<p>a</p>\n<p>---</p>\n<p>b</p>\n"),
        ("a\n===", "<p>a</p>\n<p>---</p>\n"),
        ("> a\n> ---", "<blockquote>\n<p>a</p>\n<p>---</p>\n</blockquote>\n"),
        ("# a\n---", "<h3>a</h3>\n<p>---</p>\n"),
        (
            "|a|b|\n|-|-|\n|1|*2*|",
            "<table>\n<thead><tr>\n<th>a</th>\n<th>b</th>\n</tr></thead><tbody>\n"
            "<tr>\n<td>1</td>\n<td><em>2</em></td>\n</tr>\n</tbody></table>\n",
        ),
        ("<div>\na\n</div>", "<p>&lt;div&gt;<br>\na<br>\n&lt;/div&gt;</p>\n"),
        ("<a@b.example>", f'<p><a href="mailto:a@b.example" {REL}>a@b.example</a></p>\n'),
        (
            "![](https://a.example/)",
            f'<p><a href="https://a.example/" {REL}>https://a.example/</a></p>\n',
        ),
    ],
)
def test_markdown_is_read_as_everywhere_else(text: str, html: str) -> None:
    assert render_markdown(text) == html


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<p>Un &amp; deux</p><p>trois<br>quatre</p>", "Un & deux\n\ntrois\nquatre"),
        ('<p><span class="h-card"><a href="x">@<span>ana</span></a></span> oui</p>', "@ana oui"),
        ("<ul><li>a</li><li>b</li></ul>", "a\nb"),
        ("1 &lt; 2 > 0", "1 < 2 > 0"),
        ("<style>p {}</style>", ""),
    ],
)
def test_plain_text_is_what_html_says(html: str, text: str) -> None:
    assert plain_text(html) == text


@pytest.mark.parametrize(
    "html",
    [
        "",
        "<br>",
        "<p></p>",
        "<p> &nbsp; </p>",
        "\u200b",
        '<p><a href="x">@mairie@a.example</a></p>',
    ],
)
def test_markup_and_mentions_alone_say_nothing(html: str) -> None:
    assert is_blank(html)


def test_a_word_beside_a_mention_says_something() -> None:
    assert not is_blank('<p><a href="x">@mairie</a> oui</p>')


def test_an_excerpt_ends_between_words() -> None:
    assert excerpt("Fermer les quais aux voitures, un an", 31) == "Fermer les quais aux voitures…"
    assert excerpt("court", 31) == "court"
    assert excerpt("x" * 50, 10) == "x" * 9 + "…"


def test_the_lead_of_a_text_leaves_its_headings_out() -> None:
    assert lead("<h3>Pourquoi</h3>\n<p>Les quais.</p>\n<h3>Comment</h3><p>Un essai", 40) == (
        "Les quais. Un essai"
    )


def test_a_letter_keeps_the_marks_that_a_language_writes_and_not_a_thousand() -> None:
    assert normalise("e\u0301") == "é"
    assert normalise("é", "NFKD") == "e\u0301"
    assert normalise("\U0001f600" * 40) == "\U0001f600" * 40

    # To put as many of them in order took hours.
    assert len(normalise("a" + "\u0301" * 500_000 + "\u0327" * 500_000)) <= 31


def test_markdown_that_no_text_is_as_long_as_is_cut() -> None:
    assert len(render_markdown("[" * 1_000_000)) < 100_000


def test_a_fold_ends_where_it_says_and_what_is_open_stays_open() -> None:
    html = texts.render_markdown("::: spoiler Ojo\n*a*\n:::\nb")
    assert html == "<details><summary>Ojo</summary><p><em>a</em></p>\n</details>\n<p>b</p>\n"
    assert texts.said_openly(html) == "Ojo\n\nb"
    assert texts.warning_of("::: spoiler Ojo\na\n:::") == "Ojo"
    for text in ("::: spoiler Ojo\na\n:::\nb", "::: spoiler Ojo\na", "a\n::: spoiler Ojo\na\n:::"):
        assert texts.warning_of(text) is None
    assert "<details>" not in texts.render_markdown("::: spoiler Ojo\na")
