"""Checkpoints as objects `<prefix>.scratch/<kind>/<key>` of the bucket that holds the artifacts.

A sidecar on any machine goes on from them. What cannot be written is told as for an artifact, and the attempt is made
again: a bucket that takes no checkpoint takes no prediction either.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyarrow import fs

from contender_sidecar.bucket_store import open_file_system
from contender_sidecar.checkpoints import outdated
from contender_sidecar.failures import ArtifactStoreUnavailable

if TYPE_CHECKING:
    from contender_sidecar.artifacts import Bucket
    from contender_sidecar.checkpoints import CheckpointKind

FOLDER = ".scratch"
MEDIA_TYPE = "application/octet-stream"


class BucketCheckpoints:
    """One object each: a PUT is whole or not there."""

    def __init__(self, bucket: Bucket) -> None:
        self._bucket = bucket
        self._root = f"{bucket.name}/{bucket.prefix}{FOLDER}"
        self._files = open_file_system(bucket)

    def read(self, kind: CheckpointKind, key: str) -> bytes | None:
        """Give the object's bytes."""
        try:
            with self._files.open_input_stream(self._path(kind, key)) as stream:
                return stream.read()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise self._unavailable(error) from error

    def write(self, kind: CheckpointKind, key: str, content: bytes) -> None:
        """Put the object in place of the one before."""
        try:
            with self._files.open_output_stream(self._path(kind, key), metadata={"Content-Type": MEDIA_TYPE}) as stream:
                stream.write(content)
        except OSError as error:
            raise self._unavailable(error) from error

    def remove(self, kind: CheckpointKind, key: str) -> None:
        """Delete the object."""
        self._delete(self._path(kind, key))

    def prune(self, now: float) -> int:
        """Remove what is older than a week, then the oldest above 4 GiB. Gives the number of objects removed.

        Several sidecars may do so at once. Raises ArtifactStoreUnavailable.
        """
        try:
            found = self._files.get_file_info(fs.FileSelector(self._root, allow_not_found=True, recursive=True))
        except OSError as error:
            raise self._unavailable(error) from error
        entries = [
            (info.mtime.timestamp(), info.size, info.path)
            for info in found
            if info.type == fs.FileType.File and info.mtime is not None
        ]
        names = outdated(entries, now)
        for name in names:
            self._delete(name)
        return len(names)

    def _delete(self, path: str) -> None:
        try:
            self._files.delete_file(path)
        except FileNotFoundError:
            return
        except OSError as error:
            raise self._unavailable(error) from error

    def _path(self, kind: CheckpointKind, key: str) -> str:
        return f"{self._root}/{kind}/{key}"

    def _unavailable(self, error: OSError) -> ArtifactStoreUnavailable:
        return ArtifactStoreUnavailable(f"{self._bucket!r} failed: {error}")
