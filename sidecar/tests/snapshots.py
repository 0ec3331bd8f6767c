"""Snapshots, messages and stores for the tests."""

from __future__ import annotations

import hashlib
from datetime import date, timedelta
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from contender_sidecar.artifacts import PARQUET, FolderStore
from contender_sidecar.fitting import Windows
from contender_sidecar.generated.contracts import ArtifactRef, FitFinalInput, RunTrialInput
from contender_sidecar.scratch import Scratch
from contender_sidecar.training_rows import load_rows
from contender_sidecar.trial import TrialContext

if TYPE_CHECKING:
    from pathlib import Path

    from contender_sidecar.progress import Progress

FEATURES = ["momentum_20", "reversal_5", "volatility_20", "turnover_20"]
FIRST = date(2020, 1, 1)


def session(index: int) -> str:
    """The index-th session; every calendar day is one."""
    return (FIRST + timedelta(days=index)).isoformat()


def snapshot_table(*, sessions: int = 120, symbols: int = 20, seed: int = 1) -> pa.Table:
    """A planted signal in the first two features, 2 % unknown values, labels unknown in the last 6 sessions."""
    rng = np.random.default_rng(seed)
    rows = sessions * symbols
    matrix = rng.normal(size=(rows, len(FEATURES))).astype(np.float32)
    noise = rng.normal(size=rows)
    score = matrix[:, 0] - 0.5 * matrix[:, 1] * (matrix[:, 2] > 0) + noise
    by_session = score.reshape(sessions, symbols)
    ranks = by_session.argsort(axis=1).argsort(axis=1) / (symbols - 1) - 0.5
    known = np.repeat(np.arange(sessions) < sessions - 6, symbols)
    matrix[rng.random(matrix.shape) < 0.02] = np.nan
    days = [FIRST + timedelta(days=index) for index in range(sessions)]
    columns: dict[str, pa.Array] = {
        "symbol": pa.array([f"S{at:03d}" for at in range(symbols)] * sessions),
        "session": pa.array([day for day in days for _ in range(symbols)], type=pa.date32()),
        "session_index": pa.array(np.repeat(np.arange(sessions, dtype=np.int32), symbols)),
    }
    columns |= {name: pa.array(matrix[:, at]) for at, name in enumerate(FEATURES)}
    columns["label"] = pa.array(ranks.ravel().astype(np.float32), mask=~known)
    return pa.table(columns)


def replace_column(table: pa.Table, name: str, values: pa.Array) -> pa.Table:
    """The table with one column exchanged."""
    return table.set_column(table.column_names.index(name), name, values)


class Bench:
    """A store with one snapshot, and the messages that train on it."""

    def __init__(self, root: Path, table: pa.Table | None = None) -> None:
        self.root = root
        self.store = FolderStore(root)
        self.scratch = Scratch(root)
        self.progress: list[Progress] = []
        sink = pa.BufferOutputStream()
        pq.write_table(snapshot_table() if table is None else table, sink)
        self.rows = self.store.put(sink.getvalue().to_pybytes(), PARQUET)

    def trial(self, *, features: list[str] | None = None, **params: object) -> dict[str, object]:
        """A trial with small hyper-parameters."""
        chosen = {
            "objective": "regression",
            "numLeaves": 7,
            "learningRate": 0.1,
            "maxIterations": 20,
            "earlyStoppingRounds": 0,
            "minDataInLeaf": 20,
            "featureFraction": 0.8,
            "baggingFraction": 0.8,
            "lambdaL2": 1.0,
            "maxBin": 63,
        } | params
        recipe: dict[str, object] = {
            "market": "XTAI",
            "featureSet": "price_volume",
            "features": FEATURES if features is None else features,
            "label": {"kind": "forward_return_rank", "horizonSessions": 5, "entryDelaySessions": 1},
            "portfolio": {
                "kind": "long_only_excess",
                "holdSessions": 5,
                "topFraction": 0.1,
                "turnoverBuffer": 0.2,
                "costs": "market",
            },
            "params": chosen,
            "fitting": {"monotone": {}, "weightHalfLifeSessions": 0},
            "foldPlan": {"trainSessions": 60, "testSessions": 20, "purgeSessions": 6, "embargoSessions": 0},
        }
        digest = hashlib.sha256(repr(recipe).encode()).hexdigest()
        return {"trialId": digest, "recipeHash": digest, "recipe": recipe}

    def folds(self) -> list[dict[str, object]]:
        """Two walk-forward folds; the second block reaches into the sessions without labels."""
        return [
            {
                "index": index,
                "trainFrom": session(20 * index),
                "trainTo": session(20 * index + 59),
                "testFrom": session(20 * index + 66),
                "testTo": session(min(119, 20 * index + 99)) if index == 1 else session(85),
                "trainGaps": [],
                "testGaps": [],
            }
            for index in range(2)
        ]

    def trial_message(self, *, features: list[str] | None = None, **params: object) -> dict[str, object]:
        """RunTrialInput as JSON."""
        return {
            "correlationId": "test",
            "rows": self.rows.model_dump(by_alias=True),
            "trial": self.trial(features=features, **params),
            "folds": self.folds(),
            "seed": 7,
            "threads": 1,
            "maxSeconds": 60,
            "checkpoints": "use",
        }

    def final_message(self, predictions: ArtifactRef, **changes: object) -> dict[str, object]:
        """FitFinalInput as JSON."""
        return {
            "correlationId": "test",
            "rows": self.rows.model_dump(by_alias=True),
            "trial": self.trial(),
            "iterations": 20,
            "trainFrom": session(40),
            "trainTo": session(113),
            "lastFold": self.folds()[1],
            "lastFoldPredictions": predictions.model_dump(by_alias=True),
            "seed": 7,
            "threads": 1,
            "maxSeconds": 60,
            "parityRows": 200,
        } | changes

    def parse_trial(self, *, features: list[str] | None = None, **params: object) -> RunTrialInput:
        return RunTrialInput.model_validate(self.trial_message(features=features, **params))

    def parse_final(self, predictions: ArtifactRef, **changes: object) -> FitFinalInput:
        return FitFinalInput.model_validate(self.final_message(predictions, **changes))

    def context(self, *, threads: int = 1) -> TrialContext:
        """A context with nothing cached."""
        return TrialContext(
            store=self.store,
            scratch=self.scratch,
            windows=Windows(load_rows(self.store, self.scratch, self.rows)),
            threads=threads,
            on_progress=self.progress.append,
        )
