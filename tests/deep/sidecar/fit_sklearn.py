"""Fits one scikit-learn regressor per supported class and stores it with its rows: python fit_sklearn.py FOLDER."""

from __future__ import annotations

import sys
from pathlib import Path

import joblib
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from sklearn.ensemble import (
    ExtraTreesRegressor,
    GradientBoostingRegressor,
    HistGradientBoostingRegressor,
    RandomForestRegressor,
)
from sklearn.linear_model import Ridge

NAMES = ["momentum", "reversal", "volatility", "turnover"]
folder = Path(sys.argv[1])
generator = np.random.default_rng(5)
rows = generator.normal(size=(4000, len(NAMES))).astype(np.float32)
label = np.where(rows[:, 0] > 0, rows[:, 1], -rows[:, 2]) + 0.5 * generator.normal(size=len(rows))
gaps = rows.copy()
gaps[generator.random(rows.shape) < 0.1] = np.nan
models = {
    "boosted": (GradientBoostingRegressor(n_estimators=60, random_state=1), rows),
    "histogram": (HistGradientBoostingRegressor(max_iter=60, random_state=1), gaps),
    "forest": (RandomForestRegressor(n_estimators=32, max_depth=8, random_state=1), gaps),
    "extra": (ExtraTreesRegressor(n_estimators=16, max_depth=8, random_state=1), rows),
    "linear": (Ridge(), rows),
}
for name, (model, matrix) in models.items():
    joblib.dump(model.fit(matrix, label), folder / f"{name}.joblib")
    pq.write_table(pa.table({each: matrix[:, at] for at, each in enumerate(NAMES)}), folder / f"{name}.parquet")
