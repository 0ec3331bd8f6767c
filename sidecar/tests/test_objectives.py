"""What a recipe may ask of the learner: objectives, weights, constraints, folds with gaps."""

from __future__ import annotations

from importlib import metadata
from typing import TYPE_CHECKING

import lightgbm as lgb
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from contender_sidecar.boosting import fit_iterations
from contender_sidecar.environment import require_locked
from contender_sidecar.failures import (
    ConstantLabel,
    ContractViolation,
    EnvironmentMismatch,
    OneClass,
    TooFewRows,
    TrainingFailure,
)
from contender_sidecar.final_fit import fit_final
from contender_sidecar.fitting import fit_of, predict
from contender_sidecar.generated.contracts import FitFinalInput, Recipe, RunTrialInput
from contender_sidecar.learning_task import group_sizes, recency_weights, targets
from contender_sidecar.training_rows import SessionWindow, load_rows
from contender_sidecar.trial import run_trial
from tests.snapshots import FEATURES, Bench, replace_column, session, snapshot_table

if TYPE_CHECKING:
    from pathlib import Path
    from typing import Any

OBJECTIVES = ["regression", "rank", "binary"]
LABELS = np.array([-0.5, -0.2, 0.0, 0.1, 0.5, 0.5, -0.5], dtype=np.float32)
SESSIONS = np.array([1, 1, 1, 1, 1, 2, 2], dtype=np.int32)


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


def message_with(bench: Bench, **changes: object) -> RunTrialInput:
    message = bench.trial_message(objective="regression")
    trial: Any = message["trial"]
    trial["recipe"]["fitting"] = {"monotone": {}, "weightHalfLifeSessions": 0} | changes
    return RunTrialInput.model_validate(message)


def fitted(bench: Bench, recipe: Recipe) -> tuple[lgb.Booster, np.ndarray[Any, Any]]:
    context = bench.context()
    rows = context.windows.rows
    fit = fit_of(recipe, rows, seed=7, threads=1)
    window = context.windows.get(fit, SessionWindow(session(0), session(79)), 0)
    return fit_iterations(fit, window.whole, 30, lambda _: None), rows.matrix[:]


@pytest.mark.parametrize("objective", OBJECTIVES)
def test_every_objective_finds_the_planted_signal_with_and_without_early_stopping(bench: Bench, objective: str) -> None:
    for stopping in (0, 10):
        message = bench.parse_trial(objective=objective, earlyStoppingRounds=stopping, maxIterations=60)
        table = pq.read_table(bench.store.path(run_trial(message, bench.context()).predictions.sha256))
        rows = load_rows(bench.store, bench.scratch, bench.rows)
        prediction = table.column("prediction").to_numpy()
        at = rows.positions(SessionWindow(session(66), session(119)))
        known = ~np.isnan(rows.label[at])
        assert np.corrcoef(prediction[known], rows.label[at][known])[0, 1] > 0.3


@pytest.mark.parametrize("objective", OBJECTIVES)
def test_the_stored_expectation_is_the_sum_of_the_trees(bench: Bench, objective: str) -> None:
    trial = run_trial(bench.parse_trial(objective=objective), bench.context())
    message = bench.final_message(trial.predictions) | {"trial": bench.trial(objective=objective)}
    final = fit_final(FitFinalInput.model_validate(message), bench.context())
    native = lgb.Booster(model_str=bench.store.read(final.native_model).decode())
    parity = pq.read_table(bench.store.path(final.parity.sha256))
    matrix = np.stack([parity.column(name).to_numpy() for name in FEATURES], axis=1)
    leaves = np.asarray(native.predict(matrix, pred_leaf=True), dtype=np.int64)
    total = np.zeros(len(matrix))
    for tree in range(native.num_trees()):
        total += np.array([native.get_leaf_output(tree, int(leaf)) for leaf in leaves[:, tree]])
    np.testing.assert_array_equal(parity.column("expected").to_numpy(), total)


def test_ranking_takes_fifths_of_a_session_and_binary_its_upper_half() -> None:
    assert targets("rank", LABELS, SESSIONS).tolist() == [0, 1, 2, 3, 4, 4, 0]
    assert targets("binary", LABELS, SESSIONS).tolist() == [0, 0, 0, 1, 1, 1, 0]
    assert targets("regression", LABELS, SESSIONS) is LABELS
    assert group_sizes(SESSIONS).tolist() == [5, 2]


def test_labels_that_teach_nothing_are_refused_by_name() -> None:
    constant = np.full(4, 0.25, dtype=np.float32)
    session_of = np.array([1, 1, 2, 2], dtype=np.int32)
    for objective in OBJECTIVES:
        with pytest.raises(ConstantLabel):
            targets(objective, constant, session_of)
    with pytest.raises(OneClass, match="upper half"):
        targets("binary", np.array([0.1, 0.2, 0.3, 0.4], dtype=np.float32), session_of)
    with pytest.raises(ConstantLabel, match="no pair"):
        targets("rank", np.array([0.5, 0.49, -0.5, -0.49], dtype=np.float32), session_of)
    with pytest.raises(ContractViolation, match="10001 rows"):
        group_sizes(np.zeros(10_001, dtype=np.int32))


