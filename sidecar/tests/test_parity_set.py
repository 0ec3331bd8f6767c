"""The rows that prove an export."""

from __future__ import annotations

import lightgbm as lgb
import numpy as np

from contender_sidecar.parity_set import KINDS, build_parity_set, critical_values
from contender_sidecar.tree_model import parse_text_model

RNG = np.random.default_rng(8)
X = RNG.normal(size=(500, 3)).astype(np.float32)
BOOSTER = lgb.train(
    {"objective": "regression", "verbosity": -1, "num_threads": 1, "deterministic": True},
    lgb.Dataset(X, label=X[:, 0] * X[:, 1], params={"verbosity": -1}),
    5,
)
MODEL = parse_text_model(BOOSTER.model_to_string())


def predict(matrix: np.ndarray) -> np.ndarray:
    return np.asarray(BOOSTER.predict(matrix), dtype=np.float64)


def test_every_threshold_stands_in_the_set_with_both_float32_neighbours() -> None:
    parity = build_parity_set(MODEL, X, predict, seed=1)
    rows = parity.matrix[parity.kind == KINDS.index("threshold")]
    for tree in MODEL.trees:
        for feature, threshold in zip(tree.feature, tree.threshold, strict=True):
            at = np.float32(threshold)
            below, above = np.nextafter(at, np.float32(-np.inf)), np.nextafter(at, np.float32(np.inf))
            assert {at, below, above} <= set(rows[:, feature])
            # The threshold is a double: some of the three lie on each side of it.
            assert float(below) <= threshold < float(above)


def test_the_other_features_of_a_threshold_row_come_from_one_real_row() -> None:
    parity = build_parity_set(MODEL, X, predict, seed=1)
    rows = parity.matrix[parity.kind == KINDS.index("threshold")]
    matches = (rows[:, None, :] == X[None, :, :]).sum(axis=2).max(axis=1)
    assert matches.min() >= 2


def test_recent_rows_come_first_and_masked_rows_last() -> None:
    parity = build_parity_set(MODEL, X, predict, seed=1)
    np.testing.assert_array_equal(parity.matrix[parity.kind == 0], X)
    masked = parity.matrix[parity.kind == KINDS.index("nan")]
    assert 0.2 < np.isnan(masked).mean() < 0.4
    assert np.isfinite(parity.expected).all()


def test_the_same_seed_gives_the_same_set_and_another_seed_another() -> None:
    first, second, other = (build_parity_set(MODEL, X, predict, seed=seed) for seed in (1, 1, 2))
    assert first.matrix.tobytes() == second.matrix.tobytes()
    assert first.matrix.tobytes() != other.matrix.tobytes()


def test_a_feature_without_splits_has_no_critical_values() -> None:
    unused = [feature for feature in range(3) if not any((tree.feature == feature).any() for tree in MODEL.trees)]
    text = BOOSTER.model_to_string()
    assert all(len(critical_values(parse_text_model(text), feature)) == 0 for feature in unused)
    assert len(critical_values(MODEL, 0)) > 3
