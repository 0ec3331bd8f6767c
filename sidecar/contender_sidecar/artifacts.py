"""The content-addressed artifact store, a folder or a bucket: `<first two hex>/<sha256>`, shared with TypeScript."""

from __future__ import annotations

import hashlib
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from contender_sidecar.failures import ArtifactCorrupt, ArtifactStoreUnavailable
from contender_sidecar.generated.contracts import ArtifactRef

PARQUET = "application/vnd.apache.parquet"
ONNX = "application/onnx"
JSON = "application/json"
LIGHTGBM_TEXT = "text/x-lightgbm"


class ArtifactStore(Protocol):
    """Reads and writes whole artifacts."""

    def put(self, content: bytes, media_type: str) -> ArtifactRef:
        """Store bytes under their hash. Raises ArtifactStoreUnavailable."""
        ...

    def read(self, ref: ArtifactRef) -> bytes:
        """Give the verified bytes. Raises ArtifactCorrupt, ArtifactStoreUnavailable."""
        ...


@dataclass(frozen=True)
class Bucket:
    """An S3-compatible bucket; `prefix` is empty or ends with a slash. The secret stays out of its text form."""

    endpoint: str
    region: str
    name: str
    prefix: str
    access_key_id: str
    secret_access_key: str

    def __repr__(self) -> str:
        return f"Bucket({self.endpoint}, {self.name}/{self.prefix})"


def open_store(root: Path, bucket: Bucket | None) -> ArtifactStore:
    """Give the store of the settings; the drivers of a bucket are loaded only for one."""
    if bucket is None:
        return FolderStore(root)
    from contender_sidecar.bucket_store import BucketStore  # noqa: PLC0415

    return BucketStore(bucket)


class FolderStore:
    """Reads and writes whole artifacts. Writing is atomic and idempotent; reading verifies size and hash."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def path(self, sha256: str) -> Path:
        """Where an artifact lies, whether or not it exists."""
        return self.root / sha256[:2] / sha256

    def put(self, content: bytes, media_type: str) -> ArtifactRef:
        """Store bytes under their hash. Concurrent writers of the same bytes are harmless."""
        sha256 = hashlib.sha256(content).hexdigest()
        target = self.path(sha256)
        try:
            if not _is_stored_again(target, sha256):
                write_atomically(target, content)
        except OSError as error:
            raise ArtifactStoreUnavailable(f"the artifact store in {self.root} failed: {error}") from error
        return ArtifactRef(sha256=sha256, bytes=len(content), media_type=media_type)

    def read(self, ref: ArtifactRef) -> bytes:
        """Give the verified bytes. Raises ArtifactCorrupt when they are missing or are not the bytes named."""
        path = self.path(ref.sha256)
        try:
            content = path.read_bytes()
        except FileNotFoundError:
            raise ArtifactCorrupt(f"artifact {ref.sha256} is not in the store", sha256=ref.sha256) from None
        except OSError as error:
            raise ArtifactStoreUnavailable(f"the artifact store in {self.root} failed: {error}") from error
        return verified(ref, content)


def verified(ref: ArtifactRef, content: bytes) -> bytes:
    """Give the content when it is what the reference names. Raises ArtifactCorrupt."""
    actual = hashlib.sha256(content).hexdigest()
    if actual != ref.sha256 or len(content) != ref.bytes:
        raise ArtifactCorrupt(
            f"artifact {ref.sha256} holds {len(content)} bytes with hash {actual}; {ref.bytes} bytes expected",
            sha256=ref.sha256,
            actual=actual,
        )
    return content


def write_atomically(target: Path, content: bytes) -> None:
    """Write so that a reader sees the whole file or none, even across a crash.

    A temporary file in the same folder, fsync, rename, fsync of the folder.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=".tmp-")
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fchmod(file.fileno(), 0o644)
            os.fsync(file.fileno())
        temporary.replace(target)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    sync_folder(target.parent)


def sync_folder(folder: Path) -> None:
    """Make a rename inside the folder durable."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _is_stored_again(target: Path, sha256: str) -> bool:
    """Whether it is there and whole, and then young again: garbage collection takes what is old.

    Touched before it is read: what was taken to be removed before is missed when it is read.
    """
    try:
        os.utime(target)
        return _sha256_of(target) == sha256
    except OSError:
        return False


def _sha256_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
