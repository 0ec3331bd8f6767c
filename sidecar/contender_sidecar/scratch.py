"""The scratch area beside the artifacts: decoded snapshots and finished folds.

Nothing in it is a result. Everything can be made again from artifacts, so it may be deleted at any time; losing it
costs time only.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from contender_sidecar.artifacts import write_atomically

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

FOLDER = ".scratch"
KEEP_SECONDS = 7 * 24 * 3600.0
KEEP_BYTES = 4 * 1024**3
DIGEST_BYTES = 32


@dataclass(frozen=True)
class FinishedFold:
    """What one fold leaves behind: predictions of its test rows (float64, row order) and how they were made."""

    predictions: NDArray[np.float64]
    best_iteration: int
    seconds: float


class Scratch:
    """Paths and checkpoints under `<artifacts>/.scratch/`."""

    def __init__(self, artifacts_root: Path) -> None:
        self.root = artifacts_root / FOLDER
        self.rows = self.root / "rows"
        self.folds = self.root / "folds"

    def save_fold(self, key: str, fold: FinishedFold) -> None:
        """Keep a finished fold. A crash leaves the whole file or none."""
        header = json.dumps({"bestIteration": fold.best_iteration, "seconds": fold.seconds}).encode()
        body = header + b"\n" + fold.predictions.astype("<f8").tobytes()
        write_atomically(self.folds / key, hashlib.sha256(body).digest() + body)

    def load_fold(self, key: str) -> FinishedFold | None:
        """Give a finished fold; None when there is none or its file is damaged."""
        try:
            content = (self.folds / key).read_bytes()
        except FileNotFoundError:
            return None
        digest, body = content[:DIGEST_BYTES], content[DIGEST_BYTES:]
        if hashlib.sha256(body).digest() != digest:
            return None
        header, _, values = body.partition(b"\n")
        fields = json.loads(header)
        return FinishedFold(
            predictions=np.frombuffer(values, dtype="<f8").astype(np.float64),
            best_iteration=int(fields["bestIteration"]),
            seconds=float(fields["seconds"]),
        )

    def prune(self, now: float | None = None) -> int:
        """Remove what is older than a week, then the oldest above 4 GiB. Gives the number of entries removed."""
        entries = [path for folder in (self.rows, self.folds) if folder.is_dir() for path in folder.iterdir()]
        aged = sorted(((_modified(path), _size(path), path) for path in entries), reverse=True)
        limit = (time.time() if now is None else now) - KEEP_SECONDS
        kept_bytes, removed = 0, 0
        for modified, size, path in aged:
            kept_bytes += size
            if modified < limit or kept_bytes > KEEP_BYTES:
                _remove(path)
                removed += 1
        return removed


def scratch_key(**parts: object) -> str:
    """Hash named JSON values to a file name."""
    text = json.dumps(parts, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()


def _modified(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except FileNotFoundError:
        return 0.0


def _size(path: Path) -> int:
    files = path.rglob("*") if path.is_dir() else [path]
    return sum(file.stat().st_size for file in files if file.is_file())


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)
