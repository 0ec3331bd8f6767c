"""The sidecar's settings: the only reader of the environment."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, unquote, urlsplit

from contender_sidecar.artifacts import Bucket

if TYPE_CHECKING:
    from collections.abc import Mapping

# Half a machine for training: serving, Postgres and Temporal live beside it when everything is embedded.
MEMORY_SHARE = 0.5
LOG_LEVELS = ("trace", "debug", "info", "warn", "error", "fatal")


class ConfigError(Exception):
    """A setting is missing or has no meaning; the message names it."""


@dataclass(frozen=True)
class Settings:
    """Checked settings.

    `memory_limit_bytes` bounds one fitting process; `metrics_port` 0: any free port; None: no metrics.
    `otlp_endpoint`: a collector of traces; empty: none.
    `otlp_headers`: what it wants to be sent with them, a key for example.
    """

    temporal_address: str
    namespaces: tuple[str, ...]
    artifacts_root: Path
    bucket: Bucket | None
    log_level: str
    metrics_port: int | None
    listen_address: str
    threads: int
    concurrency: int
    memory_limit_bytes: int
    otlp_endpoint: str
    otlp_headers: Mapping[str, str]


def read_settings(environment: Mapping[str, str]) -> Settings:
    """Read CONTENDER_* settings. Raises ConfigError."""
    artifacts = environment.get("CONTENDER_ARTIFACTS_DIR", "")
    if artifacts == "":
        raise ConfigError("CONTENDER_ARTIFACTS_DIR names the artifact store's folder and must be set")
    names = environment.get("CONTENDER_TEMPORAL_NAMESPACES") or environment.get("CONTENDER_TEMPORAL_NAMESPACE")
    namespaces = tuple(dict.fromkeys(part.strip() for part in (names or "default").split(",") if part.strip()))
    if not namespaces:
        raise ConfigError("CONTENDER_TEMPORAL_NAMESPACES holds no name")
    level = environment.get("CONTENDER_LOG_LEVEL") or "info"
    if level not in LOG_LEVELS:
        raise ConfigError(f"CONTENDER_LOG_LEVEL is {level!r}; one of {', '.join(LOG_LEVELS)}")
    port = _integer(environment, "CONTENDER_METRICS_PORT", default=-1, low=0, high=65535)
    concurrency = _integer(environment, "CONTENDER_TRAINING_CONCURRENCY", default=2, low=1, high=256)
    per_fit = int(_total_memory_bytes() * MEMORY_SHARE / concurrency / 1024**2)
    megabytes = _integer(environment, "CONTENDER_TRAINING_MEMORY_MB", default=per_fit, low=128, high=2**31)
    return Settings(
        temporal_address=environment.get("CONTENDER_TEMPORAL_ADDRESS") or "127.0.0.1:7233",
        namespaces=namespaces,
        artifacts_root=Path(artifacts).resolve(),
        bucket=_bucket(environment),
        log_level=level,
        metrics_port=None if port == -1 else port,
        listen_address=environment.get("CONTENDER_LISTEN_ADDRESS") or "127.0.0.1",
        threads=_integer(environment, "CONTENDER_TRAINING_THREADS", default=1, low=1, high=256),
        concurrency=concurrency,
        memory_limit_bytes=megabytes * 1024**2,
        otlp_endpoint=_otlp_endpoint(environment),
        otlp_headers=_otlp_headers(environment),
    )


def _otlp_endpoint(environment: Mapping[str, str]) -> str:
    text = environment.get("CONTENDER_OTLP_ENDPOINT") or environment.get("OTEL_EXPORTER_OTLP_ENDPOINT") or "off"
    if text == "off":
        return ""
    if urlsplit(text).scheme not in {"http", "https"}:
        raise ConfigError(f"CONTENDER_OTLP_ENDPOINT is {text!r}; an http(s) URL or off")
    return text


def _otlp_headers(environment: Mapping[str, str]) -> Mapping[str, str]:
    """Header pairs in the form of W3C Baggage, as every exporter of OpenTelemetry reads them."""
    text = environment.get("OTEL_EXPORTER_OTLP_HEADERS", "")
    pairs = [pair.partition("=") for pair in text.split(",") if "=" in pair]
    return {name.strip(): unquote(value.strip()) for name, _, value in pairs}


def _bucket(environment: Mapping[str, str]) -> Bucket | None:
    text = environment.get("CONTENDER_ARTIFACTS_URL") or "folder"
    if text == "folder":
        return None
    url = urlsplit(text)
    query = {name: values[-1] for name, values in parse_qs(url.query).items()}
    region = query.get("region", "us-east-1")
    if url.scheme != "s3" or not url.hostname:
        raise ConfigError(f"CONTENDER_ARTIFACTS_URL is {text!r}; folder or s3://bucket/prefix?endpoint=https://host")
    prefix = url.path.strip("/")
    return Bucket(
        endpoint=query.get("endpoint", f"https://s3.{region}.amazonaws.com"),
        region=region,
        name=url.hostname,
        prefix=f"{prefix}/" if prefix else "",
        access_key_id=environment.get("CONTENDER_S3_ACCESS_KEY_ID", ""),
        secret_access_key=_secret(environment, "CONTENDER_S3_SECRET_ACCESS_KEY"),
    )


def _secret(environment: Mapping[str, str], name: str) -> str:
    """The value, or what stands in the file that NAME_FILE names, as orchestrators mount secrets."""
    file, value = environment.get(f"{name}_FILE", ""), environment.get(name, "")
    if file == "":
        return value
    if value != "":
        raise ConfigError(f"{name} and {name}_FILE are both set; keep one of them")
    try:
        return Path(file).read_text(encoding="utf-8").removesuffix("\n").removesuffix("\r")
    except OSError as error:
        raise ConfigError(f"the file {file} that {name}_FILE names cannot be read: {error.strerror}") from None


def _integer(environment: Mapping[str, str], name: str, *, default: int, low: int, high: int) -> int:
    text = environment.get(name, "")
    if text == "":
        return default
    if not (text.isascii() and text.isdigit() and low <= int(text) <= high):
        raise ConfigError(f"{name} is {text!r}; a whole number from {low} to {high} is expected")
    return int(text)


def _total_memory_bytes() -> int:
    physical = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    try:
        allowed = Path("/sys/fs/cgroup/memory.max").read_text(encoding="ascii").strip()
    except OSError:
        return physical
    return min(physical, int(allowed)) if allowed.isdigit() else physical
