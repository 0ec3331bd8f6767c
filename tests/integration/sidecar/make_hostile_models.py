"""Trains hostile LightGBM models, exports them with the sidecar's exporter and writes rows with native predictions.

Usage: python make_hostile_models.py OUT_DIR. Per model: NAME.onnx; NAME.features.f32 (row-major little-endian
float32) and NAME.expected.f64; models.json names them with their shape.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import lightgbm as lgb
import numpy as np

sys.path.insert(0, str(Path(__file__).parents[3] / "sidecar"))

from contender_sidecar.onnx_export import export_onnx
from contender_sidecar.parity_set import build_parity_set, critical_values
from contender_sidecar.tree_model import parse_text_model

ROWS = 6000


def matrices(rng: np.random.Generator) -> dict[str, np.ndarray]:
    normal = rng.normal(size=(ROWS, 12)).astype(np.float32)
    nan_heavy = normal.copy()
    nan_heavy[rng.random(normal.shape) < 0.4] = np.nan
    nan_heavy[:, 3] = np.where(rng.random(ROWS) < 0.5, np.nan, np.float32(1))  # only NaN separates
    integers = rng.integers(-3, 4, size=(ROWS, 12)).astype(np.float32)
    near_zero = (rng.normal(size=(ROWS, 12)) * 10.0 ** rng.integers(-37, -33, size=(ROWS, 12))).astype(np.float32)
    near_zero[rng.random(near_zero.shape) < 0.1] = 0
    near_zero[rng.random(near_zero.shape) < 0.1] = np.float32(-1e-35)
    near_zero[rng.random(near_zero.shape) < 0.1] = np.float32(1e-35)
    huge = (rng.normal(size=(ROWS, 12)) * 10.0 ** rng.integers(-8, 38, size=(ROWS, 12))).astype(np.float32)
    huge = np.clip(huge, np.finfo(np.float32).min, np.finfo(np.float32).max)
    adjacent = np.float32(1) + rng.integers(0, 40, size=(ROWS, 12)).astype(np.float32) * np.finfo(np.float32).eps
    mixed = np.concatenate([normal[:, :3], integers[:, :3], near_zero[:, :3], huge[:, :3]], axis=1)
    mixed[rng.random(mixed.shape) < 0.02] = np.nan
    return {
        "normal": normal,
        "nan-heavy": nan_heavy,
        "integers": integers,
        "near-zero": near_zero,
        "huge": huge,
        "adjacent-floats": adjacent.astype(np.float32),
        "mixed": mixed,
    }


def label(x: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    ranks = np.argsort(np.argsort(np.nan_to_num(x, nan=-1.0), axis=0), axis=0) / len(x)
    signal = ranks[:, 0] - ranks[:, 1] * (ranks[:, 2] > 0.5) + 0.5 * np.isnan(x[:, 3])
    return signal + 0.3 * rng.normal(size=len(x))


def booster(x: np.ndarray, rng: np.random.Generator, **params: object) -> lgb.Booster:
    fixed = {"verbose": -1, "num_threads": 1, "deterministic": True, "force_col_wise": True, "seed": 5}
    chosen = {"objective": "regression", "num_leaves": 63, "min_data_in_leaf": 5, "min_data_in_bin": 1} | params
    rounds = int(chosen.pop("rounds", 120))
    return lgb.train(fixed | chosen, lgb.Dataset(x, label=label(x, rng)), num_boost_round=rounds)


def hostile_rows(text: str, x: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Rows whose every cell is a critical value of its feature, so that all splits of a path are contested at once."""
    model = parse_text_model(text)
    columns = []
    for feature in range(len(model.features)):
        values = critical_values(model, feature)
        pool = values if len(values) else x[:, feature]
        columns.append(rng.choice(pool, size=8000))
    rows = np.stack(columns, axis=1).astype(np.float32)
    rows[rng.random(rows.shape) < 0.05] = np.nan
    return rows


def write(out: Path, name: str, trained: lgb.Booster, x: np.ndarray, rng: np.random.Generator) -> dict[str, object]:
    text = trained.model_to_string()
    native = lgb.Booster(model_str=text)

    def predict(rows: np.ndarray) -> np.ndarray:
        return np.asarray(native.predict(rows, num_threads=1), dtype=np.float64)

    parity = build_parity_set(parse_text_model(text), x, predict, seed=3)
    hostile = hostile_rows(text, x, rng)
    features = np.concatenate([parity.matrix, hostile])
    expected = np.concatenate([parity.expected, predict(hostile)])
    (out / f"{name}.onnx").write_bytes(export_onnx(text))
    (out / f"{name}.features.f32").write_bytes(features.astype("<f4").tobytes())
    (out / f"{name}.expected.f64").write_bytes(expected.astype("<f8").tobytes())
    return {"name": name, "rows": len(features), "features": x.shape[1], "trees": native.num_trees()}


def main() -> None:
    out = Path(sys.argv[1])
    rng = np.random.default_rng(11)
    made: list[dict[str, object]] = []
    data = matrices(rng)
    for name, x in data.items():
        made.append(write(out, name, booster(x, rng), x, rng))
    mixed = data["mixed"]
    for objective in ("regression_l1", "huber", "quantile"):
        made.append(write(out, objective, booster(mixed, rng, objective=objective, rounds=30), mixed, rng))
    made.append(write(out, "use-missing-false", booster(mixed, rng, use_missing=False), mixed, rng))
    made.append(write(out, "no-split", booster(mixed, rng, min_data_in_leaf=ROWS, rounds=2), mixed, rng))
    made.append(write(out, "trained-without-nan", booster(data["normal"], rng, rounds=20), mixed, rng))
    subsampled = booster(mixed, rng, bagging_fraction=0.7, bagging_freq=1, feature_fraction=0.6, max_bin=1023)
    made.append(write(out, "subsampled", subsampled, mixed, rng))
    (out / "models.json").write_text(json.dumps(made))


if __name__ == "__main__":
    main()
