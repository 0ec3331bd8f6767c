"""The sidecar as it runs: a real Temporal server, a real process, and every way of losing either."""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest
from temporalio.api.workflowservice.v1 import RegisterNamespaceRequest
from temporalio.client import WorkflowFailureError, WorkflowHandle
from temporalio.exceptions import ActivityError, ApplicationError, CancelledError
from temporalio.service import RPCError, RPCStatusCode

from contender_sidecar.generated.contracts import FitFinalResult, RunTrialResult
from contender_sidecar.trial import run_trial
from tests.snapshots import Bench, snapshot_table
from tests.temporal import (
    PROBE_QUEUE,
    SIDECAR,
    DevServer,
    SidecarProcess,
    alive,
    fitting_processes,
    probing,
    spawned,
    until,
)

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path

    from temporalio.client import Client


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Generator[DevServer]:
    running = DevServer(tmp_path_factory.mktemp("temporal"))
    running.start()
    yield running
    running.kill()


@pytest.fixture
def sidecars(tmp_path: Path) -> Generator[list[SidecarProcess]]:
    """Sidecars that a test starts; all are ended with it."""
    started: list[SidecarProcess] = []
    yield started
    for sidecar in started:
        sidecar.end()
    for log in sorted(tmp_path.glob("*.log")):
        sys.stdout.write(f"--- {log.name}\n{log.read_text()}")


def start(sidecars: list[SidecarProcess], address: str, bench: Bench, **environment: str) -> SidecarProcess:
    log = bench.root.parent / f"sidecar-{len(sidecars)}.log"
    sidecar = SidecarProcess(address, bench.root, log, **environment)
    sidecars.append(sidecar)
    return sidecar


async def begin(
    client: Client, name: str, message: object, *, heartbeat_seconds: int = 3
) -> WorkflowHandle[Any, dict[str, Any]]:
    return await client.start_workflow(
        "Probe",
        args=[name, message, heartbeat_seconds],
        id=f"probe-{uuid4()}",
        task_queue=PROBE_QUEUE,
        result_type=dict,
    )


async def begun_once_known(client: Client, name: str, message: object) -> WorkflowHandle[Any, dict[str, Any]]:
    """Begin in a namespace just registered: the parts of a server learn of it one after the other."""
    begun: list[WorkflowHandle[Any, dict[str, Any]]] = []

    async def known() -> bool:
        try:
            begun.append(await begin(client, name, message))
        except RPCError as error:
            if error.status is not RPCStatusCode.NOT_FOUND:
                raise
            return False
        return True

    await until(known, 60)
    return begun[0]


def cause(error: WorkflowFailureError) -> ApplicationError:
    """The activity's own failure."""
    assert isinstance(error.cause, ActivityError)
    assert isinstance(error.cause.cause, ApplicationError)
    return error.cause.cause


def slow(bench: Bench) -> dict[str, object]:
    """Two folds of a few seconds each."""
    return bench.trial_message(numLeaves=255, maxIterations=150, minDataInLeaf=2, maxBin=255)


@pytest.fixture
def big(tmp_path: Path) -> Bench:
    return Bench(tmp_path / "artifacts", snapshot_table(symbols=150))


async def test_a_trial_and_a_final_fit_run_as_activities(
    server: DevServer, bench: Bench, sidecars: list[SidecarProcess]
) -> None:
    client = await server.client()
    sidecar = start(sidecars, server.address, bench, CONTENDER_METRICS_PORT="0")
    async with probing(client):
        trial = await (await begin(client, "runTrial", bench.trial_message())).result()
        predictions = RunTrialResult.model_validate(trial).predictions
        final = await (await begin(client, "fitFinal", bench.final_message(predictions))).result()
    assert FitFinalResult.model_validate(final).trees == 20
    assert predictions == run_trial(bench.parse_trial(), bench.context()).predictions
    finished = [line for line in sidecar.lines() if line["msg"] == "runTrial finished"]
    assert finished[0]["correlationId"] == "test"
    port = sidecar.lines()[0]["metricsPort"]
    metrics = await asyncio.to_thread(fetch, f"http://127.0.0.1:{port}/metrics")
    assert 'contender_training_activities_total{activity="fitFinal",outcome="ok"} 1.0' in metrics
    assert 'contender_training_worker_polling{namespace="default"} 1.0' in metrics
    assert sidecar.stop() == 0


def fetch(url: str) -> str:
    with urllib.request.urlopen(url, timeout=5) as answer:  # noqa: S310
        return answer.read().decode()


