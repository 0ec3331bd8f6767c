"""Expected values for panels of other seeds and shapes than the golden set, by an independent route.

    python -m venv peers && peers/bin/pip install -r tests/golden/oracles/requirements.txt
    peers/bin/python tests/golden/oracles/make-gate-oracles.py [FOLDER] [--seed N]

Writes one CSV per panel and `expected.json` to FOLDER (default: tests/golden/data/gates-unseen). Everything is computed from
the definitions with numpy, scipy, statsmodels and arch, row by row and half by half; nothing is shared with stats/. Numbers
in the CSV are the data: panels are rounded before anything is computed.
"""

import argparse
import itertools
import json
import math
import pathlib

import numpy as np
from arch.bootstrap import MCS, optimal_block_length
from scipy import stats
from scipy.cluster.hierarchy import fcluster, linkage
from scipy.spatial.distance import squareform

GAMMA = 0.5772156649015329


def panel(seed, rows, columns, skilled=None, mean=0.0, rho=0.3, phi=0.05):
    """Fat tails, one factor, a little autocorrelation; column 0 is the benchmark."""
    rng = np.random.default_rng(seed)
    shocks = rng.standard_t(5, size=(rows, columns + 1)) * 0.006
    factor = rng.standard_t(5, size=(rows, 1)) * 0.006
    data = np.sqrt(rho) * factor + np.sqrt(1 - rho) * shocks
    for row in range(1, rows):
        data[row] += phi * data[row - 1]
    if skilled is not None:
        data[:, skilled + 1] += mean
    return np.round(data, 6)


def panels(seed):
    odd = panel(seed + 1, 307, 7, skilled=3, mean=0.0007)
    pair = panel(seed + 2, 121, 2)
    tied = panel(seed + 3, 203, 6)
    tied[:, 4] = tied[:, 2]  # the same strategy twice
    tied[:, 5] = 2 * tied[:, 3]  # and one at twice the size: equal to the last bit
    tied[:90, 6] = 0.0  # a strategy that started late
    wide = panel(seed + 4, 187, 25, skilled=11, mean=0.0016)
    scaled = panel(seed + 5, 260, 9, skilled=2, mean=0.0008)
    scaled[:, 6] = np.round(50 * scaled[:, 6], 6)
    return {"odd_307x7": odd, "pair_121x2": pair, "tied_203x6": tied, "wide_187x25": wide, "scaled_260x9": scaled}


def kernel_omega(series, block):
    rows = len(series)
    centred = series - series.mean()
    p = 1 / block
    total = centred @ centred / rows
    for lag in range(1, rows):
        weight = (rows - lag) / rows * (1 - p) ** lag + lag / rows * (1 - p) ** (rows - lag)
        total += 2 * weight * (centred[lag:] @ centred[:-lag]) / rows
    return math.sqrt(total)


def stationary_indices(rng, rows, block):
    starts = rng.integers(0, rows, rows)
    fresh = rng.random(rows) < 1 / block
    out = np.empty(rows, dtype=int)
    out[0] = starts[0]
    for row in range(1, rows):
        out[row] = starts[row] if fresh[row] else (out[row - 1] + 1) % rows
    return out


def spa(differences, block, indices):
    rows = len(differences)
    mean = differences.mean(0)
    omega = np.array([kernel_omega(column, block) for column in differences.T])
    t = np.sqrt(rows) * mean / omega
    statistic = max(0.0, t.max())
    keep = mean >= -omega * math.sqrt(2 * math.log(math.log(rows)) / rows)
    shifts = {"lower": np.maximum(mean, 0), "consistent": np.where(keep, mean, 0), "upper": mean}
    star = np.array([differences[index].mean(0) for index in indices])
    result = {"statistic": statistic, "omega": omega.tolist(), "t": t.tolist(), "n_valid": int(keep.sum())}
    for name, shift in shifts.items():
        draws = np.maximum(0, (np.sqrt(rows) * (star - shift) / omega).max(1))
        result[f"p_{name}"] = float((draws > statistic).mean()) if statistic > 0 else 1.0
        result[f"p1_{name}"] = float((1 + (draws >= statistic).sum()) / (len(draws) + 1)) if statistic > 0 else 1.0
    result["stepm"] = {}
    for alpha in (0.05, 0.1):
        left, rejected = list(range(differences.shape[1])), []
        while left:
            draws = np.maximum(0, (np.sqrt(rows) * (star[:, left] - shifts["consistent"][left]) / omega[left]).max(1))
            found = [k for k in left if t[k] > 0 and (draws > t[k]).mean() < alpha]
            if not found:
                break
            rejected += found
            left = [k for k in left if k not in found]
        result["stepm"][str(alpha)] = sorted(rejected)
    return result


