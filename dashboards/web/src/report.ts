import type { EvidenceRecord, GateVerdict, StoredGateReport, VersionDossier } from './api/schemas.ts';

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

/** A second look of the gates (contracts/caution.ts), as it is recorded. */
export interface RecordedCaution {
  readonly code: string;
  readonly raised: boolean;
  readonly number: number | null;
  readonly bound: number | null;
  readonly reason: string;
  readonly details: Readonly<Record<string, unknown>>;
}

/** Null: the report is of a release that did not look. */
export function recordedCautions({ report }: StoredGateReport): readonly RecordedCaution[] | null {
  const found = at(report, 'cautions');
  if (!Array.isArray(found)) return null;
  return (found as Json[]).map((caution) => {
    const details = at(caution, 'details');
    return {
      ...{ code: textAt(caution, 'code'), reason: textAt(caution, 'reason') },
      ...{ number: numberAt(caution, 'number'), bound: numberAt(caution, 'bound') },
      raised: at(caution, 'raised') === true,
      details: isRecord(details) ? details : {},
    };
  });
}

/** Money of the book that the gates reckoned with, in the market's currency; null: nobody said. */
export function bookCapital({ report }: StoredGateReport): number | null {
  const capacity = listAt(report, 'verdicts').find((verdict) => textAt(verdict, 'gate') === 'capacity');
  return numberAt(capacity, 'details', 'capital');
}

/** How far the two books lie apart from day to day, as the gates measured it; null: not measured. */
export interface DailyDifference {
  readonly sessions: number;
  readonly mean: number;
  readonly deviation: number;
  readonly sessionsPerYear: number;
}

export function dailyDifference({ report }: StoredGateReport): DailyDifference | null {
  const read = (name: string): number | null => numberAt(report, 'dailyDifference', name);
  const [sessions, mean] = [read('sessions'), read('mean')];
  const [deviation, sessionsPerYear] = [read('deviation'), read('sessionsPerYear')];
  return sessions === null || mean === null || deviation === null || sessionsPerYear === null
    ? null
    : { sessions, mean, deviation, sessionsPerYear };
}

/** The largest trade of the test beside what its name ordinarily trades in a session, as the gate of capacity recorded it. */
export interface LargestTrade {
  readonly name: string;
  readonly session: string;
  /** A fraction. */
  readonly share: number;
  /** Money in the book, in the market's currency. */
  readonly capital: number;
  /** What 95 % of the money traded stays within, and its bound. */
  readonly usual: number | null;
  readonly bound: number | null;
}