def test_a_trial_of_one_class_fails_with_the_window_that_has_it(tmp_path: Path) -> None:
    table = snapshot_table()
    label = np.full(table.num_rows, 0.25, dtype=np.float32)
    label[::2] = 0.5
    upper = replace_column(table, "label", pa.array(label))
    bench = Bench(tmp_path, upper)
    with pytest.raises(OneClass) as caught:
        run_trial(bench.parse_trial(objective="binary"), bench.context())
    assert caught.value.message.startswith(f"{session(0)} to {session(59)}")


def test_a_constrained_feature_moves_the_score_in_one_direction_only(bench: Bench) -> None:
    # momentum_20 carries the signal upwards: forbidding that shows that the constraint binds.
    falling = message_with(bench, monotone={"momentum_20": -1}).trial.recipe
    free = message_with(bench).trial.recipe
    grid = np.linspace(-3, 3, 61, dtype=np.float32)
    for recipe, binds in ((falling, True), (free, False)):
        booster, matrix = fitted(bench, recipe)
        base = np.nan_to_num(matrix[:50].astype(np.float32))
        rises = False
        for row in base:
            line = np.repeat(row[None, :], len(grid), axis=0)
            line[:, 0] = grid
            rises = rises or bool((np.diff(predict(booster, line, 1)) > 0).any())
        assert rises is not binds


def test_a_constraint_on_a_feature_that_the_recipe_lacks_is_refused(bench: Bench) -> None:
    with pytest.raises(ContractViolation, match="gap_1"):
        run_trial(message_with(bench, monotone={"gap_1": 1}), bench.context())


def test_weights_halve_with_age_and_change_the_fit(bench: Bench) -> None:
    weights = recency_weights(np.array([3, 3, 4, 9], dtype=np.int32), 1)
    assert weights.tolist() == [0.25, 0.25, 0.5, 1.0]
    plain = run_trial(message_with(bench), bench.context())
    weighted = run_trial(message_with(bench, weightHalfLifeSessions=10), bench.context())
    assert plain.predictions != weighted.predictions


def gapped(bench: Bench, **bounds: object) -> RunTrialInput:
    fold = {
        "index": 0,
        "trainFrom": session(0),
        "trainTo": session(113),
        "testFrom": session(20),
        "testTo": session(79),
        "trainGaps": [{"from": session(14), "to": session(45)}, {"from": session(54), "to": session(85)}],
        "testGaps": [{"from": session(40), "to": session(59)}],
    }
    return RunTrialInput.model_validate(bench.trial_message() | {"folds": [fold | bounds]})


def test_a_fold_with_gaps_trains_and_predicts_on_what_they_leave(bench: Bench) -> None:
    result = run_trial(gapped(bench), bench.context())
    table = pq.read_table(bench.store.path(result.predictions.sha256))
    days = {day.isoformat() for day in table.column("session").to_pylist()}
    assert days == {session(at) for at in [*range(20, 40), *range(60, 80)]}
    rows = load_rows(bench.store, bench.scratch, bench.rows)
    message = gapped(bench)
    fit = fit_of(message.trial.recipe, rows, seed=7, threads=1)
    window = SessionWindow(session(0), session(113), ((session(14), session(45)), (session(54), session(85))))
    assert bench.context().windows.get(fit, window, 6).rows == (14 + 8 + 28) * 20


def test_a_fold_that_trains_on_what_it_predicts_is_refused(bench: Bench) -> None:
    changes: list[dict[str, object]] = [
        {"trainGaps": [{"from": session(14), "to": session(45)}]},
        {"trainGaps": []},
        {"testGaps": [], "testTo": session(59)},
    ]
    for bounds in changes:
        with pytest.raises(ContractViolation, match="train"):
            run_trial(gapped(bench, **bounds), bench.context())


def test_gaps_that_leave_too_little_are_refused(bench: Bench) -> None:
    with pytest.raises(TooFewRows):
        run_trial(gapped(bench, trainGaps=[{"from": session(2), "to": session(113)}]), bench.context())


def test_ignoring_checkpoints_fits_anew_and_gives_the_same_bytes(bench: Bench) -> None:
    first = run_trial(bench.parse_trial(), bench.context())
    before = {path.name: path.stat().st_mtime_ns for path in bench.scratch.folds.iterdir()}
    message = RunTrialInput.model_validate(bench.trial_message() | {"checkpoints": "ignore"})
    bench.progress.clear()
    again = run_trial(message, bench.context())
    assert again.predictions == first.predictions
    assert all(progress.resumed_folds == 0 for progress in bench.progress)
    after = {path.name: path.stat().st_mtime_ns for path in bench.scratch.folds.iterdir()}
    assert after.keys() == before.keys()


def test_an_environment_that_is_not_the_locked_one_is_named(tmp_path: Path) -> None:
    lock = tmp_path / "requirements.lock"
    pins = [
        "lightgbm==0.0.1 \\",
        "    --hash=sha256:00",
        "no-such-package==1 ; python_version < '4'",
        f"numpy=={metadata.version('numpy')}",
    ]
    lock.write_text("\n".join(pins))
    with pytest.raises(EnvironmentMismatch) as caught:
        require_locked(lock)
    assert isinstance(caught.value, TrainingFailure)
    assert caught.value.details["differences"] == [
        f"lightgbm {metadata.version('lightgbm')} (locked: 0.0.1)",
        "no-such-package is missing (locked: 1)",
    ]
