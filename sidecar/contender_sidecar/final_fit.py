"""Fits the model that will serve, exports it, and writes the rows that prove the export."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import lightgbm as lgb
import numpy as np
import pyarrow as pa
from scipy.stats import rankdata

from contender_sidecar.artifacts import JSON, LIGHTGBM_TEXT, ONNX, PARQUET
from contender_sidecar.boosting import fit_iterations
from contender_sidecar.environment import code_hash, training_environment
from contender_sidecar.explanation import explain
from contender_sidecar.failures import ContractViolation
from contender_sidecar.fitting import Fit, fit_of, predict
from contender_sidecar.generated.contracts import FitFinalInput, FitFinalResult
from contender_sidecar.onnx_export import export_onnx
from contender_sidecar.parity_set import KINDS, ParitySet, build_parity_set
from contender_sidecar.predictions import parquet_bytes, read_fold_predictions
from contender_sidecar.progress import Progress
from contender_sidecar.training_rows import SessionWindow
from contender_sidecar.tree_model import parse_text_model
from contender_sidecar.trial import fit_key, tested, trained

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from contender_sidecar.trial import TrialContext


def fit_final(message: FitFinalInput, context: TrialContext) -> FitFinalResult:
    """Fit every labelled row of the window for a fixed number of iterations; store model, ONNX and parity set.

    The same message gives the same bytes. Raises the typed training failures.
    """
    rows = context.windows.rows
    names = message.trial.recipe.features
    # The number of iterations is given, so nothing is held back to find it.
    params = message.trial.recipe.params.model_copy(update={"early_stopping_rounds": 0})
    recipe = message.trial.recipe.model_copy(update={"params": params})
    window_sessions = SessionWindow(message.train_from, message.train_to)
    reserved = sorted({"kind", "expected"} & set(names))
    if reserved:
        raise ContractViolation(f"a feature is named as a column of the parity set: {', '.join(reserved)}")
    fit = fit_of(recipe, rows, seed=message.seed, threads=context.threads)
    columns = fit.columns
    stored = context.store.read(message.last_fold_predictions)
    last_at, last_predictions = read_fold_predictions(stored, rows, message.last_fold)

    window = context.windows.get(fit, window_sessions, 0)
    environment = training_environment(context.threads)
    key = fit_key(
        rows,
        recipe,
        fit,
        environment=environment,
        seed=message.seed,
        final={"from": message.train_from, "to": message.train_to, "iterations": message.iterations},
    )
    checkpoint = context.scratch.border(key, use=message.checkpoints == "use")
    booster = fit_iterations(
        fit,
        window.whole,
        message.iterations,
        lambda iteration: context.on_progress(Progress(1, 1, iteration)),
        checkpoint,
    )
    checkpoint.clear()
    text = booster.model_to_string()
    # The stored text is the model from here on: what it predicts is what the export must give.
    native = lgb.Booster(model_str=text)
    exported = export_onnx(text)
    parity = _parity(text, native, context, fit, message.parity_rows)
    labelled = context.windows.labelled(window_sessions)
    agreement = spearman(predict(native, rows.matrix[last_at][:, list(columns)], fit.threads), last_predictions)
    explanation = explain(
        native,
        fit,
        context.windows,
        iterations=message.iterations,
        trained=trained(message.last_fold),
        tested=tested(message.last_fold),
    )
    gains = native.feature_importance("gain")
    return FitFinalResult.model_validate(
        {
            "nativeModel": context.store.put(text.encode(), LIGHTGBM_TEXT),
            "onnx": context.store.put(exported, ONNX),
            "parity": context.store.put(_parity_parquet(parity, names), PARQUET),
            "trees": native.num_trees(),
            "trainedRows": window.rows,
            "rankCorrelationWithLastFold": agreement,
            "featureMoments": [
                moments.as_message(name)
                for name, moments in zip(names, feature_moments(rows.matrix[labelled], columns), strict=True)
            ],
            "gainImportance": [{"feature": name, "gain": float(gain)} for name, gain in zip(names, gains, strict=True)],
            "environment": environment,
            "sidecarCode": code_hash(),
            "explanation": context.store.put(explanation, JSON),
        }
    )


def spearman(a: NDArray[np.float64], b: NDArray[np.float64]) -> float:
    """Spearman's rank correlation with average ranks for ties; 0 when either side is constant.

    A constant side shows no agreement, and the gate that reads this number must not take its absence for one.
    """
    x, y = rankdata(a) - (len(a) + 1) / 2, rankdata(b) - (len(b) + 1) / 2
    scale = np.sqrt(np.sum(x * x) * np.sum(y * y))
    if scale == 0:
        return 0.0
    return float(np.clip(np.sum(x * y) / scale, -1.0, 1.0))


@dataclass(frozen=True)
class Moments:
    """Mean and population standard deviation of the known values, and the share of unknown ones."""

    mean: float
    standard_deviation: float
    missing: float

    def as_message(self, feature: str) -> dict[str, object]:
        """The contract's form."""
        return {
            "feature": feature,
            "mean": self.mean,
            "standardDeviation": self.standard_deviation,
            "missing": self.missing,
        }


def feature_moments(matrix: NDArray[np.float32], columns: tuple[int, ...]) -> list[Moments]:
    """Moments of each column in float64; a column without any known value has mean 0 and deviation 0."""
    moments: list[Moments] = []
    for column in columns:
        values = matrix[:, column].astype(np.float64)
        known = values[~np.isnan(values)]
        missing = 1 - len(known) / len(values)
        if len(known) == 0:
            moments.append(Moments(0.0, 0.0, missing))
        else:
            moments.append(Moments(float(known.mean()), float(known.std()), missing))
    return moments


def _parity(text: str, native: lgb.Booster, context: TrialContext, fit: Fit, parity_rows: int) -> ParitySet:
    newest = context.windows.rows.matrix[-parity_rows:][:, list(fit.columns)]
    return build_parity_set(
        parse_text_model(text), newest, lambda matrix: predict(native, matrix, fit.threads), fit.seed
    )


def _parity_parquet(parity: ParitySet, names: list[str]) -> bytes:
    kinds = pa.array(KINDS, type=pa.string())
    columns = {"kind": kinds.take(pa.array(parity.kind))}
    columns |= {name: pa.array(parity.matrix[:, at], from_pandas=False) for at, name in enumerate(names)}
    columns["expected"] = pa.array(parity.expected)
    return parquet_bytes(pa.table(columns))
