"""Whether a data folder was used before: an empty database beside it is then a lost one."""

from contextlib import suppress
from pathlib import Path

from sqlalchemy.engine import make_url

MARK = "instance"
# What an instance leaves in its folder as it goes, also one of a version that set no mark.
TRACES = (MARK, "secret.key", "worker.lock", "media", "mails", "cards")


def was_used(folder: Path) -> bool:
    """Whether an instance lived in a data folder."""
    return any((folder / name).exists() for name in TRACES)


def mark(folder: Path, base_url: str) -> None:
    """Leave a mark that an instance lives here, where one can be left."""
    file = folder / MARK
    with suppress(OSError):
        if not file.exists():
            folder.mkdir(parents=True, exist_ok=True)
            file.write_text(f"{base_url}\n", encoding="utf-8")


def is_there(url: str) -> bool:
    """Whether there is a database to be looked into; a file of SQLite is not made by that."""
    found = make_url(url)
    if found.get_backend_name() != "sqlite" or found.database in {None, "", ":memory:"}:
        return True
    file = Path(found.database or "")
    return file.exists() and file.stat().st_size > 0
