"""Log lines."""

from __future__ import annotations

import json
import logging

from contender_sidecar.structured_log import PinoFormatter, Sparing


def test_a_line_has_the_fields_that_pino_gives() -> None:
    record = logging.LogRecord("sidecar", logging.WARNING, __file__, 1, "runTrial failed", None, None)
    record.fields = {"correlationId": "retrain:tw-alpha:1", "failure": "TooFewRows"}
    line = json.loads(PinoFormatter().format(record))
    assert line["level"] == 40
    assert line["time"] == int(record.created * 1000)
    assert line["name"] == "sidecar"
    assert line["msg"] == "runTrial failed"
    assert line["correlationId"] == "retrain:tw-alpha:1"
    assert {"pid", "hostname"} <= set(line)


def test_an_error_keeps_type_message_and_stack_on_one_line() -> None:
    error = ValueError("first\nsecond")
    record = logging.LogRecord("sidecar", logging.ERROR, __file__, 1, "x", None, (ValueError, error, None))
    text = PinoFormatter().format(record)
    assert "\n" not in text
    assert json.loads(text)["err"]["message"] == "first\nsecond"
    assert json.loads(text)["err"]["type"] == "ValueError"


def test_a_repeated_complaint_passes_once_in_half_a_minute_and_counts_what_it_held_back() -> None:
    sparing = Sparing()

    def complaint(created: float, text: str = "gRPC call poll_activity_task_queue retried") -> logging.LogRecord:
        record = logging.LogRecord("temporalio.core", logging.WARNING, __file__, 1, text, None, None)
        record.created = created
        return record

    assert [sparing.filter(complaint(1000.0 + second)) for second in (0, 1, 29)] == [True, False, False]
    assert sparing.filter(complaint(1005.0, "another kind"))
    later = complaint(1031.0)
    assert sparing.filter(later)
    assert later.__dict__["fields"] == {"heldBack": 2}
