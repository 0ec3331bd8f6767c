"""Makes the small models and their parity set that the serving tests load.

Run from the repository root:  .venv/bin/python tests/unit/serving/data/make_models.py
An exporter of its own, apart from the sidecar's: parity is then checked against a second route.
Writes tree-{a,b,c}.onnx (ai.onnx.ml 5 TreeEnsemble, float64), tree-a.parity.parquet and tree-b.parity.parquet.
"""

from __future__ import annotations

from pathlib import Path

import lightgbm as lgb
import numpy as np
import onnx
import pyarrow as pa
import pyarrow.parquet as pq
from onnx import TensorProto, helper, numpy_helper

HERE = Path(__file__).parent
FEATURES = ["momentum_20", "reversal_5", "volatility_20", "turnover_20", "gap_1", "age_sessions"]
ZERO_BOUND = np.float32(1e-35)  # LightGBM reads |x| <= 1e-35 as zero before it routes


def train(seed: int) -> lgb.Booster:
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(3000, len(FEATURES))).astype(np.float32)
    x[:, 5] = rng.integers(0, 40, size=len(x))
    x[:, 3] = np.round(x[:, 3], 1)
    x[rng.random(x.shape) < 0.05] = np.nan
    filled = np.nan_to_num(x)
    y = 0.4 * filled[:, 0] - 0.2 * filled[:, 1] * (filled[:, 2] > 0) + 0.1 * rng.normal(size=len(x))
    params = {
        "objective": "regression",
        "num_leaves": 7,
        "learning_rate": 0.2,
        "seed": seed,
        "deterministic": True,
        "num_threads": 1,
        "verbose": -1,
    }
    return lgb.train(params, lgb.Dataset(x, label=y, feature_name=FEATURES), num_boost_round=20)


def nudged(threshold: float) -> float:
    if threshold >= 1e300:
        return float("inf")
    if np.float32(threshold) == -ZERO_BOUND:
        return float(np.nextafter(-ZERO_BOUND, np.float32(-np.inf)))
    return threshold


def export(booster: lgb.Booster) -> onnx.ModelProto:
    nodes: list[tuple[int, float, int, int, int, int, int]] = []
    leaves: list[float] = []
    roots: list[int] = []

    def leaf(value: float) -> int:
        leaves.append(value)
        return len(leaves) - 1

    def child(tree: dict) -> tuple[int, int]:
        return (leaf(tree["leaf_value"]), 1) if "leaf_value" in tree else (visit(tree), 0)

    def visit(tree: dict) -> int:
        at = len(nodes)
        nodes.append((0, 0.0, 0, 0, 0, 0, 0))
        true_id, true_leaf = child(tree["left_child"])
        false_id, false_leaf = child(tree["right_child"])
        tracks_true = int(tree["default_left"]) if tree["missing_type"] == "NaN" else int(0.0 <= tree["threshold"])
        nodes[at] = (
            tree["split_feature"],
            nudged(tree["threshold"]),
            tracks_true,
            true_id,
            true_leaf,
            false_id,
            false_leaf,
        )
        return at

    for info in booster.dump_model()["tree_info"]:
        roots.append(visit(info["tree_structure"]))

    def column(index: int) -> list[int]:
        return [int(node[index]) for node in nodes]

    ensemble = helper.make_node(
        "TreeEnsemble",
        ["features_double"],
        ["prediction"],
        domain="ai.onnx.ml",
        n_targets=1,
        tree_roots=roots,
        nodes_featureids=column(0),
        nodes_splits=numpy_helper.from_array(np.array([n[1] for n in nodes], dtype=np.float64)),
        nodes_modes=numpy_helper.from_array(np.zeros(len(nodes), dtype=np.uint8)),
        nodes_missing_value_tracks_true=column(2),
        nodes_truenodeids=column(3),
        nodes_trueleafs=column(4),
        nodes_falsenodeids=column(5),
        nodes_falseleafs=column(6),
        leaf_targetids=[0] * len(leaves),
        leaf_weights=numpy_helper.from_array(np.array(leaves, dtype=np.float64)),
    )
    cast = helper.make_node("Cast", ["features"], ["features_double"], to=TensorProto.DOUBLE)
    graph = helper.make_graph(
        [cast, ensemble],
        "tree",
        [helper.make_tensor_value_info("features", TensorProto.FLOAT, ["n", len(FEATURES)])],
        [helper.make_tensor_value_info("prediction", TensorProto.DOUBLE, ["n", 1])],
    )
    opsets = [helper.make_opsetid("", 18), helper.make_opsetid("ai.onnx.ml", 5)]
    return helper.make_model(graph, opset_imports=opsets, ir_version=10)


def parity(booster: lgb.Booster, seed: int) -> pa.Table:
    rng = np.random.default_rng(seed)
    recent = rng.normal(size=(300, len(FEATURES))).astype(np.float32)
    recent[:, 5] = rng.integers(0, 40, size=len(recent))
    rows, kinds = [*recent], ["recent"] * len(recent)

    def splits(tree: dict) -> list[tuple[int, float]]:
        if "leaf_value" in tree:
            return []
        here = [(tree["split_feature"], tree["threshold"])]
        return here + splits(tree["left_child"]) + splits(tree["right_child"])

    for info in booster.dump_model()["tree_info"]:
        for feature, threshold in splits(info["tree_structure"]):
            at = np.float32(min(threshold, 3e38))
            for value in (at, np.nextafter(at, np.float32(np.inf)), np.nextafter(at, np.float32(-np.inf))):
                row = recent[rng.integers(len(recent))].copy()
                row[feature] = value
                rows.append(row)
                kinds.append("threshold")
    for row in recent[:200]:
        masked = row.copy()
        masked[rng.random(len(FEATURES)) < 0.4] = np.nan
        rows.append(masked)
        kinds.append("nan")
    matrix = np.array(rows, dtype=np.float32)
    columns: dict[str, object] = {"kind": kinds}
    columns |= {name: pa.array(matrix[:, i], type=pa.float32()) for i, name in enumerate(FEATURES)}
    columns["expected"] = pa.array(booster.predict(matrix.astype(np.float64)), type=pa.float64())
    return pa.table(columns)


def main() -> None:
    for seed, name in enumerate("abc", start=1):
        booster = train(seed)
        (HERE / f"tree-{name}.onnx").write_bytes(export(booster).SerializeToString(deterministic=True))
        if name != "c":
            pq.write_table(parity(booster, seed), HERE / f"tree-{name}.parity.parquet", compression="zstd")


if __name__ == "__main__":
    main()
