"""The artifact store."""

from __future__ import annotations

import errno
import hashlib
import os
import time
from typing import TYPE_CHECKING

import pytest

from contender_sidecar.artifacts import FolderStore
from contender_sidecar.failures import ArtifactCorrupt, ArtifactStoreUnavailable

if TYPE_CHECKING:
    from pathlib import Path


def test_an_artifact_lies_under_the_first_two_digits_of_its_hash(tmp_path: Path) -> None:
    ref = FolderStore(tmp_path).put(b"content", "text/plain")
    sha256 = hashlib.sha256(b"content").hexdigest()
    assert (ref.sha256, ref.bytes, ref.media_type) == (sha256, 7, "text/plain")
    assert (tmp_path / sha256[:2] / sha256).read_bytes() == b"content"


def test_storing_twice_keeps_one_file_and_leaves_nothing_temporary(tmp_path: Path) -> None:
    store = FolderStore(tmp_path)
    assert store.put(b"content", "text/plain") == store.put(b"content", "text/plain")
    assert len([path for path in tmp_path.rglob("*") if path.is_file()]) == 1


def test_what_is_stored_again_is_young_again(tmp_path: Path) -> None:
    store = FolderStore(tmp_path)
    path = store.path(store.put(b"content", "text/plain").sha256)
    os.utime(path, (0, 0))
    store.put(b"content", "text/plain")
    assert path.stat().st_mtime > time.time() - 60


def test_a_flipped_byte_is_found_on_reading_and_repaired_by_storing_again(tmp_path: Path) -> None:
    store = FolderStore(tmp_path)
    ref = store.put(b"content", "text/plain")
    store.path(ref.sha256).write_bytes(b"Content")
    with pytest.raises(ArtifactCorrupt, match=ref.sha256):
        store.read(ref)
    store.put(b"content", "text/plain")
    assert store.read(ref) == b"content"


def test_a_missing_artifact_and_a_wrong_size_are_corrupt(tmp_path: Path) -> None:
    store = FolderStore(tmp_path)
    ref = store.put(b"content", "text/plain")
    with pytest.raises(ArtifactCorrupt, match="8 bytes expected"):
        store.read(ref.model_copy(update={"bytes": 8}))
    store.path(ref.sha256).unlink()
    with pytest.raises(ArtifactCorrupt, match="not in the store"):
        store.read(ref)


def test_a_full_disk_is_named_and_leaves_nothing_half_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    store = FolderStore(tmp_path)
    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(ArtifactStoreUnavailable, match="No space left"):
        store.put(b"content", "text/plain")
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []
