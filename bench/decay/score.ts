import { RandomStream } from '../../market/random.ts';
import { mean } from '../../stats/series.ts';
import { REFERENCE, SESSIONS, type WatchedSeries } from './population.ts';

export interface Outcome {
  readonly series: WatchedSeries;
  /** Session of the first alarm; null without one. */
  readonly alarm: number | null;
}

export const MEASURES = ['falseAlarms', 'delay', 'found120', 'volOnly', 'dip'] as const;
export type Scores = Readonly<Record<(typeof MEASURES)[number], number>>;

/**
 * False alarms per year of a model in order; median delay in sessions and share found within 120 over all kinds of decay,
 * where a series that alarmed before its decay counts as never found; share of the nuisances that alarmed at any time.
 */
export function score(outcomes: readonly Outcome[]): Scores {
  let alarms = 0;
  let sessions = 0;
  const delays: number[] = [];
  const nuisance = { vol_only: [] as number[], transient_dip: [] as number[] };
  for (const { series, alarm } of outcomes) {
    const healthyUntil = series.change ?? SESSIONS;
    const early = alarm !== null && alarm < healthyUntil;
    if (early) alarms += 1;
    sessions += (early ? alarm + 1 : healthyUntil) - REFERENCE;
    if (series.isDecay) delays.push(delayOf(series, alarm));
    if (series.kind === 'vol_only' || series.kind === 'transient_dip') {
      nuisance[series.kind].push(alarm === null ? 0 : 1);
    }
  }
  delays.sort((a, b) => a - b);
  return {
    falseAlarms: alarms / (sessions / 250),
    delay: delays[Math.floor(delays.length / 2)] ?? Number.NaN,
    found120: delays.filter((delay) => delay <= 120).length / delays.length,
    volOnly: mean(nuisance.vol_only),
    dip: mean(nuisance.transient_dip),
  };
}

function delayOf({ change, end }: WatchedSeries, alarm: number | null): number {
  if (alarm === null || change === null || alarm < change) return Number.POSITIVE_INFINITY;
  return end !== null && alarm >= end ? Number.POSITIVE_INFINITY : alarm - change + 1;
}

/** Central 95 % of the scores over resampled series. */
export function bootstrapIntervals(
  outcomes: readonly Outcome[],
  seed: number,
  resamples = 400,
): Readonly<Record<(typeof MEASURES)[number], readonly [number, number]>> {
  const random = new RandomStream(seed, 0);
  const drawn = Array.from({ length: resamples }, () =>
    score(
      outcomes.map(() => {
        const outcome = outcomes[random.integerBetween(0, outcomes.length - 1)];
        if (outcome === undefined) throw new RangeError('no outcome');
        return outcome;
      }),
    ),
  );
  const interval = (measure: (typeof MEASURES)[number]): readonly [number, number] => {
    const sorted = drawn.map((scores) => scores[measure]).sort((a, b) => a - b);
    return [sorted[Math.floor(0.025 * resamples)] ?? 0, sorted[Math.floor(0.975 * resamples)] ?? 0];
  };
  return {
    falseAlarms: interval('falseAlarms'),
    delay: interval('delay'),
    found120: interval('found120'),
    volOnly: interval('volOnly'),
    dip: interval('dip'),
  };
}

/** First session on which a statistic exceeds the threshold. */
export function firstAlarm(statistic: Float64Array, threshold: number): number | null {
  for (let session = REFERENCE; session < statistic.length; session += 1) {
    if ((statistic[session] ?? 0) > threshold) return session;
  }
  return null;
}
