"""Plays two machines that share nothing but a bucket: a trial killed on the first one is finished on the second.

Usage: python bucket_checkpoints.py, with CONTENDER_ARTIFACTS_URL and the keys in the environment. Prints what was seen as JSON.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
import time
from pathlib import Path

from pyarrow import fs

sys.path.insert(0, str(Path(__file__).parents[3] / "sidecar"))

from contender_sidecar import boosting
from contender_sidecar.artifacts import PARQUET, open_store
from contender_sidecar.bucket_checkpoints import BucketCheckpoints
from contender_sidecar.bucket_store import open_file_system
from contender_sidecar.checkpoints import KEEP_SECONDS
from contender_sidecar.config import read_settings
from contender_sidecar.fitting import Windows
from contender_sidecar.progress import Progress
from contender_sidecar.scratch import Scratch
from contender_sidecar.training_rows import load_rows
from contender_sidecar.trial import TrialContext, run_trial
from tests.snapshots import Bench

# Each border is kept, however little time it took.
boosting.SAVE_SECONDS = 0.0

settings = read_settings(os.environ)
bucket = settings.bucket
if bucket is None:
    raise SystemExit("CONTENDER_ARTIFACTS_URL names no bucket")


class KilledError(BaseException):
    """The end of a process, as far as one process can play it."""


def machine(root: Path, on_progress) -> TrialContext:
    store, scratch = open_store(root, bucket), Scratch(root, bucket)
    return TrialContext(store, scratch, Windows(load_rows(store, scratch, alone.rows)), 1, on_progress)


def dying(progress: Progress) -> None:
    if (progress.fold, progress.iteration) == (2, 133):
        raise KilledError


def kept(kind: str) -> list[str]:
    selector = fs.FileSelector(f"{bucket.name}/{bucket.prefix}.scratch/{kind}", allow_not_found=True, recursive=True)
    return [info.base_name for info in files.get_file_info(selector) if info.type == fs.FileType.File]


files = open_file_system(bucket)
with tempfile.TemporaryDirectory() as name:
    folder = Path(name)
    alone = Bench(folder / "alone")
    message = alone.parse_trial(maxIterations=180, learningRate=0.03)
    expected = run_trial(message, alone.context())
    open_store(folder, bucket).put(alone.store.read(alone.rows), PARQUET)
    try:
        run_trial(message, machine(folder / "first", dying))
    except KilledError:
        borders = kept("borders")
    seen: list[Progress] = []
    again = run_trial(message, machine(folder / "second", seen.append))
    checkpoints = BucketCheckpoints(bucket)
    done = kept("borders")
    torn = kept("folds")[0]
    content = checkpoints.read("folds", torn)
    checkpoints.write("folds", torn, content[:-3])
    now = time.time()
    sys.stdout.write(
        json.dumps(
            {
                "bordersAfterTheKill": len(borders),
                "firstRoundOfTheOther": next(one.iteration for one in seen if one.fold == 2),
                "foldsTakenOver": seen[-1].resumed_folds,
                "samePredictions": again.predictions == expected.predictions,
                "bordersAfterTheEnd": len(done),
                "tornCheckpointIsNone": Scratch(folder, bucket).load_fold(torn) is None,
                "prunedNow": checkpoints.prune(now),
                "prunedAfterAWeek": checkpoints.prune(now + KEEP_SECONDS + 60),
            }
        )
    )
