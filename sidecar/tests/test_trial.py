"""Trials: out-of-sample predictions, determinism, resumption, refusals."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from contender_sidecar import trial as trial_module
from contender_sidecar.failures import ConstantLabel, ContractViolation, TooFewRows, TrainingFailure
from contender_sidecar.fitting import Fit, FitCheckpoints, Windows, fit_of, fit_window, split_for_early_stopping
from contender_sidecar.generated.contracts import Fold, HyperParameters, RunTrialInput
from contender_sidecar.predictions import read_fold_predictions
from contender_sidecar.training_rows import SessionWindow, load_rows
from contender_sidecar.trial import TrialContext, run_trial
from tests.snapshots import FEATURES, Bench, replace_column, session, snapshot_table

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from contender_sidecar.scratch import FinishedFold


def test_every_member_row_of_every_test_block_is_predicted_label_or_not(bench: Bench) -> None:
    result = run_trial(bench.parse_trial(), bench.context())
    table = pq.read_table(bench.store.path(result.predictions.sha256))
    assert table.column_names == ["symbol", "session", "fold", "prediction"]
    assert [str(column.type) for column in table.columns] == ["string", "date32[day]", "int32", "double"]
    days = [day.isoformat() for day in table.column("session").to_pylist()]
    keys = list(zip(days, table.column("symbol").to_pylist(), strict=True))
    assert keys == sorted(keys)
    assert len(set(keys)) == len(keys) == result.predicted_rows == 20 * (20 + 34)
    assert max(days) == session(119), "sessions whose label is not yet known are predicted too"
    assert set(table.column("fold").to_pylist()) == {0, 1}


def test_predictions_rank_the_planted_signal(bench: Bench) -> None:
    context = bench.context()
    result = run_trial(bench.parse_trial(), context)
    rows = context.windows.rows
    fold = bench.parse_trial().folds[0]
    at, predicted = read_fold_predictions(bench.store.read(result.predictions), rows, fold)
    assert np.corrcoef(rows.label[at], predicted)[0, 1] > 0.3


def test_nothing_after_the_training_window_moves_a_prediction(tmp_path: Path) -> None:
    table = snapshot_table()
    labels = table.column("label").to_numpy().copy()
    late = np.arange(table.num_rows) >= 60 * 20
    labels[late] = -labels[late]
    changed = replace_column(table, "label", pa.array(labels, mask=np.isnan(labels)))
    for name in FEATURES:
        values = table.column(name).to_numpy().copy()
        values[np.arange(table.num_rows) >= 86 * 20] += 9
        changed = replace_column(changed, name, pa.array(values, from_pandas=False))
    found: list[bytes] = []
    for at, given in enumerate((table, changed)):
        bench = Bench(tmp_path / str(at), given)
        message = bench.parse_trial()
        first = message.model_copy(update={"folds": message.folds[:1]})
        found.append(bench.store.read(run_trial(first, bench.context()).predictions))
    assert found[0] == found[1]


def test_the_same_message_gives_the_same_bytes_in_another_store(bench: Bench, tmp_path: Path) -> None:
    other = Bench(tmp_path / "other")
    first = run_trial(bench.parse_trial(earlyStoppingRounds=5), bench.context())
    second = run_trial(other.parse_trial(earlyStoppingRounds=5), other.context())
    assert first.predictions == second.predictions
    assert first.best_iterations == second.best_iterations


def test_shared_bins_change_nothing(bench: Bench, tmp_path: Path) -> None:
    warm = bench.context()
    for leaves in (3, 15, 7):
        shared = run_trial(bench.parse_trial(numLeaves=leaves, earlyStoppingRounds=5), warm)
    alone = Bench(tmp_path / "alone")
    assert shared.predictions == run_trial(alone.parse_trial(earlyStoppingRounds=5), alone.context()).predictions


def test_a_second_attempt_goes_on_with_the_next_fold(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    fitted: list[int] = []

    def counting(
        fit: Fit,
        context: TrialContext,
        fold: Fold,
        purge: int,
        report: Callable[[int], None],
        *,
        checkpoints: FitCheckpoints,
    ) -> FinishedFold:
        fitted.append(fold.index)
        if len(fitted) == 2:
            raise KeyboardInterrupt
        return original(fit, context, fold, purge, report, checkpoints=checkpoints)

    original = trial_module.fit_fold
    monkeypatch.setattr(trial_module, "fit_fold", counting)
    with pytest.raises(KeyboardInterrupt):
        run_trial(bench.parse_trial(), bench.context())
    result = run_trial(bench.parse_trial(), bench.context())
    assert fitted == [0, 1, 1]
    assert bench.progress[-1].resumed_folds == 1
    monkeypatch.undo()
    fresh = Bench(bench.root.parent / "fresh")
    assert run_trial(fresh.parse_trial(), fresh.context()).predictions == result.predictions


def test_a_damaged_checkpoint_is_made_again(bench: Bench) -> None:
    first = run_trial(bench.parse_trial(), bench.context())
    for checkpoint in bench.scratch.folds.iterdir():
        content = bytearray(checkpoint.read_bytes())
        content[-3] ^= 4
        checkpoint.write_bytes(bytes(content))
    bench.progress.clear()
    assert run_trial(bench.parse_trial(), bench.context()).predictions == first.predictions
    assert bench.progress[-1].resumed_folds == 0


@pytest.mark.parametrize(("features", "leaves"), [(FEATURES, 8), (FEATURES[:3], 7)])
def test_a_checkpoint_serves_its_own_inputs_only(bench: Bench, features: list[str], leaves: int) -> None:
    run_trial(bench.parse_trial(), bench.context())
    bench.progress.clear()
    run_trial(bench.parse_trial(features=features, numLeaves=leaves), bench.context())
    assert bench.progress[-1].resumed_folds == 0


def test_early_stopping_watches_the_newest_sessions_behind_a_purge() -> None:
    days = np.repeat(np.arange(100, dtype=np.int32), 3)
    inner, watched = split_for_early_stopping(days, purge_sessions=6)
    assert days[watched].min() == 85
    assert days[inner].max() == 78
    assert len(np.unique(days[watched])) == 15


def test_early_stopping_stops_where_noise_begins(bench: Bench) -> None:
    stopped = run_trial(bench.parse_trial(earlyStoppingRounds=5, maxIterations=400), bench.context())
    full = run_trial(bench.parse_trial(maxIterations=50), bench.context())
    assert all(best.root < 200 for best in stopped.best_iterations)
    assert [best.root for best in full.best_iterations] == [50, 50]


def test_the_model_of_a_fold_is_fitted_on_the_whole_window_with_the_iterations_found(bench: Bench) -> None:
    rows = load_rows(bench.store, bench.scratch, bench.rows)
    message = bench.parse_trial(earlyStoppingRounds=5, maxIterations=100)
    recipe = message.trial.recipe
    windows = Windows(rows)
    window = SessionWindow(session(0), session(59))
    fit = fit_of(recipe, rows, seed=7, threads=1)
    booster, best = fit_window(fit, windows.get(fit, window, 6), lambda _: None)
    plain = HyperParameters.model_validate(
        recipe.params.model_dump(by_alias=True) | {"earlyStoppingRounds": 0, "maxIterations": best}
    )
    again = fit_of(recipe.model_copy(update={"params": plain}), rows, seed=7, threads=1)
    expected, _ = fit_window(again, windows.get(again, window, 6), lambda _: None)
    np.testing.assert_array_equal(booster.predict(rows.matrix[:]), expected.predict(rows.matrix[:]))


def test_progress_names_fold_and_round(bench: Bench) -> None:
    run_trial(bench.parse_trial(), bench.context())
    assert bench.progress[0].as_heartbeat() == {"fold": 1, "folds": 2, "iteration": 1, "resumedFolds": 0}
    assert bench.progress[-1].as_heartbeat() == {"fold": 2, "folds": 2, "iteration": 20, "resumedFolds": 0}


def constant_labels(table: pa.Table) -> pa.Table:
    return replace_column(table, "label", pa.array(np.zeros(table.num_rows, dtype=np.float32)))


def few_labels(table: pa.Table) -> pa.Table:
    values = np.arange(table.num_rows, dtype=np.float32)
    return replace_column(table, "label", pa.array(values, mask=np.arange(table.num_rows) >= 49))


def test_a_constant_label_is_refused(tmp_path: Path) -> None:
    bench = Bench(tmp_path, constant_labels(snapshot_table()))
    with pytest.raises(ConstantLabel, match=r"0\.0"):
        run_trial(bench.parse_trial(), bench.context())


def test_too_few_labelled_rows_are_refused(tmp_path: Path) -> None:
    bench = Bench(tmp_path, few_labels(snapshot_table()))
    with pytest.raises(TooFewRows, match="49 labelled rows; 50 needed"):
        run_trial(bench.parse_trial(), bench.context())


def test_fewer_rows_than_two_leaves_hold_are_refused(bench: Bench) -> None:
    with pytest.raises(TooFewRows, match="1200 labelled rows; 1202 needed"):
        run_trial(bench.parse_trial(minDataInLeaf=601), bench.context())


def changed(message: dict[str, object], **fold: object) -> RunTrialInput:
    copy = json.loads(json.dumps(message))
    copy["folds"][0] |= fold
    return RunTrialInput.model_validate(copy)


@pytest.mark.parametrize(
    ("fold", "failure", "reason"),
    [
        ({"testFrom": "2030-01-01", "testTo": "2030-02-01"}, TooFewRows, "fold 0: the test block holds no rows"),
        ({"trainFrom": "1990-01-01", "trainTo": "1990-02-01"}, TooFewRows, "0 labelled rows"),
        ({"testFrom": session(30)}, ContractViolation, "trains on or after its test block"),
        ({"trainTo": "2020-02-31"}, ContractViolation, "not a date"),
        ({"index": 1}, ContractViolation, "share an index"),
    ],
)
def test_a_hostile_fold_fails_with_its_type_and_reason(
    bench: Bench, fold: dict[str, object], failure: type[TrainingFailure], reason: str
) -> None:
    with pytest.raises(failure, match=reason):
        run_trial(changed(bench.trial_message(), **fold), bench.context())


def test_a_window_too_short_for_early_stopping_is_refused(bench: Bench) -> None:
    with pytest.raises(TooFewRows, match="early stopping needs"):
        run_trial(
            changed(bench.trial_message(earlyStoppingRounds=5, minDataInLeaf=5), trainFrom=session(46)),
            bench.context(),
        )


def test_an_unknown_feature_is_refused_by_name(bench: Bench) -> None:
    with pytest.raises(ContractViolation, match="sentiment"):
        run_trial(bench.parse_trial(features=["sentiment"]), bench.context())
