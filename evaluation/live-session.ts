import { spearman } from '../stats/rank.ts';
import { dailyRankIc, MIN_CROSS_SECTION, type RankIcGap } from '../stats/rank-ic.ts';
import { isConstant } from '../stats/series.ts';
import { EvaluationInputInvalid } from './errors.ts';

/** Scores of one session and the labels that have become known, row by row. */
export interface LiveSessionInput {
  readonly session: string;
  /** NaN without a score. */
  readonly predictions: Float64Array;
  /** NaN where not known. */
  readonly labels: Float64Array;
  /** As known on the session; null: not classified. */
  readonly sectors: readonly (string | null)[];
}

export interface LiveMeasures {
  /** Spearman of scores and labels; null with its reason in `gap`. */
  readonly rankIc: number | null;
  readonly gap: RankIcGap | null;
  readonly pairs: number;
  /** The same after the mean of each sector was taken from scores and labels; names without a sector are one. */
  readonly sectorNeutralIc: number | null;
  /** Within each sector of `MIN_CROSS_SECTION` names at least that has an IC. */
  readonly sectorIc: Readonly<Record<string, number>>;
  /** Root mean square of score less label; null without a pair. */
  readonly rmse: number | null;
}

/**
 * What a session's scores turned out to be worth: the rank IC of gates and shadow, and its parts.
 * Throws `EvaluationInputInvalid` when the columns differ in length.
 */
export function measureLiveSession(input: LiveSessionInput): LiveMeasures {
  const { session, predictions, labels, sectors } = input;
  if (predictions.length !== labels.length || labels.length !== sectors.length) {
    throw new EvaluationInputInvalid(
      `scores (${String(predictions.length)}), labels (${String(labels.length)}) and sectors (${String(sectors.length)}) of ${session} differ in length`,
    );
  }
  const rows = [...predictions.keys()].filter(
    (row) => Number.isFinite(predictions[row] ?? Number.NaN) && Number.isFinite(labels[row] ?? Number.NaN),
  );
  const scores = rows.map((row) => predictions[row] ?? 0);
  const known = rows.map((row) => labels[row] ?? 0);
  const groups = rows.map((row) => sectors[row] ?? '');
  const [day] = dailyRankIc(
    rows.map(() => session),
    scores,
    known,
  );
  return {
    rankIc: day?.ic ?? null,
    gap: day === undefined ? 'too-few-pairs' : day.gap,
    pairs: rows.length,
    sectorNeutralIc: correlation(lessGroupMean(scores, groups), lessGroupMean(known, groups)),
    sectorIc: sectorIcs(scores, known, groups),
    rmse:
      rows.length === 0
        ? null
        : Math.sqrt(
            scores.reduce((sum, score, row) => sum + (score - (known[row] ?? 0)) ** 2, 0) / rows.length,
          ),
  };
}

function correlation(scores: readonly number[], known: readonly number[]): number | null {
  if (scores.length < MIN_CROSS_SECTION || isConstant(scores) || isConstant(known)) return null;
  return spearman(scores, known, 'scores', 'labels');
}

function lessGroupMean(values: readonly number[], groups: readonly string[]): number[] {
  const sums = new Map<string, { total: number; count: number }>();
  values.forEach((value, row) => {
    const group = groups[row] ?? '';
    const sum = sums.get(group) ?? { total: 0, count: 0 };
    sums.set(group, { total: sum.total + value, count: sum.count + 1 });
  });
  return values.map((value, row) => {
    const { total, count } = sums.get(groups[row] ?? '') ?? { total: 0, count: 1 };
    return value - total / count;
  });
}

function sectorIcs(
  scores: readonly number[],
  known: readonly number[],
  groups: readonly string[],
): Record<string, number> {
  const found: Record<string, number> = {};
  for (const sector of [...new Set(groups)].sort()) {
    if (sector === '') continue;
    const rows = [...groups.keys()].filter((row) => groups[row] === sector);
    const ic = correlation(
      rows.map((row) => scores[row] ?? 0),
      rows.map((row) => known[row] ?? 0),
    );
    if (ic !== null) found[sector] = ic;
  }
  return found;
}

/** How far below its highest so far the compounded book stands after the last return; 0 at a new high or without one. */
export function currentDrawdown(netReturns: readonly number[]): number {
  let equity = 1;
  let highest = 1;
  for (const value of netReturns) {
    equity *= 1 + value;
    highest = Math.max(highest, equity);
  }
  return 1 - equity / highest;
}
