"""A real Temporal dev server and a real sidecar process, both on loopback, both ended by their own process id."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from temporalio import workflow
from temporalio.client import Client
from temporalio.common import RetryPolicy
from temporalio.worker import UnsandboxedWorkflowRunner, Worker

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Awaitable, Callable

SIDECAR = Path(__file__).parents[1]
PROBE_QUEUE = "probe"


@workflow.defn(name="Probe")
class Probe:
    """Runs one training activity, as a retrain does."""

    @workflow.run
    async def run(self, name: str, message: Any, heartbeat_seconds: int) -> dict[str, Any]:
        return await workflow.execute_activity(
            name,
            message,
            task_queue="training",
            result_type=dict,
            start_to_close_timeout=timedelta(seconds=120),
            heartbeat_timeout=timedelta(seconds=heartbeat_seconds),
            retry_policy=RetryPolicy(initial_interval=timedelta(milliseconds=100), maximum_attempts=5),
            cancellation_type=workflow.ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
        )


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


async def until(condition: Callable[[], bool] | Callable[[], Awaitable[bool]], seconds: float = 20.0) -> None:
    """Poll a condition; fail when it does not come true in time."""
    deadline = time.monotonic() + seconds
    while True:
        answer = condition()
        if await answer if asyncio.iscoroutine(answer) else answer:
            return
        assert time.monotonic() < deadline, "the condition did not come true in time"
        await asyncio.sleep(0.05)


class DevServer:
    """The dev server; `start` may be called again after `kill` and finds the same state."""

    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        self.address = f"127.0.0.1:{self.port}"
        self._database = folder / "temporal.sqlite"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        binary = Path(sys.executable).parent / "temporal"
        ports = ["--port", str(self.port), "--http-port", str(free_port()), "--metrics-port", str(free_port())]
        self._process = subprocess.Popen(  # noqa: S603
            [
                *(binary, "server", "start-dev", "--headless", "--ip", "127.0.0.1", *ports),
                *("--db-filename", str(self._database), "--log-level", "error"),
            ],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    async def client(self, namespace: str = "default") -> Client:
        deadline = time.monotonic() + 30
        while True:
            try:
                return await Client.connect(self.address, namespace=namespace)
            except RuntimeError:
                assert time.monotonic() < deadline
                await asyncio.sleep(0.1)

    def kill(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait(10)
            self._process = None


class SidecarProcess:
    """`python -m contender_sidecar` with its log."""

    def __init__(self, address: str, artifacts: Path, log: Path, **environment: str) -> None:
        self.log = log
        self._file = log.open("ab")
        settings = {
            "CONTENDER_TEMPORAL_ADDRESS": address,
            "CONTENDER_ARTIFACTS_DIR": str(artifacts),
            "CONTENDER_TRAINING_CONCURRENCY": "1",
        }
        self._process = subprocess.Popen(
            [sys.executable, "-m", "contender_sidecar"],
            cwd=SIDECAR,
            env=os.environ | settings | environment,
            stdout=self._file,
            stderr=self._file,
        )
        self.pid = self._process.pid

    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.log.read_text().splitlines() if line.startswith("{")]

    def logged(self, message: str) -> bool:
        return any(line["msg"] == message for line in self.lines())

    def children(self) -> list[int]:
        return spawned(self.pid)

    def stop(self, number: int = signal.SIGTERM, seconds: float = 15) -> int:
        self._process.send_signal(number)
        return self._process.wait(seconds)

    def end(self) -> None:
        if self._process.poll() is None:
            self._process.kill()
            self._process.wait(10)
        self._file.close()


async def fitting_processes(parent: int, count: int) -> list[int]:
    """Wait until a parent has so many; a process has its own command line only after it was started for good."""
    await until(lambda: len(spawned(parent)) == count)
    return spawned(parent)


def spawned(parent: int) -> list[int]:
    """Process ids of the fitting processes of a parent (the resource tracker of multiprocessing aside)."""
    tasks = Path(f"/proc/{parent}/task").glob("*/children")
    found = [int(pid) for task in tasks for pid in task.read_text().split()]
    return [pid for pid in found if b"spawn_main" in command_line(pid)]


def command_line(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""


def alive(pid: int) -> bool:
    """Whether the process still runs; a zombie does not."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except OSError:
        return False
    return state not in {"Z", "X"}


@asynccontextmanager
async def probing(client: Client) -> AsyncGenerator[None]:
    """A worker for the probe workflow."""
    async with Worker(client, task_queue=PROBE_QUEUE, workflows=[Probe], workflow_runner=UnsandboxedWorkflowRunner()):
        yield
