"""The final fit and what it stores."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import lightgbm as lgb
import numpy as np
import pyarrow.parquet as pq
import pytest

from contender_sidecar.failures import ArtifactCorrupt, ContractViolation
from contender_sidecar.final_fit import feature_moments, fit_final, spearman
from contender_sidecar.onnx_export import export_onnx
from contender_sidecar.trial import run_trial
from tests.snapshots import FEATURES, Bench

if TYPE_CHECKING:
    from pathlib import Path

    from contender_sidecar.generated.contracts import ArtifactRef, FitFinalResult


def predictions(bench: Bench) -> ArtifactRef:
    return run_trial(bench.parse_trial(), bench.context()).predictions


def final(bench: Bench, **changes: object) -> FitFinalResult:
    return fit_final(bench.parse_final(predictions(bench), **changes), bench.context())


def test_the_stored_text_model_is_the_source_of_the_onnx_file_and_of_the_expected_values(bench: Bench) -> None:
    result = final(bench)
    text = bench.store.read(result.native_model).decode()
    assert bench.store.read(result.onnx) == export_onnx(text)
    parity = pq.read_table(bench.store.path(result.parity.sha256))
    assert parity.column_names == ["kind", *FEATURES, "expected"]
    matrix = np.stack([parity.column(name).to_numpy() for name in FEATURES], axis=1)
    assert matrix.dtype == np.float32
    native = lgb.Booster(model_str=text)
    np.testing.assert_array_equal(native.predict(matrix), parity.column("expected").to_numpy())
    kinds = parity.column("kind").to_pylist()
    assert kinds.count("recent") == 200
    assert {"recent", "threshold", "nan"} == set(kinds)


def test_the_model_is_fitted_on_every_labelled_row_for_the_iterations_given(bench: Bench) -> None:
    result = final(bench, iterations=11)
    assert result.trees == 11
    # Sessions 40 to 113 have labels; there are 20 symbols.
    assert result.trained_rows == 74 * 20
    assert [gain.feature for gain in result.gain_importance] == FEATURES
    assert result.gain_importance[0].gain == max(gain.gain for gain in result.gain_importance)
    assert result.rank_correlation_with_last_fold > 0.8


def test_the_same_message_gives_the_same_bytes(bench: Bench, tmp_path: Path) -> None:
    assert final(bench) == final(Bench(tmp_path / "other"))


def test_another_seed_gives_another_model(bench: Bench) -> None:
    assert final(bench).native_model != final(bench, seed=8).native_model


def test_the_thread_count_does_not_move_a_bit_of_the_predictions(bench: Bench) -> None:
    ref = predictions(bench)
    one = fit_final(bench.parse_final(ref), bench.context(threads=1))
    two = fit_final(bench.parse_final(ref), bench.context(threads=2))
    assert one.onnx == two.onnx
    assert one.environment.threads == 1
    assert two.environment.threads == 2


def test_stored_predictions_of_another_fold_are_refused(bench: Bench) -> None:
    ref = predictions(bench)
    with pytest.raises(ContractViolation, match="fold 7"):
        fit_final(bench.parse_final(ref, lastFold=bench.folds()[1] | {"index": 7}), bench.context())


def test_corrupt_predictions_are_refused(bench: Bench) -> None:
    ref = predictions(bench)
    bench.store.path(ref.sha256).write_bytes(b"x")
    with pytest.raises(ArtifactCorrupt):
        fit_final(bench.parse_final(ref), bench.context())


def test_spearman_ranks_ties_and_treats_a_constant_as_no_agreement() -> None:
    a = np.array([1.0, 2.0, 2.0, 4.0])
    assert spearman(a, a) == 1.0
    assert spearman(a, -a) == -1.0
    assert spearman(a, np.zeros(4)) == 0.0
    # Pearson's correlation of the average ranks (1, 2.5, 2.5, 4) and (2, 1, 3, 4), by hand: 3 / sqrt(4.5 * 5).
    assert spearman(a, np.array([2.0, 1.0, 3.0, 4.0])) == pytest.approx(3 / np.sqrt(22.5), abs=1e-15)


def test_moments_ignore_unknown_values_and_count_them() -> None:
    matrix = np.array([[1, np.nan], [3, np.nan], [np.nan, np.nan], [2, np.nan]], dtype=np.float32)
    known, unknown = feature_moments(matrix, (0, 1))
    assert (known.mean, known.standard_deviation, known.missing) == (2.0, pytest.approx(np.sqrt(2 / 3)), 0.25)
    assert (unknown.mean, unknown.standard_deviation, unknown.missing) == (0.0, 0.0, 1.0)


def test_the_explanation_names_the_planted_features_and_repeats(bench: Bench) -> None:
    result = final(bench, iterations=40)
    assert result.explanation is not None
    told = json.loads(bench.store.read(result.explanation))
    assert told["features"] == FEATURES
    # momentum_20 carries the signal; turnover_20 is noise.
    for measure in (told["gain"], told["permutation"]["fall"], told["shap"]["meanAbsolute"]):
        assert measure[0] == max(measure)
        assert measure[0] > 2 * abs(measure[3])
    rising = told["partialDependence"][0]
    assert rising["value"] == sorted(rising["value"])
    assert rising["score"][-1] > rising["score"][0]
    native = lgb.Booster(model_str=bench.store.read(result.native_model).decode())
    recent = bench.context().windows.rows.matrix[-2000:]
    total = told["shap"]["base"] + sum(told["shap"]["meanSigned"])
    assert total == pytest.approx(float(native.predict(recent, raw_score=True).mean()), abs=1e-9)
    assert final(bench, iterations=40).explanation == result.explanation
