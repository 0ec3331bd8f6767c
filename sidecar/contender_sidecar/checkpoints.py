"""Where checkpoints lie: beside the artifacts, in their folder or in their bucket, each under a name of its own.

What is kept is sealed with its hash: a torn or altered checkpoint counts as none. Writing replaces the whole of the one
before.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Literal, Protocol

from contender_sidecar.artifacts import write_atomically

if TYPE_CHECKING:
    from pathlib import Path

    from contender_sidecar.artifacts import Bucket

CheckpointKind = Literal["folds", "borders"]

KEEP_SECONDS = 7 * 24 * 3600.0
KEEP_BYTES = 4 * 1024**3
DIGEST_BYTES = 32


class CheckpointFiles(Protocol):
    """Reads and writes the bytes of checkpoints."""

    def read(self, kind: CheckpointKind, key: str) -> bytes | None:
        """Give what is kept under a name; None when there is nothing. Raises ArtifactStoreUnavailable."""
        ...

    def write(self, kind: CheckpointKind, key: str, content: bytes) -> None:
        """Replace what is kept: a crash leaves the new bytes or the old ones, whole."""
        ...

    def remove(self, kind: CheckpointKind, key: str) -> None:
        """Forget it; nothing happens when there is nothing."""
        ...


def open_checkpoints(folder: Path, bucket: Bucket | None) -> CheckpointFiles:
    """Give the checkpoints beside the artifacts of the settings; the drivers of a bucket are loaded only for one."""
    if bucket is None:
        return FolderCheckpoints(folder)
    from contender_sidecar.bucket_checkpoints import BucketCheckpoints  # noqa: PLC0415

    return BucketCheckpoints(bucket)


class FolderCheckpoints:
    """One file each; whoever shares the folder goes on from them."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def read(self, kind: CheckpointKind, key: str) -> bytes | None:
        """Give the file's bytes."""
        try:
            return (self._folder / kind / key).read_bytes()
        except FileNotFoundError:
            return None

    def write(self, kind: CheckpointKind, key: str, content: bytes) -> None:
        """Write, fsync, rename."""
        write_atomically(self._folder / kind / key, content)

    def remove(self, kind: CheckpointKind, key: str) -> None:
        """Unlink."""
        (self._folder / kind / key).unlink(missing_ok=True)


def sealed(body: bytes) -> bytes:
    """The body behind its SHA-256."""
    return hashlib.sha256(body).digest() + body


def unsealed(content: bytes | None) -> bytes | None:
    """The body, when it is what was sealed; None otherwise."""
    if content is None:
        return None
    digest, body = content[:DIGEST_BYTES], content[DIGEST_BYTES:]
    return body if hashlib.sha256(body).digest() == digest else None


def outdated(entries: list[tuple[float, int, str]], now: float) -> list[str]:
    """Names of what is older than a week, and of the oldest above 4 GiB; entries are (modified, bytes, name)."""
    kept_bytes = 0
    names: list[str] = []
    for modified, size, name in sorted(entries, reverse=True):
        kept_bytes += size
        if modified < now - KEEP_SECONDS or kept_bytes > KEEP_BYTES:
            names.append(name)
    return names
