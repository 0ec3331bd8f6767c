"""Boosting in segments of 50 trees, so that a fit that was killed goes on from its last segment with the same bytes.

LightGBM cannot save the state of its random generators: a booster that is loaded and continued draws other rows and
features than one that was never stopped. Hence every fit, disturbed or not, begins each segment the same way: a new
booster on the same bins, seeds derived from the fit's seed and the number of the segment, and as initial scores what
the segments before it add up to. What crosses a border is exactly what a checkpoint holds, so that it does not matter
whether it came from memory or from a disk. A fit of 50 trees or fewer is one plain LightGBM fit.
"""

from __future__ import annotations

import math
import re
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import lightgbm as lgb
import numpy as np

from contender_sidecar.failures import NonFiniteValues
from contender_sidecar.learning_task import TASKS

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from contender_sidecar.fitting import Fit

SEGMENT_TREES = 50
# A segment may take a tenth of a second: writing each of them down would cost more than it saves.
SAVE_SECONDS = 2.0
# Probabilities whose log-odds a double can tell apart.
CERTAIN = (2.0**-53, 1 - 2.0**-53)
TREE_SIZES = re.compile(r"^tree_sizes=.*\n", re.MULTILINE)


@dataclass(frozen=True)
class Border:
    """What one segment hands to the next, and all that a checkpoint holds.

    `done`: rounds so far. `text`: the trees so far as a LightGBM text model; empty while only the best number of rounds
    is sought. `scores`: float64, what they add up to on the rows learnt from; `watched`: on those watched, or empty.
    `best`, `lowest`: the round with the lowest loss on them. `ended`: nothing more is to be gained.
    """

    done: int
    text: str
    scores: NDArray[np.float64]
    watched: NDArray[np.float64]
    best: int = 1
    lowest: float = math.inf
    ended: bool = False


class Checkpoint(Protocol):
    """Keeps the last border of one fit."""

    def load(self) -> Border | None:
        """Give the border of an earlier attempt; None when there is none, or none that is whole."""
        ...

    def save(self, border: Border) -> None:
        """Keep a border in place of the one before."""
        ...

    def clear(self) -> None:
        """Forget it: the fit is done."""
        ...


class NoCheckpoint:
    """For fits that nobody will continue."""

    def load(self) -> Border | None:
        """Nothing is kept."""
        return None

    def save(self, border: Border) -> None:
        """Keep nothing."""

    def clear(self) -> None:
        """Nothing is kept."""


def fit_iterations(
    fit: Fit,
    data: lgb.Dataset,
    iterations: int,
    on_iteration: Callable[[int], None],
    checkpoint: Checkpoint | None = None,
) -> lgb.Booster:
    """Boost a fixed number of rounds; fewer when no leaf can be split any more."""
    kept = checkpoint or NoCheckpoint()
    if iterations <= SEGMENT_TREES:
        booster, _ = _rounds(fit.lightgbm(), data, 0, iterations, on_iteration)
        return booster
    border = kept.load()
    saved_at = time.monotonic()
    while border is None or (border.done < iterations and not border.ended):
        border = next_border(fit, data, border, iterations, on_iteration)
        saved_at = _save(kept, border, saved_at, last=border.ended or border.done >= iterations)
    return lgb.Booster(model_str=border.text)


def best_iteration(
    fit: Fit,
    inner: lgb.Dataset,
    watched: lgb.Dataset,
    on_iteration: Callable[[int], None],
    checkpoint: Checkpoint | None = None,
) -> int:
    """The number of rounds with the lowest loss on the watched rows; looked for until it has long not fallen.

    Raises NonFiniteValues when a loss is not finite.
    """
    kept = checkpoint or NoCheckpoint()
    border = kept.load()
    most = fit.params.max_iterations
    saved_at = time.monotonic()
    while border is None or (border.done < most and not border.ended):
        border = _watched_segment(fit, inner, watched, border, on_iteration)
        saved_at = _save(kept, border, saved_at, last=border.ended or border.done >= most)
    return border.best


def joined(first: str, second: str) -> str:
    """One text model whose trees are those of both, the first one's first.

    Sizes are left out, which LightGBM then finds by reading; whoever saves it writes sizes and importances anew.
    """
    head, *trees = _blocks(first)
    _, *more = _blocks(second)
    body = "".join(f"\nTree={number}{tree}" for number, tree in enumerate([*trees, *more]))
    return f"{TREE_SIZES.sub('', head)}{body}\nend of trees{_trailer(first)}"


def _blocks(text: str) -> list[str]:
    """The header, then each tree without its number."""
    head, *trees = text.partition("\nend of trees")[0].split("\nTree=")
    return [head, *(tree.lstrip("0123456789") for tree in trees)]


