"""The protocol knows nothing of what is deliberated: no name and no string of it speaks of that."""

import ast
import re
from pathlib import Path

import pytest

from dosfed.activitypub.actors import RESERVED_WORDS

PROTOCOL = Path(__file__).parents[2] / "dosfed" / "activitypub"
# Which kinds of actors there are it knows: each has a type and a path.
WORDS = re.compile(r"argument|ballot|meeting|poll|proposal|(?<!in)stance|tally|vote|dosfed:")
# Mastodon's property of a Question, and the first parts of our paths, which name no actor.
KNOWN = {"votersCount", "toot:votersCount", RESERVED_WORDS}


def spoken(source: str) -> list[str]:
    """Return the names and strings of a module, docstrings apart."""
    tree = ast.parse(source)
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        if isinstance(body, list) and body and _is_docstring(body[0]):
            body.pop(0)
    said = []
    for node in ast.walk(tree):
        for _, value in ast.iter_fields(node):
            values = value if isinstance(value, list) else [value]
            said += [one for one in values if isinstance(one, str)]
    return said


def _is_docstring(node: ast.AST) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


@pytest.mark.parametrize("path", sorted(PROTOCOL.glob("*.py")), ids=lambda path: path.stem)
def test_the_protocol_speaks_of_no_deliberation(path: Path) -> None:
    said = spoken(path.read_text(encoding="utf-8"))
    assert {one for one in said if WORDS.search(one.lower())} - KNOWN == set()


def test_names_and_strings_are_looked_at_but_what_explains_them_is_not() -> None:
    source = 'def poll(x):\n    """Tally."""\n    return x.ballot == "vote"  # stance\n'
    assert set(spoken(source)) >= {"poll", "ballot", "vote"}
    assert "Tally." not in spoken(source)
