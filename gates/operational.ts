import type { GatesSpec } from '../contracts/spec.ts';
import type { GateVerdict } from '../contracts/verdict.ts';
import { broken, measured, unmeasured } from './gate-verdict.ts';
import { counted, figure, percent } from './wording.ts';

/** Feature rows recomputed with nothing but what was known at their time, and those that differed. */
export interface LeakMeasurement {
  readonly checkedRows: number;
  readonly leaks: number;
}

/** Share of member rows of the snapshot that have a bar, in [0, 1]. */
export interface CoverageMeasurement {
  readonly memberRows: number;
  readonly coveredShare: number;
}

/** Rows scored by the training library and by the serving runtime, and those whose scores differ in any bit. */
export interface ParityMeasurement {
  readonly rows: number;
  readonly mismatches: number;
}

/** 99th percentile of the time to score one universe, in milliseconds. */
export interface LatencyMeasurement {
  readonly samples: number;
  readonly p99Ms: number;
}

/** Spearman correlation, on the last test block, between the final fit and the last fold's model. */
export interface FinalFitMeasurement {
  readonly rankCorrelation: number;
}

/** Rows under which "no mismatch" shows little: 100 clean rows still allow 3 % (rule of three, 95 %). */
const MIN_PARITY_ROWS = 100;

/**
 * The final fit and the last fold's model share recipe and most rows, so they must rank names alike. Two unrelated
 * rankings have a correlation within 0.05 of zero on a block of thousands of rows; 0.2 is far outside that and far
 * below what two fits of one recipe show.
 */
export const FINAL_FIT_MIN_RANK_CORRELATION = 0.2;

function counts(value: number): boolean {
  return Number.isInteger(value) && value >= 0;
}

export function judgeLeak(measurement: LeakMeasurement): GateVerdict {
  const { checkedRows, leaks } = measurement;
  if (!counts(checkedRows) || !counts(leaks) || leaks > checkedRows) {
    return broken('leak', `${String(leaks)} leaks in ${String(checkedRows)} rows`, '==', 0);
  }
  if (checkedRows === 0) return unmeasured('leak', 'inconclusive', 'the leak audit checked no row', '==', 0);
  const found =
    leaks === 0 ? 'no value from the future' : `${counted(leaks, 'row')} with values from the future`;
  return measured({
    gate: 'leak',
    number: leaks,
    threshold: 0,
    comparison: '==',
    reason: `${found} in ${counted(checkedRows, 'recomputed row')}`,
    details: { checkedRows },
  });
}

export function judgeCoverage(measurement: CoverageMeasurement, gates: GatesSpec): GateVerdict {
  const { memberRows, coveredShare } = measurement;
  const threshold = gates.minCoverage;
  if (!counts(memberRows) || !(coveredShare >= 0 && coveredShare <= 1)) {
    return broken(
      'coverage',
      `coverage ${String(coveredShare)} of ${String(memberRows)} rows`,
      '>=',
      threshold,
    );
  }
  if (memberRows === 0)
    return unmeasured('coverage', 'inconclusive', 'the universe is empty', '>=', threshold);
  const sign = coveredShare >= threshold ? '>=' : '<';
  return measured({
    gate: 'coverage',
    number: coveredShare,
    threshold,
    comparison: '>=',
    reason: `${percent(coveredShare, 1, threshold)} of ${counted(memberRows, 'member row')} have a bar, ${sign} ${percent(threshold, 1)}`,
    details: { memberRows },
  });
}

export function judgeParity(measurement: ParityMeasurement): GateVerdict {
  const { rows, mismatches } = measurement;
  if (!counts(rows) || !counts(mismatches) || mismatches > rows) {
    return broken('parity', `${String(mismatches)} mismatches in ${String(rows)} rows`, '==', 0);
  }
  if (rows < MIN_PARITY_ROWS && mismatches === 0) {
    const reason = `${counted(rows, 'row')} compared, ${String(MIN_PARITY_ROWS)} are needed`;
    return unmeasured('parity', 'inconclusive', reason, '==', 0);
  }
  const differ = mismatches === 0 ? 'every score equal' : `${counted(mismatches, 'score')} differ`;
  return measured({
    gate: 'parity',
    number: mismatches,
    threshold: 0,
    comparison: '==',
    reason: `${differ} between training and serving on ${counted(rows, 'row')}`,
    details: { rows },
  });
}

