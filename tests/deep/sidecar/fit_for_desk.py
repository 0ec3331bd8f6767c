"""Fits a gradient boosting of scikit-learn and says what it predicts: python fit_for_desk.py FOLDER FEATURE..."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import joblib
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from sklearn.ensemble import GradientBoostingRegressor

folder, *names = sys.argv[1:]
generator = np.random.default_rng(11)
rows = generator.normal(size=(3000, len(names))).astype(np.float32)
label = rows[:, 0] * rows[:, 1] + 0.3 * generator.normal(size=len(rows))
model = GradientBoostingRegressor(n_estimators=40, random_state=3).fit(rows, label)
joblib.dump(model, Path(folder) / "model.joblib")
pq.write_table(pa.table({name: rows[:, at] for at, name in enumerate(names)}), Path(folder) / "rows.parquet")
asked = rows[:50]
json.dump({"rows": asked.tolist(), "predictions": model.predict(asked).tolist()}, sys.stdout)
