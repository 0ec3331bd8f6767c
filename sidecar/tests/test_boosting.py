"""Fits in segments: a fit that was ended anywhere goes on with the bytes of one that was not."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import lightgbm as lgb
import numpy as np
import pytest

from contender_sidecar import boosting
from contender_sidecar.boosting import SEGMENT_TREES, Border, fit_iterations, joined, next_border
from contender_sidecar.final_fit import fit_final
from contender_sidecar.fitting import Fit, fit_of
from contender_sidecar.scratch import Scratch
from contender_sidecar.training_rows import SessionWindow
from contender_sidecar.tree_model import parse_text_model
from contender_sidecar.trial import TrialContext, run_trial
from tests.snapshots import Bench, session

if TYPE_CHECKING:
    from pathlib import Path

    from contender_sidecar.generated.contracts import RunTrialInput
    from contender_sidecar.progress import Progress


def long_trial(bench: Bench, *, objective: str = "regression", watched: int = 0, sampled: float = 0.8) -> RunTrialInput:
    """A trial of 180 rounds, hence of four segments."""
    return bench.parse_trial(
        maxIterations=180,
        learningRate=0.03,
        objective=objective,
        earlyStoppingRounds=watched,
        featureFraction=sampled,
        baggingFraction=sampled,
    )


class KilledError(BaseException):
    """The end of a process, as far as one process can play it."""


@pytest.fixture
def every_border(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep each border, however little time it took."""
    monkeypatch.setattr(boosting, "SAVE_SECONDS", 0.0)


def dying_at(context: TrialContext, round_number: int) -> TrialContext:
    def report(progress: Progress) -> None:
        if progress.iteration == round_number:
            raise KilledError

    return replace(context, on_progress=report)


def watching(context: TrialContext, seen: list[int]) -> TrialContext:
    def report(progress: Progress) -> None:
        seen.append(progress.iteration)

    return replace(context, on_progress=report)


@pytest.mark.usefixtures("every_border")
@pytest.mark.parametrize("objective", ["regression", "binary", "rank"])
@pytest.mark.parametrize(("rounds_watched", "killed_at"), [(0, 60), (0, 133), (400, 133)])
def test_a_trial_killed_within_a_fold_goes_on_with_the_same_bytes(
    tmp_path: Path, objective: str, rounds_watched: int, killed_at: int
) -> None:
    undisturbed = Bench(tmp_path / "undisturbed")
    expected = run_trial(long_trial(undisturbed, objective=objective, watched=rounds_watched), undisturbed.context())
    disturbed = Bench(tmp_path / "disturbed")
    message = long_trial(disturbed, objective=objective, watched=rounds_watched)
    with pytest.raises(KilledError):
        run_trial(message, dying_at(disturbed.context(), killed_at))
    assert len(list(disturbed.scratch.borders.iterdir())) == 1, "the last border is there, and only that"
    seen: list[int] = []
    again = run_trial(message, watching(disturbed.context(), seen))
    assert seen[0] == killed_at // SEGMENT_TREES * SEGMENT_TREES + 1, "finished segments are not fitted again"
    assert again.predictions == expected.predictions
    assert again.best_iterations == expected.best_iterations
    assert list(disturbed.scratch.borders.iterdir()) == []


@pytest.mark.usefixtures("every_border")
def test_a_final_fit_killed_in_the_middle_gives_the_same_model(tmp_path: Path) -> None:
    undisturbed, disturbed = Bench(tmp_path / "undisturbed"), Bench(tmp_path / "disturbed")
    trial = run_trial(undisturbed.parse_trial(), undisturbed.context())
    expected = fit_final(undisturbed.parse_final(trial.predictions, iterations=170), undisturbed.context())
    predictions = run_trial(disturbed.parse_trial(), disturbed.context()).predictions
    message = disturbed.parse_final(predictions, iterations=170)
    with pytest.raises(KilledError):
        fit_final(message, dying_at(disturbed.context(), 120))
    seen: list[int] = []
    again = fit_final(message, watching(disturbed.context(), seen))
    assert seen[0] == 101
    assert (again.native_model, again.onnx, again.parity) == (expected.native_model, expected.onnx, expected.parity)
    assert again.trees == 170


