"""What a fit depends on besides its inputs."""

from __future__ import annotations

import hashlib
import platform
from functools import lru_cache
from importlib import metadata
from pathlib import Path

from contender_sidecar.generated.contracts import TrainingEnvironment

PACKAGE = Path(__file__).parent
LOCK_FILE = PACKAGE.parent / "requirements.lock"
# Widest first: numerical libraries pick their code path by the widest set the processor has.
INSTRUCTION_SETS = ("avx512f", "avx2", "avx", "sse4_2", "asimd")
SHORT_NAMES = {"avx512f": "avx512", "asimd": "neon"}


def training_environment(threads: int) -> TrainingEnvironment:
    """Describe the environment that a fit with so many threads runs in."""
    return TrainingEnvironment(
        python=platform.python_version(),
        lightgbm=metadata.version("lightgbm"),
        numpy=metadata.version("numpy"),
        lock_hash=hashlib.sha256(LOCK_FILE.read_bytes()).hexdigest(),
        threads=threads,
        cpu_class=cpu_class(),
    )


@lru_cache(maxsize=1)
def cpu_class() -> str:
    """Architecture and widest instruction set, such as `x86_64-avx512`; `-generic` where the flags are unknown."""
    flags = _cpu_flags()
    widest = next((name for name in INSTRUCTION_SETS if name in flags), "generic")
    return f"{platform.machine().lower()}-{SHORT_NAMES.get(widest, widest)}"


def _cpu_flags() -> frozenset[str]:
    try:
        text = Path("/proc/cpuinfo").read_text(encoding="utf-8")
    except OSError:
        return frozenset()
    for line in text.splitlines():
        name, _, value = line.partition(":")
        if name.strip() in {"flags", "Features"}:
            return frozenset(value.split())
    return frozenset()


@lru_cache(maxsize=1)
def code_hash() -> str:
    """SHA-256 over the package's sources: a checkpoint made by other code is not continued."""
    digest = hashlib.sha256()
    for source in sorted(PACKAGE.rglob("*.py")):
        digest.update(source.relative_to(PACKAGE).as_posix().encode())
        digest.update(b"\0")
        digest.update(hashlib.sha256(source.read_bytes()).digest())
    return digest.hexdigest()
