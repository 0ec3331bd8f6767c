import { brokenPredictions, type UsualSpread, usualSpread } from '../../evaluation/broken-predictions.ts';
import { predictionHealth } from '../../evaluation/prediction-health.ts';
import { normalQuantile } from '../../stats/normal.ts';
import { spearman } from '../../stats/rank.ts';
import { MIN_CROSS_SECTION } from '../../stats/rank-ic.ts';
import { ComparisonInvalid } from '../errors.ts';
import { drawdownBound, evidenceBound, fallProbability } from './error-budget.ts';
import { streamScale } from './paired-stream.ts';
import { type ComparisonState, type OpponentState, RETURN_WARM_UP } from './running-comparison.ts';

export interface GuardReference extends UsualSpread {
  /** Median Spearman of this version with the previous one, from the shadow or the reign so far; null when not known. */
  readonly rankAgreement: number | null;
}

/** The champion does not answer as it was packaged to. */
export interface ServingTrouble {
  readonly verdict: 'fail' | 'inconclusive';
  /** Rows of the parity set that differ, or failed scorings; null: it could not be checked. */
  readonly number: number | null;
  readonly reason: string;
}

export interface GuardDecisionInput {
  /** Scoring failed or parity is broken; null: neither. */
  readonly serving: ServingTrouble | null;
  /** Of the reign, with opponent `previous` unless this is a first champion. */
  readonly state: ComparisonState;
  /** Of the newest session, NaN where a version gave none; both on the same rows. Null: there is no previous champion. */
  readonly predictions: Float64Array;
  readonly previousPredictions: Float64Array | null;
  readonly reference: GuardReference;
  /** A fraction of equity: how much deeper the champion may draw down than the previous one. */
  readonly maxDrawdownTolerance: number;
  /** Spearman with the previous champion below which a session counts as turned round, [-1, 1]. */
  readonly minRankAgreement: number;
}

export type GuardCause = 'serving' | 'predictions' | 'agreement' | 'evidence' | 'drawdown' | 'none';

export interface GuardFinding {
  readonly check:
    'serving' | 'predictions' | 'agreement' | 'evidence-returns' | 'evidence-ic' | 'drawdown' | 'fall';
  readonly cause: GuardCause;
  readonly verdict: 'pass' | 'fail' | 'inconclusive';
  readonly number: number | null;
  readonly threshold: number | null;
  readonly reason: string;
}

export interface GuardDecision {
  /** `hold`: something is wrong that a rollback cannot mend; page somebody. */
  readonly action: 'none' | 'rollback' | 'hold';
  readonly verdict: 'pass' | 'fail' | 'inconclusive';
  /**
   * Why. `evidence` and `drawdown` carry an error rate of their own and are acted on at once; `serving`, `predictions` and
   * `agreement` are failed measurements of one session, to be counted against the guard's limit.
   */
  readonly cause: GuardCause;
  readonly reason: string;
  readonly number: number | null;
  readonly threshold: number | null;
  readonly findings: readonly GuardFinding[];
}

/** One session of both versions on the same rows, as the guard learns what is usual from. */
export interface ScoredPair {
  readonly mine: Float64Array;
  readonly other: Float64Array;
}

/** What is usual: medians over the sessions of the shadow, or of the reign so far without the newest. */
export function guardReference(days: readonly ScoredPair[]): GuardReference {
  const agreements = days
    .map(({ mine, other }) => agreement(mine, other).number)
    .filter((number) => number !== null)
    .sort((a, b) => a - b);
  return {
    ...usualSpread(days.map(({ mine }) => mine)),
    rankAgreement: agreements[Math.floor(agreements.length / 2)] ?? null,
  };
}

/** An agreement that was strong contradicts what the shadow saw once nothing is left of it. */
const STRONG_AGREEMENT = 0.5;
/** A weaker one does so once this share of it is there with the other sign. */
const TURNED = 0.5;
/** Standard errors 1 / sqrt(n - 1) of a rank correlation that it must have moved as well: weak agreements wander. */
const TURNED_ERRORS = 5;
/** Sessions after which the room for a fall grows with their root; before, it is that of so many. */
const FALL_SESSIONS = 10;
/** Daily differences have heavier tails than a normal's quantile allows for. */
const FALL_ROOM = 1.25;

