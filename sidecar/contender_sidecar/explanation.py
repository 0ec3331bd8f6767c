"""What a model uses and how: gain, permutation importance out of sample, partial dependence, SHAP summary.

Permutation (Breiman 2001, section 10) is measured where the model could not have looked: the last fold's recipe is
fitted on its training window, and the columns of its test block are permuted one at a time, within each session. The
number is the fall of the mean rank IC per session. Partial dependence (Friedman 2001, section 8.2) and SHAP (Lundberg
and Lee 2017, TreeSHAP) are those of the model that serves, on recent rows. All of it describes; nothing decides on it.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np
from scipy.stats import rankdata

from contender_sidecar.boosting import fit_iterations
from contender_sidecar.fitting import predict

if TYPE_CHECKING:
    import lightgbm as lgb
    from numpy.typing import NDArray

    from contender_sidecar.fitting import Fit, Windows
    from contender_sidecar.training_rows import SessionWindow

PERMUTATIONS = 3
RECENT_ROWS = 2000
GRID = 20
SEED = 0x6578706C


def explain(
    model: lgb.Booster,
    fit: Fit,
    windows: Windows,
    *,
    iterations: int,
    trained: SessionWindow,
    tested: SessionWindow,
) -> bytes:
    """Give the explanation as canonical JSON; the same model and rows give the same bytes."""
    rows = windows.rows
    columns = list(fit.columns)
    recent = np.ascontiguousarray(rows.matrix[-RECENT_ROWS:][:, columns])
    body = {
        "schema": 1,
        "features": list(fit.names),
        "gain": [float(gain) for gain in model.feature_importance("gain")],
        "permutation": _permutation(fit, windows, iterations, trained, tested),
        "partialDependence": _partial_dependence(model, recent, fit.threads),
        "shap": _shap(model, recent, fit.threads),
    }
    return json.dumps(body, sort_keys=True, separators=(",", ":"), allow_nan=False).encode()


def mean_rank_ic(
    prediction: NDArray[np.float64], label: NDArray[np.float32], session: NDArray[np.int32]
) -> float | None:
    """Mean over sessions of Spearman's correlation; None when no session varies on both sides."""
    values: list[float] = []
    for day in np.unique(session):
        at = session == day
        x, y = rankdata(prediction[at]), rankdata(label[at])
        x, y = x - x.mean(), y - y.mean()
        scale = float(np.sqrt(np.sum(x * x) * np.sum(y * y)))
        if scale > 0:
            values.append(float(np.sum(x * y)) / scale)
    return float(np.mean(values)) if values else None


def _permutation(
    fit: Fit, windows: Windows, iterations: int, trained: SessionWindow, tested: SessionWindow
) -> dict[str, object]:
    rows = windows.rows
    at = windows.labelled(tested)
    block, label, session = rows.matrix[at][:, list(fit.columns)], rows.label[at], rows.session[at]
    booster = fit_iterations(fit, windows.get(fit, trained, 0).whole, iterations, lambda _: None)
    base = mean_rank_ic(predict(booster, block, fit.threads), label, session) if len(at) > 0 else None
    falls: list[float | None] = []
    for column in range(len(fit.names)):
        generator = np.random.default_rng([SEED, fit.seed, column])
        measured: list[float] = []
        for _ in range(PERMUTATIONS if base is not None else 0):
            permuted = block.copy()
            # By a random key within each session: who has the value changes, what the session looks like does not.
            order = np.lexsort((generator.random(len(session)), session))
            permuted[:, column] = block[order, column]
            ic = mean_rank_ic(predict(booster, permuted, fit.threads), label, session)
            measured.append(0.0 if ic is None else ic)
        falls.append(None if base is None else base - float(np.mean(measured)))
    return {"from": tested.first, "to": tested.last, "rows": len(at), "meanRankIc": base, "fall": falls}


def _partial_dependence(model: lgb.Booster, recent: NDArray[np.float32], threads: int) -> list[dict[str, list[float]]]:
    curves: list[dict[str, list[float]]] = []
    for column in range(recent.shape[1]):
        known = recent[:, column][~np.isnan(recent[:, column])]
        grid = np.unique(np.quantile(known, np.linspace(0.02, 0.98, GRID)).astype(np.float32)) if len(known) else known
        means: list[float] = []
        for value in grid:
            moved = recent.copy()
            moved[:, column] = value
            means.append(float(predict(model, moved, threads).mean()))
        curves.append({"value": [float(value) for value in grid], "score": means})
    return curves


def _shap(model: lgb.Booster, recent: NDArray[np.float32], threads: int) -> dict[str, list[float] | float]:
    contributions = np.asarray(model.predict(recent, pred_contrib=True, num_threads=threads), dtype=np.float64)
    return {
        "meanAbsolute": [float(value) for value in np.abs(contributions[:, :-1]).mean(axis=0)],
        "meanSigned": [float(value) for value in contributions[:, :-1].mean(axis=0)],
        "base": float(contributions[:, -1].mean()),
    }
