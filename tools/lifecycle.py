"""Draw docs/lifecycle.md from the tables of states."""

from pathlib import Path

from dosfed.deliberation.model import Refusal
from dosfed.deliberation.posts.lifecycle import ARGUMENTS, PROPOSALS, Table
from dosfed.deliberation.posts.model import PostState

PAGE = Path(__file__).parent.parent / "docs" / "lifecycle.md"
HEAD = """# What becomes of a post

Drawn from `dosfed/deliberation/posts/lifecycle.py` by `tools/lifecycle.py`; a test holds the page
and the code together. Each row is an act, each column the state in which it finds a post: a cell
says the state after it, or in *italics* why it is refused. Where a cell is empty there is nothing
for the act: `unknown-object`. Who may do what, and when, is said in [the rules](rules.md). Who sees
what in which state is said in `dosfed/deliberation/posts/visible.py`.

"""
TAIL = """
Five things the tables do not show:

- A proposal that was never published leaves no row behind when it is taken back: nobody has read
  it. One that was becomes a Tombstone.
- The Note by which a citizen of this instance proposes something to a home elsewhere is *sent*,
  whatever becomes of the proposal there. Once there is one, `change` is refused as
  `already-decided` (rule 3.5); while that is hidden, the Note says why instead of its words.
- What the author of a published proposal would have it say (`change`, `change-source`) may wait
  beside the text that stands, until somebody has read it (`decide-text`, rule 3.31).
- A proposal that waits may wait for its author, who was asked for a correction (`ask`): until they
  change it or answer, it is nothing for the team to do (rule 3.34).
- What counts is when an act was received (rule 3.23): one that came while a proposal was hidden is
  refused as `hidden` even if it is judged after it is shown again.
"""


def main() -> None:
    """Renew the page."""
    PAGE.write_text(drawn(), encoding="utf-8")


def drawn() -> str:
    """Return the page as the code says it."""
    return f"{HEAD}## Proposals\n\n{_table(PROPOSALS)}\n## Arguments\n\n{_table(ARGUMENTS)}{TAIL}"


def _table(table: Table) -> str:
    there = {state for outcomes in table.values() for state in outcomes.values()}
    states = [None, *(state for state in PostState if state in there)]
    names = ["", *("nothing yet" if state is None else state.value for state in states)]
    lines = [names, ["---"] * len(names)]
    for act, outcomes in table.items():
        cells = [_cell(outcomes.get(state)) for state in states]
        lines.append([f"**{act.value}**", *cells])
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def _cell(outcome: PostState | Refusal | None) -> str:
    if outcome is None:
        return ""
    return f"*{outcome.value}*" if isinstance(outcome, Refusal) else outcome.value


if __name__ == "__main__":
    main()
