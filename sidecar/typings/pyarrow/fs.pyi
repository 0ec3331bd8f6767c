"""The part of Arrow's S3 client that the sidecar uses."""

from collections.abc import Mapping
from datetime import datetime
from enum import Enum
from types import TracebackType
from typing import Self

class _Stream:
    def __enter__(self) -> Self: ...
    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None, /
    ) -> None: ...
    def read(self) -> bytes: ...
    def write(self, data: bytes) -> int: ...

class FileType(Enum):
    File = 2

class FileInfo:
    @property
    def path(self) -> str: ...
    @property
    def type(self) -> FileType: ...
    @property
    def size(self) -> int: ...
    @property
    def mtime(self) -> datetime | None: ...

class FileSelector:
    def __init__(self, base_dir: str, *, allow_not_found: bool, recursive: bool) -> None: ...

class S3FileSystem:
    def __init__(
        self,
        *,
        access_key: str,
        secret_key: str,
        region: str,
        scheme: str,
        endpoint_override: str,
        background_writes: bool,
        connect_timeout: float,
        request_timeout: float,
        check_directory_existence_before_creation: bool,
    ) -> None: ...
    def open_output_stream(self, path: str, *, metadata: Mapping[str, str]) -> _Stream: ...
    def open_input_stream(self, path: str) -> _Stream: ...
    def get_file_info(self, paths: FileSelector) -> list[FileInfo]: ...
    def delete_file(self, path: str) -> None: ...
