"""What the verbs of the command line do: each returns the lines that it prints."""

from collections.abc import Mapping, Sequence
from typing import Any

Lines = Sequence[Mapping[str, Any]]
