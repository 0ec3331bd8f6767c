"""The peers of bench/gates.ts, on the data that it wrote: python gates-peers.py CASE FILE ROWS COLUMNS REPLICATES RUNS

Prints one JSON object: processor and wall seconds of each run, peak memory, and the numbers that came out.
"""

import itertools
import json
import resource
import sys
import time

import numpy as np


def arch_spa(data, replicates):
    from arch.bootstrap import SPA

    test = SPA(np.zeros(len(data)), -data, block_size=10, reps=replicates, bootstrap="stationary", studentize=True, seed=1)
    test.compute()
    return float(test.pvalues["consistent"])


def naive_cscv(data, _replicates):
    """Every half gathered, every Sharpe ratio from its rows."""
    splits = 16
    rows, count = data.shape
    size = rows // splits
    blocks = data[rows - splits * size :].reshape(splits, size, count)
    overfit = total = 0
    for chosen in itertools.combinations(range(splits), splits // 2):
        rest = [block for block in range(splits) if block not in chosen]
        inside = blocks[list(chosen)].reshape(-1, count)
        outside = blocks[rest].reshape(-1, count)
        inside = inside.mean(0) / inside.std(0, ddof=1)
        outside = outside.mean(0) / outside.std(0, ddof=1)
        reached = outside[inside.argmax()]
        rank = (outside < reached).sum() + ((outside == reached).sum() + 1) / 2
        overfit += rank / (count + 1) <= 0.5
        total += 1
    return overfit / total


def main():
    case, file, rows, columns, replicates, runs = sys.argv[1:7]
    data = np.fromfile(file).reshape(int(columns), int(rows)).T.copy()
    work = {"spa": arch_spa, "cscv": naive_cscv}[case]
    timings = []
    for _ in range(int(runs)):
        cpu, wall = time.process_time(), time.perf_counter()
        value = work(data, int(replicates))
        timings.append({"cpuSeconds": time.process_time() - cpu, "wallSeconds": time.perf_counter() - wall})
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"timings": timings, "peakMegabytes": peak, "value": value}))


main()
