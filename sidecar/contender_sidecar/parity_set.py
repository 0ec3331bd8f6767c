"""The rows on which the exported model must agree with LightGBM bit for bit, with LightGBM's own answers.

Random rows prove nothing: a value meets a rounded threshold about once in 200,000. So besides recent rows the set holds
every split threshold with its float32 neighbours, and rows with cells blanked out.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from contender_sidecar.onnx_export import ZERO_BOUND

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from contender_sidecar.tree_model import TreeModel

KINDS = ("recent", "threshold", "nan")
NAN_ROWS_MAX = 2000
NAN_SHARE = 0.3
FLOAT32_MAX = np.finfo(np.float32).max


@dataclass(frozen=True)
class ParitySet:
    """`matrix` is float32 [n, features]; `kind` [n] indexes KINDS; `expected` float64 [n] is the native prediction."""

    matrix: NDArray[np.float32]
    kind: NDArray[np.int8]
    expected: NDArray[np.float64]


def build_parity_set(
    model: TreeModel,
    recent: NDArray[np.float32],
    predict: Callable[[NDArray[np.float32]], NDArray[np.float64]],
    seed: int,
    *,
    missing: bool = True,
) -> ParitySet:
    """Build the set from the newest real rows (float32 [rows, features], finite or NaN; at least one row).

    `predict` is the library that fitted the model. Without `missing` no row lacks a value: for libraries that refuse
    one. The same model, rows and seed give the same set.
    """
    generator = np.random.default_rng([seed, 0x7061726974790000])
    threshold = _threshold_rows(model, recent, generator)
    masked = recent[-NAN_ROWS_MAX:].copy() if missing else recent[:0]
    masked[generator.random(masked.shape) < NAN_SHARE] = np.nan
    parts = (recent, threshold, masked)
    matrix = np.concatenate(parts)
    kind = np.repeat(np.arange(3, dtype=np.int8), [len(part) for part in parts])
    return ParitySet(matrix=matrix, kind=kind, expected=predict(matrix))


def critical_values(model: TreeModel, feature: int) -> NDArray[np.float32]:
    """Every threshold of one feature as float32 with both neighbours, plus zero and LightGBM's zero bounds.

    Sorted, distinct, finite. Empty for a feature without splits.
    """
    thresholds = np.concatenate([tree.threshold[tree.feature == feature] for tree in model.trees])
    if len(thresholds) == 0:
        return np.empty(0, dtype=np.float32)
    # An infinite threshold separates NaN from the rest: the largest finite number stands at it.
    at = np.clip(thresholds, -float(FLOAT32_MAX), float(FLOAT32_MAX)).astype(np.float32)
    at = np.concatenate([at, np.array([-ZERO_BOUND, 0.0, ZERO_BOUND], dtype=np.float32)])
    up, down = np.float32(np.inf), np.float32(-np.inf)
    with np.errstate(over="ignore"):
        around = np.concatenate([at, np.nextafter(at, up), np.nextafter(at, down)])
    return np.unique(around[np.isfinite(around)])


def _threshold_rows(
    model: TreeModel, recent: NDArray[np.float32], generator: np.random.Generator
) -> NDArray[np.float32]:
    blocks = [np.empty((0, recent.shape[1]), dtype=np.float32)]
    for feature in range(len(model.features)):
        values = critical_values(model, feature)
        rows = recent[generator.integers(len(recent), size=len(values))]
        rows[:, feature] = values
        blocks.append(rows)
    return np.concatenate(blocks)
