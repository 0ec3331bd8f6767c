import type { ModelSpec } from '../contracts/spec.ts';
import { extractLabels } from '../extraction/session.ts';
import { dailyRankIc, type DailyRankIc } from '../stats/rank-ic.ts';
import type { SessionPredictions } from './paper-track.ts';

/** Rank IC of each of these sessions, by the labels that are known at `asOf`; null where they have not matured. */
export async function maturedRankIc(
  spec: ModelSpec,
  days: readonly SessionPredictions[],
  asOf: string,
): Promise<readonly DailyRankIc[]> {
  const first = days[0];
  const last = days.at(-1);
  if (first === undefined || last === undefined) return [];
  const labels = await extractLabels({
    folder: spec.data,
    market: spec.market,
    label: spec.label,
    asOf,
    fromSession: first.session,
    toSession: last.session,
  });
  const known = new Map<string, number>();
  labels.session.forEach((session, row) => {
    known.set(`${session} ${labels.symbol[row] ?? ''}`, labels.label[row] ?? Number.NaN);
  });
  return days.flatMap((day) => {
    const realised = day.symbols.map((symbol) => known.get(`${day.session} ${symbol}`) ?? Number.NaN);
    const rows = [...day.symbols.keys()].filter((row) => Number.isFinite(day.predictions[row] ?? Number.NaN));
    return dailyRankIc(
      rows.map(() => day.session),
      rows.map((row) => day.predictions[row] ?? Number.NaN),
      rows.map((row) => realised[row] ?? Number.NaN),
    );
  });
}