export function judgeLatency(measurement: LatencyMeasurement, gates: GatesSpec): GateVerdict {
  const { samples, p99Ms } = measurement;
  const threshold = gates.maxLatencyMs;
  if (!counts(samples) || !(p99Ms >= 0) || p99Ms === Infinity) {
    return broken('latency', `p99 of ${String(p99Ms)} ms over ${String(samples)} runs`, '<=', threshold);
  }
  if (samples === 0)
    return unmeasured('latency', 'inconclusive', 'no scoring run was timed', '<=', threshold);
  const sign = p99Ms <= threshold ? '<=' : '>';
  return measured({
    gate: 'latency',
    number: p99Ms,
    threshold,
    comparison: '<=',
    reason: `p99 ${figure(p99Ms, 2, threshold)} ms ${sign} ${String(threshold)} ms over ${counted(samples, 'scoring run')}`,
    details: { samples },
  });
}

export function judgeFinalFit(measurement: FinalFitMeasurement): GateVerdict {
  const { rankCorrelation } = measurement;
  const threshold = FINAL_FIT_MIN_RANK_CORRELATION;
  if (!(rankCorrelation >= -1 && rankCorrelation <= 1)) {
    return broken('final-fit', `a rank correlation of ${String(rankCorrelation)}`, '>=', threshold);
  }
  const sign = rankCorrelation >= threshold ? '>=' : '<';
  return measured({
    gate: 'final-fit',
    number: rankCorrelation,
    threshold,
    comparison: '>=',
    reason: `final fit against the last fold's model: rank correlation ${figure(rankCorrelation, 2, threshold)} ${sign} ${String(threshold)} on the last test block`,
  });
}

/** Checks of the snapshot's columns, types, keys and hashes against its manifest. */
export interface SchemaMeasurement {
  readonly violations: number;
  /** What was checked, or what was found, in one clause. */
  readonly finding: string;
}

export function judgeSchema({ violations, finding }: SchemaMeasurement): GateVerdict {
  if (!counts(violations)) return broken('schema', `${String(violations)} violations`, '==', 0);
  return measured({
    gate: 'schema',
    number: violations,
    threshold: 0,
    comparison: '==',
    reason: finding === '' ? counted(violations, 'violation') : finding,
  });
}

/** Size of the model file: a server keeps champion, previous and challenger of a model loaded. */
export interface ResourceMeasurement {
  readonly modelBytes: number;
  readonly trees: number;
}

const BYTES_PER_MEGABYTE = 1e6;

export function judgeResources(measurement: ResourceMeasurement, gates: GatesSpec): GateVerdict {
  const { modelBytes, trees } = measurement;
  const threshold = gates.maxModelMegabytes;
  if (!counts(modelBytes) || !counts(trees) || modelBytes === 0) {
    const what = `a model file of ${String(modelBytes)} bytes with ${String(trees)} trees`;
    return broken('resources', what, '<=', threshold);
  }
  const megabytes = modelBytes / BYTES_PER_MEGABYTE;
  const sign = megabytes <= threshold ? '<=' : '>';
  return measured({
    gate: 'resources',
    number: megabytes,
    threshold,
    comparison: '<=',
    reason: `model file of ${figure(megabytes, 2, threshold)} MB ${sign} ${String(threshold)} MB, ${counted(trees, 'tree')}`,
    details: { modelBytes, trees },
  });
}

export interface OperationalMeasurements {
  readonly leak: LeakMeasurement | null;
  readonly coverage: CoverageMeasurement | null;
  readonly parity: ParityMeasurement | null;
  readonly latency: LatencyMeasurement | null;
  readonly finalFit: FinalFitMeasurement | null;
  readonly schema: SchemaMeasurement | null;
  readonly resources: ResourceMeasurement | null;
}

export const OPERATIONAL_GATES = [
  'leak',
  'coverage',
  'schema',
  'parity',
  'latency',
  'resources',
  'final-fit',
] as const;

/**
 * The operational verdicts. A gate that an earlier step has judged is taken over; one that nobody measured is
 * `error`: a gate not run is never a pass. Both given is a contradiction that the caller must not create; the measurement
 * is used, and so the newest fact counts.
 */
export function judgeOperations(
  measurements: OperationalMeasurements,
  earlier: readonly GateVerdict[],
  gates: GatesSpec,
): GateVerdict[] {
  const { leak, coverage, parity, latency, finalFit, schema, resources } = measurements;
  const judged: Record<(typeof OPERATIONAL_GATES)[number], GateVerdict | null> = {
    leak: leak === null ? null : judgeLeak(leak),
    coverage: coverage === null ? null : judgeCoverage(coverage, gates),
    schema: schema === null ? null : judgeSchema(schema),
    parity: parity === null ? null : judgeParity(parity),
    latency: latency === null ? null : judgeLatency(latency, gates),
    resources: resources === null ? null : judgeResources(resources, gates),
    'final-fit': finalFit === null ? null : judgeFinalFit(finalFit),
  };
  return OPERATIONAL_GATES.map((gate) => {
    const before = earlier.findLast((verdict) => verdict.gate === gate);
    return judged[gate] ?? before ?? unmeasured(gate, 'error', `${gate} was not measured`, '==', null);
  });
}
