"""Composition root: connects to Temporal, serves the training queue in every namespace, stops cleanly."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import time
from datetime import timedelta
from typing import TYPE_CHECKING

from temporalio.client import Client
from temporalio.worker import Worker

from contender_sidecar.activities import TrainingActivities
from contender_sidecar.config import ConfigError, read_settings
from contender_sidecar.fit_pool import FitPool
from contender_sidecar.metrics import Metrics
from contender_sidecar.scratch import Scratch
from contender_sidecar.structured_log import Log, configure_logging

if TYPE_CHECKING:
    from contender_sidecar.config import Settings

TASK_QUEUE = "training"
BACKOFF_SECONDS = (0.2, 0.5, 1.0, 2.0, 5.0)
LOG_AGAIN_SECONDS = 30.0
CONNECT_SECONDS = 10.0
HEARTBEAT_THROTTLE = timedelta(seconds=1)
CONFIG_EXIT_CODE = 2


def main() -> int:
    """Run until SIGTERM or SIGINT. Gives the exit code."""
    try:
        settings = read_settings(os.environ)
    except ConfigError as error:
        sys.stderr.write(f"{error}\n")
        return CONFIG_EXIT_CODE
    configure_logging(settings.log_level)
    asyncio.run(_serve(settings))
    return 0


async def _serve(settings: Settings) -> None:
    log, metrics = Log(), Metrics()
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    if settings.metrics_port is not None:
        metrics.serve(settings.metrics_port)
    settings.artifacts_root.mkdir(parents=True, exist_ok=True)
    removed = Scratch(settings.artifacts_root).prune()
    pool = FitPool(
        size=settings.concurrency,
        artifacts_root=settings.artifacts_root,
        memory_limit_bytes=settings.memory_limit_bytes,
    )
    pool.warm_up()
    activities = TrainingActivities(pool, metrics, threads=settings.threads)
    log.info(
        "sidecar started",
        temporalAddress=settings.temporal_address,
        namespaces=settings.namespaces,
        concurrency=settings.concurrency,
        threads=settings.threads,
        scratchEntriesRemoved=removed,
    )
    try:
        async with asyncio.TaskGroup() as group:
            for namespace in settings.namespaces:
                group.create_task(_NamespaceWorker(settings, namespace, activities, metrics, stop).run())
    finally:
        pool.close()
    log.info("sidecar stopped")


class _NamespaceWorker:
    """Polls one namespace until told to stop; tries again while Temporal is away or the namespace is not there yet."""

    def __init__(
        self,
        settings: Settings,
        namespace: str,
        activities: TrainingActivities,
        metrics: Metrics,
        stop: asyncio.Event,
    ) -> None:
        self._settings = settings
        self._namespace = namespace
        self._activities = activities
        self._metrics = metrics
        self._stop = stop
        self._log = Log(namespace=namespace)
        self._logged_at = -LOG_AGAIN_SECONDS

    async def run(self) -> None:
        failures = 0
        while not self._stop.is_set():
            started = time.monotonic()
            try:
                await self._poll()
            except Exception as error:
                self._complain(error)
            if time.monotonic() - started > LOG_AGAIN_SECONDS:
                failures = 0
            await self._pause(BACKOFF_SECONDS[min(failures, len(BACKOFF_SECONDS) - 1)])
            failures += 1

    async def _poll(self) -> None:
        async with asyncio.timeout(CONNECT_SECONDS):
            client = await Client.connect(self._settings.temporal_address, namespace=self._namespace)
        worker = Worker(
            client,
            task_queue=TASK_QUEUE,
            activities=[self._activities.run_trial, self._activities.fit_final],
            max_concurrent_activities=self._settings.concurrency,
            max_heartbeat_throttle_interval=HEARTBEAT_THROTTLE,
            default_heartbeat_throttle_interval=HEARTBEAT_THROTTLE,
            # Running activities are cancelled at once: their finished folds are stored, the rest is repeated.
            graceful_shutdown_timeout=timedelta(0),
        )
        running = asyncio.create_task(worker.run())
        stopping = asyncio.create_task(self._stop.wait())
        gauge = self._metrics.connected.labels(self._namespace)
        gauge.set(1)
        self._log.info("polling", taskQueue=TASK_QUEUE)
        try:
            await asyncio.wait({running, stopping}, return_when=asyncio.FIRST_COMPLETED)
            if self._stop.is_set() and not running.done():
                await worker.shutdown()
            await running
        finally:
            gauge.set(0)
            stopping.cancel()

    def _complain(self, error: Exception) -> None:
        now = time.monotonic()
        if now - self._logged_at >= LOG_AGAIN_SECONDS:
            self._logged_at = now
            self._log.warn("Temporal cannot be reached or has no such namespace yet; trying again", reason=str(error))

    async def _pause(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._stop.wait()
        except TimeoutError:
            return
