"""Runs jobs in warm child processes, with a time limit, a memory limit and cancellation that always ends the child."""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import signal
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from contender_sidecar import fit_process
from contender_sidecar.failures import FAILURES, ArtifactStoreUnavailable, TrainingMemoryLimit, TrainingTimeLimit
from contender_sidecar.fit_process import Failed, Finished

if TYPE_CHECKING:
    from collections.abc import Callable
    from multiprocessing.connection import Connection
    from multiprocessing.context import SpawnProcess

    from contender_sidecar.artifacts import Bucket
    from contender_sidecar.fit_process import Job
    from contender_sidecar.progress import Progress

# Heartbeats and both limits are looked at this often.
TICK_SECONDS = 1.0
CLOSE_SECONDS = 5.0
OOM_EVENTS = Path("/sys/fs/cgroup/memory.events")


class FitProcessDied(Exception):  # noqa: N818  a wire name, like the training failures
    """The fitting process ended without an answer, for a cause that another attempt may not meet."""


class FitDefect(Exception):  # noqa: N818
    """The fitting code raised an error that it does not know."""


@dataclass(eq=False)
class _Child:
    process: SpawnProcess
    pipe: Connection
    oom_kills: int = field(default_factory=lambda: _oom_kills())  # noqa: PLW0108  defined below

    def resident_bytes(self) -> int | None:
        """Memory the child holds now; None where the system does not tell."""
        try:
            pages = int(Path(f"/proc/{self.process.pid}/statm").read_text(encoding="ascii").split()[1])
        except (OSError, IndexError, ValueError):
            return None
        return pages * os.sysconf("SC_PAGE_SIZE")


class FitPool:
    """As many warm processes as jobs may run at once. All methods belong to one event loop."""

    def __init__(
        self, *, size: int, artifacts_root: Path, memory_limit_bytes: int, bucket: Bucket | None = None
    ) -> None:
        self._artifacts_root = artifacts_root
        self._bucket = bucket
        self._memory_limit_bytes = memory_limit_bytes
        self._spawn = multiprocessing.get_context("spawn")
        self._slots = asyncio.Semaphore(size)
        self._size = size
        self._idle: list[_Child] = []
        self._busy: set[_Child] = set()

    def warm_up(self) -> None:
        """Start all processes. Call it from the main thread: the kernel ties a child's life to its creator's thread."""
        while len(self._idle) + len(self._busy) < self._size:
            self._idle.append(self._start())

    async def run(self, job: Job, *, limit_seconds: float, on_tick: Callable[[Progress | None], None]) -> Finished:
        """Run one job; `on_tick` hears the latest progress about once a second, also while the job waits for a slot.

        Raises the typed training failures, FitProcessDied or FitDefect. However it is left - failure, limit,
        cancellation - no work for the job goes on afterwards.
        """
        await self._slot(on_tick)
        try:
            child = self._take()
            self._busy.add(child)
            clean = False
            try:
                result = await self._converse(child, job, time.monotonic() + limit_seconds, on_tick)
                # After running out of memory a process may hold on to what it got.
                clean = not (isinstance(result, Failed) and result.failure == TrainingMemoryLimit.__name__)
                return _unwrap(result)
            finally:
                self._busy.discard(child)
                if clean:
                    self._idle.append(child)
                else:
                    _end(child)
                    self._replace()
        finally:
            self._slots.release()

    def close(self) -> None:
        """End every process."""
        for child in [*self._idle, *self._busy]:
            _end(child)
        self._idle.clear()
        self._busy.clear()

    async def _slot(self, on_tick: Callable[[Progress | None], None]) -> None:
        while True:
            try:
                async with asyncio.timeout(TICK_SECONDS):
                    await self._slots.acquire()
            except TimeoutError:
                on_tick(None)
            else:
                return

    def _start(self) -> _Child:
        ours, theirs = self._spawn.Pipe()
        process = self._spawn.Process(
            target=fit_process.main, args=(theirs, str(self._artifacts_root), self._bucket, os.getpid()), daemon=True
        )
        process.start()
        theirs.close()
        return _Child(process, ours)

    def _take(self) -> _Child:
        while self._idle:
            child = self._idle.pop()
            if child.process.is_alive():
                return child
            _end(child)
        return self._start()

    def _replace(self) -> None:
        # Started now, so that the next job does not wait for imports.
        if len(self._idle) + len(self._busy) < self._size:
            self._idle.append(self._start())

    async def _converse(
        self, child: _Child, job: Job, deadline: float, on_tick: Callable[[Progress | None], None]
    ) -> Finished | Failed:
        loop = asyncio.get_running_loop()
        readable = asyncio.Event()
        loop.add_reader(child.pipe.fileno(), readable.set)
        latest: Progress | None = None
        next_tick = time.monotonic() + TICK_SECONDS
        try:
            try:
                child.pipe.send(job)
            except OSError:
                raise self._died(child) from None
            while True:
                while child.pipe.poll():
                    try:
                        message = child.pipe.recv()
                    except (EOFError, OSError):
                        raise self._died(child) from None
                    if isinstance(message, Finished | Failed):
                        return message
                    latest = message
                readable.clear()
                now = time.monotonic()
                self._check_limits(child, now, deadline)
                if now >= next_tick:
                    on_tick(latest)
                    next_tick = now + TICK_SECONDS
                try:
                    async with asyncio.timeout(max(0.0, min(next_tick, deadline) - now)):
                        await readable.wait()
                except TimeoutError:
                    continue
        finally:
            loop.remove_reader(child.pipe.fileno())

    def _check_limits(self, child: _Child, now: float, deadline: float) -> None:
        if now >= deadline:
            raise TrainingTimeLimit("the fit was stopped at its time limit")
        resident = child.resident_bytes()
        if resident is not None and resident > self._memory_limit_bytes:
            raise TrainingMemoryLimit(
                f"the fit held {resident // 1024**2} MiB; {self._memory_limit_bytes // 1024**2} MiB are allowed",
                residentBytes=resident,
                limitBytes=self._memory_limit_bytes,
            )

    def _died(self, child: _Child) -> Exception:
        child.process.join(CLOSE_SECONDS)
        code = child.process.exitcode
        if code == -signal.SIGKILL and _oom_kills() > child.oom_kills:
            return TrainingMemoryLimit("the fit was ended by the system for want of memory")
        return FitProcessDied(f"the fitting process ended with exit code {code}")


def _unwrap(result: Finished | Failed) -> Finished:
    if isinstance(result, Finished):
        return result
    if result.failure == ArtifactStoreUnavailable.__name__:
        raise ArtifactStoreUnavailable(result.message)
    if result.defect:
        raise FitDefect(f"{result.failure}: {result.message}")
    raise FAILURES[result.failure](result.message, **result.details)


def _end(child: _Child) -> None:
    """Kill and reap: a boosting round answers no polite request."""
    child.process.kill()
    child.process.join(CLOSE_SECONDS)
    child.pipe.close()


def _oom_kills() -> int:
    """How often the kernel killed a process of this cgroup for memory; 0 where it does not tell."""
    try:
        text = OOM_EVENTS.read_text(encoding="ascii")
    except OSError:
        return 0
    counts = dict(line.split() for line in text.splitlines())
    return int(counts.get("oom_kill", 0))
