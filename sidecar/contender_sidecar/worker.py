"""Composition root: connects to Temporal, serves the training queue in every namespace, stops cleanly."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import sys
import threading
import time
from contextlib import suppress
from datetime import timedelta
from typing import TYPE_CHECKING

from temporalio.client import Client
from temporalio.runtime import LogForwardingConfig, LoggingConfig, Runtime, TelemetryConfig, TelemetryFilter
from temporalio.worker import Worker

from contender_sidecar.activities import TrainingActivities
from contender_sidecar.config import ConfigError, read_settings
from contender_sidecar.environment import LOCK_FILE, require_locked
from contender_sidecar.failures import ArtifactStoreUnavailable, EnvironmentMismatch
from contender_sidecar.fit_pool import FitPool
from contender_sidecar.metrics import Metrics
from contender_sidecar.scratch import Scratch
from contender_sidecar.structured_log import Log, configure_logging, core_logger
from contender_sidecar.tracing import Tracing

if TYPE_CHECKING:
    from collections.abc import Sequence

    from temporalio.worker import Interceptor

    from contender_sidecar.artifacts import Bucket
    from contender_sidecar.config import Settings

TASK_QUEUE = "training"
BACKOFF_SECONDS = (0.2, 0.5, 1.0, 2.0, 5.0)
LOG_AGAIN_SECONDS = 30.0
CONNECT_SECONDS = 3.0
STOP_SECONDS = 4.0
PRUNE_SECONDS = 3600.0
HEARTBEAT_THROTTLE = timedelta(seconds=1)
CONFIG_EXIT_CODE = 2


def main() -> int:
    """Run until SIGTERM or SIGINT. Gives the exit code."""
    try:
        settings = read_settings(os.environ)
        # One that cannot fit anything would take every trial there is, and fail it faster than the others can work.
        require_locked(LOCK_FILE)
    except ConfigError as error:
        sys.stderr.write(f"{error}\n")
        return CONFIG_EXIT_CODE
    except EnvironmentMismatch as error:
        sys.stderr.write(f"{error.sentences()} [EnvironmentMismatch]\n")
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
    metrics_port = (
        None if settings.metrics_port is None else metrics.serve(settings.metrics_port, settings.listen_address)
    )
    settings.artifacts_root.mkdir(parents=True, exist_ok=True)
    scratch = Scratch(settings.artifacts_root)
    removed = scratch.prune()
    if settings.bucket is not None:
        # A daemon: a bucket that is away must delay neither the start nor the end of the process.
        threading.Thread(target=_tidy_bucket, args=(settings.bucket, log), daemon=True).start()
    pool = FitPool(
        size=settings.concurrency,
        artifacts_root=settings.artifacts_root,
        memory_limit_bytes=settings.memory_limit_bytes,
        bucket=settings.bucket,
    )
    pool.warm_up()
    activities = TrainingActivities(pool, metrics, threads=settings.threads)
    log.info(
        "sidecar started",
        temporalAddress=settings.temporal_address,
        namespaces=settings.namespaces,
        concurrency=settings.concurrency,
        threads=settings.threads,
        metricsPort=metrics_port,
        scratchEntriesRemoved=removed,
    )
    runtime = _runtime()
    tracing = _open_tracing(settings, log)
    workers = [
        asyncio.create_task(
            _NamespaceWorker(
                settings,
                namespace,
                runtime=runtime,
                activities=activities,
                metrics=metrics,
                interceptors=[] if tracing is None else [tracing.interceptor()],
                stop=stop,
            ).run()
        )
        for namespace in settings.namespaces
    ]
    try:
        while not await _set_within(stop, PRUNE_SECONDS):
            await asyncio.to_thread(scratch.prune)
        _, late = await asyncio.wait(workers, timeout=STOP_SECONDS)
    finally:
        pool.close()
    if tracing is not None:
        await asyncio.to_thread(tracing.close)
    log.info("sidecar stopped", awaitingTemporal=len(late) > 0)
    # The SDK retries its last answers for minutes while Temporal is away, and its runtime may wait for an attempt to
    # connect that was given up long ago. Nothing is lost: the server will time the attempt out, and its finished folds
    # are stored.
    logging.shutdown()
    os._exit(0)


def _tidy_bucket(bucket: Bucket, log: Log) -> None:
    """Remove old checkpoints from the bucket now and every hour."""
    # The parent loads the client for a bucket alone.
    from contender_sidecar.bucket_checkpoints import BucketCheckpoints  # noqa: PLC0415

    checkpoints = BucketCheckpoints(bucket)
    while True:
        try:
            removed = checkpoints.prune(time.time())
            log.info("old checkpoints removed from the bucket", removed=removed)
        except ArtifactStoreUnavailable as error:
            log.warn("the bucket cannot be tidied; tried again in an hour", reason=str(error))
        time.sleep(PRUNE_SECONDS)


def _open_tracing(settings: Settings, log: Log) -> Tracing | None:
    if settings.otlp_endpoint == "":
        return None
    return Tracing(settings.otlp_endpoint, settings.otlp_headers, log)


def _runtime() -> Runtime:
    """The SDK's runtime, with its log going where ours goes."""
    forwarding = LogForwardingConfig(
        core_logger(),
        append_target_to_name=False,
        prepend_target_on_message=False,
        overwrite_log_record_time=False,
    )
    levels = TelemetryFilter(core_level="WARN", other_level="ERROR")
    return Runtime(telemetry=TelemetryConfig(logging=LoggingConfig(filter=levels, forwarding=forwarding)))


async def _set_within(event: asyncio.Event, seconds: float) -> bool:
    """Wait for an event so long at most; tell whether it is set."""
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await event.wait()
    return event.is_set()


class _NamespaceWorker:
    """Polls one namespace until told to stop; tries again while Temporal is away or the namespace is not there yet."""

    def __init__(
        self,
        settings: Settings,
        namespace: str,
        *,
        runtime: Runtime,
        activities: TrainingActivities,
        metrics: Metrics,
        interceptors: Sequence[Interceptor],
        stop: asyncio.Event,
    ) -> None:
        self._settings = settings
        self._namespace = namespace
        self._runtime = runtime
        self._activities = activities
        self._metrics = metrics
        self._interceptors = interceptors
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
            await _set_within(self._stop, BACKOFF_SECONDS[min(failures, len(BACKOFF_SECONDS) - 1)])
            failures += 1

    async def _poll(self) -> None:
        async with asyncio.timeout(CONNECT_SECONDS):
            client = await Client.connect(
                self._settings.temporal_address, namespace=self._namespace, runtime=self._runtime
            )
        worker = Worker(
            client,
            task_queue=TASK_QUEUE,
            activities=[self._activities.run_trial, self._activities.fit_final],
            interceptors=self._interceptors,
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
