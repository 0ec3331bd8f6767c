"""Hostile and ordinary row tables."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pytest

from contender_sidecar.failures import ArtifactCorrupt, ContractViolation, NonFiniteValues, TrainingFailure
from contender_sidecar.training_rows import load_rows
from tests.snapshots import FEATURES, Bench, replace_column, session, snapshot_table

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

TABLE = snapshot_table(sessions=10, symbols=4)


def test_the_decoded_rows_are_the_table(bench: Bench) -> None:
    rows = load_rows(bench.store, bench.scratch, bench.rows)
    table = snapshot_table()
    for at, name in enumerate(FEATURES):
        np.testing.assert_array_equal(rows.matrix[:, at], table.column(name).to_numpy())
    np.testing.assert_array_equal(rows.label, table.column("label").to_numpy())
    assert [rows.symbols[code] for code in rows.symbol] == table.column("symbol").to_pylist()
    assert np.isnan(rows.label[-6 * 20 :]).all()
    assert not np.isnan(rows.label[: -6 * 20]).any()


def test_a_window_is_inclusive_on_both_sides_and_empty_outside_the_data(bench: Bench) -> None:
    rows = load_rows(bench.store, bench.scratch, bench.rows)
    assert rows.window(session(0), session(0)) == slice(0, 20)
    assert rows.window(session(1), session(2)) == slice(20, 60)
    assert rows.window("1999-01-01", "1999-12-31") == slice(0, 0)
    assert rows.window("2030-01-01", "2030-12-31") == slice(2400, 2400)
    with pytest.raises(ContractViolation, match="2020-02-30"):
        rows.window("2020-02-30", "2020-03-01")


def test_the_table_is_decoded_once_and_again_after_the_scratch_area_is_damaged(bench: Bench) -> None:
    load_rows(bench.store, bench.scratch, bench.rows)
    label = bench.scratch.rows / bench.rows.sha256 / "label.npy"
    before = label.stat().st_mtime_ns
    load_rows(bench.store, bench.scratch, bench.rows)
    assert label.stat().st_mtime_ns == before
    label.write_bytes(b"torn")
    rows = load_rows(bench.store, bench.scratch, bench.rows)
    assert len(rows.label) == 2400


def test_a_flipped_byte_in_the_artifact_is_found_although_the_decoded_form_is_there(bench: Bench) -> None:
    load_rows(bench.store, bench.scratch, bench.rows)
    path = bench.store.path(bench.rows.sha256)
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(bytes(content))
    with pytest.raises(ArtifactCorrupt):
        load_rows(bench.store, bench.scratch, bench.rows)


def shuffled(table: pa.Table) -> pa.Table:
    return table.take(np.random.default_rng(1).permutation(table.num_rows))


def doubled(table: pa.Table) -> pa.Table:
    return table.take(np.sort(np.append(np.arange(table.num_rows), 7)))


def labelled(value: float) -> Callable[[pa.Table], pa.Table]:
    def change(table: pa.Table) -> pa.Table:
        labels = np.zeros(table.num_rows, dtype=np.float32)
        labels[3] = value
        return replace_column(table, "label", pa.array(labels, from_pandas=False))

    return change


def as_doubles(table: pa.Table) -> pa.Table:
    return replace_column(table, FEATURES[0], pa.array(np.zeros(table.num_rows)))


def as_text(table: pa.Table) -> pa.Table:
    return replace_column(table, "session", pa.array(["2020-01-01"] * table.num_rows))


def without_symbol(table: pa.Table) -> pa.Table:
    return replace_column(table, "symbol", pa.array([None, *["A"] * (table.num_rows - 1)], type=pa.string()))


def without_label(table: pa.Table) -> pa.Table:
    return table.drop_columns("label")


def with_two_labels(table: pa.Table) -> pa.Table:
    return table.append_column("label", table.column("label").combine_chunks())


@pytest.mark.parametrize(
    ("change", "failure", "reason"),
    [
        (shuffled, ContractViolation, "not sorted"),
        (doubled, ContractViolation, "duplicate key"),
        (labelled(np.nan), NonFiniteValues, "label"),
        (labelled(np.inf), NonFiniteValues, "label"),
        (as_doubles, ContractViolation, FEATURES[0]),
        (as_text, ContractViolation, "session"),
        (without_symbol, ContractViolation, "symbol holds nulls"),
        (without_label, ContractViolation, "label is missing"),
        (with_two_labels, ContractViolation, "twice"),
    ],
    ids=["shuffled", "duplicate", "nan-label", "infinite-label", "double", "text-date", "null", "no-label", "twice"],
)
def test_a_hostile_table_fails_with_its_type_and_reason(
    tmp_path: Path, change: Callable[[pa.Table], pa.Table], failure: type[TrainingFailure], reason: str
) -> None:
    bench = Bench(tmp_path, change(TABLE))
    with pytest.raises(failure, match=reason):
        load_rows(bench.store, bench.scratch, bench.rows)
    assert not list(bench.scratch.rows.glob("*")), "nothing half decoded is left"


def test_bytes_that_are_no_parquet_are_a_contract_violation(bench: Bench) -> None:
    ref = bench.store.put(b"not a table", "application/vnd.apache.parquet")
    with pytest.raises(ContractViolation, match="Parquet"):
        load_rows(bench.store, bench.scratch, ref)


def test_unknown_repeated_and_infinite_features_are_refused_by_name(tmp_path: Path) -> None:
    values = np.zeros(TABLE.num_rows, dtype=np.float32)
    values[5] = np.inf
    bench = Bench(tmp_path, replace_column(TABLE, FEATURES[1], pa.array(values)))
    rows = load_rows(bench.store, bench.scratch, bench.rows)
    with pytest.raises(ContractViolation, match="sentiment"):
        rows.columns([FEATURES[0], "sentiment"])
    with pytest.raises(ContractViolation, match="twice"):
        rows.columns([FEATURES[0], FEATURES[0]])
    with pytest.raises(NonFiniteValues, match=FEATURES[1]):
        rows.columns(FEATURES)
    # A recipe without that feature is not concerned.
    assert rows.columns([FEATURES[2], FEATURES[0]]) == [2, 0]
