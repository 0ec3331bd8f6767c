import { describe, expect, test } from 'vitest';
import { liveTrack } from '../../../monitoring/live-track.ts';
import { maximumDrawdown } from '../../../stats/drawdown.ts';
import { hacMean } from '../../../stats/hac.ts';

const DAYS = { windowSessions: 20, overlapSessions: 5 };
const session = (at: number): string => new Date(Date.UTC(2024, 0, 1 + at)).toISOString().slice(0, 10);
const row = (at: number, rankIc: number | null, netReturn: number | null) => ({
  ...{ session: session(at), epoch: 3, rankIc, netReturn },
});

describe('the track of whoever is champion', () => {
  const ics = Array.from({ length: 40 }, (_, at) => Math.sin(at) / 10 + 0.03);

  test('shows the mean of the window with the interval that the statistics give', () => {
    const points = liveTrack(
      ics.map((ic, at) => row(at, ic, 0)),
      DAYS,
    );
    const { mean, intervalStudent } = hacMean(ics.slice(-20), { lag: 5, smallSample: true });
    expect(points.at(-1)).toMatchObject({ meanIc: mean, interval: intervalStudent });
  });

  test('has no interval before ten sessions are known, nor of sessions that are all alike', () => {
    const points = liveTrack([row(0, null, null), ...ics.map((ic, at) => row(at + 1, ic, null))], DAYS);
    expect(points.findIndex(({ interval }) => interval !== null)).toBe(10);
    expect(points[0]).toMatchObject({ meanIc: null, interval: null });
    const alike = liveTrack(
      Array.from({ length: 12 }, (_, at) => row(at, 0.05, null)),
      DAYS,
    );
    expect(alike.at(-1)).toMatchObject({ interval: null });
    expect(alike.at(-1)?.meanIc).toBeCloseTo(0.05, 12);
  });

  test('counts sessions of the window that have no IC, so that a gap does not reach further back', () => {
    const gap = Array.from({ length: 20 }, (_, at) => row(at + 40, null, null));
    expect(liveTrack([...ics.map((ic, at) => row(at, ic, 0)), ...gap], DAYS).at(-1)).toMatchObject({
      meanIc: null,
      interval: null,
    });
  });

  test('compounds returns, and falls as far below its highest as the drawdown of the same returns', () => {
    const returns = [0.1, null, -0.5, 0.3, -0.2];
    const points = liveTrack(
      returns.map((value, at) => row(at, null, value)),
      DAYS,
    );
    expect(points.map(({ equity }) => Number(equity.toFixed(6)))).toEqual([1.1, 1.1, 0.55, 0.715, 0.572]);
    const worst = Math.min(...points.map(({ drawdown }) => drawdown));
    expect(-worst).toBeCloseTo(maximumDrawdown(returns.map((value) => value ?? 0)).maximum, 12);
  });
});
