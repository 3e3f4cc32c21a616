"""What the pages in docs name is there: settings, verbs, keys, refusals, files and steps."""

import re
from pathlib import Path

import pytest

from dosfed.accounts.rules import Flaw
from dosfed.cli import verbs
from dosfed.deliberation.exchange import format as import_format
from dosfed.deliberation.exchange import polls as import_polls
from dosfed.deliberation.model import Refusal
from dosfed.settings import NAMES

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
PAGES = sorted([*ROOT.glob("*.md"), *DOCS.rglob("*.md")])
MANUAL = (DOCS / "operating.md").read_text(encoding="utf-8")
RULES = (DOCS / "rules.md").read_text(encoding="utf-8")


def test_the_manual_has_the_settings_that_are_read() -> None:
    assert sorted(re.findall(r"\| `DOSFED_([A-Z_]+)` \|", MANUAL)) == sorted(NAMES)


@pytest.mark.parametrize("code", sorted({*Refusal, *Flaw}))
def test_every_refusal_is_in_the_rules(code: str) -> None:
    assert f"`{code}`" in RULES


@pytest.mark.parametrize("verb", sorted(verbs.commands))
def test_every_verb_is_in_the_manual(verb: str) -> None:
    assert f"`{verb}" in MANUAL.partition("## Verbs")[2].partition("\n## ")[0]


@pytest.mark.parametrize(
    "key",
    sorted(
        import_format.CONSULTATION_KEYS
        | import_format.PROPOSAL_KEYS
        | import_polls.POLL_KEYS
        | import_format.ARGUMENT_KEYS
        | import_polls.RESULT_KEYS
    ),
)
def test_every_key_of_the_import_file_is_in_the_manual(key: str) -> None:
    section = MANUAL.partition("## The import file")[2].partition("\n## ")[0]
    assert f"`{key}`" in section or f'"{key}"' in section


def test_each_decision_has_a_number_of_its_own_and_says_it() -> None:
    files = sorted((DOCS / "decisions").glob("*.md"))

    assert [int(file.name[:4]) for file in files] == list(range(1, len(files) + 1))
    for file in files:
        assert file.read_text(encoding="utf-8").startswith(f"# {int(file.name[:4])}. "), file.name


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_the_files_that_a_page_names_are_there(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    named = set(re.findall(r"`([\w/.-]+\.(?:py|html))`", text))
    linked = re.findall(r"\]\((?!https?:)([^)#]+)", text)
    there = {
        file.as_posix()
        for place in ("dosfed", "tools", "templates", "tests")
        for file in (ROOT / place).rglob("*.*")
    }

    assert [name for name in sorted(named) if not any(f.endswith(f"/{name}") for f in there)] == []
    assert [name for name in linked if not (page.parent / name).exists()] == []


def test_each_step_of_a_verification_is_taken_somewhere() -> None:
    protocol = ROOT / "dosfed" / "activitypub"
    listed = re.findall(r"^#   (\d)\. ", (protocol / "verification.py").read_text("utf-8"), re.M)
    taken = {
        number
        for file in protocol.glob("*.py")
        for number in re.findall(r"[Ss]tep (\d)", file.read_text("utf-8"))
    }

    assert listed == [str(number) for number in range(1, 10)]
    assert set(listed) <= taken
