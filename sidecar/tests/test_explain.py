"""Contributions against their definition: enumerated over all subsets of features."""

from __future__ import annotations

import base64
import io
import itertools
import json
import math
from typing import Any

import lightgbm as lgb
import numpy as np
import pytest

from contender_sidecar.explain import Refused, explain_row, serve

FEATURES = 4


@pytest.fixture(scope="module")
def booster() -> lgb.Booster:
    rng = np.random.default_rng(5)
    x = rng.normal(size=(600, FEATURES)).astype(np.float32).astype(np.float64)
    y = x[:, 0] * x[:, 1] + np.sin(x[:, 2]) + 0.1 * rng.normal(size=len(x))
    params = {"objective": "regression", "num_leaves": 6, "verbose": -1, "num_threads": 1, "seed": 5}
    return lgb.train(params, lgb.Dataset(x, label=y), 12)


def rows_of(count: int) -> np.ndarray[Any, np.dtype[np.float32]]:
    return np.random.default_rng(9).normal(size=(count, FEATURES)).astype(np.float32)


def ask(*requests: dict[str, Any] | str) -> list[dict[str, Any]]:
    text = "".join((line if isinstance(line, str) else json.dumps(line)) + "\n" for line in requests)
    out = io.StringIO()
    serve(io.StringIO(text), out)
    return [json.loads(line) for line in out.getvalue().splitlines()]


def explain(rows: np.ndarray[Any, np.dtype[np.float32]], top: int, model: str = "m") -> dict[str, Any]:
    encoded = base64.b64encode(rows.tobytes()).decode()
    return {"kind": "explain", "model": model, "features": FEATURES, "rows": encoded, "top": top}


def expectation(tree: dict[str, Any], row: np.ndarray[Any, Any], known: frozenset[int]) -> float:
    """Mean of a tree over the training rows, given some features (eq. of algorithm 1 of Lundberg et al. 2018)."""
    if "leaf_value" in tree:
        return float(tree["leaf_value"])
    left, right = tree["left_child"], tree["right_child"]
    if tree["split_feature"] in known:
        return expectation(left if row[tree["split_feature"]] <= tree["threshold"] else right, row, known)
    counts = [child.get("internal_count", child.get("leaf_count")) for child in (left, right)]
    parts = [expectation(child, row, known) for child in (left, right)]
    return (counts[0] * parts[0] + counts[1] * parts[1]) / (counts[0] + counts[1])


def enumerated(booster: lgb.Booster, row: np.ndarray[Any, Any]) -> list[float]:
    trees: list[dict[str, Any]] = [info["tree_structure"] for info in booster.dump_model()["tree_info"]]

    def worth(known: frozenset[int]) -> float:
        return math.fsum(expectation(tree, row, known) for tree in trees)

    values: list[float] = []
    for feature in range(FEATURES):
        others = [other for other in range(FEATURES) if other != feature]
        total = 0.0
        for size in range(FEATURES):
            weight = math.factorial(size) * math.factorial(FEATURES - size - 1) / math.factorial(FEATURES)
            for chosen in itertools.combinations(others, size):
                known = frozenset(chosen)
                total += weight * (worth(known | {feature}) - worth(known))
        values.append(total)
    return values


def test_contributions_are_shapley_values_and_add_up_to_the_score(booster: lgb.Booster) -> None:
    rows = rows_of(5)
    load = {"kind": "load", "model": "m", "text": booster.model_to_string()}
    loaded, answer = ask(load, explain(rows, FEATURES))
    assert loaded == {"ok": True}
    predictions = booster.predict(rows.astype(np.float64))
    for row, prediction, explained in zip(rows, predictions, answer["rows"], strict=True):
        assert explained["prediction"] == prediction
        given = dict(map(tuple, explained["top"]))
        assert sum(given.values()) + explained["base"] == pytest.approx(prediction, abs=1e-12)
        for feature, value in enumerate(enumerated(booster, row.astype(np.float64))):
            assert given[feature] == pytest.approx(value, abs=1e-9)


def test_the_largest_come_first_and_the_others_are_summed(booster: lgb.Booster) -> None:
    load = {"kind": "load", "model": "m", "text": booster.model_to_string()}
    _, whole, part = ask(load, explain(rows_of(3), FEATURES), explain(rows_of(3), 2))
    for every, some in zip(whole["rows"], part["rows"], strict=True):
        sizes = [abs(value) for _, value in every["top"]]
        assert sizes == sorted(sizes, reverse=True)
        assert some["top"] == every["top"][:2]
        assert some["others"] == pytest.approx(math.fsum(value for _, value in every["top"][2:]), abs=1e-15)


def test_a_sum_that_does_not_hold_is_refused() -> None:
    with pytest.raises(Refused, match="add up"):
        explain_row(1.0, np.array([0.25, 0.25, 0.5 + 1e-6]), 2)


def test_bad_requests_are_answered_and_the_next_one_is_served(booster: lgb.Booster) -> None:
    load = {"kind": "load", "model": "m", "text": booster.model_to_string()}
    answers = ask(
        "no json",
        {"kind": "load", "model": "m"},
        {"kind": "load", "model": "m", "text": "tree"},
        explain(rows_of(1), 2, model="other"),
        load,
        {**explain(rows_of(1), 2), "features": 9},
        {**explain(rows_of(1), 2), "rows": "AAAA"},
        explain(rows_of(1), 2),
    )
    assert [answer["ok"] for answer in answers] == [False, False, False, False, True, False, False, True]
    assert [answers[at]["code"] for at in (0, 2, 3, 5)] == [
        "BAD_REQUEST",
        "MODEL_UNREADABLE",
        "MODEL_NOT_LOADED",
        "WRONG_WIDTH",
    ]
