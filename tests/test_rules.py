"""The rules, the code that decides and the tests that try them hold each other."""

import ast
import io
import re
import tokenize
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
RULES = re.findall(r"^\| (\d+\.\d+) \|", (ROOT / "docs/rules.md").read_text("utf-8"), re.MULTILINE)
NUMBER = r"\d+\.\d+"
# "rule 3.5", "rules 3.1, 3.2 and 3.5", "rules 1.1 to 1.4"
MENTION = re.compile(
    rf"\brules? ({NUMBER}(?:(?:, | and | to |, and )(?:of )?{NUMBER})*)", re.IGNORECASE
)


def words_of(path: Path) -> str:
    """Return the comments and docstrings of a module, each on a line of its own."""
    source = path.read_text("utf-8")
    said = [
        node.body[0].value.value
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
        and isinstance(node.body[0].value, ast.Constant)
        and isinstance(node.body[0].value.value, str)
    ]
    comments = " ".join(
        token.string.removeprefix("#").strip()
        for token in tokenize.generate_tokens(io.StringIO(source).readline)
        if token.type == tokenize.COMMENT
    )
    return "\n".join(" ".join(text.split()) for text in (*said, comments))


def numbers_in(mention: str) -> Iterator[str]:
    """Return the rules that a mention means, those between two ends as well."""
    yield from re.findall(NUMBER, mention)
    for first, last in re.findall(rf"({NUMBER}) to ({NUMBER})", mention):
        section, start = first.split(".")
        for rule in range(int(start), int(last.split(".")[1])):
            yield f"{section}.{rule}"


@cache
def decided() -> dict[str, set[str]]:
    """Return the modules that name each rule."""
    found = defaultdict(set)
    for path in (ROOT / "dosfed").rglob("*.py"):
        for mention in MENTION.findall(words_of(path)):
            for number in numbers_in(mention):
                found[number].add(path.name)
    return found


@cache
def tried() -> dict[str, set[str]]:
    """Return the tests that are marked with each rule."""
    found = defaultdict(set)
    for path in (ROOT / "tests").rglob("test_*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                for mark in node.decorator_list:
                    if isinstance(mark, ast.Call) and ast.unparse(mark.func) == "pytest.mark.rule":
                        for number in mark.args:
                            found[ast.literal_eval(number)].add(node.name)
    return found


@pytest.mark.parametrize("number", RULES)
def test_a_rule_stands_in_the_code_that_decides_it_and_in_a_test_that_tries_it(number: str) -> None:
    assert decided()[number], f"no module of dosfed says that it decides rule {number}"
    assert tried()[number], f'no test is marked with pytest.mark.rule("{number}")'


def test_no_rule_is_named_that_is_not_there() -> None:
    assert not {*decided(), *tried()} - {*RULES}


def test_rules_are_numbered_in_order() -> None:
    by_section = defaultdict(list)
    for number in RULES:
        section, rule = number.split(".")
        by_section[section].append(int(rule))

    assert all(rules == list(range(1, len(rules) + 1)) for rules in by_section.values())


# Where rules are: of concepts, of methods of voting, and the table of what becomes of a post.
PLACES = ("**/rules.py", "**/*_rules.py", "votes/methods/*.py", "posts/lifecycle.py")
# The door hands on what a rule decided.
DOOR = ROOT / "dosfed/acts/perform.py"


def test_no_refusal_is_raised_outside_a_rule() -> None:
    domain = ROOT / "dosfed/deliberation"
    rules = {DOOR, *(path for place in PLACES for path in domain.glob(place))}
    others = set((ROOT / "dosfed").rglob("*.py")) - rules
    raised = re.compile(r"\braise Refused\b")

    assert len(rules) > len(PLACES)
    assert not [path for path in others if raised.search(path.read_text("utf-8"))]
