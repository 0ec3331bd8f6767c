"""What a fit depends on besides its inputs."""

from __future__ import annotations

import hashlib
import platform
import re
from functools import lru_cache
from importlib import metadata
from pathlib import Path

from contender_sidecar.failures import EnvironmentMismatch
from contender_sidecar.generated.contracts import TrainingEnvironment

PACKAGE = Path(__file__).parent
LOCK_FILE = PACKAGE.parent / "requirements.lock"
# Widest first: numerical libraries pick their code path by the widest set the processor has.
INSTRUCTION_SETS = ("avx512f", "avx2", "avx", "sse4_2", "asimd")
SHORT_NAMES = {"avx512f": "avx512", "asimd": "neon"}


# A line such as `scipy==1.17.1 ; python_full_version < '3.12' \\`: name, version, what it holds for.
PINNED = re.compile(r"^([A-Za-z0-9._-]+)==([^\s;\\]+)")


def training_environment(threads: int) -> TrainingEnvironment:
    """Describe the environment that a fit with so many threads runs in.

    Raises EnvironmentMismatch when what is installed is not what the lock file says.
    """
    require_locked(LOCK_FILE)
    return TrainingEnvironment(
        python=platform.python_version(),
        lightgbm=metadata.version("lightgbm"),
        numpy=metadata.version("numpy"),
        lock_hash=hashlib.sha256(LOCK_FILE.read_bytes()).hexdigest(),
        threads=threads,
        cpu_class=cpu_class(),
    )


@lru_cache(maxsize=4)
def require_locked(lock_file: Path) -> None:
    """Compare what is installed with the pins of a lock file. Raises EnvironmentMismatch, naming each difference."""
    pins: dict[str, set[str]] = {}
    for line in lock_file.read_text(encoding="utf-8").splitlines():
        match = PINNED.match(line)
        if match:
            pins.setdefault(match.group(1), set()).add(match.group(2))
    differences = [
        f"{name} {found or 'is missing'} (locked: {' or '.join(sorted(versions))})"
        for name, versions in sorted(pins.items())
        if (found := _installed(name)) not in versions
    ]
    if differences:
        raise EnvironmentMismatch(
            f"the installed packages are not those of {lock_file.name}: {'; '.join(differences)}",
            differences=differences,
        )


def _installed(name: str) -> str | None:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


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
