"""`python -m contender_sidecar.convert_sklearn MODEL --rows ROWS --out FOLDER`: scikit-learn models for the servers.

Writes `model.onnx` and `parity.parquet` (the rows on which both have to agree, with scikit-learn's own predictions)
into a folder, and prints one JSON object. MODEL is a file of joblib or pickle: reading it runs what is in it, so it has
to be one's own. Exit code 1 with a JSON object on standard output for what is refused.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
from pathlib import Path
from typing import Any

import joblib
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import sklearn
from threadpoolctl import threadpool_limits

from contender_sidecar.failures import NonFiniteValues, TrainingFailure, UnsupportedModel
from contender_sidecar.onnx_export import assemble
from contender_sidecar.parity_set import KINDS, build_parity_set
from contender_sidecar.sklearn_trees import read_sklearn, takes_missing

SEED = 7
PARITY_ROWS_MAX = 100_000


def convert(estimator: Any, rows: pa.Table, out: Path) -> dict[str, object]:
    """Write model and parity set of a fitted regressor. `rows`: a column of numbers per feature, NaN or null: missing.

    The columns of the table, in their order, are the features. Raises UnsupportedModel, NonFiniteValues.
    """
    names = _feature_names(estimator, rows)
    matrix = np.column_stack([_column(rows, name) for name in names])[-PARITY_ROWS_MAX:]
    model = read_sklearn(estimator, names)
    # A forest adds its trees up in the order in which its threads end.
    if "n_jobs" in estimator.get_params(deep=False):
        estimator.set_params(n_jobs=1)

    def predict(batch: np.ndarray) -> np.ndarray:
        with threadpool_limits(1):
            return np.asarray(estimator.predict(batch), dtype=np.float64)

    missing = takes_missing(estimator)
    if not missing and np.isnan(matrix).any():
        raise NonFiniteValues("the rows lack values, which this model does not take")
    parity = build_parity_set(model, matrix, predict, SEED, missing=missing)
    onnx = assemble(model, lambda thresholds: thresholds)
    columns = {"kind": pa.array(KINDS, type=pa.string()).take(pa.array(parity.kind))}
    columns |= {name: pa.array(parity.matrix[:, at], from_pandas=False) for at, name in enumerate(names)}
    columns["expected"] = pa.array(parity.expected)
    out.mkdir(parents=True, exist_ok=True)
    (out / "model.onnx").write_bytes(onnx)
    pq.write_table(pa.table(columns), out / "parity.parquet")
    return {
        "estimator": type(estimator).__name__,
        "sklearn": sklearn.__version__,
        "features": list(names),
        "trees": len(model.trees),
        "takesMissing": missing,
        "onnxSha256": hashlib.sha256(onnx).hexdigest(),
        "parityRows": len(parity.expected),
    }


def _feature_names(estimator: Any, rows: pa.Table) -> tuple[str, ...]:
    names = tuple(rows.column_names)
    fitted = getattr(estimator, "feature_names_in_", None)
    if fitted is not None and tuple(fitted) != names:
        raise UnsupportedModel(f"the rows name {', '.join(names)}; it was fitted on {', '.join(fitted)}")
    reserved = {"kind", "expected"} & set(names)
    if reserved or rows.num_rows == 0:
        raise UnsupportedModel("the rows are none, or a feature is named kind or expected")
    return names


def _column(rows: pa.Table, name: str) -> np.ndarray:
    column = rows.column(name)
    if not (pa.types.is_floating(column.type) or pa.types.is_integer(column.type)):
        raise UnsupportedModel(f"column {name} holds {column.type}, not numbers")
    with np.errstate(over="ignore"):
        values = column.cast(pa.float64()).to_numpy(zero_copy_only=False).astype(np.float32)
    if np.isinf(values).any():
        raise NonFiniteValues(f"column {name} holds an infinity, or a number beyond float32")
    return values


def main() -> int:
    """Convert what the command line names."""
    parser = argparse.ArgumentParser(prog="python -m contender_sidecar.convert_sklearn")
    parser.add_argument("model", type=Path)
    parser.add_argument("--rows", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    asked = parser.parse_args()
    try:
        answer: dict[str, object] = convert(joblib.load(asked.model), pq.read_table(asked.rows), asked.out)
    except TrainingFailure as refused:
        sys.stdout.write(json.dumps({"code": type(refused).__name__, "message": refused.message}) + "\n")
        return 1
    sys.stdout.write(json.dumps(answer) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
