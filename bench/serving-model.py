"""Writes the model of the serving bench: 500 trees of 63 leaves over 42 features, by the sidecar's own exporter.

Usage, from the repository root: PYTHONPATH=sidecar .venv/bin/python bench/serving-model.py OUT.onnx
"""

from __future__ import annotations

import sys
from pathlib import Path

import lightgbm as lgb
import numpy as np
from contender_sidecar.onnx_export import export_onnx

ROWS, FEATURES, TREES, LEAVES = 40_000, 42, 500, 63


def main(out: Path) -> None:
    rng = np.random.default_rng(1)
    x = rng.normal(size=(ROWS, FEATURES)).astype(np.float32)
    x[rng.random(x.shape) < 0.01] = np.nan
    known = np.nan_to_num(x)
    y = known[:, 0] * known[:, 1] + np.sin(known[:, 2]) + 0.3 * rng.normal(size=ROWS)
    params = {"objective": "regression", "num_leaves": LEAVES, "verbose": -1, "num_threads": 1, "seed": 1}
    booster = lgb.train(params | {"learning_rate": 0.05}, lgb.Dataset(x, label=y), TREES)
    out.write_bytes(export_onnx(booster.model_to_string()))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
