"""The process that fits: one job at a time, over a pipe, with the decoded rows and their bins kept warm.

It is a process of its own so that a fit can be stopped at any moment (a boosting round cannot be interrupted from
within) and so that running out of memory takes no other fit along.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys
import threading
import time
from collections import OrderedDict
from dataclasses import dataclass
from multiprocessing import connection, parent_process
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from contender_sidecar.artifacts import ArtifactStore
from contender_sidecar.failures import TrainingFailure, TrainingMemoryLimit
from contender_sidecar.scratch import Scratch

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

    from contender_sidecar.fitting import Windows
    from contender_sidecar.progress import Progress

PR_SET_PDEATHSIG = 1
# Serving and Postgres share the machine; training yields to them.
NICENESS = 5
PROGRESS_SECONDS = 0.2
SNAPSHOTS_KEPT = 2

JobKind = Literal["runTrial", "fitFinal"]


@dataclass(frozen=True)
class Job:
    """An activity's message, already valid, as JSON; and the threads it may use."""

    kind: JobKind
    message: dict[str, object]
    threads: int


@dataclass(frozen=True)
class Finished:
    """The result message as JSON, and how many folds an earlier attempt had finished."""

    result: dict[str, object]
    resumed_folds: int


@dataclass(frozen=True)
class Failed:
    """A typed training failure; or, with `defect`, an error of our own."""

    failure: str
    message: str
    details: dict[str, object]
    defect: bool = False


def main(pipe: Connection, artifacts_root: str, parent_pid: int) -> None:
    """Serve jobs until the pipe closes. Ends at once when the parent dies, however it dies."""
    _die_with_parent(parent_pid)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group; the parent decides
    os.nice(NICENESS)
    worker = _FitWorker(pipe, Path(artifacts_root))
    worker.warm_up()
    while True:
        try:
            job = pipe.recv()
        except EOFError:
            return
        pipe.send(worker.run(job))


class _FitWorker:
    def __init__(self, pipe: Connection, artifacts_root: Path) -> None:
        self._pipe = pipe
        self._store = ArtifactStore(artifacts_root)
        self._scratch = Scratch(artifacts_root)
        self._windows: OrderedDict[str, Windows] = OrderedDict()
        self._last_progress = 0.0
        self._resumed_folds = 0

    def warm_up(self) -> None:
        """Import the numerical libraries now; the first job should not pay for them."""
        from contender_sidecar import final_fit  # noqa: F401, PLC0415  the parent must not load it

    def run(self, job: Job) -> Finished | Failed:
        self._resumed_folds = 0
        self._last_progress = 0.0
        try:
            return Finished(self._dispatch(job), self._resumed_folds)
        except TrainingFailure as failure:
            return Failed(type(failure).__name__, failure.message, failure.details)
        except MemoryError:
            return Failed(TrainingMemoryLimit.__name__, "the fit ran out of memory", {})
        except Exception as error:
            if "bad_alloc" in str(error) or "bad allocation" in str(error):
                return Failed(TrainingMemoryLimit.__name__, f"the fit ran out of memory: {error}", {})
            return Failed(type(error).__name__, str(error), {}, defect=True)

    def _dispatch(self, job: Job) -> dict[str, object]:
        from contender_sidecar.final_fit import fit_final  # noqa: PLC0415
        from contender_sidecar.generated.contracts import FitFinalInput, RunTrialInput  # noqa: PLC0415
        from contender_sidecar.trial import TrialContext, run_trial  # noqa: PLC0415

        parse = RunTrialInput if job.kind == "runTrial" else FitFinalInput
        message = parse.model_validate(job.message)
        context = TrialContext(
            store=self._store,
            scratch=self._scratch,
            windows=self._windows_of(message),
            threads=job.threads,
            on_progress=self._report,
        )
        result = run_trial(message, context) if isinstance(message, RunTrialInput) else fit_final(message, context)
        return result.model_dump(mode="json", by_alias=True)

    def _windows_of(self, message: object) -> Windows:
        from contender_sidecar.fitting import Windows  # noqa: PLC0415
        from contender_sidecar.training_rows import load_rows  # noqa: PLC0415

        # Loaded for every job: it verifies the artifact's hash, which costs milliseconds. Bins are kept by that hash.
        rows = load_rows(self._store, self._scratch, message.rows)
        windows = self._windows.pop(rows.sha256, None) or Windows(rows)
        self._windows[rows.sha256] = windows
        while len(self._windows) > SNAPSHOTS_KEPT:
            self._windows.popitem(last=False)
        return windows

    def _report(self, progress: Progress) -> None:
        self._resumed_folds = progress.resumed_folds
        now = time.monotonic()
        if now - self._last_progress >= PROGRESS_SECONDS:
            self._last_progress = now
            self._pipe.send(progress)


def _die_with_parent(parent_pid: int) -> None:
    """Leave no orphan when the sidecar is killed: it cannot clean up then.

    The kernel's signal is immediate where it exists (Linux); the watching thread works everywhere. A boosting round
    does not hold the interpreter lock, so the thread runs during a fit.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent_pid:
        os._exit(1)
    parent = parent_process()
    if parent is not None:
        threading.Thread(target=_watch, args=(parent.sentinel,), daemon=True).start()


def _watch(sentinel: int) -> None:
    connection.wait([sentinel])
    os._exit(1)
