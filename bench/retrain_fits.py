"""The peer of `npm run bench:retrain`: the same fits by a bare script, two processes and a list, nothing that survives anything.

    python bench/retrain_fits.py MESSAGES.json ARTIFACTS PROCESSES

MESSAGES.json holds the messages of `runTrial`; ARTIFACTS the store with their rows. Prints one JSON object.
"""

import json
import resource
import shutil
import sys
import tempfile
import time
from multiprocessing import get_context
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "sidecar"))

STATE = {}


def begin(artifacts: str, scratch: str) -> None:
    """Open the store once in each process."""
    from contender_sidecar.artifacts import FolderStore
    from contender_sidecar.scratch import Scratch

    STATE["store"] = FolderStore(Path(artifacts))
    STATE["scratch"] = Scratch(Path(scratch))


def fit(message: dict) -> tuple[str, str, float]:
    """One trial, every fold anew; gives its id, the hash of its predictions, and the processor time so far."""
    from contender_sidecar.fitting import Windows
    from contender_sidecar.generated.contracts import RunTrialInput
    from contender_sidecar.training_rows import load_rows
    from contender_sidecar.trial import TrialContext, run_trial

    parsed = RunTrialInput.model_validate(message | {"checkpoints": "ignore"})
    if "windows" not in STATE:
        STATE["windows"] = Windows(load_rows(STATE["store"], STATE["scratch"], parsed.rows))
    context = TrialContext(STATE["store"], STATE["scratch"], STATE["windows"], parsed.threads, lambda _: None)
    result = run_trial(parsed, context)
    return result.trial_id, result.predictions.sha256, time.process_time()


def main() -> None:
    """Run all messages and print wall time, processor time and what came out."""
    messages, artifacts, processes = json.loads(Path(sys.argv[1]).read_text()), sys.argv[2], int(sys.argv[3])
    scratch = tempfile.mkdtemp(prefix="contender-fits-")
    started = time.monotonic()
    try:
        with get_context("spawn").Pool(processes, begin, (artifacts, scratch)) as pool:
            results = pool.map(fit, messages, chunksize=1)
        seconds = time.monotonic() - started
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    predictions = {trial: sha256 for trial, sha256, _ in results}
    print(json.dumps({"seconds": seconds, "cpuSeconds": used.ru_utime + used.ru_stime, "predictions": predictions}))


if __name__ == "__main__":
    main()
