"""One LightGBM fit, made reproducible: fixed seeds, one histogram layout, deterministic sums.

`force_col_wise` builds each feature's histogram in row order on one thread, so the thread count does not move a bit.
Bins depend on features only and are made once per window; every trial that asks for the same window, features and
`maxBin` shares them.
"""

from __future__ import annotations

import math
from collections import OrderedDict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import lightgbm as lgb
import numpy as np

from contender_sidecar.boosting import NoCheckpoint, best_iteration, fit_iterations
from contender_sidecar.failures import ContractViolation, NonFiniteValues, TooFewRows, TrainingFailure
from contender_sidecar.learning_task import TASKS, group_sizes, recency_weights, targets

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from contender_sidecar.boosting import Checkpoint
    from contender_sidecar.generated.contracts import HyperParameters, Recipe
    from contender_sidecar.training_rows import SessionWindow, TrainingRows

# The newest share of a training window's sessions that early stopping watches.
WATCHED_SHARE = 0.15
# Below this many sessions a watched part says nothing about the next quarter.
WATCHED_SESSIONS_MIN = 5
ROWS_MIN = 50
ONE_BYTE_BINS = 255
# Bins of one process; about a hundred windows of 100,000 rows and 20 features.
CACHED_BYTES = 512 * 1024**2
SEED_NAMES = (
    "seed",
    "data_random_seed",
    "bagging_seed",
    "feature_fraction_seed",
    "extra_seed",
    "drop_seed",
    "objective_seed",
)


@dataclass(frozen=True)
class Fit:
    """How to fit: hyper-parameters, the recipe's feature columns, seed, threads.

    `monotone` is 1, 0 or -1 for each column. `top_rows` is how many rows of a session the book takes at most: a ranking
    counts pairs down to there. `half_life_sessions` 0: all rows weigh the same.
    """

    params: HyperParameters
    columns: tuple[int, ...]
    names: tuple[str, ...]
    seed: int
    threads: int
    monotone: tuple[int, ...]
    top_rows: int
    half_life_sessions: int

    def lightgbm(self, *, segment: int = 0) -> dict[str, object]:
        """The complete LightGBM parameters; nothing is left to a default that varies with the machine.

        Each segment of a fit (boosting.py) draws from seeds of its own.
        """
        params, task = self.params, TASKS[self.params.objective]
        entropy = [self.seed] if segment == 0 else [self.seed, segment]
        seeds = np.random.SeedSequence(entropy).generate_state(len(SEED_NAMES), dtype=np.uint32)
        chosen: dict[str, object] = {
            "objective": task.objective,
            "metric": task.metric,
            "boosting": "gbdt",
            "num_leaves": params.num_leaves,
            "learning_rate": params.learning_rate,
            "min_data_in_leaf": params.min_data_in_leaf,
            "feature_fraction": params.feature_fraction,
            "bagging_fraction": params.bagging_fraction,
            "bagging_freq": 1 if params.bagging_fraction < 1 else 0,
            "lambda_l2": params.lambda_l2,
            **{name: int(seed & 0x7FFFFFFF) for name, seed in zip(SEED_NAMES, seeds, strict=True)},
        }
        if any(self.monotone):
            chosen |= {"monotone_constraints": list(self.monotone), "monotone_constraints_method": "basic"}
        if params.objective == "rank":
            chosen |= {
                "lambdarank_truncation_level": self.top_rows,
                "lambdarank_norm": True,
                "eval_at": [self.top_rows],
            }
        # The bins are made once: what decides them is that of the first segment.
        return chosen | self.binning()

    def binning(self) -> dict[str, object]:
        """The part that decides the bins and must be equal wherever they are shared."""
        seeds = np.random.SeedSequence([self.seed]).generate_state(len(SEED_NAMES), dtype=np.uint32)
        return {
            "max_bin": self.params.max_bin,
            "data_random_seed": int(seeds[SEED_NAMES.index("data_random_seed")] & 0x7FFFFFFF),
            "feature_pre_filter": False,
            "use_missing": True,
            "zero_as_missing": False,
            "linear_tree": False,
            "enable_bundle": True,
            "deterministic": True,
            "force_col_wise": True,
            "num_threads": self.threads,
            "verbosity": -1,
        }


def fit_of(recipe: Recipe, rows: TrainingRows, *, seed: int, threads: int) -> Fit:
    """How a recipe is fitted on these rows. Raises ContractViolation, NonFiniteValues."""
    unknown = sorted(set(recipe.fitting.monotone) - set(recipe.features))
    if unknown:
        raise ContractViolation(f"constraints on features that the recipe does not use: {', '.join(unknown)}")
    _, sizes = np.unique(rows.session, return_counts=True)
    return Fit(
        params=recipe.params,
        columns=tuple(rows.columns(recipe.features)),
        names=tuple(recipe.features),
        seed=seed,
        threads=threads,
        monotone=tuple(int(recipe.fitting.monotone.get(name, 0)) for name in recipe.features),
        top_rows=max(1, math.ceil(recipe.portfolio.top_fraction * int(sizes.max(initial=1)))),
        half_life_sessions=recipe.fitting.weight_half_life_sessions,
    )


@dataclass(frozen=True)
class Window:
    """A binned training window: all its labelled rows, and, split by time, those that early stopping uses."""

    whole: lgb.Dataset
    inner: lgb.Dataset | None
    watched: lgb.Dataset | None
    rows: int
    bytes: int