/** Null: not recorded, or nothing was traded. */
export function largestTrade({ report }: StoredGateReport): LargestTrade | null {
  const verdict = listAt(report, 'verdicts').find((one) => textAt(one, 'gate') === 'capacity');
  const share = numberAt(verdict, 'details', 'largest', 'share');
  const capital = numberAt(verdict, 'details', 'capital');
  const name = textAt(verdict, 'details', 'largest', 'name');
  const session = textAt(verdict, 'details', 'largest', 'session');
  if (share === null || !(share > 0) || capital === null || name === '') return null;
  return {
    ...{ name, session, share, capital },
    ...{ usual: numberAt(verdict, 'number'), bound: numberAt(verdict, 'threshold') },
  };
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

/** One-sided level of the power card of releases that did not record it. */
const CUSTOMARY_LEVEL = 0.05;

/** What the sessions of the shadow could have shown; null: there was none. */
export function shadowPower(items: readonly EvidenceRecord[]): {
  readonly sessions: number;
  readonly detectableSharpe: number | null;
  /** One-sided. */
  readonly alpha: number;
} | null {
  const card = at(newestOf(items, 'shadow'), 'facts', 'powerCard');
  const sessions = numberAt(card, 'sessions');
  return sessions === null
    ? null
    : {
        ...{ sessions, detectableSharpe: numberAt(card, 'detectableSharpe') },
        alpha: numberAt(card, 'alpha') ?? CUSTOMARY_LEVEL,
      };
}

export interface SwapEffects {
  /** What the sessions of the shadow could have shown, in a sentence. */
  readonly power: string;
  /** How fast its decay would be seen, in a sentence; empty: unknown. */
  readonly outlook: string;
  readonly entering: readonly string[];
  readonly leaving: readonly string[];
  readonly kept: number | null;
  /** Null: the evidence is of a release that counted them only. */
  readonly staying: readonly string[] | null;
  readonly names: number | null;
  readonly turnover: number | null;
  /** Fields in which the spec asks for less than the champion's; null: there is no champion, or it was not recorded. */
  readonly loosened: readonly string[] | null;
  readonly specDifference: readonly {
    readonly path: string;
    readonly before: string;
    readonly after: string;
  }[];
}

const newestOf = (items: readonly EvidenceRecord[], kind: string): Json =>
  items.findLast((item) => item.kind === kind)?.body;
const listAt = (value: Json, ...path: readonly string[]): readonly Json[] => {
  const found = at(value, ...path);
  return Array.isArray(found) ? (found as Json[]) : [];
};

/** A bound of the shadow where it came out worst. */
export interface ShadowBoundRow {
  readonly bound: string;
  readonly number: number | null;
  readonly threshold: number | null;
  readonly verdict: string;
  readonly reason: string;
  readonly session: string;
}

export function shadowBounds(items: readonly EvidenceRecord[]): readonly ShadowBoundRow[] {
  return listAt(newestOf(items, 'shadow'), 'facts', 'bounds').map((bound) => ({
    bound: textAt(bound, 'bound'),
    number: numberAt(bound, 'number'),
    threshold: numberAt(bound, 'threshold'),
    verdict: textAt(bound, 'verdict'),
    reason: textAt(bound, 'reason'),
    session: textAt(bound, 'session'),
  }));
}

/** The running comparison against one opponent on one measure, as the shadow left it. */
export interface PairedReading {
  readonly opponent: string;
  readonly measure: string;
  readonly pairs: number | null;
  /** Annualised information ratio of the difference, with the interval that holds at all looks together. */
  readonly estimate: number | null;
  readonly lower: number | null;
  readonly upper: number | null;
  readonly eWorse: number | null;
  readonly worseBound: number | null;
  readonly claim: string;
  readonly reason: string;
}

export function pairedReadings(items: readonly EvidenceRecord[]): readonly PairedReading[] {
  return listAt(newestOf(items, 'shadow'), 'facts', 'comparison', 'opponents').flatMap((opponent) =>
    ['returns', 'ic'].map((measure) => ({
      opponent: textAt(opponent, 'opponent'),
      measure,
      pairs: numberAt(opponent, measure, 'pairs'),
      estimate: numberAt(opponent, measure, 'annualised', 'estimate'),
      lower: numberAt(opponent, measure, 'annualised', 'lower'),
      upper: numberAt(opponent, measure, 'annualised', 'upper'),
      eWorse: numberAt(opponent, measure, 'eWorse'),
      worseBound: numberAt(opponent, measure, 'worseBound'),
      claim: textAt(opponent, 'claim'),
      reason: textAt(opponent, 'reason'),
    })),
  );
}

/** Share of each feature in the total gain of the splits; empty for a version that recorded none. */
export function gainShares({ version }: VersionDossier): ReadonlyMap<string, number> {
  const gains = listAt(version.manifest, 'provenance', 'gainImportance').map((item) => ({
    feature: textAt(item, 'feature'),
    gain: numberAt(item, 'gain') ?? 0,
  }));
  const total = gains.reduce((sum, { gain }) => sum + gain, 0);
  return new Map(gains.map(({ feature, gain }) => [feature, total === 0 ? 0 : gain / total]));
}

/** Whether plots of what it uses were drawn when the version was made. */
export const hasUseFigures = ({ version }: VersionDossier): boolean =>
  isRecord(at(version.manifest, 'provenance', 'explanationFigures'));

/** Of the chain of evidence: what a swap would change in the book and in the rules. */
export function swapEffects(items: readonly EvidenceRecord[]): SwapEffects {
  const shadow = at(newestOf(items, 'shadow'), 'facts');
  return {
    power: textAt(shadow, 'powerCard', 'text'),
    outlook: textAt(newestOf(items, 'decision'), 'facts', 'decayOutlook', 'text'),
    entering: namesAt(shadow, 'transition', 'entering'),
    leaving: namesAt(shadow, 'transition', 'leaving'),
    kept: numberAt(shadow, 'transition', 'kept'),
    staying:
      at(shadow, 'transition', 'staying') === undefined ? null : namesAt(shadow, 'transition', 'staying'),
    names: numberAt(shadow, 'transition', 'names'),
    turnover: numberAt(shadow, 'transition', 'turnover'),
    loosened: Array.isArray(at(newestOf(items, 'decision'), 'facts', 'loosened'))
      ? namesAt(newestOf(items, 'decision'), 'facts', 'loosened')
      : null,
    specDifference: listAt(newestOf(items, 'decision'), 'facts', 'specDifference').map((field) => ({
      path: textAt(field, 'path'),
      before: JSON.stringify(at(field, 'before') ?? null),
      after: JSON.stringify(at(field, 'after') ?? null),
    })),
  };
}
