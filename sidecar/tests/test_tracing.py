"""Spans of activities, as a collector receives them."""

from __future__ import annotations

import asyncio
import json
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import TYPE_CHECKING, Any

import pytest
from temporalio.api.common.v1 import Payload
from temporalio.exceptions import ApplicationError
from temporalio.testing import ActivityEnvironment
from temporalio.worker import ActivityInboundInterceptor, ExecuteActivityInput

from contender_sidecar.structured_log import Log
from contender_sidecar.tracing import HEADER, Tracing, context_of, root_of_run

if TYPE_CHECKING:
    from collections.abc import Generator

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
PARENT = "00f067aa0ba902b7"


class Collector:
    """Keeps what it is sent."""

    def __init__(self) -> None:
        self.requests: list[dict[str, Any]] = []
        self.headers: list[dict[str, str]] = []
        collector = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                collector.requests.append(json.loads(body))
                collector.headers.append({name.lower(): value for name, value in self.headers.items()})
                self.send_response(200)
                self.end_headers()

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        Thread(target=self.server.serve_forever, daemon=True).start()

    def spans(self) -> list[dict[str, Any]]:
        return [
            span
            for request in self.requests
            for resource in request["resourceSpans"]
            for scope in resource["scopeSpans"]
            for span in scope["spans"]
        ]


@pytest.fixture
def collector() -> Generator[Collector]:
    running = Collector()
    yield running
    running.server.shutdown()
    running.server.server_close()


class _Activity(ActivityInboundInterceptor):
    def __init__(self, error: BaseException | None) -> None:
        self._error = error

    async def execute_activity(self, input: ExecuteActivityInput) -> Any:  # noqa: A002, ARG002
        if self._error is not None:
            raise self._error
        return "done"


def header(carrier: object) -> dict[str, Payload]:
    return {HEADER: Payload(metadata={"encoding": b"json/plain"}, data=json.dumps(carrier).encode())}


def executed(
    tracing: Tracing, headers: dict[str, Payload], argument: object, error: BaseException | None = None
) -> Any:
    async def attempt() -> Any:
        def body() -> None: ...

        given = ExecuteActivityInput(fn=body, args=[argument], executor=None, headers=headers)
        return await tracing.interceptor().intercept_activity(_Activity(error)).execute_activity(given)

    return asyncio.run(ActivityEnvironment().run(attempt))


def attributes(span: dict[str, Any]) -> dict[str, str]:
    return {pair["key"]: next(iter(pair["value"].values())) for pair in span["attributes"]}


def test_an_activity_is_a_span_below_the_workflow_that_asked_for_it(collector: Collector) -> None:
    tracing = Tracing(collector.url, {"x-api-key": "k"}, Log())
    sent = header({"traceparent": f"00-{TRACE}-{PARENT}-01", "baggage": "contender.correlation_id=retrain%3Atw"})
    assert executed(tracing, sent, {"rows": 1}) == "done"
    assert executed(tracing, sent, {"correlationId": "its own"}) == "done"
    tracing.close()
    first, second = collector.spans()
    assert first["traceId"] == TRACE
    assert first["parentSpanId"] == PARENT
    assert first["spanId"] != second["spanId"]
    assert int(first["startTimeUnixNano"]) <= int(first["endTimeUnixNano"])
    assert first["status"] == {"code": 0}
    assert attributes(first)["contender.correlation_id"] == "retrain:tw"
    assert attributes(second)["contender.correlation_id"] == "its own"
    assert collector.headers[0]["x-api-key"] == "k"


def test_a_failed_activity_is_told_by_its_code_and_never_by_its_message(collector: Collector) -> None:
    tracing = Tracing(collector.url, {}, Log())
    with pytest.raises(ApplicationError):
        executed(tracing, {}, {}, ApplicationError("of alice", type="MEMORY_LIMIT"))
    tracing.close()
    [span] = collector.spans()
    assert span["status"] == {"code": 2, "message": "MEMORY_LIMIT"}
    assert "alice" not in json.dumps(span)


def test_what_nobody_wants_recorded_is_not_sent(collector: Collector) -> None:
    tracing = Tracing(collector.url, {}, Log())
    executed(tracing, header({"traceparent": f"00-{TRACE}-{PARENT}-00"}), {})
    tracing.close()
    assert collector.spans() == []


def test_a_collector_that_is_away_fails_nothing() -> None:
    tracing = Tracing("http://127.0.0.1:1", {}, Log())
    assert executed(tracing, {}, {}) == "done"
    tracing.close()


@pytest.mark.parametrize(
    "carrier",
    [
        None,
        7,
        {},
        {"traceparent": "x"},
        {"traceparent": f"ff-{TRACE}-{PARENT}-01"},
        {"traceparent": f"00-{'0' * 32}-{PARENT}-01"},
        {"traceparent": f"00-{TRACE}-{'0' * 16}-01"},
    ],
)
def test_a_context_that_cannot_be_read_is_none(carrier: object) -> None:
    assert context_of(header(carrier)) is None
    assert context_of({HEADER: Payload(data=b"{")}) is None


def test_a_run_that_nobody_traced_has_the_ids_that_the_other_workers_find() -> None:
    context = root_of_run("019aa5a0-6f7e-7b3c-9d1e-2f3a4b5c6d7e")
    assert (context.trace_id, context.span_id) == ("019aa5a06f7e7b3c9d1e2f3a4b5c6d7e", "9d1e2f3a4b5c6d7e")
