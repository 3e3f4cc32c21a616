"""The lock in the data folder that admits one worker."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

FILE = "worker.lock"


class WorkerRuns(Exception):
    """Another process already works on this data folder."""


@contextmanager
def worker_lock(data_dir: Path) -> Iterator[None]:
    """Be the one worker of a data folder, or raise `WorkerRuns`.

    The system lets go of the lock when the process ends, however it ends.
    """
    data_dir.mkdir(parents=True, exist_ok=True)
    with (data_dir / FILE).open("a") as file:
        try:
            # Of the open file, not of its content: no process id that could be out of date.
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise WorkerRuns(f"another worker already runs on {data_dir}") from error
        yield
