"""What is published goes out through one file; only answers to one request go their own way."""

from pathlib import Path

import dosfed

# Each of these writes to one inbox: a request of ours, or the answer to somebody else's.
ANSWERING = {
    "acts/authors_elsewhere.py",
    "acts/ballots.py",
    "acts/proposers.py",
    "acts/turned_away.py",
    "acts/decision_letters.py",
    "acts/whispers.py",
    "acts/withdrawals.py",
    "commands/follow.py",
    "federation/protocol.py",
}


def test_nothing_else_puts_anything_into_the_outbox() -> None:
    root = Path(dosfed.__file__).parent
    putting = {
        str(path.relative_to(root))
        for path in root.rglob("*.py")
        if "outbox.put" in path.read_text(encoding="utf-8")
    }

    assert putting == {"acts/publishing.py", *ANSWERING}
