"""Reads fitted scikit-learn regressors into plain trees, and refuses what a sum of trees cannot give bit for bit.

Read from the estimators themselves: skl2onnx 1.20 writes thresholds and leaves as float32, also for double inputs. The
library widens float32 rows to double where it compares, as the ONNX operator does, and adds the trees up in order, so
nothing is lost on the way.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.dummy import DummyRegressor
from sklearn.ensemble import (
    ExtraTreesRegressor,
    GradientBoostingRegressor,
    HistGradientBoostingRegressor,
    RandomForestRegressor,
)
from sklearn.tree import DecisionTreeRegressor

from contender_sidecar.failures import UnsupportedModel
from contender_sidecar.tree_model import Tree, TreeModel

if TYPE_CHECKING:
    from numpy.typing import NDArray

# Losses of histogram boosting whose prediction is the raw sum; the others pass it through exp.
IDENTITY_LOSSES = frozenset({"squared_error", "absolute_error", "quantile"})


def read_sklearn(estimator: Any, features: tuple[str, ...]) -> TreeModel:
    """Give the trees of a fitted regressor whose sum, in their order, is its prediction.

    Raises UnsupportedModel, naming the reason.
    """
    if getattr(estimator, "n_features_in_", None) != len(features):
        raise UnsupportedModel(
            f"it was fitted on {getattr(estimator, 'n_features_in_', 'no')} features, not {len(features)}"
        )
    if getattr(estimator, "n_outputs_", 1) != 1:
        raise UnsupportedModel("several outputs")
    return TreeModel(features=features, trees=tuple(_trees(estimator)))


def takes_missing(estimator: Any) -> bool:
    """Whether the library itself takes NaN for a missing value in this model."""
    return bool(estimator.__sklearn_tags__().input_tags.allow_nan)


def _trees(estimator: Any) -> list[Tree]:
    if isinstance(estimator, HistGradientBoostingRegressor):
        return _histogram(estimator)
    if isinstance(estimator, GradientBoostingRegressor):
        return _boosted(estimator)
    if isinstance(estimator, RandomForestRegressor | ExtraTreesRegressor):
        return _forest(estimator)
    if isinstance(estimator, DecisionTreeRegressor):
        return [_grown(estimator.tree_, 1.0)]
    raise UnsupportedModel(f"{type(estimator).__name__}: only regressors that add trees up are served")


def _boosted(estimator: GradientBoostingRegressor) -> list[Tree]:
    initial = estimator.init_
    if isinstance(initial, DummyRegressor):
        base = float(np.ravel(initial.constant_)[0])
    elif isinstance(initial, str) and initial == "zero":
        base = 0.0
    else:
        raise UnsupportedModel(f"it starts from the predictions of {type(initial).__name__}, not from a constant")
    stages = [_grown(stage.tree_, float(estimator.learning_rate)) for stage in estimator.estimators_.ravel()]
    return [_constant(base), *stages]


def _forest(estimator: RandomForestRegressor | ExtraTreesRegressor) -> list[Tree]:
    count = len(estimator.estimators_)
    # A mean is the sum of shares only where the division is exact, which for doubles is by powers of two.
    if count & (count - 1):
        raise UnsupportedModel(f"the mean of {count} trees is not exactly a sum; a power of two is (n_estimators=128)")
    return [_grown(each.tree_, 1.0 / count) for each in estimator.estimators_]


def _histogram(estimator: HistGradientBoostingRegressor) -> list[Tree]:
    if estimator.loss not in IDENTITY_LOSSES:
        raise UnsupportedModel(f"loss {estimator.loss!r}: its prediction is not the sum of the trees")
    trees = [_constant(float(np.ravel(estimator._baseline_prediction)[0]))]  # noqa: SLF001  nowhere public
    for stage in estimator._predictors:  # noqa: SLF001
        nodes = stage[0].nodes
        if np.any(nodes["is_categorical"]):
            raise UnsupportedModel("categorical splits")
        trees.append(
            _tree(
                is_leaf=nodes["is_leaf"].astype(np.bool_),
                children=(nodes["left"].astype(np.int64), nodes["right"].astype(np.int64)),
                feature=nodes["feature_idx"].astype(np.int64),
                threshold=nodes["num_threshold"].astype(np.float64),
                missing_left=nodes["missing_go_to_left"].astype(np.bool_),
                value=nodes["value"].astype(np.float64),
            )
        )
    return trees


def _grown(tree: Any, scale: float) -> Tree:
    left, right = np.asarray(tree.children_left), np.asarray(tree.children_right)
    return _tree(
        is_leaf=left < 0,
        children=(left.astype(np.int64), right.astype(np.int64)),
        feature=np.asarray(tree.feature, dtype=np.int64),
        threshold=np.asarray(tree.threshold, dtype=np.float64),
        missing_left=np.asarray(tree.missing_go_to_left).astype(np.bool_),
        value=scale * np.asarray(tree.value, dtype=np.float64)[:, 0, 0],
    )


def _tree(
    *,
    is_leaf: NDArray[np.bool_],
    children: tuple[NDArray[np.int64], NDArray[np.int64]],
    feature: NDArray[np.int64],
    threshold: NDArray[np.float64],
    missing_left: NDArray[np.bool_],
    value: NDArray[np.float64],
) -> Tree:
    """One numbering for splits and one for leaves, out of one for both. Node 0 is the root."""
    if not np.isfinite(value[is_leaf]).all():
        raise UnsupportedModel("a leaf that is not finite")
    splits = ~is_leaf
    if np.isnan(threshold[splits]).any():
        raise UnsupportedModel("a threshold that is NaN")
    place = np.where(is_leaf, ~(np.cumsum(is_leaf) - 1), np.cumsum(splits) - 1)
    left, right = (place[side[splits]] for side in children)
    return Tree(
        feature=feature[splits],
        threshold=threshold[splits],
        left=left,
        right=right,
        default_left=missing_left[splits],
        missing_is_nan=np.ones(int(splits.sum()), dtype=np.bool_),
        leaf=value[is_leaf],
    )


def _constant(value: float) -> Tree:
    none, no = np.empty(0, dtype=np.int64), np.empty(0, dtype=np.bool_)
    return Tree(none, np.empty(0, dtype=np.float64), none, none, no, no, np.array([value], dtype=np.float64))
