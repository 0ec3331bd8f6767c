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
from dataclasses import dataclass
from multiprocessing import connection, parent_process
from pathlib import Path
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

    from contender_sidecar.artifacts import Bucket

PR_SET_PDEATHSIG = 1
# Serving and Postgres share the machine; training yields to them a little. More, and a busy machine would starve it.
NICENESS = 2

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


def main(pipe: Connection, artifacts_root: str, bucket: Bucket | None, parent_pid: int) -> None:
    """Serve jobs until the pipe closes. Ends at once when the parent dies, however it dies."""
    _die_with_parent(parent_pid)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group; the parent decides
    os.nice(NICENESS)
    # Imported here alone: the parent shares this module and must not load the numerical libraries.
    from contender_sidecar.job_runner import JobRunner  # noqa: PLC0415

    runner = JobRunner(Path(artifacts_root), bucket, pipe.send)
    while True:
        try:
            job = pipe.recv()
        except EOFError:
            return
        pipe.send(runner.run(job))


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
