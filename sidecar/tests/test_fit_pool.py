"""Fitting processes: limits, cancellation, death; no work and no process is ever left behind."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from contender_sidecar.failures import ArtifactCorrupt, TrainingMemoryLimit, TrainingTimeLimit
from contender_sidecar.fit_pool import FitPool, FitProcessDied
from contender_sidecar.fit_process import Job
from tests.snapshots import Bench, snapshot_table
from tests.temporal import SIDECAR, alive, fitting_processes, spawned, until

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path

    from contender_sidecar.progress import Progress

GIGABYTE = 1024**3


# Endless for these tests: every one of them stops it.
def endless(bench: Bench) -> dict[str, object]:
    return bench.trial_message(numLeaves=1023, maxIterations=5000, minDataInLeaf=2, learningRate=0.01, maxBin=255)


@contextmanager
def pool_of(bench: Bench, *, size: int = 1, memory: int = 8 * GIGABYTE) -> Generator[FitPool]:
    pool = FitPool(size=size, artifacts_root=bench.root, memory_limit_bytes=memory)
    try:
        pool.warm_up()
        yield pool
    finally:
        pool.close()


def ignore(_: Progress | None) -> None:
    """No one listens."""


def big(tmp_path: Path) -> Bench:
    return Bench(tmp_path / "artifacts", snapshot_table(symbols=200))


async def test_one_warm_process_serves_job_after_job(bench: Bench) -> None:
    with pool_of(bench) as pool:
        before = await fitting_processes(os.getpid(), 1)
        first = await pool.run(Job("runTrial", bench.trial_message(), 1), limit_seconds=60, on_tick=ignore)
        second = await pool.run(Job("runTrial", bench.trial_message(), 1), limit_seconds=60, on_tick=ignore)
        assert first.result["predictions"] == second.result["predictions"]
        assert (first.resumed_folds, second.resumed_folds) == (0, 2)
        assert spawned(os.getpid()) == before


async def test_a_time_limit_ends_the_process_and_the_next_job_gets_another(tmp_path: Path) -> None:
    bench = big(tmp_path)
    with pool_of(bench) as pool:
        (child,) = await fitting_processes(os.getpid(), 1)
        started = time.monotonic()
        with pytest.raises(TrainingTimeLimit):
            await pool.run(Job("runTrial", endless(bench), 1), limit_seconds=3, on_tick=ignore)
        assert time.monotonic() - started < 8
        assert not alive(child)
        await pool.run(Job("runTrial", bench.trial_message(), 1), limit_seconds=60, on_tick=ignore)


async def test_cancelling_a_job_ends_its_process(tmp_path: Path) -> None:
    bench = big(tmp_path)
    seen: list[Progress] = []

    def note(progress: Progress | None) -> None:
        if progress is not None:
            seen.append(progress)

    with pool_of(bench) as pool:
        (child,) = await fitting_processes(os.getpid(), 1)
        running = asyncio.create_task(pool.run(Job("runTrial", endless(bench), 1), limit_seconds=60, on_tick=note))
        await until(lambda: len(seen) > 0)
        started = time.monotonic()
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running
        assert time.monotonic() - started < 5
        assert not alive(child)
        assert seen[0].folds == 2


async def test_a_process_above_the_memory_limit_is_ended(tmp_path: Path) -> None:
    bench = big(tmp_path)
    with pool_of(bench, memory=32 * 1024**2) as pool, pytest.raises(TrainingMemoryLimit, match="32 MiB are allowed"):
        await pool.run(Job("runTrial", endless(bench), 1), limit_seconds=60, on_tick=ignore)


async def test_a_killed_process_fails_its_job_in_a_way_that_may_be_tried_again(tmp_path: Path) -> None:
    bench = big(tmp_path)
    with pool_of(bench) as pool:
        (child,) = await fitting_processes(os.getpid(), 1)
        running = asyncio.create_task(pool.run(Job("runTrial", endless(bench), 1), limit_seconds=60, on_tick=ignore))
        await asyncio.sleep(0)
        os.kill(child, signal.SIGKILL)
        with pytest.raises(FitProcessDied, match="-9"):
            await running
        await pool.run(Job("runTrial", bench.trial_message(), 1), limit_seconds=60, on_tick=ignore)


async def test_a_typed_failure_crosses_the_process_border_and_keeps_the_process(bench: Bench) -> None:
    with pool_of(bench) as pool:
        before = await fitting_processes(os.getpid(), 1)
        message = bench.trial_message()
        message["rows"] = bench.rows.model_copy(update={"sha256": "0" * 64}).model_dump(by_alias=True)
        with pytest.raises(ArtifactCorrupt, match="not in the store") as caught:
            await pool.run(Job("runTrial", message, 1), limit_seconds=60, on_tick=ignore)
        assert caught.value.details == {"sha256": "0" * 64}
        assert spawned(os.getpid()) == before


async def test_a_job_without_a_slot_waits_and_is_heard_of(tmp_path: Path) -> None:
    bench = big(tmp_path)
    waiting: list[Progress | None] = []
    with pool_of(bench) as pool:
        first = asyncio.create_task(pool.run(Job("runTrial", endless(bench), 1), limit_seconds=60, on_tick=ignore))
        await asyncio.sleep(0)
        second = asyncio.create_task(
            pool.run(Job("runTrial", bench.trial_message(), 1), limit_seconds=60, on_tick=waiting.append)
        )
        await until(lambda: len(waiting) > 0)
        assert waiting[0] is None
        first.cancel()
        assert (await second).result["predictedRows"]


PARENT = """
import asyncio, sys
from pathlib import Path
from contender_sidecar.fit_pool import FitPool

if __name__ == "__main__":
    async def main() -> None:
        pool = FitPool(size=2, artifacts_root=Path(sys.argv[1]), memory_limit_bytes=2**40)
        pool.warm_up()
        print("started", flush=True)
        await asyncio.sleep(600)

    asyncio.run(main())
"""


async def test_no_process_survives_a_parent_that_was_killed(bench: Bench, tmp_path: Path) -> None:
    program = tmp_path / "parent.py"
    program.write_text(PARENT)
    parent = subprocess.Popen(  # noqa: ASYNC220, S603
        [sys.executable, str(program), str(bench.root)],
        env=os.environ | {"PYTHONPATH": str(SIDECAR)},
        stdout=subprocess.PIPE,
    )
    assert parent.stdout is not None
    try:
        assert parent.stdout.readline() == b"started\n"
        children = await fitting_processes(parent.pid, 2)
    finally:
        parent.kill()
        parent.wait()
        parent.stdout.close()
    await until(lambda: not any(alive(child) for child in children), seconds=5)