class Windows:
    """Binned windows of one process, least recently used out first."""

    def __init__(self, rows: TrainingRows, *, capacity_bytes: int = CACHED_BYTES) -> None:
        self.rows = rows
        self._capacity_bytes = capacity_bytes
        self._cached: OrderedDict[tuple[object, ...], Window] = OrderedDict()

    def get(self, fit: Fit, sessions: SessionWindow, purge_sessions: int) -> Window:
        """Bin the labelled rows of a window.

        Raises TooFewRows, ConstantLabel or OneClass when they cannot be learnt from.
        """
        watch = fit.params.early_stopping_rounds > 0
        key = (
            fit.columns,
            sessions,
            fit.params.objective,
            fit.half_life_sessions,
            purge_sessions if watch else None,
            tuple(sorted(fit.binning().items())),
        )
        window = self._cached.get(key)
        if window is None:
            window = self._bin(fit, sessions, purge_sessions if watch else None)
            self._cached[key] = window
            while len(self._cached) > 1 and self._bytes() > self._capacity_bytes:
                self._cached.popitem(last=False)
        self._cached.move_to_end(key)
        _require_rows(window.rows, fit.params)
        return window

    def labelled(self, sessions: SessionWindow) -> NDArray[np.int64]:
        """Positions of the rows of a window whose label is known."""
        at = self.rows.positions(sessions)
        return at[~np.isnan(self.rows.label[at])]

    def _bytes(self) -> int:
        return sum(window.bytes for window in self._cached.values())

    def _bin(self, fit: Fit, sessions: SessionWindow, purge_sessions: int | None) -> Window:
        at = self.labelled(sessions)
        _require_rows(len(at), fit.params)
        session = self.rows.session[at]
        try:
            target = targets(fit.params.objective, self.rows.label[at], session)
        except TrainingFailure as failure:
            failure.message = f"{sessions.first} to {sessions.last}: {failure.message}"
            failure.details |= {"first": sessions.first, "last": sessions.last}
            raise
        features = np.ascontiguousarray(self.rows.matrix[at][:, list(fit.columns)])
        names = list(fit.names)
        whole = lgb.Dataset(
            features,
            label=target,
            weight=recency_weights(session, fit.half_life_sessions) if fit.half_life_sessions > 0 else None,
            group=group_sizes(session) if fit.params.objective == "rank" else None,
            feature_name=names,
            params=fit.binning(),
        ).construct()
        # One or two bytes a cell, kept a second time by the split for early stopping.
        size = features.size * (1 if fit.params.max_bin <= ONE_BYTE_BINS else 2) * (1 if purge_sessions is None else 2)
        window = Window(whole=whole, inner=None, watched=None, rows=len(at), bytes=size)
        if purge_sessions is None:
            return window
        inner, watched = split_for_early_stopping(session, purge_sessions)
        return replace(window, inner=_subset(whole, inner), watched=_subset(whole, watched))


def _subset(whole: lgb.Dataset, rows: NDArray[np.int64]) -> lgb.Dataset:
    return whole.subset(rows.tolist()).construct()


def _require_rows(rows: int, params: HyperParameters) -> None:
    needed = max(ROWS_MIN, 2 * params.min_data_in_leaf)
    if rows < needed:
        raise TooFewRows(f"{rows} labelled rows; {needed} needed to split once", rows=rows, needed=needed)


def split_for_early_stopping(
    session: NDArray[np.int32], purge_sessions: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Split a training window by time: (rows to learn from, rows to watch), as positions into `session` (sorted).

    Watched are the newest 15 % of the sessions; the `purge_sessions` sessions before them are left out, because their
    labels reach into the watched part. Raises TooFewRows when either part is too short.
    """
    days = np.unique(session)
    watched_sessions = max(WATCHED_SESSIONS_MIN, math.ceil(WATCHED_SHARE * len(days)))
    inner_sessions = len(days) - watched_sessions - purge_sessions
    if inner_sessions < watched_sessions:
        needed = 2 * watched_sessions + purge_sessions
        raise TooFewRows(
            f"{len(days)} training sessions; early stopping needs {needed}", sessions=len(days), needed=needed
        )
    inner = np.flatnonzero(session <= days[inner_sessions - 1])
    watched = np.flatnonzero(session >= days[len(days) - watched_sessions])
    return inner, watched


def fit_window(
    fit: Fit,
    window: Window,
    on_iteration: Callable[[int], None],
    checkpoints: FitCheckpoints | None = None,
) -> tuple[lgb.Booster, int]:
    """Fit one window; give the booster and the number of iterations it was given.

    With early stopping the number of iterations is found on the inner split (the best loss of the objective on the
    watched sessions) and the model is then fitted on the whole window with it: the newest sessions, which matter most,
    are not wasted on stopping.
    """
    kept = checkpoints or FitCheckpoints(NoCheckpoint(), NoCheckpoint())
    iterations = fit.params.max_iterations
    if window.inner is not None and window.watched is not None:
        iterations = best_iteration(fit, window.inner, window.watched, on_iteration, kept.search)
    return fit_iterations(fit, window.whole, iterations, on_iteration, kept.fit), iterations


@dataclass(frozen=True)
class FitCheckpoints:
    """Where a fit keeps how far it is: while it looks for the number of rounds, and afterwards."""

    search: Checkpoint
    fit: Checkpoint

    def clear(self) -> None:
        """Forget both: the fit is done."""
        self.search.clear()
        self.fit.clear()


def predict(booster: lgb.Booster, matrix: NDArray[np.float32], threads: int) -> NDArray[np.float64]:
    """Native predictions, float64 [n]: the sum of the trees. Raises NonFiniteValues when one is not finite."""
    values = np.asarray(booster.predict(matrix, raw_score=True, num_threads=threads), dtype=np.float64)
    if not np.isfinite(values).all():
        raise NonFiniteValues("the model predicts values that are not finite")
    return values