/**
 * What the guard does on one session of a reign: a pure function of the comparison, the newest predictions and the spec.
 *
 * - serving: the champion could not be scored, or its parity is broken; seen on the first session;
 * - predictions: missing, constant, or collapsed in spread or rank; seen on the first session;
 * - agreement: ranks that no longer agree with the previous champion's, or the other way round, seen on the first session;
 * - evidence: the e-value of returns or ICs passes its bound (`falseRollbackRate` over the whole reign);
 * - drawdown: deeper than the previous champion's by more than the tolerance, and the e-value of the returns says that it
 *   is no luck; or deeper by so much that no run of noise explains it (`fall`).
 *
 * Nothing goes back to a previous champion that is broken itself: the guard holds. Throws `ComparisonInvalid` when
 * the predictions are not of the same rows.
 */
export function decideGuard(input: GuardDecisionInput): GuardDecision {
  const { predictions, previousPredictions: previous } = input;
  if (previous !== null && previous.length !== predictions.length) {
    throw new ComparisonInvalid(
      `the champion has ${String(predictions.length)} predictions, the previous one ${String(previous.length)}`,
      { remedy: 'Give both on the same rows, NaN where a version gave none.' },
    );
  }
  const scores = scoresFinding(input);
  const against = input.state.opponents.find(({ opponent }) => opponent === 'previous');
  const findings: readonly GuardFinding[] = [
    ...(input.serving === null ? [] : [servingFinding(input.serving)]),
    scores,
    ...(previous === null || scores.verdict !== 'pass' ? [] : [agreementFinding(input, previous)]),
    ...(against === undefined ? [] : performanceFindings(input, against)),
  ];
  const failed = findings.find(({ verdict }) => verdict === 'fail');
  const undecided = findings.find(({ verdict }) => verdict === 'inconclusive');
  const decisive = failed ?? undecided;
  if (decisive === undefined) {
    return { ...QUIET, findings };
  }
  const canGoBack = previous !== null && brokenPredictions(predictionHealth(previous), UNKNOWN) === null;
  const { verdict, cause, number, threshold } = decisive;
  const action = verdict === 'fail' && canGoBack ? 'rollback' : 'hold';
  const held =
    verdict === 'fail' && !canGoBack ? '; there is no working previous champion to go back to' : '';
  return { action, verdict, cause, reason: `${decisive.reason}${held}`, number, threshold, findings };
}

const UNKNOWN: UsualSpread = { spread: 0, rankSpread: 0 };

const QUIET = {
  action: 'none',
  verdict: 'pass',
  cause: 'none',
  reason: 'no bound was crossed',
  number: null,
  threshold: null,
} as const;

const servingFinding = ({ verdict, number, reason }: ServingTrouble): GuardFinding => ({
  ...{ check: 'serving', cause: 'serving', threshold: 0 },
  ...{ verdict, number, reason },
});

function scoresFinding({ predictions, previousPredictions, reference }: GuardDecisionInput): GuardFinding {
  const health = predictionHealth(predictions);
  const finding = {
    check: 'predictions',
    cause: 'predictions',
    number: health.spread,
    threshold: null,
  } as const;
  const broken = brokenPredictions(health, reference);
  if (broken === null) return { ...finding, verdict: 'pass', reason: 'the scores differ as usual' };
  if (health.rows === 0) return { ...finding, verdict: 'inconclusive', reason: broken };
  const other =
    previousPredictions === null ? null : brokenPredictions(predictionHealth(previousPredictions), UNKNOWN);
  if (other === null) return { ...finding, verdict: 'fail', reason: broken };
  return {
    ...finding,
    verdict: 'inconclusive',
    reason: `${broken}, and so it is with the previous champion: look at the data`,
  };
}

function agreementFinding(input: GuardDecisionInput, previous: Float64Array): GuardFinding {
  const { predictions, reference, minRankAgreement } = input;
  const { number, rows } = agreement(predictions, previous);
  const threshold = Math.max(minRankAgreement, turnedBelow(reference.rankAgreement, rows));
  const finding = { check: 'agreement', cause: 'agreement', number, threshold } as const;
  if (number === null) {
    const reason = `the previous champion has too few scores, or equal ones, to rank against: ${String(rows)} rows`;
    return { ...finding, verdict: 'inconclusive', reason };
  }
  const reason = `rank agreement ${number.toFixed(3)} with the previous champion, bound ${threshold.toFixed(3)}`;
  return { ...finding, verdict: number < threshold ? 'fail' : 'pass', reason };
}

