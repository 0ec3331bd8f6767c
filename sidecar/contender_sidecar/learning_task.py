"""What each objective learns from: the label as a target, sessions as groups, and the loss that early stopping watches.

The label is a rank among the session's rows in [-0.5, 0.5] (extraction). `regression` takes it as it is. `binary` asks
whether a row is in the upper half of its session. `rank` is LambdaMART (Burges 2010, section 7): within each session,
five grades by fifths of the rank, so that pairs near the top of a session count most.

Every objective predicts the plain sum of its trees. For `binary` that is the log-odds: they order rows exactly as the
probability does, and a sum can be exported bit for bit where a sigmoid cannot.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from contender_sidecar.failures import ConstantLabel, ContractViolation, OneClass

if TYPE_CHECKING:
    from numpy.typing import NDArray

# Five grades, as in the public learning-to-rank sets; LightGBM's gain of grade g is 2^g - 1.
GRADES = 5
# LightGBM refuses a larger group (kMaxPosition in its rank_objective.hpp).
GROUP_ROWS_MAX = 10_000


@dataclass(frozen=True)
class Task:
    """LightGBM's names for an objective and for the loss that early stopping watches."""

    objective: str
    metric: str
    higher_is_better: bool


TASKS = {
    "regression": Task("regression", "l2", higher_is_better=False),
    "binary": Task("binary", "binary_logloss", higher_is_better=False),
    "rank": Task("lambdarank", "ndcg", higher_is_better=True),
}


def targets(objective: str, label: NDArray[np.float32], session: NDArray[np.int32]) -> NDArray[np.float32]:
    """The labels of a window as the objective wants them; `session` is sorted.

    Raises ConstantLabel when nothing can be told apart, OneClass when a binary window holds one class only.
    """
    if label.min() == label.max():
        raise ConstantLabel(f"every label of the window is {label[0]}")
    if objective == "binary":
        upper = (label > 0).astype(np.float32)
        if upper.min() == upper.max():
            raise OneClass(f"every label of the window is in the {'upper' if upper[0] else 'lower'} half")
        return upper
    if objective == "rank":
        grades = np.clip(np.floor((label + 0.5) * GRADES), 0, GRADES - 1).astype(np.float32)
        starts = np.flatnonzero(np.diff(session, prepend=session[0] - 1))
        if np.array_equal(np.maximum.reduceat(grades, starts), np.minimum.reduceat(grades, starts)):
            raise ConstantLabel("no session of the window holds two grades: there is no pair to rank")
        return grades
    return label


def group_sizes(session: NDArray[np.int32]) -> NDArray[np.int32]:
    """Rows of each session, in order. Raises ContractViolation for a session larger than LightGBM can rank."""
    _, sizes = np.unique(session, return_counts=True)
    if sizes.max() > GROUP_ROWS_MAX:
        raise ContractViolation(
            f"a session holds {sizes.max()} rows; objective rank takes {GROUP_ROWS_MAX} at most",
            rows=int(sizes.max()),
        )
    return sizes.astype(np.int32)


def recency_weights(session: NDArray[np.int32], half_life_sessions: int) -> NDArray[np.float32]:
    """Weights in (0, 1]: the newest session weighs 1, one that is `half_life_sessions` sessions older half of that."""
    days, at = np.unique(session, return_inverse=True)
    age = (len(days) - 1 - at).astype(np.float64)
    return np.exp2(-age / half_life_sessions).astype(np.float32)