def _trailer(text: str) -> str:
    return text.partition("\nend of trees")[2]


def _save(kept: Checkpoint, border: Border, saved_at: float, *, last: bool) -> float:
    now = time.monotonic()
    # What follows the last segment takes no time worth keeping it for.
    if last or now - saved_at < SAVE_SECONDS:
        return saved_at
    kept.save(border)
    return now


def next_border(
    fit: Fit, data: lgb.Dataset, before: Border | None, iterations: int, on_iteration: Callable[[int], None]
) -> Border:
    """Fit one more segment. Without anything left to split, the border comes back as it was, `ended`."""
    done = 0 if before is None else before.done
    rounds = min(SEGMENT_TREES, iterations - done)
    with _Begun(data, None if before is None else before.scores):
        booster, made = _rounds(_seeded(fit, done), data, done, rounds, on_iteration)
        scores = _scores(fit, booster)
    nothing = np.empty(0)
    if before is None:
        return Border(made, booster.model_to_string(), scores, nothing, ended=made < rounds)
    if made == 0:
        # LightGBM leaves a tree of one leaf behind when there was nothing to split.
        return Border(done, before.text, before.scores, nothing, ended=True)
    text = joined(before.text, booster.model_to_string())
    return Border(done + made, text, scores, nothing, ended=made < rounds)


def _watched_segment(
    fit: Fit, inner: lgb.Dataset, watched: lgb.Dataset, before: Border | None, on_iteration: Callable[[int], None]
) -> Border:
    done = 0 if before is None else before.done
    best, lowest = (1, math.inf) if before is None else (before.best, before.lowest)
    sign = -1 if TASKS[fit.params.objective].higher_is_better else 1
    ended = False
    with (
        _Begun(inner, None if before is None else before.scores),
        _Begun(watched, None if before is None else before.watched),
    ):
        booster = lgb.Booster(params=_seeded(fit, done), train_set=inner)
        booster.add_valid(watched, "watched")
        for iteration in range(done + 1, min(done + SEGMENT_TREES, fit.params.max_iterations) + 1):
            if booster.update():
                ended = True
                break
            done = iteration
            loss = sign * float(booster.eval_valid()[0][2])
            if not math.isfinite(loss):
                raise NonFiniteValues("the loss on the watched sessions is not finite", iteration=iteration)
            if loss < lowest:
                best, lowest = iteration, loss
            elif iteration - best >= fit.params.early_stopping_rounds:
                ended = True
                break
            on_iteration(iteration)
        scores, seen = _scores(fit, booster), _scores(fit, booster, watched=True)
    return Border(done, "", scores, seen, best, lowest, ended)


def _rounds(
    params: dict[str, object], data: lgb.Dataset, done: int, rounds: int, on_iteration: Callable[[int], None]
) -> tuple[lgb.Booster, int]:
    """A booster and how many rounds it gained."""
    booster = lgb.Booster(params=params, train_set=data)
    for made in range(rounds):
        if booster.update():
            return booster, made
        on_iteration(done + made + 1)
    return booster, rounds


def _seeded(fit: Fit, done: int) -> dict[str, object]:
    return fit.lightgbm(segment=done // SEGMENT_TREES)


def _scores(fit: Fit, booster: lgb.Booster, *, watched: bool = False) -> NDArray[np.float64]:
    """What the trees so far, and what they began with, add up to on the rows that the booster holds; float64 [n].

    LightGBM hands out probabilities for `binary`; their log-odds are the sums, up to a rounding that is the same in
    every run.
    """
    found: list[NDArray[np.float64]] = []

    def keep(values: NDArray[np.float64], _: lgb.Dataset) -> tuple[str, float, bool]:
        found.append(np.array(values, dtype=np.float64))
        return "scores", 0.0, True

    if watched:
        booster.eval_valid(keep)
    else:
        booster.eval_train(keep)
    [values] = found
    if fit.params.objective == "binary":
        # A probability that has become 1 to the last bit has no log-odds left.
        values = np.clip(values, *CERTAIN)
        values = np.log(values) - np.log1p(-values)
    if not np.isfinite(values).all():
        raise NonFiniteValues("the model gives values that are not finite to rows it learns from")
    return values


class _Begun:
    """Initial scores of a set of rows for as long as a segment takes; the bins are shared, the scores must not be."""

    def __init__(self, data: lgb.Dataset, scores: NDArray[np.float64] | None) -> None:
        self._data = data
        self._scores = scores

    def __enter__(self) -> None:
        if self._scores is not None:
            self._data.set_field("init_score", self._scores)

    def __exit__(self, *_: object) -> None:
        if self._scores is not None:
            self._data.set_field("init_score", None)