@pytest.mark.parametrize(
    ("change", "failure"),
    [
        ({"surprise": True}, "ContractViolation"),
        ({"rows": {"sha256": "0" * 64, "bytes": 1, "mediaType": "x"}}, "ArtifactCorrupt"),
    ],
)
async def test_a_deterministic_failure_arrives_typed_and_is_not_tried_again(
    server: DevServer, bench: Bench, sidecars: list[SidecarProcess], change: dict[str, object], failure: str
) -> None:
    client = await server.client()
    sidecar = start(sidecars, server.address, bench)
    async with probing(client):
        with pytest.raises(WorkflowFailureError) as caught:
            await (await begin(client, "runTrial", bench.trial_message() | change)).result()
    assert cause(caught.value).type == failure
    assert cause(caught.value).non_retryable
    assert len([line for line in sidecar.lines() if line.get("failure") == failure]) == 1


async def test_a_message_that_is_no_object_fails_typed_instead_of_for_ever(
    server: DevServer, bench: Bench, sidecars: list[SidecarProcess]
) -> None:
    client = await server.client()
    start(sidecars, server.address, bench)
    async with probing(client):
        with pytest.raises(WorkflowFailureError) as caught:
            await (await begin(client, "fitFinal", [1, 2])).result()
    assert cause(caught.value).type == "ContractViolation"


async def test_after_a_kill_another_sidecar_goes_on_with_the_next_fold_and_gives_the_same_bytes(
    server: DevServer, big: Bench, sidecars: list[SidecarProcess], tmp_path: Path
) -> None:
    client = await server.client()
    first = start(sidecars, server.address, big)
    async with probing(client):
        handle = await begin(client, "runTrial", slow(big))
        await until(lambda: big.scratch.folds.is_dir() and len(list(big.scratch.folds.glob("[0-9a-f]*"))) == 1, 60)
        children = spawned(first.pid)
        first.stop(signal.SIGKILL)
        await until(lambda: not any(alive(child) for child in children), seconds=5)
        second = start(sidecars, server.address, big)
        result = RunTrialResult.model_validate(await handle.result())
    (finished,) = [line for line in second.lines() if line["msg"] == "runTrial finished"]
    assert finished["resumedFolds"] == 1
    assert finished["attempt"] == 2
    untouched = Bench(tmp_path / "untouched", snapshot_table(symbols=150))
    message = untouched.parse_trial(numLeaves=255, maxIterations=150, minDataInLeaf=2, maxBin=255)
    assert run_trial(message, untouched.context()).predictions == result.predictions


async def test_a_killed_fitting_process_costs_one_attempt_and_no_finished_fold(
    server: DevServer, big: Bench, sidecars: list[SidecarProcess]
) -> None:
    client = await server.client()
    sidecar = start(sidecars, server.address, big)
    async with probing(client):
        handle = await begin(client, "runTrial", slow(big))
        await until(lambda: big.scratch.folds.is_dir() and len(list(big.scratch.folds.glob("[0-9a-f]*"))) == 1, 60)
        (child,) = spawned(sidecar.pid)
        os.kill(child, signal.SIGKILL)
        await handle.result()
    (finished,) = [line for line in sidecar.lines() if line["msg"] == "runTrial finished"]
    assert (finished["attempt"], finished["resumedFolds"]) == (2, 1)


async def test_a_cancelled_workflow_stops_its_fit_within_five_seconds(
    server: DevServer, big: Bench, sidecars: list[SidecarProcess]
) -> None:
    client = await server.client()
    sidecar = start(sidecars, server.address, big)
    (child,) = await fitting_processes(sidecar.pid, 1)
    async with probing(client):
        message = big.trial_message(numLeaves=1023, maxIterations=5000, minDataInLeaf=2, maxBin=255)
        handle = await begin(client, "runTrial", message)
        await until(lambda: sidecar.logged("runTrial started"))
        started = time.monotonic()
        await handle.cancel()
        await until(lambda: not alive(child), seconds=5)
        with pytest.raises(WorkflowFailureError) as caught:
            await handle.result()
    assert time.monotonic() - started < 8
    assert isinstance(caught.value.cause, CancelledError | ActivityError)


async def test_a_time_limit_is_a_typed_failure(server: DevServer, big: Bench, sidecars: list[SidecarProcess]) -> None:
    client = await server.client()
    start(sidecars, server.address, big)
    message = big.trial_message(numLeaves=1023, maxIterations=5000, minDataInLeaf=2, maxBin=255)
    async with probing(client):
        with pytest.raises(WorkflowFailureError) as caught:
            await (await begin(client, "runTrial", message | {"maxSeconds": 2})).result()
    assert cause(caught.value).type == "TrainingTimeLimit"


