"""Runs jobs inside a fitting process, keeping the decoded rows and their bins warm between them."""

from __future__ import annotations

import errno
import time
from collections import OrderedDict
from typing import TYPE_CHECKING

from contender_sidecar.artifacts import open_store
from contender_sidecar.failures import ArtifactStoreUnavailable, TrainingFailure, TrainingMemoryLimit
from contender_sidecar.final_fit import fit_final
from contender_sidecar.fit_process import Failed, Finished
from contender_sidecar.fitting import Windows
from contender_sidecar.generated.contracts import ArtifactRef, FitFinalInput, RunTrialInput
from contender_sidecar.scratch import Scratch
from contender_sidecar.training_rows import load_rows
from contender_sidecar.trial import TrialContext, run_trial

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from contender_sidecar.artifacts import Bucket
    from contender_sidecar.fit_process import Job
    from contender_sidecar.progress import Progress

DISK_ERRORS = (errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EIO)
PROGRESS_SECONDS = 0.2
SNAPSHOTS_KEPT = 2


class JobRunner:
    """One job after the other; `report` hears of progress a few times a second."""

    def __init__(self, artifacts_root: Path, bucket: Bucket | None, report: Callable[[Progress], None]) -> None:
        self._store = open_store(artifacts_root, bucket)
        self._scratch = Scratch(artifacts_root, bucket)
        self._report = report
        self._windows: OrderedDict[str, Windows] = OrderedDict()
        self._last_report = 0.0
        self._resumed_folds = 0

    def run(self, job: Job) -> Finished | Failed:
        """Run one job. Every error is an answer; none ends the process."""
        self._resumed_folds = 0
        self._last_report = 0.0
        try:
            return Finished(self._dispatch(job), self._resumed_folds)
        except Exception as error:
            return _failed(error)

    def _dispatch(self, job: Job) -> dict[str, object]:
        contract = RunTrialInput if job.kind == "runTrial" else FitFinalInput
        message = contract.model_validate(job.message)
        context = TrialContext(
            store=self._store,
            scratch=self._scratch,
            windows=self._windows_of(message.rows),
            threads=job.threads,
            on_progress=self._on_progress,
        )
        result = run_trial(message, context) if isinstance(message, RunTrialInput) else fit_final(message, context)
        return result.model_dump(mode="json", by_alias=True)

    def _windows_of(self, ref: ArtifactRef) -> Windows:
        # Loaded for every job: it verifies the artifact's hash, which costs milliseconds. Bins are kept by that hash.
        rows = load_rows(self._store, self._scratch, ref)
        windows = self._windows.pop(rows.sha256, None) or Windows(rows)
        self._windows[rows.sha256] = windows
        while len(self._windows) > SNAPSHOTS_KEPT:
            self._windows.popitem(last=False)
        return windows

    def _on_progress(self, progress: Progress) -> None:
        self._resumed_folds = progress.resumed_folds
        now = time.monotonic()
        if now - self._last_report >= PROGRESS_SECONDS:
            self._last_report = now
            self._report(progress)


def _failed(error: Exception) -> Failed:
    """Name a cause that is known; what is not is a defect of ours."""
    name, text = type(error).__name__, str(error)
    if isinstance(error, TrainingFailure):
        return Failed(name, error.message, error.details)
    if isinstance(error, ArtifactStoreUnavailable):
        return Failed(name, text, {})
    if isinstance(error, OSError) and error.errno in DISK_ERRORS:
        # Checkpoints and decoded rows lie beside the artifacts: what is full for them is full for those.
        return Failed(ArtifactStoreUnavailable.__name__, f"the disk cannot be written: {text}", {})
    if isinstance(error, MemoryError) or "bad_alloc" in text or "bad allocation" in text:
        return Failed(TrainingMemoryLimit.__name__, f"the fit ran out of memory: {text or name}", {})
    return Failed(name, text, {}, defect=True)
