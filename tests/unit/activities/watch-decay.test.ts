import { describe, expect, it } from 'vitest';
import { readDecay } from '../../../activities/watch-decay.ts';
import { ModelSpec } from '../../../contracts/spec.ts';
import { shippedCalendar } from '../../../market/shipped-calendar.ts';
import { RELEASE_MARGIN } from '../../../monitoring/decay-decision.ts';
import { simulateIc } from '../../../monitoring/ic-simulation.ts';
import type { LiveResult } from '../../../registry/results.ts';
import type { WatchRecord } from '../../../registry/watch-records.ts';

const SPEC = ModelSpec.parse({ model: 'tw-alpha', market: 'XTAI', data: '.' });
const DATES = shippedCalendar('XTAI').between('2018-01-02', '2019-12-31');
const MODEL = { mean: 0.05, deviation: 0.08, autocorrelation: 0.1, tailDegrees: Number.POSITIVE_INFINITY };
const REFERENCE = {
  rankIc: [...simulateIc(MODEL, 250, 5, 1)],
  ...{ netReturn: null, annualisedTurnover: null },
};
const FLIP = 20;

/** A model whose signal turns round after twenty sessions. */
const turned = simulateIc(MODEL, 120, 5, 3, (session) => (session < FLIP ? MODEL.mean : -MODEL.mean));
const results = (sessions: number, ic = turned): LiveResult[] =>
  Array.from(ic.slice(0, sessions), (rankIc, row) => ({
    ...{ model: 'tw-alpha', versionId: '', session: DATES[row] ?? '', epoch: 1, role: 'champion' as const },
    ...{ status: 'matured' as const, rankIc, netReturn: null, turnover: null, numbers: { dataFault: false } },
  }));

function record(row: number, decision: WatchRecord['decision']): WatchRecord {
  const session = DATES[row] ?? '';
  return {
    ...{ model: 'tw-alpha', epoch: 1, session, decidedAt: session, versionId: '', knownThrough: session },
    ...{ alarm: true, standing: true, statistic: null, threshold: null, onset: null, diagnosis: null },
    ...{ decision, action: 'none', reason: '', health: null, state: null },
  };
}

const read = (sessions: number, records: readonly WatchRecord[], ic = turned) =>
  readDecay(SPEC, REFERENCE, results(sessions, ic), records);

/** Sessions after which the rule alarms for the first time. */
const first = results(120).findIndex((_, row) => read(row + 1, []).alarm) + 1;

describe('the decay rule on what was recorded', () => {
  it('alarms some sessions after the signal has turned', () => {
    expect(first).toBeGreaterThan(FLIP + 3);
    expect(first).toBeLessThan(FLIP + 60);
    expect(read(first, []).statistic).toBeGreaterThan(read(first, []).evaluation.threshold ?? Infinity);
  });

  it('starts its evidence anew after an emergency, and alarms again for good before it has gathered it twice', () => {
    const emergency = record(first - 1, 'retrain');
    expect(read(first + 1, [emergency]).alarm).toBe(false);
    const again = results(120).findIndex((_, row) => row >= first && read(row + 1, [emergency]).alarm) + 1;
    expect(again).toBeGreaterThan(first + 1);
    const reading = read(again, [emergency]);
    expect(reading.evaluation.alarm).toBe(false);
    expect(reading.statistic).toBe(reading.standing.current);
    expect(reading.statistic).toBeGreaterThanOrEqual((reading.standing.threshold ?? 0) + RELEASE_MARGIN);
    expect(DATES.indexOf(reading.onset ?? '')).toBeLessThan(FLIP + 10);
  });

  it('forgets all of it once the alarm was released', () => {
    const records = [record(first, 'released'), record(first - 1, 'retrain')];
    const reading = read(first + 2, records);
    expect(reading.alarm).toBe(false);
    expect(reading.standing.current).toBe(reading.evaluation.current);
  });

  it('counts no session whose data had a fault', () => {
    const faulty = results(first).map((row, at) =>
      at < FLIP ? row : { ...row, numbers: { dataFault: true } },
    );
    expect(readDecay(SPEC, REFERENCE, faulty, []).alarm).toBe(false);
  });
});
