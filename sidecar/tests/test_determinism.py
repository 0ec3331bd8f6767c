"""Two processes, as different as an operator could make them, give the same bytes."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from contender_sidecar.generated.contracts import FitFinalResult
from tests.snapshots import Bench

SIDECAR = Path(__file__).parents[1]
PROGRAM = """
import sys
from pathlib import Path
from contender_sidecar.generated.contracts import FitFinalResult
from tests.snapshots import Bench
from contender_sidecar.final_fit import fit_final
from contender_sidecar.trial import run_trial

bench = Bench(Path(sys.argv[1]))
trial = run_trial(bench.parse_trial(earlyStoppingRounds=5, maxIterations=60), bench.context())
final = fit_final(bench.parse_final(trial.predictions), bench.context())
print(final.model_dump_json(by_alias=True))
"""


def result(root: Path, **environment: str) -> FitFinalResult:
    finished = subprocess.run(  # noqa: S603
        [sys.executable, "-c", PROGRAM, str(root)],
        cwd=SIDECAR,
        env=os.environ | environment,
        check=True,
        capture_output=True,
        timeout=120,
    )
    return FitFinalResult.model_validate_json(finished.stdout)


def test_hash_seed_zone_locale_and_thread_settings_do_not_move_a_byte(tmp_path: Path) -> None:
    plain = result(
        tmp_path / "a",
        PYTHONHASHSEED="1",
        TZ="UTC",
        LC_ALL="C",
        OMP_NUM_THREADS="1",
    )
    strange = result(
        tmp_path / "b", PYTHONHASHSEED="77", TZ="Asia/Taipei", LC_ALL="de_DE.UTF-8", OMP_NUM_THREADS="2", LANG="tr_TR"
    )
    assert plain == strange


def test_the_results_hold_no_trace_of_where_they_were_made(tmp_path: Path) -> None:
    root = tmp_path / "a-folder-with-a-name-of-its-own"
    made = result(root)
    store = Bench(root).store
    for reference in (made.native_model, made.onnx, made.parity):
        assert b"a-folder-with-a-name" not in store.read(reference)
