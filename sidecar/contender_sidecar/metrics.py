"""Prometheus metrics of the sidecar."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, start_http_server

SECONDS_BUCKETS = (0.5, 1.0, 2.0, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0, 900.0, 1800.0)


class Metrics:
    """The sidecar's own registry; nothing is global."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.activities = Counter(
            "contender_training_activities",
            "Training activities by name and outcome (ok, a failure type, cancelled)",
            ["activity", "outcome"],
            registry=self.registry,
        )
        self.seconds = Histogram(
            "contender_training_activity_seconds",
            "Wall seconds of training activities",
            ["activity"],
            buckets=SECONDS_BUCKETS,
            registry=self.registry,
        )
        self.running = Gauge(
            "contender_training_running",
            "Training activities running now",
            ["activity"],
            registry=self.registry,
        )
        self.resumed_folds = Counter(
            "contender_training_resumed_folds",
            "Folds taken from an earlier attempt instead of being fitted again",
            registry=self.registry,
        )
        self.connected = Gauge(
            "contender_training_worker_polling",
            "1 while the worker of a namespace polls Temporal",
            ["namespace"],
            registry=self.registry,
        )

    def serve(self, port: int, address: str) -> int:
        """Answer /metrics on an address; give the port, which the system chooses for 0."""
        server, _ = start_http_server(port, addr=address, registry=self.registry)
        return server.server_port
