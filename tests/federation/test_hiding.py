"""What a Group says of the arguments that its moderators hide, well said or not."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dosfed.activitypub.reading import Malformed
from dosfed.deliberation.moderation.model import Hide, HideReason
from dosfed.wire import terms
from dosfed.wire.hiding import read_hiding

GROUP = "https://home.example/c/quais"
ARGUMENT = "https://masto.example/posts/1"
DELETE: dict[str, Any] = {
    "id": "https://home.example/activities/1",
    "type": "Delete",
    "actor": GROUP,
    "object": {"id": ARGUMENT, "type": "Tombstone"},
    "summary": " No insults. ",
    terms.REASON: "insult",
}


def announced(said: object) -> Hide | None:
    return read_hiding(GROUP, {"type": "Announce", "actor": GROUP, "object": said})


def undone(delete: object, **changed: Any) -> dict[str, Any]:
    return {"id": "x", "type": "Undo", "actor": GROUP, "object": delete, **changed}


def test_a_delete_with_a_reason_hides() -> None:
    assert announced(DELETE) == Hide(
        id=ARGUMENT,
        by=GROUP,  # type: ignore[arg-type]  # as it came
        is_hidden=True,
        reason="No insults.",
        code=HideReason.INSULT,
    )


def test_its_undo_shows_again() -> None:
    hiding = announced(undone(DELETE))

    assert hiding is not None
    assert not hiding.is_hidden


def test_a_code_that_nobody_knows_is_another_reason() -> None:
    hiding = announced({**DELETE, terms.REASON: "astrology", "summary": None})

    assert hiding is not None
    assert (hiding.code, hiding.reason) == (HideReason.OTHER, "astrology")


def test_words_without_end_are_cut() -> None:
    hiding = announced({**DELETE, "summary": "x" * 5_000})

    assert hiding is not None
    assert len(hiding.reason) == 1_000


@pytest.mark.parametrize(
    "said",
    [
        None,
        "https://home.example/activities/1",
        {**DELETE, "type": "Create"},
        {**DELETE, "actor": "https://evil.example/c/quais"},
        {name: value for name, value in DELETE.items() if name != terms.REASON},
        {**DELETE, "object": None},
        undone(DELETE, actor="https://evil.example/u/x"),
        undone({**DELETE, "actor": "https://evil.example/u/x"}),
        undone("https://home.example/activities/1"),
        undone(undone(DELETE)),
    ],
)
def test_anything_else_hides_nothing(said: object) -> None:
    assert announced(said) is None


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20) | st.just(GROUP),
    lambda values: (
        st.lists(values, max_size=3)
        | st.dictionaries(
            st.sampled_from(["type", "actor", "object", "summary", "id", terms.REASON]), values
        )
    ),
    max_leaves=12,
)


@given(JSON)
def test_whatever_comes_is_read_or_malformed(said: object) -> None:
    try:
        announced(said)
    except Malformed:
        return
