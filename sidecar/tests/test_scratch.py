"""Checkpoints and the tidying of the scratch area."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from contender_sidecar import checkpoints
from contender_sidecar.scratch import FinishedFold, Scratch, scratch_key

if TYPE_CHECKING:
    from pathlib import Path

    import pytest
    from numpy.typing import NDArray


@given(
    predictions=arrays(np.float64, st.integers(0, 20), elements=st.floats(allow_nan=False)),
    seconds=st.floats(0, 1e6),
)
def test_a_checkpoint_gives_back_the_very_bits(
    tmp_path_factory: pytest.TempPathFactory, predictions: NDArray[np.float64], seconds: float
) -> None:
    scratch = Scratch(tmp_path_factory.mktemp("store"))
    scratch.save_fold("key", FinishedFold(predictions, 17, seconds))
    found = scratch.load_fold("key")
    assert found is not None
    assert found.predictions.tobytes() == predictions.tobytes()
    assert (found.best_iteration, found.seconds) == (17, seconds)


def test_there_is_no_checkpoint_under_another_key_or_in_a_torn_file(tmp_path: Path) -> None:
    scratch = Scratch(tmp_path)
    scratch.save_fold("key", FinishedFold(np.ones(5), 3, 1.0))
    assert scratch.load_fold("other") is None
    content = (scratch.folds / "key").read_bytes()
    for length in (0, 10, 40, len(content) - 1):
        (scratch.folds / "key").write_bytes(content[:length])
        assert scratch.load_fold("key") is None


def test_a_key_depends_on_every_part_and_not_on_their_order() -> None:
    assert scratch_key(a=1, b=[2]) == scratch_key(b=[2], a=1)
    assert len({scratch_key(a=1), scratch_key(a=2), scratch_key(b=1), scratch_key(a=1.5)}) == 4


def test_old_entries_go_first_and_recent_ones_only_above_the_bound(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scratch = Scratch(tmp_path)
    now = time.time()
    for age_days, name in enumerate(["today", "yesterday", "before"]):
        scratch.save_fold(name, FinishedFold(np.ones(100), 1, 1.0))
        os.utime(scratch.folds / name, (now, now - age_days * 86400))
    scratch.save_fold("ancient", FinishedFold(np.ones(1), 1, 1.0))
    os.utime(scratch.folds / "ancient", (now, now - 8 * 86400))
    assert scratch.prune(now) == 1
    assert scratch.load_fold("ancient") is None
    monkeypatch.setattr(checkpoints, "KEEP_BYTES", 2000)
    assert scratch.prune(now) == 1
    assert sorted(path.name for path in scratch.folds.iterdir()) == ["today", "yesterday"]


def test_tidying_an_area_that_is_not_there_is_nothing(tmp_path: Path) -> None:
    assert Scratch(tmp_path / "none").prune() == 0
