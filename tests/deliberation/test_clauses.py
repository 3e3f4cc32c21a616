"""Clauses: how a text is divided, and what keeps its place in a new version."""

from hypothesis import given
from hypothesis import strategies as st

from dosfed import texts
from dosfed.deliberation.proposals.clauses import ANCHOR, Clause, anchors, clauses_of, split

WORDS = st.text(alphabet="abcdé <>&\"'#*-1\n", max_size=60)
BLOCKS = st.lists(
    st.text(alphabet="abcdefgh ", min_size=1, max_size=40)
    .filter(str.strip)
    .map("<p>{}</p>".format),
    max_size=8,
)


def version(blocks: list[str], old: tuple[Clause, ...] = ()) -> tuple[Clause, ...]:
    """Return the clauses of blocks that follow an earlier version."""
    given_anchors = anchors(old, blocks)
    return tuple(
        Clause(anchor=anchor, html=block)
        for anchor, block in zip(given_anchors, blocks, strict=True)
    )


def test_paragraphs_lists_and_quotes_are_clauses_and_a_heading_goes_with_what_follows() -> None:
    html = texts.render_markdown(
        "# Un\n\n## Deux\n\nPremier *alinéa*.\n\n- a\n- b\n  > c\n\n> Cité\n\nFin\n\n# Seul"
    )

    blocks = split(html)

    assert [texts.plain_text(block).split()[0] for block in blocks] == [
        "Un",
        "a",
        "Cité",
        "Fin",
        "Seul",
    ]
    assert "Premier <em>alinéa</em>." in blocks[0]


def test_text_outside_any_block_is_a_clause_too() -> None:
    assert split("Nu <b>gras</b><br>suite<p>bloc</p>reste") == (
        "Nu <b>gras</b><br>suite",
        "<p>bloc</p>",
        "reste",
    )
    assert split("") == ()
    assert split(" \n ") == ()


def test_an_anchor_comes_from_the_words_alone() -> None:
    first, second = clauses_of("<p>Un</p><p>Deux</p>", None)

    assert clauses_of("<blockquote>Deux</blockquote>", None)[0].anchor == second.anchor
    assert ANCHOR.fullmatch(first.anchor)


def test_equal_clauses_have_anchors_of_their_own() -> None:
    found = [clause.anchor for clause in clauses_of("<p>Idem</p><p>Idem</p><p>Idem</p>", None)]

    assert len(set(found)) == 3
    assert all(ANCHOR.fullmatch(anchor) for anchor in found)


def test_kept_anchors_that_do_not_fit_are_left_aside() -> None:
    derived = clauses_of("<p>Un</p><p>Deux</p>", None)

    assert clauses_of("<p>Un</p><p>Deux</p>", ["c-1"]) == derived
    assert clauses_of("<p>Un</p><p>Deux</p>", ["c-1", "c-1"]) == derived
    kept = clauses_of("<p>Un</p><p>Deux</p>", ["c-1", "c-2"])
    assert [clause.anchor for clause in kept] == ["c-1", "c-2"]


def test_a_clause_keeps_its_anchor_when_it_moves_or_changes_a_little() -> None:
    old = version(
        [
            "<p>Les quais sont fermés aux voitures le dimanche.</p>",
            "<p>Les bus passent.</p>",
            "<p>Un bilan est fait après un an.</p>",
        ]
    )
    new = version(
        [
            "<p>Un préambule tout neuf.</p>",
            "<p>Un bilan est fait après un an.</p>",
            "<p>Les quais sont fermés aux voitures le samedi et le dimanche.</p>",
        ],
        old,
    )

    assert new[1].anchor == old[2].anchor
    assert new[2].anchor == old[0].anchor
    assert new[0].anchor not in {clause.anchor for clause in old}


def test_a_new_clause_never_takes_the_anchor_of_another() -> None:
    old = version(["<p>un deux trois quatre</p>"])
    changed = version(["<p>un deux trois cinq</p>"], old)
    both = version(["<p>un deux trois cinq</p>", "<p>un deux trois quatre</p>"], changed)

    assert changed[0].anchor == old[0].anchor
    assert both[0].anchor == old[0].anchor
    assert both[1].anchor != old[0].anchor


@given(blocks=BLOCKS, later=BLOCKS)
def test_every_clause_has_one_anchor_and_no_two_share_one(
    blocks: list[str], later: list[str]
) -> None:
    old = version(blocks)
    new = version(later, old)

    assert len({clause.anchor for clause in new}) == len(later)
    assert all(ANCHOR.fullmatch(clause.anchor) for clause in new)


@given(blocks=BLOCKS, data=st.data())
def test_whatever_stays_keeps_its_anchor_in_any_order(
    blocks: list[str], data: st.DataObject
) -> None:
    old = version(blocks)
    moved = data.draw(st.permutations(old))
    new = version([clause.html for clause in moved], old)

    assert sorted((clause.anchor, texts.plain_text(clause.html)) for clause in new) == sorted(
        (clause.anchor, texts.plain_text(clause.html)) for clause in old
    )


@given(blocks=BLOCKS, added=BLOCKS, data=st.data())
def test_what_is_added_takes_nothing_from_what_was_there(
    blocks: list[str], added: list[str], data: st.DataObject
) -> None:
    old = version(blocks)
    place = data.draw(st.integers(0, len(blocks)))
    new = version([*blocks[:place], *added, *blocks[place:]], old)

    assert {clause.anchor for clause in old} <= {clause.anchor for clause in new}


@given(text=WORDS)
def test_no_word_is_lost_between_clauses(text: str) -> None:
    html = texts.render_markdown(text)

    assert " ".join(texts.plain_text(block) for block in split(html)).split() == (
        texts.plain_text(html).split()
    )


def test_a_text_of_thousands_of_clauses_is_matched_in_no_time() -> None:
    old = version([f"<p>{number}</p>" for number in range(5_000)])
    new = version([f"<p>x{number}</p>" for number in range(5_000)], old)

    assert not {clause.anchor for clause in new} & {clause.anchor for clause in old}


def test_a_word_that_stands_alone_a_thousand_times_has_a_thousand_anchors() -> None:
    said = anchors((), ["<p>a</p>"] * 20_000)

    assert len(set(said)) == 20_000
    assert said[1] == f"{said[0]}-2"
    assert said[-1] == f"{said[0]}-20000"


def test_a_text_in_very_many_parts_is_argued_about_as_a_whole() -> None:
    html = "".join(f"<p>{number}</p>" for number in range(501))

    assert split(html) == (html,)
    assert len(split(html.removesuffix("<p>500</p>"))) == 500
