import { clopperPearson } from '../../stats/beta.ts';
import { FIXED_RULES, type FixedRule } from './fixed-rules.ts';
import { CHAMPION_KINDS, type ChampionKind } from './pair-world.ts';
import { type ReignOutcome, type ReignPlan, simulateReign } from './reign-simulation.ts';

/** How often something happened, with its Clopper-Pearson interval (95 %, two-sided). */
export interface CountedRate {
  readonly count: number;
  readonly of: number;
  readonly rate: number;
  readonly lower: number;
  readonly upper: number;
}

/** Sessions from the first session of the reign to the rollback. */
export interface Delays {
  /** Null when fewer than half, or nine tenths, are found within the simulated reign. */
  readonly median: number | null;
  readonly ninetyPercent: number | null;
  readonly within10: number;
  readonly within60: number;
  readonly withinReign: number;
}

export interface BadChampionRow {
  readonly kind: ChampionKind;
  readonly guard: Delays;
  /** Of the fixed rules, the one that finds most within the reign, its threshold fitted to the guard's own false-alarm rate. */
  readonly fixed: { readonly rule: FixedRule; readonly threshold: number; readonly delays: Delays };
}

export interface GuardCalibration {
  readonly plan: ReignPlan;
  readonly statedRate: number;
  readonly falseRollbacks: CountedRate;
  readonly falseRollbackCauses: Readonly<Record<string, number>>;
  readonly betterInShadow: CountedRate;
  readonly statedBetterRate: number;
  readonly betterInReign: CountedRate;
  /** Null reigns whose drawdown exceeded the previous champion's by more than the tolerance: what a plain bound rolls back. */
  readonly plainDrawdownBound: CountedRate;
  readonly badChampions: readonly BadChampionRow[];
  /** `quietModels` equal models, every session scored. */
  readonly quiet: {
    readonly models: number;
    readonly sessions: number;
    readonly falseRollbacks: CountedRate;
  };
}

/** A part of the work: `count` reigns of one kind, on streams that begin at `from`. */
export interface ReignBatch {
  readonly kind: ChampionKind;
  readonly from: number;
  readonly count: number;
  readonly thresholds: readonly number[];
}

export const simulateBatch = (plan: ReignPlan, batch: ReignBatch): readonly ReignOutcome[] =>
  Array.from({ length: batch.count }, (_, row) =>
    simulateReign(plan, batch.kind, batch.from + row, batch.thresholds),
  );

/** First stream of a kind: each has its own, so that more reigns of one move no other. */
export const firstStream = (kind: ChampionKind | 'quiet'): number =>
  (kind === 'quiet' ? CHAMPION_KINDS.length : CHAMPION_KINDS.indexOf(kind)) * 100_000_000;

export const NO_THRESHOLDS: readonly number[] = FIXED_RULES.map(() => Number.POSITIVE_INFINITY);

/**
 * Thresholds of the fixed rules with as many false alarms over the null reigns as the guard had (at least one, so that
 * none is without a bound).
 */
export function fittedThresholds(nulls: readonly ReignOutcome[]): readonly number[] {
  const alarms = Math.max(1, nulls.filter(({ rolledBackAfter }) => rolledBackAfter !== null).length);
  return FIXED_RULES.map((_, rule) => {
    const largest = nulls.map((outcome) => outcome.largest[rule] ?? 0).sort((a, b) => b - a);
    return largest[alarms] ?? largest.at(-1) ?? 0;
  });
}

export function summariseCalibration(
  plan: ReignPlan,
  nulls: readonly ReignOutcome[],
  bad: ReadonlyMap<ChampionKind, readonly ReignOutcome[]>,
  quiet: { readonly sessions: number; readonly outcomes: readonly ReignOutcome[] },
): GuardCalibration {
  const thresholds = fittedThresholds(nulls);
  const rolledBack = nulls.filter(({ rolledBackAfter }) => rolledBackAfter !== null);
  const causes: Record<string, number> = {};
  for (const { cause } of rolledBack) causes[cause] = (causes[cause] ?? 0) + 1;
  const rate = (holds: (outcome: ReignOutcome) => boolean): CountedRate =>
    countedRate(nulls.filter(holds).length, nulls.length);
  return {
    plan,
    statedRate: plan.settings.falseRollbackRate,
    falseRollbacks: countedRate(rolledBack.length, nulls.length),
    falseRollbackCauses: causes,
    betterInShadow: rate((outcome) => outcome.betterInShadow),
    statedBetterRate: plan.settings.falseBetterRate,
    betterInReign: rate((outcome) => outcome.betterInReign),
    plainDrawdownBound: rate((outcome) => (outcome.largest[0] ?? 0) > plan.maxDrawdownTolerance),
    badChampions: [...bad].map(([kind, outcomes]) => badRow(kind, outcomes, thresholds)),
    quiet: {
      models: quiet.outcomes.length,
      sessions: quiet.sessions,
      falseRollbacks: countedRate(
        quiet.outcomes.filter(({ rolledBackAfter }) => rolledBackAfter !== null).length,
        quiet.outcomes.length,
      ),
    },
  };
}

function badRow(
  kind: ChampionKind,
  outcomes: readonly ReignOutcome[],
  thresholds: readonly number[],
): BadChampionRow {
  const rules = FIXED_RULES.map((rule, row) => ({
    rule,
    threshold: thresholds[row] ?? 0,
    delays: delaysOf(outcomes.map(({ fixedAfter }) => fixedAfter[row] ?? null)),
  }));
  const [first = { rule: FIXED_RULES[0], threshold: 0, delays: delaysOf([]) }, ...others] = rules;
  const fixed = others.reduce(
    (best, rule) => (rule.delays.withinReign > best.delays.withinReign ? rule : best),
    first,
  );
  return { kind, guard: delaysOf(outcomes.map(({ rolledBackAfter }) => rolledBackAfter)), fixed };
}

function delaysOf(sessions: readonly (number | null)[]): Delays {
  const sorted = sessions.map((session) => session ?? Number.POSITIVE_INFINITY).sort((a, b) => a - b);
  const quantile = (probability: number): number | null => {
    const value = sorted[Math.ceil(probability * sorted.length) - 1];
    return value === undefined || !Number.isFinite(value) ? null : value;
  };
  const share = (limit: number): number =>
    sorted.length === 0 ? 0 : sorted.filter((session) => session <= limit).length / sorted.length;
  return {
    median: quantile(0.5),
    ninetyPercent: quantile(0.9),
    within10: share(10),
    within60: share(60),
    withinReign: share(Number.MAX_VALUE),
  };
}

function countedRate(count: number, of: number): CountedRate {
  const { lower, upper } = clopperPearson(count, of, 0.95);
  return { count, of, rate: count / of, lower, upper };
}
