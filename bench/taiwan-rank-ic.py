"""Rank IC of an untuned LightGBM on a snapshot: 200 trees, 31 leaves, rate .05, trained on all years before the tested one,
seven sessions of embargo. Prints JSON. Argument: the snapshot's rows.parquet."""

import json
import sys

import lightgbm
import numpy as np
import pyarrow.parquet as parquet

EMBARGO = 7
# The label reaches six sessions ahead: entry after one, held for five.
REACH = 6

table = parquet.read_table(sys.argv[1])
names = [n for n in table.column_names if n not in ("symbol", "session", "session_index", "label")]
features = np.column_stack([table[n].to_numpy(zero_copy_only=False) for n in names]).astype(np.float32)
label = table["label"].to_numpy(zero_copy_only=False).astype(np.float64)
position = table["session_index"].to_numpy()
year = np.array([day.year for day in table["session"].to_pylist()])


def ranks(values: np.ndarray) -> np.ndarray:
    """Mean ranks, ties shared."""
    order = np.argsort(values, kind="stable")
    result = np.empty(len(values))
    result[order] = np.arange(len(values))
    _, inverse, counts = np.unique(values, return_inverse=True, return_counts=True)
    return (np.bincount(inverse, weights=result) / counts)[inverse]


by_year: dict[str, float] = {}
all_ics: list[float] = []
for tested in sorted(set(year))[1:]:
    test = (year == tested) & ~np.isnan(label)
    if not test.any() or (year < tested).sum() < 50_000:
        continue
    begin = position[test].min()
    train = (position < begin - REACH - EMBARGO) & ~np.isnan(label)
    model = lightgbm.train(
        {"objective": "regression", "num_leaves": 31, "learning_rate": 0.05, "num_threads": 2, "seed": 7, "verbose": -1},
        lightgbm.Dataset(features[train], label[train]),
        num_boost_round=200,
    )
    predicted = np.asarray(model.predict(features[test]))
    daily = []
    for session in np.unique(position[test]):
        rows = position[test] == session
        daily.append(float(np.corrcoef(ranks(predicted[rows]), ranks(label[test][rows]))[0, 1]))
    by_year[str(tested)] = float(np.mean(daily))
    all_ics += daily
print(json.dumps({"mean": float(np.mean(all_ics)), "sessions": len(all_ics), "byYear": by_year}))
