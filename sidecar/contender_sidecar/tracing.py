"""Traces of activities as OTLP/HTTP with JSON (opentelemetry-proto 1.x, trace/v1/trace.proto).

Written out here instead of by OpenTelemetry's packages: those would join the lock of this environment, which is part of
the identity of every model (docs/adr/0096). Contexts are those of contracts/trace-context.ts.
"""

from __future__ import annotations

import json
import queue
import re
import secrets
import threading
import time
import urllib.request
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import unquote

from temporalio import activity
from temporalio.exceptions import ApplicationError
from temporalio.worker import ActivityInboundInterceptor, Interceptor

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from temporalio.api.common.v1 import Payload
    from temporalio.worker import ExecuteActivityInput

    from contender_sidecar.structured_log import Log

HEADER = "_tracer-data"
CORRELATION = "contender.correlation_id"
SERVICE = "contender-sidecar"
SEND_EVERY_SECONDS = 1.0
TIMEOUT_SECONDS = 5.0
CLOSE_SECONDS = 3.0
COMPLAIN_EVERY_SECONDS = 60.0
# Spans beyond this, while the collector is slow or away, are dropped: nothing waits for it.
MAX_WAITING = 2048
MAX_BATCH = 512
KIND_CONSUMER = 5
STATUS_UNSET, STATUS_ERROR = 0, 2
_TRACEPARENT = re.compile(r"^(?!ff)[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(?:-.*)?$")
_SAMPLED = 1


@dataclass(frozen=True)
class TraceContext:
    """The parent of the next span; ids are hexadecimal digits. `correlation_id` is empty when it is not known."""

    trace_id: str
    span_id: str
    sampled: bool
    correlation_id: str


class Tracing:
    """Sends the spans of this process to a collector, from a thread of its own."""

    def __init__(self, endpoint: str, headers: Mapping[str, str], log: Log) -> None:
        """Send to `endpoint`, such as `http://127.0.0.1:4318`, with these headers."""
        self._url = f"{endpoint.rstrip('/')}/v1/traces"
        self._headers = {"content-type": "application/json", **headers}
        self._log = log
        self._waiting: queue.Queue[dict[str, object]] = queue.Queue(MAX_WAITING)
        self._complained_at = -COMPLAIN_EVERY_SECONDS
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._send_all, name="tracing", daemon=True)
        self._thread.start()

    def interceptor(self) -> Interceptor:
        """What a Temporal worker is given."""
        return _ActivityTracing(self)

    def record(self, span: dict[str, object]) -> None:
        """Take a span that has ended; dropped when too many wait."""
        try:
            self._waiting.put_nowait(span)
        except queue.Full:
            self._complain("too many spans wait")

    def close(self) -> None:
        """Send what was not sent yet; wait for it no longer than CLOSE_SECONDS."""
        self._closing.set()
        self._thread.join(CLOSE_SECONDS)

    def _send_all(self) -> None:
        while not self._closing.wait(SEND_EVERY_SECONDS):
            self._send_waiting()
        self._send_waiting()

    def _send_waiting(self) -> None:
        while not self._waiting.empty():
            batch: list[dict[str, object]] = []
            while len(batch) < MAX_BATCH and not self._waiting.empty():
                batch.append(self._waiting.get_nowait())
            request = urllib.request.Request(  # noqa: S310 - the settings allow http and https alone
                self._url, data=json.dumps(_export_request(batch)).encode(), headers=self._headers, method="POST"
            )
            try:
                with urllib.request.urlopen(request, timeout=TIMEOUT_SECONDS):  # noqa: S310
                    pass
            except (OSError, ValueError) as error:
                self._complain(str(error))
                return

    def _complain(self, reason: str) -> None:
        now = time.monotonic()
        if now - self._complained_at >= COMPLAIN_EVERY_SECONDS:
            self._complained_at = now
            self._log.warn("spans did not reach the collector", endpoint=self._url, reason=reason)


class _ActivityTracing(Interceptor):
    def __init__(self, tracing: Tracing) -> None:
        super().__init__()
        self._tracing = tracing

    def intercept_activity(self, next: ActivityInboundInterceptor) -> ActivityInboundInterceptor:  # noqa: A002
        return _Traced(next, self._tracing)


