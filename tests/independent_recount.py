"""Counts a ballot file as docs/recount.md tells a stranger to: nothing here is dosfed's.

python3 independent_recount.py ballots.jsonl
"""

import hashlib
import json
import sys
from pathlib import Path
from typing import Any


def count(raw: bytes) -> dict[str, Any]:
    """Return what the page of a vote says, counted from the bytes of its file."""
    head, *ballots = [json.loads(line) for line in raw.splitlines()]
    assert len(ballots) == head["ballots"]
    assert len({ballot["ballot"] for ballot in ballots}) == len(ballots)
    choices = [ballot["choice"] for ballot in ballots]
    options = range(len(head["options"]))
    result: dict[str, Any] = {"sha256": hashlib.sha256(raw).hexdigest()}
    if head["method"] == "score":
        scores = range(head["terms"]["scale"] + 1)
        result["scores"] = [
            [sum(choice[option] == score for choice in choices) for score in scores]
            for option in options
        ]
        result["sums"] = [sum(choice[option] for choice in choices) for option in options]
        result["ballots"] = [len(choices) for _ in options]
    else:  # agree, single, multiple, support: a choice lists the options that were chosen
        result["ballots"] = [sum(option in choice for choice in choices) for option in options]
    return result


if __name__ == "__main__":
    sys.stdout.write(json.dumps(count(Path(sys.argv[1]).read_bytes())) + "\n")
