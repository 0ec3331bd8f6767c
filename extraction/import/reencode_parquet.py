"""Write a Parquet file anew with plain encodings: python reencode_parquet.py SOURCE TARGET."""

import sys

import pyarrow.parquet as pq


def main() -> None:
    source, target = sys.argv[1:]
    pq.write_table(pq.read_table(source), target, compression="zstd", use_byte_stream_split=False)


if __name__ == "__main__":
    main()
