"""The part of pyarrow.parquet that the sidecar uses; the package ships no types."""

from pathlib import Path

from pyarrow import BufferOutputStream, BufferReader, Table

class ParquetFile:
    def __init__(self, source: BufferReader) -> None: ...
    def read(self, *, use_threads: bool = True) -> Table: ...

def read_table(source: Path) -> Table: ...
def write_table(
    table: Table,
    where: BufferOutputStream,
    *,
    version: str = ...,
    compression: str = ...,
    compression_level: int | None = ...,
    use_dictionary: bool = ...,
    write_statistics: bool = ...,
    store_schema: bool = ...,
    row_group_size: int | None = ...,
) -> None: ...