async def test_a_polite_stop_ends_at_once_and_the_next_sidecar_takes_over(
    server: DevServer, big: Bench, sidecars: list[SidecarProcess]
) -> None:
    client = await server.client()
    first = start(sidecars, server.address, big)
    async with probing(client):
        # A heartbeat timeout of a minute: the next attempt must not have to wait for it.
        handle = await begin(client, "runTrial", slow(big), heartbeat_seconds=60)
        await until(lambda: big.scratch.folds.is_dir() and len(list(big.scratch.folds.glob("[0-9a-f]*"))) == 1, 60)
        children = spawned(first.pid)
        assert first.stop(signal.SIGTERM, seconds=5) == 0
        assert not any(alive(child) for child in children)
        start(sidecars, server.address, big)
        result = await asyncio.wait_for(handle.result(), 30)
    assert RunTrialResult.model_validate(result).predicted_rows == 54 * 150


async def test_the_sidecar_waits_for_temporal_and_comes_back_after_a_restart(
    bench: Bench, sidecars: list[SidecarProcess], tmp_path: Path
) -> None:
    late = DevServer(tmp_path)
    sidecar = start(sidecars, late.address, bench)
    await until(lambda: any("cannot be reached" in line["msg"] for line in sidecar.lines()), 30)
    try:
        late.start()
        client = await late.client()
        async with probing(client):
            await (await begin(client, "runTrial", bench.trial_message())).result()
        late.kill()
        late.start()
        client = await late.client()
        async with probing(client):
            result = await (await begin(client, "runTrial", bench.trial_message(numLeaves=5))).result()
        assert RunTrialResult.model_validate(result).predicted_rows == 1080
        noise = [line for line in sidecar.lines() if line["level"] >= 40]
        assert len(noise) < 20
    finally:
        late.kill()


async def test_a_stop_does_not_wait_for_a_temporal_that_is_gone(
    big: Bench, sidecars: list[SidecarProcess], tmp_path: Path
) -> None:
    gone = DevServer(tmp_path)
    gone.start()
    try:
        client = await gone.client()
        sidecar = start(sidecars, gone.address, big)
        async with probing(client):
            await begin(client, "runTrial", slow(big), heartbeat_seconds=60)
            await until(lambda: sidecar.logged("runTrial started"))
            children = spawned(sidecar.pid)
    finally:
        gone.kill()
    assert await asyncio.to_thread(sidecar.stop, signal.SIGTERM, 8) == 0
    assert not any(alive(child) for child in children)


async def test_a_stop_does_not_wait_for_a_temporal_that_takes_the_line_and_says_nothing(
    big: Bench, sidecars: list[SidecarProcess]
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        sidecar = start(sidecars, f"127.0.0.1:{silent.getsockname()[1]}", big)
        await until(lambda: sidecar.logged("Temporal cannot be reached or has no such namespace yet; trying again"), 40)
        assert await asyncio.to_thread(sidecar.stop, signal.SIGTERM, 12) == 0
        assert sidecar.logged("sidecar stopped")


async def test_every_namespace_named_is_served_also_one_that_is_made_later(
    server: DevServer, bench: Bench, sidecars: list[SidecarProcess]
) -> None:
    client = await server.client()
    name = f"replay-{uuid4().hex[:8]}"
    start(sidecars, server.address, bench, CONTENDER_TEMPORAL_NAMESPACES=f"default,{name}")
    async with probing(client):
        await (await begin(client, "runTrial", bench.trial_message())).result()
    request = RegisterNamespaceRequest(namespace=name)
    request.workflow_execution_retention_period.FromSeconds(86400)
    await client.workflow_service.register_namespace(request)
    other = await server.client(name)
    async with probing(other):
        probe = await begun_once_known(other, "runTrial", bench.trial_message())
        result = await asyncio.wait_for(probe.result(), 60)
    assert RunTrialResult.model_validate(result).predicted_rows == 1080


def test_a_wrong_setting_is_one_sentence_and_exit_code_two() -> None:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("CONTENDER_")}
    finished = subprocess.run(
        [sys.executable, "-m", "contender_sidecar"],
        cwd=SIDECAR,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert finished.returncode == 2
    assert finished.stderr.splitlines() == ["CONTENDER_ARTIFACTS_DIR names the artifact store's folder and must be set"]


def test_a_sidecar_whose_packages_are_not_those_of_its_lock_takes_no_work(tmp_path: Path) -> None:
    shutil.copytree(SIDECAR / "contender_sidecar", tmp_path / "contender_sidecar")
    lock = (SIDECAR / "requirements.lock").read_text(encoding="utf-8")
    (tmp_path / "requirements.lock").write_text(re.sub(r"(?m)^numpy==\S+", "numpy==0.0.1", lock), encoding="utf-8")
    environment = os.environ | {"CONTENDER_ARTIFACTS_DIR": str(tmp_path / "store"), "PYTHONPATH": str(tmp_path)}
    ended = subprocess.run(
        [sys.executable, "-m", "contender_sidecar"],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert ended.returncode == 2
    assert "numpy" in ended.stderr
    assert "(locked: 0.0.1). Install what the lock says" in ended.stderr
    assert not (tmp_path / "store").exists()
