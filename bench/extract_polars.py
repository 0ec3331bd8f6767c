"""The as-of join of bench/extract.ts with polars: one JSON line with seconds and the sums of the columns."""

import json
import resource
import sys
import time

import polars as pl

folder, sessions = sys.argv[1], int(sys.argv[2])
PRICES = ["open", "high", "low", "close", "volume", "foreign_net_shares"]
STATEMENTS = ["eps", "revenue", "book_value"]


def newest_known(frame: pl.DataFrame, thing: str, columns: list[str]) -> pl.DataFrame:
    """Rows that were the newest of their symbol when they became known; ties of knowledge go to the greatest seq."""
    ordered = frame.sort("symbol", "knowledge_ts", thing, "seq")
    newest = ordered.filter(pl.col(thing) >= pl.col(thing).cum_max().over("symbol"))
    last = newest.unique(["symbol", "knowledge_ts"], keep="last", maintain_order=True)
    return last.select("symbol", "knowledge_ts", *[pl.col(name).cast(pl.Float32) for name in columns])


def run() -> pl.DataFrame:
    calendar = pl.read_parquet(f"{folder}/calendar.parquet").sort("session_date").head(sessions)
    rows = calendar.select(decided=pl.col("close_ts") + pl.duration(hours=1))
    symbols = pl.read_parquet(f"{folder}/symbols.parquet", columns=["symbol"]).sort("symbol")
    entities = symbols.join(rows, how="cross")
    prices = pl.read_parquet(
        f"{folder}/prices.parquet", columns=["symbol", "session_date", "knowledge_ts", "seq", *PRICES]
    )
    statements = pl.read_parquet(f"{folder}/fundamentals.parquet")
    joined = entities
    for frame, thing, columns in [
        (prices, "session_date", PRICES),
        (statements, "period_end", STATEMENTS),
    ]:
        joined = joined.join_asof(
            newest_known(frame, thing, columns).set_sorted("knowledge_ts"),
            left_on="decided",
            right_on="knowledge_ts",
            by="symbol",
            check_sortedness=False,
        ).drop("knowledge_ts")
    return joined


best = None
for _ in range(int(sys.argv[3])):
    cpu, wall = time.process_time(), time.perf_counter()
    result = run()
    seconds = {"wallSeconds": time.perf_counter() - wall, "cpuSeconds": time.process_time() - cpu}
    if best is None or seconds["cpuSeconds"] < best["cpuSeconds"]:
        best = seconds
sums = {name: [result[name].cast(pl.Float64).sum(), result[name].count()] for name in [*PRICES, *STATEMENTS]}
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
print(json.dumps({**best, "peakMegabytes": peak, "rows": result.height, "sums": sums}))
