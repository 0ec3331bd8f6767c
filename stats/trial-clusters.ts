import { requireRange } from './series.ts';

export interface TrialClusters {
  /** Number of clusters with the best mean silhouette, 2 .. N - 1; N itself under 3 trials. */
  readonly count: number;
  /** Cluster of each trial, numbered from 0 by first appearance. */
  readonly labels: Int32Array;
  /** Mean silhouette of each number of clusters tried, from 2 on. */
  readonly silhouettes: Float64Array;
}

/**
 * Clusters of trials that are the same bet: average linkage over the distance sqrt((1 - rho) / 2), cut where the mean
 * silhouette is highest (first among equals). The idea of Lopez de Prado and Lewis, "Detection of false investment
 * strategies" (2019), with a deterministic linkage in place of their repeated k-means, so that no seed moves the count.
 * A trial alone in its cluster has silhouette 0 (Rousseeuw 1987).
 * @param correlations row-major N x N
 */
export function trialClusters(correlations: Float64Array, size: number): TrialClusters {
  requireRange('correlations', correlations.length, size * size, size * size, 'integer');
  // The same strategy twice correlates to 1 - 1e-16: that distance is zero, not 1e-8.
  const distances = correlations.map((rho) => (1 - rho < 1e-12 ? 0 : Math.sqrt((1 - rho) / 2)));
  if (size < 3) {
    return {
      count: size,
      labels: Int32Array.from({ length: size }, (_, i) => i),
      silhouettes: new Float64Array(),
    };
  }
  const cuts = averageLinkage(distances, size);
  let best = cuts[size - 2] ?? new Int32Array(size);
  let count = 2;
  const silhouettes = Float64Array.from({ length: size - 2 }, (_, index) =>
    meanSilhouette(distances, cuts[size - (index + 2)] ?? best, index + 2),
  );
  silhouettes.forEach((value, index) => {
    if (!(value > (silhouettes[count - 2] ?? 0))) return;
    count = index + 2;
    best = cuts[size - count] ?? best;
  });
  return { count, labels: best, silhouettes };
}

/** The labels after 0, 1, 2, ... merges of the two clusters with the smallest average distance (first pair among equals). */
function averageLinkage(distances: Float64Array, size: number): Int32Array[] {
  const between = distances.slice();
  const weights = new Float64Array(size).fill(1);
  const alive = Array.from({ length: size }, (_, index) => index);
  const member = Int32Array.from(alive);
  const cuts = [relabelled(member)];
  while (alive.length > 1) {
    let [from, into] = [alive[1] ?? 0, alive[0] ?? 0];
    for (const [position, a] of alive.entries()) {
      for (const b of alive.slice(position + 1)) {
        if ((between[a * size + b] ?? 0) < (between[into * size + from] ?? 0)) [into, from] = [a, b];
      }
    }
    const [weightInto, weightFrom] = [weights[into] ?? 0, weights[from] ?? 0];
    for (const other of alive) {
      if (other === into || other === from) continue;
      const merged =
        (weightInto * (between[into * size + other] ?? 0) +
          weightFrom * (between[from * size + other] ?? 0)) /
        (weightInto + weightFrom);
      between[into * size + other] = merged;
      between[other * size + into] = merged;
    }
    weights[into] = weightInto + weightFrom;
    alive.splice(alive.indexOf(from), 1);
    member.forEach((cluster, trial) => {
      if (cluster === from) member[trial] = into;
    });
    cuts.push(relabelled(member));
  }
  return cuts;
}

function relabelled(member: Int32Array): Int32Array {
  const seen = new Map<number, number>();
  return member.map((cluster) => {
    const label = seen.get(cluster) ?? seen.size;
    seen.set(cluster, label);
    return label;
  });
}

function meanSilhouette(distances: Float64Array, labels: Int32Array, clusters: number): number {
  const size = labels.length;
  const sizes = new Float64Array(clusters);
  for (const label of labels) sizes[label] = (sizes[label] ?? 0) + 1;
  let total = 0;
  labels.forEach((own, trial) => {
    const sums = new Float64Array(clusters);
    labels.forEach((label, other) => {
      sums[label] = (sums[label] ?? 0) + (distances[trial * size + other] ?? 0);
    });
    const companions = (sizes[own] ?? 0) - 1;
    if (companions === 0) return;
    const within = (sums[own] ?? 0) / companions;
    let nearest = Infinity;
    sums.forEach((sum, label) => {
      if (label !== own) nearest = Math.min(nearest, sum / (sizes[label] ?? 1));
    });
    const scale = Math.max(within, nearest);
    total += scale === 0 ? 0 : (nearest - within) / scale;
  });
  return total / size;
}