@pytest.mark.usefixtures("every_border")
def test_a_damaged_border_and_one_that_must_not_be_used_begin_anew(bench: Bench) -> None:
    with pytest.raises(KilledError):
        run_trial(long_trial(bench), dying_at(bench.context(), 133))
    [border] = bench.scratch.borders.iterdir()
    whole = border.read_bytes()
    seen: list[int] = []
    ignoring = long_trial(bench).model_copy(update={"checkpoints": "ignore"})
    run_trial(ignoring, watching(bench.context(), seen))
    assert seen[0] == 1
    for folder in (bench.scratch.folds, bench.scratch.borders):
        for path in folder.iterdir():
            path.unlink()
    border.write_bytes(whole[:-9] + bytes(9))
    seen.clear()
    run_trial(long_trial(bench), watching(bench.context(), seen))
    assert seen[0] == 1


def test_a_quick_fit_keeps_no_border(bench: Bench) -> None:
    with pytest.raises(KilledError):
        run_trial(long_trial(bench), dying_at(bench.context(), 60))
    assert not bench.scratch.borders.exists()


def test_a_border_comes_back_bit_for_bit(tmp_path: Path) -> None:
    rng = np.random.default_rng(3)
    border = Border(50, "tree\n\nTree=0\n", rng.normal(size=7), rng.normal(size=3), best=31, lowest=0.125)
    stored = Scratch(tmp_path).border("key", use=True)
    stored.save(border)
    back = stored.load()
    assert back is not None
    assert (back.done, back.text, back.best, back.lowest) == (50, border.text, 31, 0.125)
    np.testing.assert_array_equal(back.scores, border.scores)
    np.testing.assert_array_equal(back.watched, border.watched)
    assert Scratch(tmp_path).border("key", use=False).load() is None


def fitted(bench: Bench, *, sampled: float = 0.8) -> tuple[Fit, lgb.Dataset, TrialContext]:
    context = bench.context()
    fit = fit_of(long_trial(bench, sampled=sampled).trial.recipe, context.windows.rows, seed=7, threads=1)
    return fit, context.windows.get(fit, SessionWindow(session(0), session(59)), 6).whole, context


def test_a_later_segment_learns_from_what_the_earlier_ones_leave(bench: Bench) -> None:
    fit, data, context = fitted(bench, sampled=1.0)
    segmented = fit_iterations(fit, data, 120, lambda _: None)
    plain = lgb.Booster(params=fit.lightgbm(), train_set=data)
    for _ in range(120):
        plain.update()
    # Without any sampling the seeds decide nothing: the segments are the trees of one fit, but for the last bits.
    matrix = context.windows.rows.matrix[:]
    np.testing.assert_allclose(segmented.predict(matrix), plain.predict(matrix), rtol=0, atol=1e-9)
    assert segmented.num_trees() == 120


def test_segments_draw_rows_and_features_of_their_own(bench: Bench) -> None:
    fit, data, _ = fitted(bench)
    assert fit.lightgbm(segment=0) == fit.lightgbm()
    first, second = fit.lightgbm(), fit.lightgbm(segment=1)
    assert first["bagging_seed"] != second["bagging_seed"]
    assert first["data_random_seed"] == second["data_random_seed"], "the bins are made once"
    trees = parse_text_model(fit_iterations(fit, data, 100, lambda _: None).model_to_string()).trees
    assert not np.array_equal(trees[0].threshold, trees[50].threshold)


def test_joined_models_sum(bench: Bench) -> None:
    fit, data, context = fitted(bench)
    matrix = context.windows.rows.matrix[:]
    one = fit_iterations(fit, data, 12, lambda _: None)
    other = fit_iterations(replace(fit, seed=8), data, 11, lambda _: None)
    both = lgb.Booster(model_str=joined(one.model_to_string(), other.model_to_string()))
    assert both.num_trees() == 23
    np.testing.assert_allclose(both.predict(matrix), one.predict(matrix) + other.predict(matrix), rtol=0, atol=1e-12)
    normal = both.model_to_string()
    assert lgb.Booster(model_str=normal).model_to_string() == normal


def test_a_segment_without_anything_to_split_adds_no_tree(bench: Bench) -> None:
    fit, data, context = fitted(bench)
    at = context.windows.labelled(SessionWindow(session(0), session(59)))
    perfect = context.windows.rows.label[at].astype(np.float64)
    before = Border(50, "the trees so far", perfect, np.empty(0))
    after = next_border(fit, data, before, 180, lambda _: None)
    assert (after.done, after.text, after.ended) == (50, "the trees so far", True)
