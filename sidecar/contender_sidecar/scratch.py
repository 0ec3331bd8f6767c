"""The scratch area beside the artifacts: decoded snapshots, finished folds, and how far unfinished fits are.

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
from contender_sidecar.boosting import Border

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


class StoredBorder:
    """The last border of one fit as a file; another attempt, in whatever process, goes on from it."""

    def __init__(self, path: Path, *, use: bool) -> None:
        self._path = path
        self._use = use

    def load(self) -> Border | None:
        """Give what an earlier attempt left; None when there is none or its file is damaged."""
        if not self._use:
            return None
        body = _read_sealed(self._path)
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
        _write_sealed(self._path, json.dumps(fields).encode() + b"\n" + text + numbers)

    def clear(self) -> None:
        """Forget it."""
        self._path.unlink(missing_ok=True)


class Scratch:
    """Paths and checkpoints under `<artifacts>/.scratch/`."""

    def __init__(self, artifacts_root: Path) -> None:
        self.root = artifacts_root / FOLDER
        self.rows = self.root / "rows"
        self.folds = self.root / "folds"
        self.borders = self.root / "borders"

    def border(self, key: str, *, use: bool) -> StoredBorder:
        """The checkpoint of a fit between its segments; with `use` false nothing is read or written."""
        return StoredBorder(self.borders / key, use=use)

    def save_fold(self, key: str, fold: FinishedFold) -> None:
        """Keep a finished fold. A crash leaves the whole file or none."""
        header = json.dumps({"bestIteration": fold.best_iteration, "seconds": fold.seconds}).encode()
        _write_sealed(self.folds / key, header + b"\n" + fold.predictions.astype("<f8").tobytes())

    def load_fold(self, key: str) -> FinishedFold | None:
        """Give a finished fold; None when there is none or its file is damaged."""
        body = _read_sealed(self.folds / key)
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
        """Remove what is older than a week, then the oldest above 4 GiB. Gives the number of entries removed."""
        entries = [
            path for folder in (self.rows, self.folds, self.borders) if folder.is_dir() for path in folder.iterdir()
        ]
        aged = sorted(((_modified(path), _size(path), path) for path in entries), reverse=True)
        limit = (time.time() if now is None else now) - KEEP_SECONDS
        kept_bytes, removed = 0, 0
        for modified, size, path in aged:
            kept_bytes += size
            if modified < limit or kept_bytes > KEEP_BYTES:
                _remove(path)
                removed += 1
        return removed


def _write_sealed(path: Path, body: bytes) -> None:
    write_atomically(path, hashlib.sha256(body).digest() + body)


def _read_sealed(path: Path) -> bytes | None:
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return None
    digest, body = content[:DIGEST_BYTES], content[DIGEST_BYTES:]
    return body if hashlib.sha256(body).digest() == digest else None


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
