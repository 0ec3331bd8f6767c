"""Artifacts as objects of an S3-compatible bucket, through the S3 client that Arrow carries."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from pyarrow import fs

from contender_sidecar.artifacts import verified
from contender_sidecar.failures import ArtifactCorrupt, ArtifactStoreUnavailable
from contender_sidecar.generated.contracts import ArtifactRef

if TYPE_CHECKING:
    from contender_sidecar.artifacts import Bucket

CONNECT_SECONDS = 10.0
REQUEST_SECONDS = 120.0


def open_file_system(bucket: Bucket) -> fs.S3FileSystem:
    """The client of a bucket: requests that get no answer fail, so that an attempt ends and is made again."""
    scheme, _, host = bucket.endpoint.partition("://")
    return fs.S3FileSystem(
        access_key=bucket.access_key_id,
        secret_key=bucket.secret_access_key,
        region=bucket.region,
        scheme=scheme,
        endpoint_override=host.rstrip("/"),
        background_writes=False,
        connect_timeout=CONNECT_SECONDS,
        request_timeout=REQUEST_SECONDS,
        check_directory_existence_before_creation=False,
    )


class BucketStore:
    """One PUT for an artifact: whole or not there. Reading verifies size and hash."""

    def __init__(self, bucket: Bucket) -> None:
        self._bucket = bucket
        self._files = open_file_system(bucket)

    def put(self, content: bytes, media_type: str) -> ArtifactRef:
        """Store bytes under their hash. Sent again even when they are there: an equal object replaces nothing."""
        sha256 = hashlib.sha256(content).hexdigest()
        try:
            with self._files.open_output_stream(self._key(sha256), metadata={"Content-Type": media_type}) as stream:
                stream.write(content)
        except OSError as error:
            raise ArtifactStoreUnavailable(f"{self._bucket!r} failed: {error}") from error
        return ArtifactRef(sha256=sha256, bytes=len(content), media_type=media_type)

    def read(self, ref: ArtifactRef) -> bytes:
        """Give the verified bytes."""
        try:
            with self._files.open_input_stream(self._key(ref.sha256)) as stream:
                content = stream.read()
        except FileNotFoundError:
            raise ArtifactCorrupt(f"artifact {ref.sha256} is not in the store", sha256=ref.sha256) from None
        except OSError as error:
            raise ArtifactStoreUnavailable(f"{self._bucket!r} failed: {error}") from error
        return verified(ref, content)

    def _key(self, sha256: str) -> str:
        return f"{self._bucket.name}/{self._bucket.prefix}{sha256[:2]}/{sha256}"
