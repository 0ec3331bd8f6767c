"""JSON lines with the field names that pino gives the TypeScript processes, so that one query reads both."""

from __future__ import annotations

import json
import logging
import os
import socket
import sys

# pino's numbers by Python's.
PINO_LEVELS = (
    (logging.CRITICAL, 60),
    (logging.ERROR, 50),
    (logging.WARNING, 40),
    (logging.INFO, 30),
    (logging.DEBUG, 20),
)
PYTHON_LEVELS = {
    "trace": logging.DEBUG,
    "debug": logging.DEBUG,
    "info": logging.INFO,
    "warn": logging.WARNING,
    "error": logging.ERROR,
    "fatal": logging.CRITICAL,
}
NAME = "sidecar"


class PinoFormatter(logging.Formatter):
    """One JSON object a line: level, time (ms), pid, hostname, name, the record's `fields`, msg."""

    def __init__(self) -> None:
        super().__init__()
        self._fixed = {"pid": os.getpid(), "hostname": socket.gethostname(), "name": NAME}

    def format(self, record: logging.LogRecord) -> str:
        """Give the line without its end."""
        level = next((pino for python, pino in PINO_LEVELS if record.levelno >= python), 10)
        line: dict[str, object] = {"level": level, "time": int(record.created * 1000), **self._fixed}
        if record.name != NAME:
            line["logger"] = record.name
        fields = getattr(record, "fields", None)
        if isinstance(fields, dict):
            line |= fields
        if record.exc_info is not None and record.exc_info[1] is not None:
            error = record.exc_info[1]
            line["err"] = {
                "type": type(error).__name__,
                "message": str(error),
                "stack": self.formatException(record.exc_info),
            }
        line["msg"] = record.getMessage()
        return json.dumps(line, default=str)


def configure_logging(level: str) -> None:
    """Send every log record of the process to standard output as JSON."""
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(PinoFormatter())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(PYTHON_LEVELS[level])
    # The SDK repeats each failed activity with its stack; the sidecar logs the typed failure itself.
    logging.getLogger("temporalio.activity").setLevel(logging.CRITICAL)
    logging.getLogger("temporalio.worker").setLevel(logging.WARNING)
    core_logger().addFilter(Sparing())


def core_logger() -> logging.Logger:
    """Where the records of the Temporal SDK's core go."""
    return logging.getLogger("temporalio.core")


class Sparing(logging.Filter):
    """Lets one record of a kind through in half a minute; the next one says how many were held back.

    The SDK's core repeats a line for each retry of each poller while Temporal is away.
    """

    SECONDS = 30.0
    # Numbers and addresses differ between repetitions; the beginning does not.
    KIND_CHARACTERS = 40

    def __init__(self) -> None:
        super().__init__()
        self._passed_at: dict[tuple[int, str], float] = {}
        self._held_back: dict[tuple[int, str], int] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Say whether the record may pass."""
        kind = (record.levelno, record.getMessage()[: self.KIND_CHARACTERS])
        if record.created - self._passed_at.get(kind, -self.SECONDS) < self.SECONDS:
            self._held_back[kind] = self._held_back.get(kind, 0) + 1
            return False
        self._passed_at[kind] = record.created
        record.fields = {"heldBack": self._held_back.pop(kind, 0)}
        return True


class Log:
    """A logger with fixed fields, such as the correlation id that follows one retrain."""

    def __init__(self, **fields: object) -> None:
        self._fields = fields
        self._logger = logging.getLogger(NAME)

    def child(self, **fields: object) -> Log:
        """The same logger with more fixed fields."""
        return Log(**(self._fields | fields))

    def debug(self, message: str, **fields: object) -> None:
        """Pino level 20."""
        self._logger.debug(message, extra={"fields": self._fields | fields})

    def info(self, message: str, **fields: object) -> None:
        """Pino level 30."""
        self._logger.info(message, extra={"fields": self._fields | fields})

    def warn(self, message: str, **fields: object) -> None:
        """Pino level 40."""
        self._logger.warning(message, extra={"fields": self._fields | fields})

    def error(self, message: str, *, error: BaseException | None = None, **fields: object) -> None:
        """Pino level 50, with the error's type, message and stack."""
        self._logger.error(message, exc_info=error, extra={"fields": self._fields | fields})
