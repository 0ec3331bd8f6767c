"""Runs one trial and its final fit on the tests' snapshot and prints both results as one JSON line.

Usage: python run_training.py STORE_DIR
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[3] / "sidecar"))

from contender_sidecar.final_fit import fit_final
from contender_sidecar.trial import run_trial
from tests.snapshots import Bench

bench = Bench(Path(sys.argv[1]))
trial = run_trial(bench.parse_trial(), bench.context())
final = fit_final(bench.parse_final(trial.predictions), bench.context())
messages = {
    "trialInput": bench.trial_message(),
    "trial": trial.model_dump(mode="json", by_alias=True),
    "finalInput": bench.final_message(trial.predictions),
    "final": final.model_dump(mode="json", by_alias=True),
}
sys.stdout.write(json.dumps(messages))
