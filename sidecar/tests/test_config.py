"""Settings from the environment."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from contender_sidecar.config import ConfigError, read_settings

if TYPE_CHECKING:
    from pathlib import Path

LEAST = {"CONTENDER_ARTIFACTS_DIR": "artifacts"}


def test_everything_but_the_artifact_folder_has_a_default() -> None:
    settings = read_settings(LEAST)
    assert settings.temporal_address == "127.0.0.1:7233"
    assert settings.namespaces == ("default",)
    assert (settings.threads, settings.concurrency, settings.metrics_port) == (1, 2, None)
    assert settings.artifacts_root.is_absolute()
    assert settings.memory_limit_bytes >= 128 * 1024**2


def test_the_secret_of_the_bucket_may_come_from_a_file(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("hush hush\n", encoding="utf-8")
    bucket = {"CONTENDER_ARTIFACTS_DIR": "a", "CONTENDER_ARTIFACTS_URL": "s3://models?endpoint=http://store:7070"}
    name = "CONTENDER_S3_SECRET_ACCESS_KEY"
    settings = read_settings(bucket | {f"{name}_FILE": str(secret)})
    assert settings.bucket is not None
    assert settings.bucket.secret_access_key == "hush hush"  # noqa: S105
    with pytest.raises(ConfigError, match="both set"):
        read_settings(bucket | {name: "x", f"{name}_FILE": str(secret)})
    with pytest.raises(ConfigError, match="cannot be read: No such file"):
        read_settings(bucket | {f"{name}_FILE": str(tmp_path / "none")})


def test_namespaces_are_a_list_without_doubles_and_the_singular_name_is_understood() -> None:
    several = read_settings(LEAST | {"CONTENDER_TEMPORAL_NAMESPACES": "default, replay,,default"})
    assert several.namespaces == ("default", "replay")
    assert read_settings(LEAST | {"CONTENDER_TEMPORAL_NAMESPACE": "one"}).namespaces == ("one",)


@pytest.mark.parametrize(
    ("environment", "reason"),
    [
        ({}, "CONTENDER_ARTIFACTS_DIR"),
        (LEAST | {"CONTENDER_TRAINING_THREADS": "0"}, "CONTENDER_TRAINING_THREADS is '0'"),
        (LEAST | {"CONTENDER_TRAINING_CONCURRENCY": "two"}, "CONTENDER_TRAINING_CONCURRENCY is 'two'"),
        (LEAST | {"CONTENDER_METRICS_PORT": "70000"}, "CONTENDER_METRICS_PORT is '70000'"),
        (LEAST | {"CONTENDER_LOG_LEVEL": "loud"}, "CONTENDER_LOG_LEVEL is 'loud'"),
        (LEAST | {"CONTENDER_TEMPORAL_NAMESPACES": " , "}, "CONTENDER_TEMPORAL_NAMESPACES"),
    ],
)
def test_a_setting_without_meaning_is_named(environment: dict[str, str], reason: str) -> None:
    with pytest.raises(ConfigError, match=reason):
        read_settings(environment)
