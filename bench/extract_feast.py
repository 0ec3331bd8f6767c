"""The as-of join of bench/extract.ts with Feast and its DuckDB store: one JSON line with seconds and sums."""

import json
import os
import resource
import sys
import tempfile
import time
from datetime import timedelta

import pandas as pd
from feast import Entity, FeatureStore, FeatureView, Field, RepoConfig
from feast.infra.offline_stores.duckdb import DuckDBOfflineStoreConfig
from feast.infra.offline_stores.file_source import FileSource
from feast.types import Float32
from feast.value_type import ValueType

folder, sessions = sys.argv[1], int(sys.argv[2])
PRICES = ["open", "high", "low", "close", "volume", "foreign_net_shares"]
STATEMENTS = ["eps", "revenue", "book_value"]
TTL = timedelta(days=7)

# Feast reads event and creation times from its own files, in seconds and nanoseconds of pandas.
scratch = tempfile.mkdtemp(prefix="contender-feast-")


def source(name: str, event: str) -> FileSource:
    frame = pd.read_parquet(f"{folder}/{name}.parquet")
    frame[event] = pd.to_datetime(frame[event], utc=True)
    frame = frame.sort_values("seq")
    path = os.path.join(scratch, f"{name}.parquet")
    frame.to_parquet(path)
    return FileSource(name=name, path=path, timestamp_field=event, created_timestamp_column="knowledge_ts")


symbol = Entity(name="symbol", join_keys=["symbol"], value_type=ValueType.STRING)
prices = FeatureView(
    name="prices",
    entities=[symbol],
    ttl=TTL,
    schema=[Field(name=name, dtype=Float32) for name in PRICES],
    source=source("prices", "event_ts"),
    online=False,
)
statements = FeatureView(
    name="statements",
    entities=[symbol],
    ttl=timedelta(0),
    schema=[Field(name=name, dtype=Float32) for name in STATEMENTS],
    source=source("fundamentals", "period_end"),
    online=False,
)
store = FeatureStore(
    config=RepoConfig(
        project="bench",
        registry=os.path.join(scratch, "registry.db"),
        provider="local",
        offline_store=DuckDBOfflineStoreConfig(),
        entity_key_serialization_version=3,
    )
)
store.apply([symbol, prices, statements])

calendar = pd.read_parquet(f"{folder}/calendar.parquet").sort_values("session_date").head(sessions)
names = pd.read_parquet(f"{folder}/symbols.parquet", columns=["symbol"])
decided = pd.DataFrame({"event_timestamp": pd.to_datetime(calendar["close_ts"], utc=True) + timedelta(hours=1)})
entities = names.merge(decided, how="cross")

cpu, wall = time.process_time(), time.perf_counter()
result = store.get_historical_features(
    entity_df=entities,
    features=[f"prices:{name}" for name in PRICES] + [f"statements:{name}" for name in STATEMENTS],
).to_df()
seconds = {"wallSeconds": time.perf_counter() - wall, "cpuSeconds": time.process_time() - cpu}
sums = {
    name: [float(result[name].astype("float32").astype("float64").sum()), int(result[name].count())]
    for name in [*PRICES, *STATEMENTS]
}
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
print(json.dumps({**seconds, "peakMegabytes": peak, "rows": len(result), "sums": sums}))