def sharpe(series):
    deviation = series.std(ddof=1)
    return 0.0 if np.all(series == 0) else float(series.mean() / deviation)


def expected_max(trials):
    if trials == 1:
        return 0.0
    return (1 - GAMMA) * stats.norm.ppf(1 - 1 / trials) + GAMMA * stats.norm.ppf(1 - 1 / (trials * math.e))


def sharpe_numbers(strategies):
    rows, count = strategies.shape
    columns = []
    for column in strategies.T:
        sr = sharpe(column)
        g3, g4 = stats.skew(column), stats.kurtosis(column, fisher=False)
        variance = 1 - g3 * sr + (g4 - 1) / 4 * sr**2
        columns.append(
            {
                "sr": sr,
                "skew": g3,
                "kurtosis": g4,
                "psr0": stats.norm.cdf(sr * math.sqrt(rows - 1) / math.sqrt(variance)),
                "mintrl": 1 + variance * (stats.norm.ppf(0.95) / sr) ** 2,
                "robust": {str(lag): robust_sharpe(column, lag) for lag in (0, 3, 10)},
            }
        )
    srs = np.array([entry["sr"] for entry in columns])
    best = int(np.argmax(srs))
    entry = columns[best]
    variance = 1 - entry["skew"] * entry["sr"] + (entry["kurtosis"] - 1) / 4 * entry["sr"] ** 2
    dsr = {}
    for trials in (1, 2, count, 3.7, 1000):
        sr0 = math.sqrt(srs.var(ddof=1)) * expected_max(trials)
        dsr[str(trials)] = {
            "sr0": sr0,
            "dsr": stats.norm.cdf((entry["sr"] - sr0) * math.sqrt(rows - 1) / math.sqrt(variance)),
        }
    return {"columns": columns, "best": best, "variance": srs.var(ddof=1), "dsr": dsr}


def robust_sharpe(series, lag):
    """Delta method over (mean, variance) with a Newey-West covariance matrix; T - 1 in the ratio, T in the covariance."""
    rows = len(series)
    mean, variance = series.mean(), series.var()
    moments = np.column_stack([series - mean, (series - mean) ** 2 - variance])
    covariance = moments.T @ moments / rows
    for j in range(1, lag + 1):
        product = moments[j:].T @ moments[:-j] / rows
        covariance += (1 - j / (lag + 1)) * (product + product.T)
    gradient = np.array([1 / math.sqrt(variance), -mean / 2 / variance**1.5])
    error = math.sqrt(gradient @ covariance @ gradient / rows)
    return {"se": error, "psr0": stats.norm.cdf(sharpe(series) / error)}


def effective(strategies):
    count = strategies.shape[1]
    matrix = np.corrcoef(strategies.T)
    values = np.linalg.eigvalsh(matrix)[::-1]
    off = matrix[~np.eye(count, dtype=bool)]
    share = values[values > 0] / count
    result = {
        "average_correlation": off.mean() if count > 1 else None,
        "participation": count**2 / (values**2).sum(),
        "entropy": math.exp(-(share * np.log(share)).sum()),
        "nyholt": 1 + (count - 1) * (1 - values.var(ddof=1) / count),
        "galwey": np.sqrt(np.maximum(values, 0)).sum() ** 2 / np.maximum(values, 0).sum(),
    }
    if count < 3:
        return result | {"clusters": count}
    distance = np.sqrt(np.maximum(0, (1 - matrix) / 2))
    np.fill_diagonal(distance, 0)
    tree = linkage(squareform(distance, checks=False), "average")
    silhouettes = []
    for clusters in range(2, count):
        labels = fcluster(tree, clusters, "maxclust")
        scores = []
        for trial in range(count):
            same = (labels == labels[trial]) & (np.arange(count) != trial)
            if not same.any():
                scores.append(0.0)
                continue
            a = distance[trial, same].mean()
            b = min(distance[trial, labels == other].mean() for other in set(labels) - {labels[trial]})
            scores.append((b - a) / max(a, b))
        silhouettes.append(float(np.mean(scores)))
    return result | {"clusters": 2 + int(np.argmax(silhouettes)), "silhouettes": silhouettes}


