"""The exact ONNX export. Its bits are compared with the serving runtime in tests/integration/sidecar/parity.test.ts."""

from __future__ import annotations

from typing import Any

import lightgbm as lgb
import numpy as np
import onnx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from contender_sidecar.failures import UnsupportedModel
from contender_sidecar.onnx_export import ZERO_BOUND, export_onnx, routed_thresholds
from contender_sidecar.tree_model import parse_text_model

Floats = NDArray[np.floating[Any]]
RNG = np.random.default_rng(4)
X = RNG.normal(size=(400, 3)).astype(np.float32)
Y = X[:, 0] + 0.1 * RNG.normal(size=400)
BASE: dict[str, object] = {"verbosity": -1, "num_threads": 1, "deterministic": True, "num_leaves": 5}


def text_model(
    y: Floats = Y, *, x: Floats = X, rounds: int = 3, categories: list[int] | None = None, **params: object
) -> str:
    settled = BASE | {"objective": "regression"} | params
    data = lgb.Dataset(x, label=y, categorical_feature=categories or [], params={"verbosity": -1})
    return lgb.train(settled, data, rounds).model_to_string()


STUMP = text_model(rounds=1, num_leaves=2)
STUMP_THRESHOLD = next(line for line in STUMP.splitlines() if line.startswith("threshold="))
STUMP_DECISION = next(line for line in STUMP.splitlines() if line.startswith("decision_type="))
FEATURE = int(next(line for line in STUMP.splitlines() if line.startswith("split_feature=")).split("=")[1])

ZERO = float(ZERO_BOUND)
near_zero = st.sampled_from([0.0, -0.0, ZERO, -ZERO, ZERO / 2, -ZERO / 2, ZERO * 1.0000001, -ZERO * 1.0000001, 5e-324])
thresholds = st.one_of(near_zero, st.floats(min_value=-3e38, max_value=3e38))


@settings(max_examples=300, deadline=None)
@given(threshold=thresholds, other=st.floats(width=32, allow_nan=False, allow_infinity=False))
def test_a_moved_threshold_routes_every_float32_as_lightgbm_routes_it(threshold: float, other: float) -> None:
    # A model of one split whose threshold is set by hand; LightGBM itself says which leaf a value reaches.
    model = STUMP.replace(STUMP_THRESHOLD, f"threshold={threshold!r}").replace(STUMP_DECISION, "decision_type=0")
    native = lgb.Booster(model_str=model)
    at = np.float32(threshold)
    values = np.array([at, np.nextafter(at, np.float32(np.inf)), np.nextafter(at, np.float32(-np.inf)), 0.0, -0.0,
                       ZERO, -ZERO, np.nextafter(ZERO_BOUND, np.float32(1)), np.nextafter(-ZERO_BOUND, np.float32(-1)),
                       other], dtype=np.float32)  # fmt: skip
    values = values[np.isfinite(values)]
    rows = np.zeros((len(values), 3), dtype=np.float32)
    rows[:, FEATURE] = values
    leaf = np.asarray(native.predict(rows, pred_leaf=True)).ravel()
    moved = routed_thresholds(np.array([threshold]))[0]
    np.testing.assert_array_equal(leaf == 0, values.astype(np.float64) <= moved)


def test_a_printed_infinity_becomes_an_infinite_split() -> None:
    assert routed_thresholds(np.array([1e300, np.inf]))[0] == np.inf


def test_the_same_text_gives_the_same_bytes() -> None:
    text = text_model()
    assert export_onnx(text) == export_onnx(text)


def test_the_file_holds_two_known_operators_and_no_external_data() -> None:
    proto = onnx.load_model_from_string(export_onnx(text_model()))
    assert [(node.domain, node.op_type) for node in proto.graph.node] == [("", "Cast"), ("ai.onnx.ml", "TreeEnsemble")]
    assert len(proto.graph.initializer) == 0
    assert [value.name for value in proto.graph.input] == ["features"]
    assert [value.name for value in proto.graph.output] == ["prediction"]
    tensors = [attribute.t for node in proto.graph.node for attribute in node.attribute if attribute.HasField("t")]
    assert tensors
    assert all(len(tensor.external_data) == 0 for tensor in tensors)


def test_the_parsed_trees_hold_the_very_doubles_of_the_model() -> None:
    text = text_model(rounds=20)
    model = parse_text_model(text)
    native = lgb.Booster(model_str=text)
    leaves = [native.get_leaf_output(tree, leaf) for tree in range(20) for leaf in range(len(model.trees[tree].leaf))]
    assert leaves == [float(value) for tree in model.trees for value in tree.leaf]
    assert model.features == ("Column_0", "Column_1", "Column_2")


COUNTS = RNG.poisson(np.exp(X[:, 0])).astype(np.float64)
CLASSES = (X[:, 0] > 0).astype(np.float64) + (X[:, 1] > 1)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (text_model(zero_as_missing=True), "zero_as_missing"),
        (text_model(linear_tree=True), "linear_tree"),
        (text_model(COUNTS, objective="poisson"), "poisson"),
        (text_model((Y > 0).astype(float), objective="binary", sigmoid=2), "binary sigmoid:2"),
        (text_model((Y > 0).astype(float), objective="cross_entropy"), "cross_entropy"),
        (text_model(CLASSES, objective="multiclass", num_class=3), "multiclass"),
        (text_model(Y + 5, reg_sqrt=True), "sqrt"),
        (text_model(boosting="rf", bagging_fraction=0.5, bagging_freq=1), "average_output"),
        (
            text_model(x=np.abs(np.round(X)), categories=[0], min_data_per_group=1, cat_smooth=0, min_data_in_leaf=2),
            "categorical",
        ),
        (text_model().replace("version=v4", "version=v3"), "version"),
    ],
    ids=[
        "zero",
        "linear",
        "poisson",
        "binary",
        "cross-entropy",
        "multiclass",
        "sqrt",
        "forest",
        "categorical",
        "version",
    ],
)
def test_what_cannot_be_carried_exactly_is_refused_by_name(text: str, reason: str) -> None:
    with pytest.raises(UnsupportedModel, match=reason):
        export_onnx(text)
