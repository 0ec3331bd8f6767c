"""Fits the final model of one objective on a snapshot of more than 100,000 rows and prints the result as one JSON line.

Usage: python fit_objectives.py STORE_DIR OBJECTIVE
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[3] / "sidecar"))

from contender_sidecar.final_fit import fit_final
from contender_sidecar.generated.contracts import FitFinalInput, RunTrialInput
from contender_sidecar.trial import run_trial
from tests.snapshots import Bench, session, snapshot_table

SESSIONS, SYMBOLS, PARITY_ROWS = 420, 260, 100_000

bench = Bench(Path(sys.argv[1]), snapshot_table(sessions=SESSIONS, symbols=SYMBOLS))
trial = bench.trial(objective=sys.argv[2], numLeaves=31, maxBin=1023, minDataInLeaf=50, learningRate=0.05)
fold = {
    "index": 0,
    "trainFrom": session(0),
    "trainTo": session(199),
    "testFrom": session(206),
    "testTo": session(260),
}
asked = bench.trial_message() | {"trial": trial, "folds": [fold]}
scored = run_trial(RunTrialInput.model_validate(asked), bench.context())
message = bench.final_message(
    scored.predictions,
    trial=trial,
    iterations=120,
    trainFrom=session(0),
    trainTo=session(SESSIONS - 7),
    lastFold=fold,
    parityRows=PARITY_ROWS,
)
final = fit_final(FitFinalInput.model_validate(message), bench.context())
sys.stdout.write(json.dumps(final.model_dump(mode="json", by_alias=True)))
