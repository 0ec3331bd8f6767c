import type { EvidenceRecord, GateVerdict, StoredGateReport } from './api/schemas.ts';

/** The parts of stored records that the pages show. Records of older releases may lack one: then it is left out. */
type Json = unknown;
const isRecord = (value: Json): value is Readonly<Record<string, Json>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function at(value: Json, ...path: readonly string[]): Json {
  return path.reduce<Json>((inner, name) => (isRecord(inner) ? inner[name] : undefined), value);
}
const numberAt = (value: Json, ...path: readonly string[]): number | null => {
  const found = at(value, ...path);
  return typeof found === 'number' ? found : null;
};
const textAt = (value: Json, ...path: readonly string[]): string => {
  const found = at(value, ...path);
  return typeof found === 'string' ? found : '';
};
const namesAt = (value: Json, ...path: readonly string[]): readonly string[] => {
  const found = at(value, ...path);
  return Array.isArray(found) ? found.filter((name) => typeof name === 'string') : [];
};

export function verdictsOf(stored: StoredGateReport): readonly GateVerdict[] {
  const verdicts = at(stored.report, 'verdicts');
  return Array.isArray(verdicts) ? (verdicts as GateVerdict[]) : [];
}

export interface Performance {
  readonly name: string;
  readonly sharpe: number | null;
  readonly annualReturn: number | null;
  readonly volatility: number | null;
  readonly drawdown: number | null;
  readonly rankIc: number | null;
  readonly turnover: number | null;
  readonly cost: number | null;
}

function performanceAt(report: Json, name: string): Performance {
  return {
    name: textAt(report, name, 'name'),
    sharpe: numberAt(report, name, 'annualisedSharpe'),
    annualReturn: numberAt(report, name, 'annualisedReturn'),
    volatility: numberAt(report, name, 'annualisedVolatility'),
    drawdown: numberAt(report, name, 'maximumDrawdown'),
    rankIc: numberAt(report, name, 'meanRankIc'),
    turnover: numberAt(report, name, 'annualisedTurnover'),
    cost: numberAt(report, name, 'annualisedCost'),
  };
}

export interface ReportFacts {
  readonly route: string;
  readonly candidate: Performance;
  readonly benchmark: Performance;
  readonly sessions: { readonly count: number | null; readonly first: string; readonly last: string };
  readonly trialsCounted: number | null;
  readonly trialsJudged: number | null;
  readonly ledgerRecipes: number | null;
  readonly seed: number | null;
  readonly codeVersion: string;
  readonly snapshotId: string;
  readonly loosened: readonly string[];
  readonly secondPerson: string;
}

export function reportFacts({ report }: StoredGateReport): ReportFacts {
  return {
    route: textAt(report, 'route'),
    candidate: performanceAt(report, 'candidate'),
    benchmark: performanceAt(report, 'benchmark'),
    sessions: {
      count: numberAt(report, 'pairedSessions', 'count'),
      first: textAt(report, 'pairedSessions', 'first'),
      last: textAt(report, 'pairedSessions', 'last'),
    },
    trialsCounted: numberAt(report, 'trials', 'counted'),
    trialsJudged: numberAt(report, 'trials', 'judged'),
    ledgerRecipes: numberAt(report, 'trials', 'ledgerRecipes'),
    seed: numberAt(report, 'bootstrap', 'seed'),
    codeVersion: textAt(report, 'codeVersion'),
    snapshotId: textAt(report, 'inputs', 'snapshotId'),
    loosened: namesAt(report, 'inputs', 'loosened'),
    secondPerson: textAt(report, 'inputs', 'secondPerson'),
  };
}

export interface SwapEffects {
  /** What the sessions of the shadow could have shown, in a sentence. */
  readonly power: string;
  readonly entering: readonly string[];
  readonly leaving: readonly string[];
  readonly kept: number | null;
  readonly names: number | null;
  readonly turnover: number | null;
  readonly specDifference: readonly {
    readonly path: string;
    readonly before: string;
    readonly after: string;
  }[];
}

/** Of the chain of evidence: what a swap would change in the book and in the rules. */
export function swapEffects(items: readonly EvidenceRecord[]): SwapEffects {
  const newest = (kind: string): Json => items.findLast((item) => item.kind === kind)?.body;
  const shadow = at(newest('shadow'), 'facts');
  const difference = at(newest('decision'), 'facts', 'specDifference');
  return {
    power: textAt(shadow, 'powerCard', 'text'),
    entering: namesAt(shadow, 'transition', 'entering'),
    leaving: namesAt(shadow, 'transition', 'leaving'),
    kept: numberAt(shadow, 'transition', 'kept'),
    names: numberAt(shadow, 'transition', 'names'),
    turnover: numberAt(shadow, 'transition', 'turnover'),
    specDifference: (Array.isArray(difference) ? (difference as Json[]) : []).map((field) => ({
      path: textAt(field, 'path'),
      before: JSON.stringify(at(field, 'before') ?? null),
      after: JSON.stringify(at(field, 'after') ?? null),
    })),
  };
}
