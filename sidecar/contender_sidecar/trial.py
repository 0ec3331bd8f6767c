"""Scores one trial out of sample: a fit per walk-forward fold, each finished fold kept for a later attempt."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from contender_sidecar.artifacts import PARQUET
from contender_sidecar.environment import code_hash, training_environment
from contender_sidecar.failures import ContractViolation, TooFewRows
from contender_sidecar.fitting import Fit, FitCheckpoints, Windows, fit_of, fit_window, predict
from contender_sidecar.generated.contracts import RunTrialInput, RunTrialResult
from contender_sidecar.predictions import Block, predictions_parquet
from contender_sidecar.progress import Progress
from contender_sidecar.scratch import FinishedFold, scratch_key
from contender_sidecar.training_rows import SessionWindow

if TYPE_CHECKING:
    from collections.abc import Callable

    from contender_sidecar.artifacts import ArtifactStore
    from contender_sidecar.generated.contracts import Fold, Recipe, TrainingEnvironment
    from contender_sidecar.scratch import Scratch
    from contender_sidecar.training_rows import TrainingRows


@dataclass(frozen=True)
class TrialContext:
    """What a trial needs besides its message."""

    store: ArtifactStore
    scratch: Scratch
    windows: Windows
    threads: int
    on_progress: Callable[[Progress], None]


def run_trial(message: RunTrialInput, context: TrialContext) -> RunTrialResult:
    """Fit each fold on its training window, predict every row of its test block, store the predictions.

    The same message gives the same bytes, whichever attempt finishes it. Raises the typed training failures.
    """
    rows = context.windows.rows
    folds = sorted(message.folds, key=lambda fold: fold.index)
    if len({fold.index for fold in folds}) != len(folds):
        raise ContractViolation("two folds share an index")
    recipe = message.trial.recipe
    fit = fit_of(recipe, rows, seed=message.seed, threads=context.threads)
    environment = training_environment(context.threads)
    finished: list[FinishedFold] = []
    resumed = 0
    for at, fold in enumerate(folds):
        _require_apart(rows, fold)
        key = fit_key(
            rows, recipe, fit, environment=environment, seed=message.seed, fold=fold.model_dump(by_alias=True)
        )
        use = message.checkpoints == "use"
        done = context.scratch.load_fold(key) if use else None
        if done is None:
            report = _reporter(context, at + 1, len(folds), resumed)
            checkpoints = FitCheckpoints(
                context.scratch.border(f"{key}-search", use=use), context.scratch.border(key, use=use)
            )
            done = fit_fold(fit, context, fold, recipe.fold_plan.purge_sessions, report, checkpoints=checkpoints)
            context.scratch.save_fold(key, done)
            checkpoints.clear()
        else:
            resumed += 1
        context.on_progress(Progress(at + 1, len(folds), done.best_iteration, resumed))
        finished.append(done)
    blocks = [
        Block(fold=fold.index, positions=rows.positions(tested(fold)), predictions=done.predictions)
        for fold, done in zip(folds, finished, strict=True)
    ]
    stored = context.store.put(predictions_parquet(rows, blocks), PARQUET)
    return RunTrialResult.model_validate(
        {
            "trialId": message.trial.trial_id,
            "predictions": stored,
            "bestIterations": [done.best_iteration for done in finished],
            "foldSeconds": [round(done.seconds, 3) for done in finished],
            "predictedRows": sum(len(done.predictions) for done in finished),
            "origin": {"environment": environment, "sidecarCode": code_hash()},
        }
    )


def fit_key(
    rows: TrainingRows, recipe: Recipe, fit: Fit, *, environment: TrainingEnvironment, seed: int, **window: object
) -> str:
    """Name what a fit leaves behind by everything that decides its bytes, the sidecar's own code included."""
    return scratch_key(
        code=code_hash(),
        environment=environment.model_dump(by_alias=True),
        rows=rows.sha256,
        features=recipe.features,
        params=recipe.params.model_dump(by_alias=True),
        fitting=recipe.fitting.model_dump(by_alias=True),
        topRows=fit.top_rows,
        purgeSessions=recipe.fold_plan.purge_sessions,
        seed=seed,
        **window,
    )


def fit_fold(
    fit: Fit,
    context: TrialContext,
    fold: Fold,
    purge_sessions: int,
    report: Callable[[int], None],
    *,
    checkpoints: FitCheckpoints,
) -> FinishedFold:
    """Fit one fold on its training window and predict every row of its test block."""
    started = time.monotonic()
    rows = context.windows.rows
    block = rows.positions(tested(fold))
    if len(block) == 0:
        raise TooFewRows(f"fold {fold.index}: the test block holds no rows", fold=fold.index)
    window = context.windows.get(fit, trained(fold), purge_sessions)
    booster, iterations = fit_window(fit, window, report, checkpoints)
    predictions = predict(booster, rows.matrix[block][:, list(fit.columns)], fit.threads)
    return FinishedFold(predictions, iterations, time.monotonic() - started)


def trained(fold: Fold) -> SessionWindow:
    """The sessions that a fold trains on."""
    return SessionWindow(fold.train_from, fold.train_to, tuple((gap.from_, gap.to) for gap in fold.train_gaps))


def tested(fold: Fold) -> SessionWindow:
    """The sessions that a fold predicts."""
    return SessionWindow(fold.test_from, fold.test_to, tuple((gap.from_, gap.to) for gap in fold.test_gaps))


def _require_apart(rows: TrainingRows, fold: Fold) -> None:
    """A fold never trains on a session that it predicts; without gaps it trains on the past alone."""
    bounds = [fold.train_from, fold.train_to, fold.test_from, fold.test_to]
    if fold.train_from > fold.train_to or fold.test_from > fold.test_to:
        raise ContractViolation(f"fold {fold.index}: its bounds are not in order: {' '.join(bounds)}")
    if not fold.train_gaps and fold.train_to >= fold.test_from:
        raise ContractViolation(f"fold {fold.index}: it trains on or after its test block: {' '.join(bounds)}")
    if np.intersect1d(rows.session[rows.positions(trained(fold))], rows.session[rows.positions(tested(fold))]).size > 0:
        raise ContractViolation(f"fold {fold.index}: it trains on sessions that it predicts")


def _reporter(context: TrialContext, fold: int, folds: int, resumed: int) -> Callable[[int], None]:
    def report(iteration: int) -> None:
        context.on_progress(Progress(fold, folds, iteration, resumed))

    return report