/** Agreement below which the ranks contradict what is usual; -1 (no bound) when nothing is known. */
function turnedBelow(usual: number | null, rows: number): number {
  if (usual === null || usual <= 0 || rows < 2) return -1;
  const lost = usual >= STRONG_AGREEMENT ? 0 : -TURNED * usual;
  return Math.max(-1, Math.min(lost, usual - TURNED_ERRORS / Math.sqrt(rows - 1)));
}

/** Spearman over the rows that both scored; null when there are too few, or equal ones. */
function agreement(
  mine: Float64Array,
  other: Float64Array,
): { readonly number: number | null; readonly rows: number } {
  const both = (_: number, row: number): boolean =>
    Number.isFinite(mine[row] ?? Number.NaN) && Number.isFinite(other[row] ?? Number.NaN);
  const left = mine.filter(both);
  const right = other.filter(both);
  const rows = left.length;
  if (rows < MIN_CROSS_SECTION || predictionHealth(left).constant || predictionHealth(right).constant) {
    return { number: null, rows };
  }
  return { number: spearman(left, right, 'champion', 'previous champion'), rows };
}

/** The findings that compare performance. */
function performanceFindings(
  { state, maxDrawdownTolerance }: Pick<GuardDecisionInput, 'state' | 'maxDrawdownTolerance'>,
  against: OpponentState,
): readonly GuardFinding[] {
  const { settings } = state;
  const bound = evidenceBound(settings);
  const evidence = (['returns', 'ic'] as const).map((measure): GuardFinding => {
    const number = against[measure].worse.highest;
    const reason = `e-value ${number.toPrecision(3)} of ${measure} being worse than the previous champion's, bound ${bound.toPrecision(3)}`;
    const verdict = number >= bound ? 'fail' : 'pass';
    return { check: `evidence-${measure}`, cause: 'evidence', verdict, number, threshold: bound, reason };
  });
  return [
    ...evidence,
    drawdownFinding(state, maxDrawdownTolerance, against),
    fallFinding(state, maxDrawdownTolerance, against),
  ];
}

const excess = ({ mine, other }: OpponentState): number => mine.maximum - other.maximum;

function drawdownFinding(state: ComparisonState, tolerance: number, against: OpponentState): GuardFinding {
  const number = excess(against);
  const bound = drawdownBound(state.settings);
  const e = against.returns.worse.highest;
  const fails = number > tolerance && e >= bound;
  const reason = `drawdown ${percent(against.mine.maximum)} against ${percent(against.other.maximum)} of the previous champion, ${percent(tolerance)} more is tolerated; e-value ${e.toPrecision(3)} that it is no luck, bound ${bound.toPrecision(3)}`;
  return {
    check: 'drawdown',
    cause: 'drawdown',
    verdict: fails ? 'fail' : 'pass',
    number,
    threshold: tolerance,
    reason,
  };
}

/**
 * A single crash is no run of sessions, so the e-value, which clips it, stays calm. The excess drawdown is at most the
 * drawdown of the relative equity, and that of n noisy differences passes k s sqrt(n) with probability at most 4 (1 - Phi(k))
 * (reflection principle); the room is wider than that by `FALL_ROOM`, and by the tolerance.
 */
function fallFinding(state: ComparisonState, tolerance: number, against: OpponentState): GuardFinding {
  const number = excess(against);
  const sessions = Math.max(FALL_SESSIONS, against.reignPairs);
  const deviations = FALL_ROOM * normalQuantile(1 - fallProbability(state.settings) / 4);
  const room = deviations * streamScale(against.returns) * Math.sqrt(sessions);
  const threshold = tolerance + room;
  const fails = against.returns.pairs > RETURN_WARM_UP && number > threshold;
  const reason = `drawdown ${percent(number)} deeper than the previous champion's, beyond noise from ${percent(threshold)}`;
  return { check: 'fall', cause: 'drawdown', verdict: fails ? 'fail' : 'pass', number, threshold, reason };
}

const percent = (fraction: number): string => `${(100 * fraction).toFixed(2)} %`;
