"""The scratch area: decoded snapshots on this machine; beside the artifacts what unfinished trials have got to.

Nothing in it is a result. Everything can be made again from artifacts, so it may be deleted at any time; losing it
costs time only.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from contender_sidecar.boosting import Border
from contender_sidecar.checkpoints import open_checkpoints, outdated, sealed, unsealed

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from contender_sidecar.artifacts import Bucket
    from contender_sidecar.checkpoints import CheckpointFiles

FOLDER = ".scratch"


@dataclass(frozen=True)
class FinishedFold:
    """What one fold leaves behind: predictions of its test rows (float64, row order) and how they were made."""

    predictions: NDArray[np.float64]
    best_iteration: int
    seconds: float


class StoredBorder:
    """The last border of one fit; another attempt, in whatever process, goes on from it."""

    def __init__(self, kept: CheckpointFiles, key: str, *, use: bool) -> None:
        self._kept = kept
        self._key = key
        self._use = use
        # Asking a bucket to delete what never was costs three requests a fold.
        self._there = False

    def load(self) -> Border | None:
        """Give what an earlier attempt left; None when there is none or it is damaged."""
        if not self._use:
            return None
        content = self._kept.read("borders", self._key)
        self._there = content is not None
        body = unsealed(content)
        if body is None:
            return None
        header, _, rest = body.partition(b"\n")
        fields = json.loads(header)
        text, rest = rest[: fields["textBytes"]], rest[fields["textBytes"] :]
        numbers = np.frombuffer(rest, dtype="<f8").astype(np.float64)
        return Border(
            done=int(fields["done"]),
            text=text.decode(),
            scores=numbers[: fields["rows"]],
            watched=numbers[fields["rows"] :],
            best=int(fields["best"]),
            lowest=float(fields["lowest"]),
        )

    def save(self, border: Border) -> None:
        """Keep a border. A crash leaves the new file or the old one, whole."""
        if not self._use:
            return
        text = border.text.encode()
        fields = {
            "done": border.done,
            "best": border.best,
            "lowest": border.lowest,
            "rows": len(border.scores),
            "textBytes": len(text),
        }
        numbers = border.scores.astype("<f8").tobytes() + border.watched.astype("<f8").tobytes()
        self._there = True
        self._kept.write("borders", self._key, sealed(json.dumps(fields).encode() + b"\n" + text + numbers))

    def clear(self) -> None:
        """Forget it."""
        if self._there:
            self._kept.remove("borders", self._key)
            self._there = False


class Scratch:
    """Decoded rows under `<artifacts>/.scratch/`; checkpoints there, too, or in the bucket of the artifacts."""

    def __init__(self, artifacts_root: Path, bucket: Bucket | None = None) -> None:
        self.root = artifacts_root / FOLDER
        self.rows = self.root / "rows"
        self.folds = self.root / "folds"
        self.borders = self.root / "borders"
        self._kept = open_checkpoints(self.root, bucket)

    def border(self, key: str, *, use: bool) -> StoredBorder:
        """The checkpoint of a fit between its segments; with `use` false nothing is read or written."""
        return StoredBorder(self._kept, key, use=use)

    def save_fold(self, key: str, fold: FinishedFold) -> None:
        """Keep a finished fold. A crash leaves the whole file or none."""
        header = json.dumps({"bestIteration": fold.best_iteration, "seconds": fold.seconds}).encode()
        self._kept.write("folds", key, sealed(header + b"\n" + fold.predictions.astype("<f8").tobytes()))

    def load_fold(self, key: str) -> FinishedFold | None:
        """Give a finished fold; None when there is none or it is damaged."""
        body = unsealed(self._kept.read("folds", key))
        if body is None:
            return None
        header, _, values = body.partition(b"\n")
        fields = json.loads(header)
        return FinishedFold(
            predictions=np.frombuffer(values, dtype="<f8").astype(np.float64),
            best_iteration=int(fields["bestIteration"]),
            seconds=float(fields["seconds"]),
        )

    def prune(self, now: float | None = None) -> int:
        """Remove from this machine what is older than a week, then the oldest above 4 GiB. Gives how many went."""
        paths = [
            path for folder in (self.rows, self.folds, self.borders) if folder.is_dir() for path in folder.iterdir()
        ]
        entries = [(_modified(path), _size(path), str(path)) for path in paths]
        names = outdated(entries, time.time() if now is None else now)
        for name in names:
            _remove(Path(name))
        return len(names)


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
