"""Exports a sum of regression trees to ONNX so that the runtime's doubles equal LightGBM's, bit for bit.

ai.onnx.ml version 5 `TreeEnsemble` with double thresholds and leaves; the float32 input is cast to double, exactly as
LightGBM's predictor widens it. Older exports round thresholds to float32, which sends a row that sits on a threshold
down the other branch.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from onnx import TensorProto, checker, helper, numpy_helper

from contender_sidecar.failures import UnsupportedModel
from contender_sidecar.tree_model import parse_text_model

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from contender_sidecar.tree_model import Tree, TreeModel

# LightGBM's predictor reads |x| <= 1e-35f as zero before it routes (kZeroThreshold in its meta.h).
ZERO_BOUND = np.float32(1e-35)
BELOW_ZERO_BOUND = np.nextafter(-ZERO_BOUND, np.float32(-np.inf))
# What LightGBM prints for an infinite threshold in places; a finite float32 cannot tell them apart.
PRINTED_INFINITY = 1e300
BRANCH_LEQ = 0
IR_VERSION = 10
OPSET, ML_OPSET = 18, 5


def export_onnx(model_text: str) -> bytes:
    """Turn a LightGBM text model into ONNX bytes.

    Input `features`: float32 [n, features]; NaN is a missing value. Output `prediction`: double [n, 1].
    The same text gives the same bytes. Raises UnsupportedModel for what cannot be carried exactly.
    """
    return assemble(parse_text_model(model_text), routed_thresholds)


def assemble(model: TreeModel, route: Callable[[NDArray[np.float64]], NDArray[np.float64]]) -> bytes:
    """Write a sum of trees as an ONNX file. `route` gives the thresholds for which `x <= t` routes as the library does.

    The same trees give the same bytes. Raises UnsupportedModel.
    """
    nodes = _flatten(model, route)
    ensemble = helper.make_node(
        "TreeEnsemble",
        ["features_double"],
        ["prediction"],
        name="trees",
        domain="ai.onnx.ml",
        n_targets=1,
        aggregate_function=1,  # SUM
        post_transform=0,  # NONE
        tree_roots=nodes.roots,
        nodes_featureids=nodes.feature,
        nodes_modes=numpy_helper.from_array(np.full(len(nodes.feature), BRANCH_LEQ, dtype=np.uint8)),
        nodes_splits=numpy_helper.from_array(np.array(nodes.split, dtype=np.float64)),
        nodes_missing_value_tracks_true=nodes.missing_tracks_true,
        nodes_truenodeids=nodes.true_id,
        nodes_trueleafs=nodes.true_is_leaf,
        nodes_falsenodeids=nodes.false_id,
        nodes_falseleafs=nodes.false_is_leaf,
        leaf_targetids=[0] * len(nodes.leaf),
        leaf_weights=numpy_helper.from_array(np.array(nodes.leaf, dtype=np.float64)),
    )
    widen = helper.make_node("Cast", ["features"], ["features_double"], name="widen", to=TensorProto.DOUBLE)
    graph = helper.make_graph(
        [widen, ensemble],
        "contender",
        [helper.make_tensor_value_info("features", TensorProto.FLOAT, ["rows", len(model.features)])],
        [helper.make_tensor_value_info("prediction", TensorProto.DOUBLE, ["rows", 1])],
    )
    proto = helper.make_model(
        graph,
        opset_imports=[helper.make_opsetid("", OPSET), helper.make_opsetid("ai.onnx.ml", ML_OPSET)],
        ir_version=IR_VERSION,
        producer_name="contender",
    )
    checker.check_model(proto)  # pyright: ignore[reportUnknownMemberType]  its path parameter is untyped
    return proto.SerializeToString(deterministic=True)


def routed_thresholds(threshold: NDArray[np.float64]) -> NDArray[np.float64]:
    """Move thresholds so that `x <= t` routes every finite float32 x as LightGBM does.

    LightGBM replaces |x| <= Z (Z = 1e-35f) by zero first. For t in [0, Z) it therefore goes left up to and including
    Z; for t in [-Z, 0) it goes left only strictly below -Z. Elsewhere the replacement changes nothing.
    """
    zero = float(ZERO_BOUND)
    moved = np.where((threshold >= 0) & (threshold < zero), zero, threshold)
    moved = np.where((threshold >= -zero) & (threshold < 0), float(BELOW_ZERO_BOUND), moved)
    return np.where(threshold >= PRINTED_INFINITY, np.inf, moved)


@dataclass
class _Nodes:
    """The attribute lists of TreeEnsemble: splits of all trees in one list, leaves in another."""

    roots: list[int] = field(default_factory=list[int])
    feature: list[int] = field(default_factory=list[int])
    split: list[float] = field(default_factory=list[float])
    missing_tracks_true: list[int] = field(default_factory=list[int])
    true_id: list[int] = field(default_factory=list[int])
    true_is_leaf: list[int] = field(default_factory=list[int])
    false_id: list[int] = field(default_factory=list[int])
    false_is_leaf: list[int] = field(default_factory=list[int])
    leaf: list[float] = field(default_factory=list[float])

    def add(self, tree: Tree, route: Callable[[NDArray[np.float64]], NDArray[np.float64]]) -> None:
        node_offset, leaf_offset = len(self.feature), len(self.leaf)
        self.roots.append(node_offset)
        self.leaf.extend(tree.leaf.tolist())
        if len(tree.feature) == 0:
            self._add_constant(leaf_offset)
            return
        self.feature.extend(tree.feature.tolist())
        self.split.extend(route(tree.threshold).tolist())
        # Without a NaN bin LightGBM replaces NaN by zero, so NaN goes where zero goes.
        tracks_true = np.where(tree.missing_is_nan, tree.default_left, tree.threshold >= 0)
        self.missing_tracks_true.extend(tracks_true.astype(np.int64).tolist())
        for child, ids, leafs in (
            (tree.left, self.true_id, self.true_is_leaf),
            (tree.right, self.false_id, self.false_is_leaf),
        ):
            is_leaf = child < 0
            ids.extend(np.where(is_leaf, leaf_offset + ~child, node_offset + child).tolist())
            leafs.extend(is_leaf.astype(np.int64).tolist())

    def _add_constant(self, leaf: int) -> None:
        # A tree without splits still needs a root: both branches of a split lead to the one leaf.
        self.feature.append(0)
        self.split.append(0.0)
        self.missing_tracks_true.append(1)
        self.true_id.append(leaf)
        self.true_is_leaf.append(1)
        self.false_id.append(leaf)
        self.false_is_leaf.append(1)


def _flatten(model: TreeModel, route: Callable[[NDArray[np.float64]], NDArray[np.float64]]) -> _Nodes:
    nodes = _Nodes()
    for tree in model.trees:
        if np.any(tree.feature >= len(model.features)):
            raise UnsupportedModel("a split on a feature that has no name")
        nodes.add(tree, route)
    return nodes
