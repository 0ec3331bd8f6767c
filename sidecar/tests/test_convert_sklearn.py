"""scikit-learn models as sums of trees. Left out where the extra requirements-sklearn.lock is not installed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

pytest.importorskip("sklearn", reason="the extra requirements-sklearn.lock is not installed")

import pyarrow as pa
from sklearn.ensemble import (
    ExtraTreesRegressor,
    GradientBoostingClassifier,
    GradientBoostingRegressor,
    HistGradientBoostingRegressor,
    RandomForestRegressor,
)
from sklearn.linear_model import Ridge
from sklearn.tree import DecisionTreeRegressor

from contender_sidecar.convert_sklearn import convert
from contender_sidecar.failures import NonFiniteValues, UnsupportedModel
from contender_sidecar.sklearn_trees import read_sklearn

if TYPE_CHECKING:
    from pathlib import Path

    from contender_sidecar.tree_model import Tree

NAMES = ("momentum", "reversal", "volatility")
RNG = np.random.default_rng(11)
X = RNG.normal(size=(600, 3)).astype(np.float32)
Y = np.where(X[:, 0] > 0, X[:, 1], -X[:, 2]) + 0.1 * RNG.normal(size=600)
GAPS = X.copy()
GAPS[RNG.random(X.shape) < 0.2] = np.nan


def walked(tree: Tree, row: Any) -> float:
    """The leaf of one row by the definition of a tree: a second route to the library's prediction."""
    node = 0 if len(tree.feature) else -1
    while node >= 0:
        value = float(row[tree.feature[node]])
        goes_left = bool(tree.default_left[node]) if np.isnan(value) else value <= tree.threshold[node]
        node = int(tree.left[node] if goes_left else tree.right[node])
    return float(tree.leaf[~node])


CASES = [
    (DecisionTreeRegressor(max_depth=5, random_state=1), X),
    (GradientBoostingRegressor(n_estimators=20, random_state=1), X),
    (GradientBoostingRegressor(n_estimators=5, init="zero", loss="huber", random_state=1), X),
    (HistGradientBoostingRegressor(max_iter=20, random_state=1), GAPS),
    (HistGradientBoostingRegressor(max_iter=5, loss="absolute_error", random_state=1), X),
    (RandomForestRegressor(n_estimators=16, max_depth=6, random_state=1), GAPS),
    (ExtraTreesRegressor(n_estimators=8, max_depth=6, random_state=1), X),
]


@pytest.mark.parametrize(("estimator", "rows"), CASES, ids=lambda case: type(case).__name__)
def test_the_sum_of_the_trees_is_the_prediction_bit_for_bit(estimator: Any, rows: Any) -> None:
    estimator.fit(rows, Y)
    trees = read_sklearn(estimator, NAMES).trees
    expected = estimator.predict(rows[:200])
    for row, predicted in zip(rows[:200], expected, strict=True):
        total = 0.0
        for tree in trees:
            total += walked(tree, row)
        assert total == predicted


REFUSED = [
    (RandomForestRegressor(n_estimators=10), "power of two"),
    (HistGradientBoostingRegressor(loss="poisson", max_iter=2), "poisson"),
    (GradientBoostingRegressor(init=Ridge(), n_estimators=2), "Ridge"),
    (Ridge(), "Ridge"),
]


@pytest.mark.parametrize(("estimator", "reason"), REFUSED, ids=lambda case: str(case)[:30])
def test_what_no_sum_of_trees_gives_is_refused_by_name(estimator: Any, reason: str) -> None:
    estimator.fit(X, np.abs(Y))
    with pytest.raises(UnsupportedModel, match=reason):
        read_sklearn(estimator, NAMES)


def test_classifiers_several_outputs_and_other_features_are_refused() -> None:
    with pytest.raises(UnsupportedModel, match="Classifier"):
        read_sklearn(GradientBoostingClassifier(n_estimators=2).fit(X, Y > 0), NAMES)
    with pytest.raises(UnsupportedModel, match="several outputs"):
        read_sklearn(DecisionTreeRegressor(max_depth=2).fit(X, np.column_stack([Y, Y])), NAMES)
    with pytest.raises(UnsupportedModel, match="3 features, not 2"):
        read_sklearn(DecisionTreeRegressor(max_depth=2).fit(X, Y), NAMES[:2])


def test_rows_are_checked_before_anything_is_written(tmp_path: Path) -> None:
    estimator = GradientBoostingRegressor(n_estimators=2).fit(X, Y)
    table = pa.table({name: X[:, at] for at, name in enumerate(NAMES)})
    gaps = pa.table({name: GAPS[:, at] for at, name in enumerate(NAMES)})
    with pytest.raises(NonFiniteValues, match="lack values"):
        convert(estimator, gaps, tmp_path / "a")
    with pytest.raises(UnsupportedModel, match="not numbers"):
        convert(estimator, table.set_column(0, "momentum", pa.array(["x"] * len(X))), tmp_path / "b")
    with pytest.raises(NonFiniteValues, match="infinity"):
        convert(estimator, table.set_column(0, "momentum", pa.array(np.full(len(X), 1e300))), tmp_path / "c")
    assert list(tmp_path.iterdir()) == []
    first = convert(estimator, table, tmp_path / "d")
    again = convert(estimator, table, tmp_path / "e")
    assert first == again
    assert (tmp_path / "d/model.onnx").read_bytes() == (tmp_path / "e/model.onnx").read_bytes()
