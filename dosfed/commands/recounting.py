"""`dosfed recount`: a ballot file counted again, with no database."""

from collections.abc import Iterator
from typing import BinaryIO

from dosfed.commands import Lines
from dosfed.deliberation.votes.recount import LONGEST_LINE, recount


def recount_file(file: BinaryIO) -> Lines:
    """Return what a ballot file says, or raise `BadFile`."""
    found = recount(_lines(file))
    return [
        {
            "kind": "recount",
            "poll": found.poll,
            "method": found.method.word,
            "ballots": found.ballots,
            "options": [
                {"name": name, "ballots": number}
                for name, number in zip(found.options, found.result.ballots, strict=True)
            ],
            "result": found.result.details,
            "sha256": found.sha256,
        }
    ]


def _lines(file: BinaryIO) -> Iterator[bytes]:
    """Yield the lines of a file, none of them longer than a ballot's can be."""
    while line := file.readline(LONGEST_LINE + 1):
        yield line
