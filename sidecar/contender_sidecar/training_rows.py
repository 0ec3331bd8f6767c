"""The rows part of a snapshot as arrays: decoded from Parquet once, memory-mapped by every process afterwards."""

from __future__ import annotations

import json
import shutil
import tempfile
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from contender_sidecar.artifacts import sync_folder
from contender_sidecar.failures import ContractViolation, NonFiniteValues

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from contender_sidecar.artifacts import ArtifactStore
    from contender_sidecar.generated.contracts import ArtifactRef
    from contender_sidecar.scratch import Scratch

KEY_COLUMNS = ("symbol", "session", "session_index", "label")
EPOCH = date(1970, 1, 1).toordinal()
LAYOUT = 1
MAP_ATTEMPTS = 4


@dataclass(frozen=True)
class SessionWindow:
    """The sessions `first` to `last` (YYYY-MM-DD), both inclusive, less the gaps (each inclusive as well)."""

    first: str
    last: str
    gaps: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class TrainingRows:
    """Rows sorted by session, symbol.

    `matrix` float32 [n, features] (NaN: unknown); `label` float32 [n] (NaN: not yet known); `session` int32 [n], days
    since 1970-01-01; `symbol` int32 [n], index into `symbols` (sorted).
    """

    sha256: str
    feature_names: tuple[str, ...]
    infinite_features: frozenset[str]
    symbols: tuple[str, ...]
    matrix: NDArray[np.float32]
    label: NDArray[np.float32]
    session: NDArray[np.int32]
    symbol: NDArray[np.int32]

    def window(self, first: str, last: str) -> slice:
        """Rows of the sessions `first` to `last` (YYYY-MM-DD), both inclusive."""
        start = np.searchsorted(self.session, session_day(first), side="left")
        stop = np.searchsorted(self.session, session_day(last), side="right")
        return slice(int(start), max(int(start), int(stop)))

    def positions(self, window: SessionWindow) -> NDArray[np.int64]:
        """Rows of a window in order, without those of its gaps."""
        whole = self.window(window.first, window.last)
        kept = np.ones(whole.stop - whole.start, dtype=np.bool_)
        for first, last in window.gaps:
            gap = self.window(first, last)
            kept[max(0, gap.start - whole.start) : max(0, gap.stop - whole.start)] = False
        return whole.start + np.flatnonzero(kept)

    def columns(self, names: list[str]) -> list[int]:
        """Positions of features by name. Raises ContractViolation for an unknown or repeated name."""
        positions = {name: at for at, name in enumerate(self.feature_names)}
        unknown = [name for name in names if name not in positions]
        if unknown:
            raise ContractViolation(f"features that the snapshot does not hold: {', '.join(unknown)}")
        if len(set(names)) != len(names):
            raise ContractViolation("a feature is named twice in the recipe")
        infinite = [name for name in names if name in self.infinite_features]
        if infinite:
            raise NonFiniteValues(f"infinite values in feature {', '.join(infinite)}", features=infinite)
        return [positions[name] for name in names]


def session_day(session: str) -> int:
    """Days since 1970-01-01 of a session date."""
    try:
        return date.fromisoformat(session).toordinal() - EPOCH
    except ValueError:
        raise ContractViolation(f"{session!r} is not a date") from None


def load_rows(store: ArtifactStore, scratch: Scratch, ref: ArtifactRef) -> TrainingRows:
    """Verify the artifact, then map its decoded form, decoding it when no process has done so yet.

    Raises ArtifactCorrupt, ContractViolation (columns, types, order, duplicates) or NonFiniteValues (a label that is
    NaN or infinite; a missing label is null).
    """
    content = store.read(ref)
    folder = scratch.rows / ref.sha256
    for _ in range(MAP_ATTEMPTS):
        try:
            return _map(folder, ref.sha256)
        except FileNotFoundError:
            _decode(content, folder)
        except (OSError, ValueError, KeyError):
            # Damaged. Another process may be about to find the same, hence the loop.
            shutil.rmtree(folder, ignore_errors=True)
    return _map(folder, ref.sha256)


