"""One worker at a time in a data folder."""

from pathlib import Path

import pytest

from dosfed.storage.lock import WorkerRuns, worker_lock


def test_a_second_worker_is_turned_away_until_the_first_ends(tmp_path: Path) -> None:
    with worker_lock(tmp_path), pytest.raises(WorkerRuns), worker_lock(tmp_path):
        pass

    with worker_lock(tmp_path):
        pass