class _Traced(ActivityInboundInterceptor):
    def __init__(self, following: ActivityInboundInterceptor, tracing: Tracing) -> None:
        super().__init__(following)
        self._tracing = tracing

    async def execute_activity(self, input: ExecuteActivityInput) -> Any:  # noqa: A002
        info = activity.info()
        run_id = info.workflow_run_id or ""
        parent = context_of(input.headers) or root_of_run(run_id)
        attributes: dict[str, str | int] = {
            "temporal.workflow_id": info.workflow_id or "",
            "temporal.run_id": run_id,
            "temporal.task_queue": info.task_queue,
            "temporal.attempt": info.attempt,
        }
        correlation_id = _correlation_of(input.args) or parent.correlation_id
        if correlation_id:
            attributes[CORRELATION] = correlation_id
        started, failure = time.time_ns(), ""
        try:
            return await super().execute_activity(input)
        except BaseException as error:
            # Its stable code: messages may hold what belongs into no other system.
            failure = error.type if isinstance(error, ApplicationError) and error.type else type(error).__name__
            raise
        finally:
            if parent.sampled:
                name = f"activity {info.activity_type}"
                self._tracing.record(_span(name, parent, attributes, started=started, failure=failure))


def _span(
    name: str, parent: TraceContext, attributes: Mapping[str, str | int], *, started: int, failure: str
) -> dict[str, object]:
    """A span of OTLP in its JSON form: ids in hexadecimal digits, 64-bit numbers as text."""
    return {
        "traceId": parent.trace_id,
        "spanId": secrets.token_hex(8),
        "parentSpanId": parent.span_id,
        "flags": _SAMPLED,
        "name": name,
        "kind": KIND_CONSUMER,
        "startTimeUnixNano": str(started),
        "endTimeUnixNano": str(max(started, time.time_ns())),
        "attributes": _attributes(attributes),
        "status": {"code": STATUS_ERROR, "message": failure} if failure else {"code": STATUS_UNSET},
    }


def _export_request(spans: Sequence[dict[str, object]]) -> dict[str, object]:
    resource = {"service.name": SERVICE, "service.namespace": "contender"}
    return {
        "resourceSpans": [
            {
                "resource": {"attributes": _attributes(resource)},
                "scopeSpans": [{"scope": {"name": "contender"}, "spans": list(spans)}],
            }
        ]
    }


def _attributes(attributes: Mapping[str, str | int]) -> list[dict[str, object]]:
    return [
        {"key": key, "value": {"intValue": str(value)} if isinstance(value, int) else {"stringValue": value}}
        for key, value in attributes.items()
    ]


def root_of_run(run_id: str) -> TraceContext:
    """The span of a run that nobody traced, made of its id."""
    digits = run_id.replace("-", "").lower()
    return TraceContext(trace_id=digits, span_id=digits[-16:], sampled=True, correlation_id="")


def context_of(headers: Mapping[str, Payload]) -> TraceContext | None:
    """None when there is no context in the headers, or none that can be read."""
    payload = headers.get(HEADER)
    if payload is None:
        return None
    try:
        carrier = json.loads(payload.data)
    except ValueError:
        return None
    if not isinstance(carrier, dict):
        return None
    told = cast("dict[str, object]", carrier)
    found = _TRACEPARENT.match(str(told.get("traceparent", "")))
    if found is None or int(found[1], 16) == 0 or int(found[2], 16) == 0:
        return None
    return TraceContext(
        trace_id=found[1],
        span_id=found[2],
        sampled=int(found[3], 16) & _SAMPLED == _SAMPLED,
        correlation_id=_correlation_in(str(told.get("baggage", ""))),
    )


def _correlation_in(baggage: str) -> str:
    for member in baggage.split(","):
        name, _, value = member.split(";")[0].partition("=")
        if name.strip() == CORRELATION:
            return unquote(value.strip())
    return ""


def _correlation_of(arguments: Sequence[Any]) -> str:
    """The correlation id in what the activity is given."""
    first: object = arguments[0] if arguments else None
    if not isinstance(first, dict):
        return ""
    given = cast("dict[str, object]", first).get("correlationId")
    return given if isinstance(given, str) else ""
