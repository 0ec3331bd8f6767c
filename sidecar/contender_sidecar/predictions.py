"""Out-of-sample predictions as Parquet: symbol, session, fold INTEGER, prediction DOUBLE, sorted by session, symbol."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from contender_sidecar.failures import ContractViolation
from contender_sidecar.training_rows import session_day

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from contender_sidecar.generated.contracts import Fold
    from contender_sidecar.training_rows import TrainingRows


@dataclass(frozen=True)
class Block:
    """The predictions of one fold; `positions` are its rows among the training rows."""

    fold: int
    positions: NDArray[np.int64]
    predictions: NDArray[np.float64]


def parquet_bytes(table: pa.Table) -> bytes:
    """Write a table so that equal values give equal bytes: fixed codec and level, no schema copy, one row group."""
    sink = pa.BufferOutputStream()
    pq.write_table(
        table,
        sink,
        version="2.6",
        compression="zstd",
        compression_level=3,
        use_dictionary=True,
        write_statistics=True,
        store_schema=False,
        row_group_size=max(1, table.num_rows),
    )
    return sink.getvalue().to_pybytes()


def predictions_parquet(rows: TrainingRows, blocks: list[Block]) -> bytes:
    """The predictions of all folds. Where blocks overlap, one key has a row per fold, lower fold first."""
    at = np.concatenate([block.positions for block in blocks])
    fold = np.concatenate([np.full(len(block.predictions), block.fold, dtype=np.int32) for block in blocks])
    prediction = np.concatenate([block.predictions for block in blocks])
    # Rows are sorted by session, symbol already, so their position is the sort key.
    order = np.lexsort((fold, at))
    at, fold, prediction = at[order], fold[order], prediction[order]
    symbols = pa.array(rows.symbols, type=pa.string())
    table = pa.table(
        {
            "symbol": symbols.take(pa.array(rows.symbol[at])),
            "session": pa.array(rows.session[at], type=pa.int32()).cast(pa.date32()),
            "fold": pa.array(fold),
            "prediction": pa.array(prediction),
        }
    )
    return parquet_bytes(table)


def read_fold_predictions(
    content: bytes, rows: TrainingRows, fold: Fold
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """The stored predictions of one fold: (row positions in `rows`, predictions).

    Raises ContractViolation when the table does not belong to these rows.
    """
    try:
        table = pq.ParquetFile(pa.BufferReader(content)).read(use_threads=False)
        numbers = table.column("fold").to_numpy()
        session = table.column("session").cast(pa.int32()).to_numpy()
        symbol = table.column("symbol").to_pylist()
        prediction = table.column("prediction").to_numpy().astype(np.float64)
    except (pa.ArrowInvalid, KeyError) as error:
        raise ContractViolation(f"the stored predictions cannot be read: {error}") from None
    code = {name: at for at, name in enumerate(rows.symbols)}
    window = rows.window(fold.test_from, fold.test_to)
    keys = rows.session[window].astype(np.int64) * len(rows.symbols) + rows.symbol[window]
    first, last = session_day(fold.test_from), session_day(fold.test_to)
    wanted = np.flatnonzero((numbers == fold.index) & (session >= first) & (session <= last))
    if any(symbol[at] not in code for at in wanted):
        raise ContractViolation("the stored predictions name a symbol that the snapshot does not hold")
    sought = session[wanted].astype(np.int64) * len(rows.symbols) + np.array(
        [code[symbol[at]] for at in wanted], dtype=np.int64
    )
    position = np.searchsorted(keys, sought)
    if len(wanted) == 0 or (position >= len(keys)).any() or (keys[position] != sought).any():
        raise ContractViolation(f"the stored predictions of fold {fold.index} do not match the snapshot")
    return window.start + position, prediction[wanted]
