"""Reads a LightGBM text model into plain arrays, and refuses what the exact ONNX export cannot carry.

The text model is the persisted artifact, so it is read instead of `dump_model`, which rewrites an infinite threshold
to 1e300.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from contender_sidecar.failures import UnsupportedModel

if TYPE_CHECKING:
    from numpy.typing import NDArray

# Objectives that are served by the plain sum of the leaves. For `binary` the sum is the log-odds (learning_task.py).
# Others transform it in a way that matters (exp) or have several sums (softmax).
SUMMED_OBJECTIVES = frozenset(
    {"regression", "regression_l1", "huber", "fair", "quantile", "mape", "binary sigmoid:1", "lambdarank"}
)

CATEGORICAL_BIT = 1
DEFAULT_LEFT_BIT = 2
MISSING_NONE, MISSING_ZERO, MISSING_NAN = 0, 1, 2


@dataclass(frozen=True)
class Tree:
    """One regression tree.

    Split i sends a row to `left[i]` when its feature is at most `threshold[i]`. A child below zero is the leaf
    `~child`. A tree without splits has one leaf.
    """

    feature: NDArray[np.int64]
    threshold: NDArray[np.float64]
    left: NDArray[np.int64]
    right: NDArray[np.int64]
    default_left: NDArray[np.bool_]
    missing_is_nan: NDArray[np.bool_]
    leaf: NDArray[np.float64]


@dataclass(frozen=True)
class TreeModel:
    """A sum of regression trees over named features."""

    features: tuple[str, ...]
    trees: tuple[Tree, ...]


def parse_text_model(text: str) -> TreeModel:
    """Parse a LightGBM text model (format version v4).

    Raises UnsupportedModel, naming the reason, for anything other than a plain sum of numeric trees.
    """
    head, *blocks = text.split("\nTree=")
    header = _fields(head)
    _refuse_header(header, head)
    if blocks and "\nend of trees" in blocks[-1]:
        blocks[-1], trailer = blocks[-1].split("\nend of trees", 1)
        if "[zero_as_missing: 1]" in trailer:
            raise UnsupportedModel("zero_as_missing: a zero would be read as missing, which ONNX cannot express")
    trees = tuple(_tree(_fields(block)) for block in blocks)
    if not trees:
        raise UnsupportedModel("the model has no tree")
    features = tuple(header["feature_names"].split())
    if len(features) != int(header["max_feature_idx"]) + 1:
        raise UnsupportedModel("feature names are missing or hold white space")
    return TreeModel(features=features, trees=trees)


def _fields(block: str) -> dict[str, str]:
    pairs = (line.partition("=") for line in block.splitlines())
    return {key: value for key, separator, value in pairs if separator}


def _refuse_header(header: dict[str, str], head: str) -> None:
    if header.get("version") != "v4":
        raise UnsupportedModel(f"text model version {header.get('version')!r}; v4 is the one read here")
    if "average_output" in head.splitlines():
        raise UnsupportedModel("average_output: a random forest averages its trees")
    if header.get("num_class") != "1" or header.get("num_tree_per_iteration") != "1":
        raise UnsupportedModel(f"multiclass: {header.get('num_class')} classes")
    objective = header.get("objective", "none")
    if objective not in SUMMED_OBJECTIVES:
        raise UnsupportedModel(f"objective {objective!r}: its prediction is not the plain sum of the trees")


def _tree(fields: dict[str, str]) -> Tree:
    if fields.get("is_linear", "0") != "0":
        raise UnsupportedModel("linear_tree: leaves hold linear models")
    if fields.get("num_cat", "0") != "0":
        raise UnsupportedModel("categorical splits")
    leaf = _floats(fields["leaf_value"])
    if not np.isfinite(leaf).all():
        raise UnsupportedModel("a leaf that is not finite")
    if int(fields["num_leaves"]) == 1:
        none, no = np.empty(0, dtype=np.int64), np.empty(0, dtype=np.bool_)
        return Tree(none, np.empty(0, dtype=np.float64), none, none, no, no, leaf)
    decision = _integers(fields["decision_type"])
    if np.any(decision & CATEGORICAL_BIT):
        raise UnsupportedModel("categorical splits")
    missing = (decision >> 2) & 3
    if np.any(missing == MISSING_ZERO):
        raise UnsupportedModel("zero_as_missing: a zero would be read as missing, which ONNX cannot express")
    threshold = _floats(fields["threshold"])
    if np.isnan(threshold).any():
        raise UnsupportedModel("a threshold that is NaN")
    return Tree(
        feature=_integers(fields["split_feature"]),
        threshold=threshold,
        left=_integers(fields["left_child"]),
        right=_integers(fields["right_child"]),
        default_left=(decision & DEFAULT_LEFT_BIT) != 0,
        missing_is_nan=missing == MISSING_NAN,
        leaf=leaf,
    )


def _floats(text: str) -> NDArray[np.float64]:
    # float() rounds correctly, so LightGBM's 17 digits give back the very double.
    return np.array([float(word) for word in text.split()], dtype=np.float64)


def _integers(text: str) -> NDArray[np.int64]:
    return np.array([int(word) for word in text.split()], dtype=np.int64)
