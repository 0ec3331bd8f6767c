/** One part of the health of a model: what it is worth in the score, and why. */
export interface HealthPart {
  readonly part: 'performance' | 'data' | 'drift' | 'operation' | 'resources';
  /** Share of the whole when every part is known. */
  readonly weight: number;
  /** 0 to 100; null: unknown, and left out of the score. */
  readonly score: number | null;
  readonly evidence: string;
}

export interface ModelHealth {
  /** 0 to 100: mean of the known parts by their weights; null when none is known. */
  readonly score: number | null;
  readonly parts: readonly HealthPart[];
}

export interface HealthInput {
  /** Chance that the model has decayed; null without a baseline. */
  readonly decayProbability: number | null;
  /** Faults found in the session's data. */
  readonly dataFindings: readonly string[];
  /** Share of features that drifted; null without a reference. */
  readonly driftedShare: number | null;
  /** Share of rows with a score, milliseconds to make them, and its bound. */
  readonly operation: { readonly scored: number; readonly latencyMs: number; readonly maxLatencyMs: number };
  /** Shares in use of the machine that computed it, [0, 1]; the load is per processor and may exceed one. */
  readonly resources: { readonly memory: number; readonly disk: number; readonly load: number } | null;
}

const WEIGHTS = { performance: 0.4, data: 0.2, drift: 0.15, operation: 0.15, resources: 0.1 } as const;
/** One fault of the data halves its part, two leave nothing. */
const POINTS_PER_FAULT = 50;
/** At this share of drifted features nothing is left of their part. */
const DRIFT_AT_ZERO = 0.5;
/** A disk or memory is short above this share in use. */
const SHORT_ABOVE = 0.8;

/** Health 0 to 100 with its parts, from what a session measured. */
export function modelHealth(input: HealthInput): ModelHealth {
  const parts = [performance(input), data(input), drift(input), operation(input), resources(input)];
  const known = parts.flatMap(({ weight, score }) => (score === null ? [] : [{ weight, score }]));
  const weight = known.reduce((sum, part) => sum + part.weight, 0);
  const total = known.reduce((sum, part) => sum + part.weight * part.score, 0);
  // A mean of hundreds by weights that no float holds exactly can come out above them.
  return { score: weight === 0 ? null : Math.min(100, total / weight), parts };
}

const part = (name: HealthPart['part'], score: number | null, evidence: string): HealthPart => ({
  part: name,
  weight: WEIGHTS[name],
  score: score === null ? null : Math.min(100, Math.max(0, score)),
  evidence,
});

function performance({ decayProbability }: HealthInput): HealthPart {
  if (decayProbability === null) return part('performance', null, 'no usable baseline of the rank IC');
  const percent = (100 * decayProbability).toFixed(1);
  return part('performance', 100 * (1 - decayProbability), `decayed with a chance of ${percent} %`);
}

function data({ dataFindings }: HealthInput): HealthPart {
  const evidence =
    dataFindings.length === 0 ? 'rows, features and labels are as usual' : dataFindings.join('; ');
  return part('data', 100 - POINTS_PER_FAULT * dataFindings.length, evidence);
}

function drift({ driftedShare }: HealthInput): HealthPart {
  if (driftedShare === null) return part('drift', null, 'the version has no reference statistics');
  return part(
    'drift',
    100 * (1 - driftedShare / DRIFT_AT_ZERO),
    `${(100 * driftedShare).toFixed(0)} % of the features drifted`,
  );
}

function operation({ operation: { scored, latencyMs, maxLatencyMs } }: HealthInput): HealthPart {
  const late = Math.max(0, latencyMs / maxLatencyMs - 1);
  const evidence = `${(100 * scored).toFixed(1)} % of the rows scored, in ${latencyMs.toFixed(1)} of ${String(maxLatencyMs)} ms`;
  return part('operation', 100 * scored - 50 * Math.min(2, late), evidence);
}

function resources({ resources: used }: HealthInput): HealthPart {
  if (used === null) return part('resources', null, 'not measured');
  const short = Math.max(over(used.memory), over(used.disk));
  // A load of twice the processors is busy, of six times it is too much.
  const busy = Math.max(0, used.load - 2) / 4;
  const evidence = `memory ${percentOf(used.memory)}, disk ${percentOf(used.disk)} in use, load ${used.load.toFixed(1)} per processor`;
  return part('resources', 100 * (1 - Math.max(short, busy)), evidence);
}

const over = (share: number): number => Math.max(0, (share - SHORT_ABOVE) / (1 - SHORT_ABOVE));
const percentOf = (share: number): string => `${(100 * share).toFixed(0)} %`;