def _map(folder: Path, sha256: str) -> TrainingRows:
    meta = json.loads((folder / "meta.json").read_text(encoding="utf-8"))
    if meta["layout"] != LAYOUT:
        raise ValueError("decoded by another layout")
    return TrainingRows(
        sha256=sha256,
        feature_names=tuple(meta["features"]),
        infinite_features=frozenset(meta["infinite"]),
        symbols=tuple(meta["symbols"]),
        matrix=np.load(folder / "matrix.npy", mmap_mode="r"),
        label=np.load(folder / "label.npy", mmap_mode="r"),
        session=np.load(folder / "session.npy", mmap_mode="r"),
        symbol=np.load(folder / "symbol.npy", mmap_mode="r"),
    )


def _decode(content: bytes, folder: Path) -> None:
    table = _read_table(content)
    features = [name for name in table.column_names if name not in KEY_COLUMNS]
    matrix = np.empty((table.num_rows, len(features)), dtype=np.float32)
    for at, name in enumerate(features):
        matrix[:, at] = table.column(name).to_numpy()
    symbols, symbol = _symbols(table)
    session = table.column("session").cast(pa.int32()).to_numpy().astype(np.int32)
    _check_order(session, symbol)
    infinite = [name for at, name in enumerate(features) if np.isinf(matrix[:, at]).any()]
    meta = {"layout": LAYOUT, "features": features, "infinite": infinite, "symbols": symbols}
    arrays = {"matrix": matrix, "label": _labels(table), "session": session, "symbol": symbol}
    folder.parent.mkdir(parents=True, exist_ok=True)
    temporary = Path(tempfile.mkdtemp(dir=folder.parent, prefix=".tmp-"))
    try:
        for name, array in arrays.items():
            np.save(temporary / f"{name}.npy", array)
        (temporary / "meta.json").write_text(json.dumps(meta), encoding="utf-8")
        try:
            temporary.rename(folder)
        except OSError:
            if not (folder / "meta.json").is_file():
                shutil.rmtree(folder, ignore_errors=True)  # a part of it was lost; the next round of the loop decodes
        sync_folder(folder.parent)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def _read_table(content: bytes) -> pa.Table:
    try:
        table = pq.ParquetFile(pa.BufferReader(content)).read(use_threads=False)
    except pa.ArrowInvalid as error:
        raise ContractViolation(f"the rows are not a Parquet table: {error}") from None
    types = dict(zip(table.column_names, (str(column.type) for column in table.columns), strict=True))
    if len(types) != len(table.column_names):
        raise ContractViolation("a column name appears twice")
    expected = {name: {"float"} for name in types if name not in KEY_COLUMNS} | {
        "symbol": {"string", "large_string", "dictionary<values=string, indices=int32, ordered=0>"},
        "session": {"date32[day]"},
        "label": {"float"},
    }
    for name, allowed in expected.items():
        if types.get(name) not in allowed:
            actual = types.get(name, "missing")
            raise ContractViolation(f"column {name} is {actual}, expected {' or '.join(sorted(allowed))}")
    for name in ("symbol", "session"):
        if table.column(name).null_count > 0:
            raise ContractViolation(f"column {name} holds nulls")
    return table


def _labels(table: pa.Table) -> NDArray[np.float32]:
    column = table.column("label")
    known = column.drop_null().to_numpy()
    if not np.isfinite(known).all():
        raise NonFiniteValues("a label is NaN or infinite; a label that is not yet known is null")
    return column.to_numpy().astype(np.float32)


def _symbols(table: pa.Table) -> tuple[list[str], NDArray[np.int32]]:
    encoded = table.column("symbol").cast(pa.string()).combine_chunks().dictionary_encode()
    values: list[str] = encoded.dictionary.to_pylist()
    order = sorted(range(len(values)), key=values.__getitem__)
    rank = np.empty(len(values), dtype=np.int32)
    rank[order] = np.arange(len(values), dtype=np.int32)
    return [values[at] for at in order], rank[encoded.indices.to_numpy()]


def _check_order(session: NDArray[np.int32], symbol: NDArray[np.int32]) -> None:
    later = session[1:] > session[:-1]
    same = session[1:] == session[:-1]
    ordered = later | (same & (symbol[1:] > symbol[:-1]))
    if not ordered.all():
        at = int(np.argmin(ordered)) + 1
        raise ContractViolation(f"rows are not sorted by session, symbol, or hold a duplicate key, at row {at}")
