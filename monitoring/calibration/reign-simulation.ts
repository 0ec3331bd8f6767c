import { type ComparisonReading, readComparison } from '../comparison/comparison-reading.ts';
import type { ComparisonSettings } from '../comparison/comparison-settings.ts';
import {
  decideGuard,
  type GuardCause,
  type GuardReference,
  guardReference,
  type ScoredPair,
} from '../comparison/guard-decision.ts';
import {
  beginComparison,
  beginReign,
  type ComparisonState,
  observePairs,
  opponentState,
  type PairedObservation,
} from '../comparison/running-comparison.ts';
import { FIXED_RULES, FixedRuleStatistics } from './fixed-rules.ts';
import { type ChampionKind, PairSimulation, type PairWorld } from './pair-world.ts';

export interface PairedStreamsDay {
  readonly mine: number;
  readonly other: number;
  /** The session whose label has matured today, counted from 0, with both ICs. */
  readonly matured: { readonly session: number; readonly mine: number; readonly other: number } | null;
}

export interface ReignPlan {
  readonly world: PairWorld;
  readonly settings: ComparisonSettings;
  readonly maxDrawdownTolerance: number;
  readonly minRankAgreement: number;
  readonly shadowSessions: number;
  readonly reignSessions: number;
  /** Sessions of the reign, from its first, on which scores are simulated and looked at. */
  readonly scoredSessions: number;
  readonly seed: number;
}

/** One shadow and the reign after it, looked at on every session. */
export interface ReignOutcome {
  /** Sessions of the reign until the guard rolled back, from 1; null when it never did. */
  readonly rolledBackAfter: number | null;
  readonly cause: GuardCause;
  /** Called better in the shadow, and in the reign. */
  readonly betterInShadow: boolean;
  readonly betterInReign: boolean;
  /** In the order of `FIXED_RULES`: the largest value in the reign, and sessions until `thresholds` was passed. */
  readonly largest: readonly number[];
  readonly fixedAfter: readonly (number | null)[];
}

/**
 * Simulates one pair through shadow and reign with the very functions that guard a real one.
 * @param thresholds of the fixed rules; Infinity asks for their largest values only
 */
export function simulateReign(
  plan: ReignPlan,
  kind: ChampionKind,
  stream: number,
  thresholds: readonly number[],
): ReignOutcome {
  const { shadowSessions, reignSessions } = plan;
  const pair = new PairSimulation(plan.world, kind, shadowSessions, plan.seed, stream);
  const rules = new FixedRuleStatistics();
  const largest = FIXED_RULES.map(() => Number.NEGATIVE_INFINITY);
  const fixedAfter: (number | null)[] = FIXED_RULES.map(() => null);
  const shadowScores: ScoredPair[] = [];
  let reference: GuardReference | null = null;
  let state = beginComparison(plan.settings, ['previous']);
  let betterInShadow = false;
  let betterInReign = false;
  let rolledBack: { readonly after: number; readonly cause: GuardCause } | null = null;
  for (let day = 0; day < shadowSessions + reignSessions; day += 1) {
    if (day === shadowSessions) state = beginReign(state);
    const results = pair.next();
    state = observePairs(state, observationsOf(results, day));
    const better = claimsBetter(readComparison(state));
    if (day < shadowSessions) {
      betterInShadow ||= better;
      shadowScores.push(pair.scores());
      continue;
    }
    betterInReign ||= better;
    const after = day - shadowSessions + 1;
    reference ??= guardReference(shadowScores);
    if (rolledBack === null) {
      const cause = causeOfRollback(
        plan,
        state,
        after <= plan.scoredSessions ? pair.scores() : HEALTHY,
        reference,
      );
      if (cause !== null) rolledBack = { after, cause };
    }
    const { mine, other } = opponentState(state, 'previous');
    rules.takeReturns(results.mine - results.other);
    if (results.matured !== null && results.matured.session >= shadowSessions) {
      rules.takeIc(results.matured.mine - results.matured.other);
    }
    rules.values(mine.maximum - other.maximum).forEach((value, rule) => {
      largest[rule] = Math.max(largest[rule] ?? value, value);
      if (value > (thresholds[rule] ?? Number.POSITIVE_INFINITY)) fixedAfter[rule] ??= after;
    });
  }
  return {
    rolledBackAfter: rolledBack?.after ?? null,
    cause: rolledBack?.cause ?? 'none',
    betterInShadow,
    betterInReign,
    largest,
    fixedAfter,
  };
}

function causeOfRollback(
  plan: ReignPlan,
  state: ComparisonState,
  scores: ScoredPair,
  reference: GuardReference,
): GuardCause | null {
  const decision = decideGuard({
    serving: null,
    state,
    predictions: scores.mine,
    previousPredictions: scores.other,
    reference,
    maxDrawdownTolerance: plan.maxDrawdownTolerance,
    minRankAgreement: plan.minRankAgreement,
  });
  return decision.action === 'rollback' ? decision.cause : null;
}

/** Scores of a session that is not simulated: in order, by construction. */
const FEW = Float64Array.from({ length: 10 }, (_, row) => 10 * row);
const HEALTHY = { mine: FEW, other: FEW };

const claimsBetter = (reading: ComparisonReading): boolean =>
  reading.opponents.some(({ claim }) => claim === 'better');

function observationsOf({ mine, other, matured }: PairedStreamsDay, day: number): PairedObservation[] {
  const returns = {
    opponent: 'previous',
    measure: 'returns',
    session: sessionName(day),
    mine,
    other,
  } as const;
  if (matured === null) return [returns];
  return [
    returns,
    {
      opponent: 'previous',
      measure: 'ic',
      session: sessionName(matured.session),
      mine: matured.mine,
      other: matured.other,
    },
  ];
}

/** Sessions are compared as text, so they are numbers of one width. */
const sessionName = (day: number): string => String(1_000_000 + day);
