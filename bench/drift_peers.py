"""Drift of columns by scipy and, where it is installed, by Evidently. Reads what bench/drift.ts wrote; prints JSON."""

import json
import sys
import time
from pathlib import Path

import numpy as np
from scipy.stats import ks_2samp, wasserstein_distance


def psi(reference: np.ndarray, current: np.ndarray) -> float:
    edges = np.quantile(reference, np.linspace(0, 1, 11)[1:-1])
    before = (
        np.bincount(np.searchsorted(edges, reference), minlength=10) / reference.size
    )
    now = np.bincount(np.searchsorted(edges, current), minlength=10) / current.size
    before, now = np.clip(before, 1e-6, None), np.clip(now, 1e-6, None)
    return float(np.sum((now - before) * np.log(now / before)))


def by_scipy(reference: np.ndarray, current: np.ndarray) -> dict[str, object]:
    started, cpu = time.perf_counter(), time.process_time()
    ks = []
    for column in range(reference.shape[0]):
        test = ks_2samp(reference[column], current[column], method="asymp")
        psi(reference[column], current[column])
        wasserstein_distance(reference[column], current[column])
        ks.append(float(test.statistic))
    return {
        "seconds": time.perf_counter() - started,
        "cpuSeconds": time.process_time() - cpu,
        "ks": ks,
    }


def by_evidently(
    reference: np.ndarray, current: np.ndarray
) -> dict[str, object] | None:
    try:
        import pandas as pd
        from evidently import Report
        from evidently.presets import DataDriftPreset
    except ImportError:
        return None
    names = [f"feature_{column}" for column in range(reference.shape[0])]
    before, now = (
        pd.DataFrame(reference.T, columns=names),
        pd.DataFrame(current.T, columns=names),
    )
    started, cpu = time.perf_counter(), time.process_time()
    Report([DataDriftPreset()]).run(now, before)
    return {
        "seconds": time.perf_counter() - started,
        "cpuSeconds": time.process_time() - cpu,
    }


def main() -> None:
    folder, columns, rows = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
    reference = np.fromfile(folder / "reference.f64").reshape(columns, rows)
    current = np.fromfile(folder / "current.f64").reshape(columns, rows)
    by_scipy(reference[:1], current[:1])
    print(
        json.dumps(
            {
                "scipy": by_scipy(reference, current),
                "evidently": by_evidently(reference, current),
            }
        )
    )


main()