METRICS = {
    "sharpe": sharpe,
    "mean": lambda x: float(x.mean()),
    "expectancy": lambda x: float(x[x != 0].mean()) if (x != 0).any() else 0.0,
    "drawdown": lambda x: -float((1 - np.append(1, np.cumprod(1 + x)) / np.maximum.accumulate(np.append(1, np.cumprod(1 + x)))).max()),
}


def pbo(strategies, splits, metric):
    rows, count = strategies.shape
    size = rows // splits
    blocks = strategies[rows - size * splits :].reshape(splits, size, count)
    logits, inside, outside, winners, overfit, strict, averages = [], [], [], [], 0, 0, []
    without = np.zeros(count)
    combinations = list(itertools.combinations(range(splits), splits // 2))
    for chosen in combinations:
        rest = [block for block in range(splits) if block not in chosen]
        a = np.array([metric(column) for column in blocks[list(chosen)].reshape(-1, count).T])
        b = np.array([metric(column) for column in blocks[rest].reshape(-1, count).T])
        star = int(np.argmax(a))
        rank = stats.rankdata(b)[star]
        overfit += rank / (count + 1) <= 0.5
        strict += rank / (count + 1) < 0.5
        logits.append(math.log(rank / (count + 1 - rank)))
        inside.append(a[star])
        outside.append(b[star])
        winners.append(star)
        averages.append(b.mean())
        if count > 2:
            for left in range(count):
                keep = [k for k in range(count) if k != left]
                again = int(np.argmax(a[keep]))
                without[left] += stats.rankdata(b[keep])[again] / count <= 0.5
    total = len(combinations)
    line = stats.linregress(inside, outside)
    chosen, random = np.sort(outside), np.sort(averages)
    return {
        "combinations": total,
        "dropped": rows - size * splits,
        "pbo": overfit / total,
        "strict": strict / total,
        "slope": line.slope,
        "intercept": line.intercept,
        "loss": float(np.mean(np.array(outside) < 0)),
        "mean_logit": float(np.mean(logits)),
        "without": (without / total).tolist() if count > 2 else None,
        "first_order": float((chosen >= random).mean()),
        "second_order": float((np.cumsum(chosen - random) >= 0).mean()),
        "selection": np.bincount(winners, minlength=count).tolist(),
    }


def confidence_set(strategies, indices):
    result = {}
    for method in ("R", "max"):
        test = MCS(-strategies, size=0.1, reps=len(indices), block_size=5, method=method, seed=1)
        test.bootstrap.bootstrap = lambda _reps: iter([((index,), {}) for index in indices])
        test.compute()
        result[method] = [[int(index), float(p)] for index, p in test.pvalues["Pvalue"].items()]
    return result


def ledoit_wolf(x, y, kind, block=1):
    rows = len(x)
    data = np.column_stack([x, y])
    mean, second = data.mean(0), (data**2).mean(0)
    moments = np.column_stack([data - mean, data**2 - second])
    variance = second - mean**2
    gradient = np.array(
        [second[0] / variance[0] ** 1.5, -second[1] / variance[1] ** 1.5, -mean[0] / 2 / variance[0] ** 1.5, mean[1] / 2 / variance[1] ** 1.5]
    )
    if kind == "block":
        count = rows // block
        sums = moments[: count * block].reshape(count, block, 4).sum(1) / math.sqrt(block)
        psi = sums.T @ sums / count
    else:
        numerator = denominator = 0.0
        for column in moments.T:
            fit = stats.linregress(column[:-1], column[1:])
            residual = ((column[1:] - fit.intercept - fit.slope * column[:-1]) ** 2).mean()
            numerator += 4 * fit.slope**2 * residual**2 / (1 - fit.slope) ** 8
            denominator += residual**2 / (1 - fit.slope) ** 4
        bandwidth = 2.6614 * (numerator / denominator * rows) ** 0.2
        psi = moments.T @ moments
        for lag in range(1, rows):
            u = lag / bandwidth
            if u >= 1:
                break
            weight = 1 - 6 * u**2 + 6 * u**3 if u <= 0.5 else 2 * (1 - u) ** 3
            product = moments[lag:].T @ moments[:-lag]
            psi = psi + weight * (product + product.T)
        psi = psi / (rows - 4)
    return (sharpe(x) - sharpe(y)) / math.sqrt(gradient @ psi @ gradient / rows)


def power_table():
    rows = []
    for n, shift in [(7, 0.1667), (7, 1.3), (30, 2.5), (252, 0.4), (3, 5.0), (2, 0.2), (1000, 3.1), (40, -1.0), (250, 30.0)]:
        critical = stats.t.ppf(0.95, n - 1)
        rows.append({"df": n - 1, "t": critical, "shift": shift, "tail": stats.nct.sf(critical, n - 1, shift)})
    return rows


def main():
    parser = argparse.ArgumentParser()
    default = pathlib.Path(__file__).parents[1] / "data" / "gates-unseen"
    parser.add_argument("folder", nargs="?", type=pathlib.Path, default=default)
    parser.add_argument("--seed", type=int, default=7100)
    parser.add_argument("--replicates", type=int, default=40_000)
    given = parser.parse_args()
    given.folder.mkdir(parents=True, exist_ok=True)
    expected = {"seed": given.seed, "replicates": given.replicates, "panels": {}, "power": power_table()}
    for position, (name, data) in enumerate(panels(given.seed).items()):
        heading = ",".join(["bench"] + [f"s{k}" for k in range(data.shape[1] - 1)])
        lines = [heading] + [",".join(repr(float(value)) for value in row) for row in data]
        (given.folder / f"{name}.csv").write_text("\n".join(lines) + "\n")
        strategies, differences = data[:, 1:], data[:, 1:] - data[:, :1]
        rows = len(data)
        rng = np.random.default_rng(given.seed + 100 + position)
        few = [stationary_indices(rng, rows, 4) for _ in range(60)]
        entry = {"sharpe": sharpe_numbers(strategies), "effective": effective(strategies), "pbo": {}, "spa": {}}
        for splits in (2, 6, 8, 10):
            for metric in ("sharpe", "mean", "expectancy", "drawdown") if splits == 6 else ("sharpe",):
                entry["pbo"][f"{metric}_{splits}"] = pbo(strategies, splits, METRICS[metric])
        entry["spa_given"] = spa(differences, 4, few) | {"indices": f"{name}.indices.csv"}
        (given.folder / f"{name}.indices.csv").write_text("\n".join(",".join(map(str, index)) for index in few) + "\n")
        for block in (3, 10):
            many = [stationary_indices(rng, rows, block) for _ in range(given.replicates)]
            entry["spa"][str(block)] = spa(differences, block, many)
        lengths = optimal_block_length(differences)
        entry["politis_white"] = {"stationary": lengths["stationary"].tolist(), "circular": lengths["circular"].tolist()}
        if name != "tied_203x6":
            entry["mcs"] = confidence_set(strategies, few)
        entry["ledoit_wolf"] = {
            "parzen": ledoit_wolf(strategies[:, 0], data[:, 0], "parzen"),
            "block_7": ledoit_wolf(strategies[:, 0], data[:, 0], "block", 7),
        }
        expected["panels"][name] = entry
        print(name, "done", flush=True)
    text = json.dumps(expected, indent=1, default=float)
    (given.folder / "expected.json").write_text(text + "\n")


if __name__ == "__main__":
    main()
