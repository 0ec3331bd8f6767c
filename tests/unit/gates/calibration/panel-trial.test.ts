import { describe, expect, it } from 'vitest';
import { efficientPoints, frontierTable } from '../../../../gates/calibration/frontier.ts';
import { judgePanel, judgePanels } from '../../../../gates/calibration/panel-trial.ts';
import type { PanelOutcome } from '../../../../gates/calibration/panel-trial.ts';
import { calibrationPlan } from '../../../../gates/calibration/plan.ts';
import { rateOf, tally } from '../../../../gates/calibration/tally.ts';
import { ModelSpec } from '../../../../contracts/spec.ts';
import { smallPlan } from './calibration-fixture.ts';

const SPEC = ModelSpec.parse({ model: 'tw-alpha', market: 'XTAI', data: './market' });
const OPTIONS = {
  route: 'new-recipe',
  panels: 10,
  sharpe: 2,
  championSharpe: 0,
  correlation: 0.3,
  autocorrelation: 0,
  seed: 1,
  sessions: null,
  trials: null,
} as const;

describe('a plan of calibration', () => {
  it('has the shape of the spec', () => {
    const plan = calibrationPlan(SPEC, 246, OPTIONS);
    expect(plan).toMatchObject({ sessions: 756, trials: 20, holdSessions: 5, horizonSessions: 5 });
  });

  it.each([
    [{ panels: 0 }, /panels/u],
    [{ sharpe: Number.NaN }, /sharpe/u],
    [{ correlation: 1 }, /correlation/u],
    [{ trials: 4 }, /minTrials/u],
    [{ sessions: 50 }, /minSessions/u],
    [{ seed: -1 }, /seed/u],
  ])('refuses %j by name', (change, name) => {
    expect(() => calibrationPlan(SPEC, 246, { ...OPTIONS, ...change })).toThrow(name);
  });
});

describe('judging simulated panels', () => {
  it('gives the same outcome alone and as part of any piece', () => {
    const plan = smallPlan();
    const together = judgePanels({ plan, world: 'edge', from: 0, to: 3 });
    expect(judgePanels({ plan, world: 'edge', from: 2, to: 3 })).toEqual([together[2]]);
    expect(judgePanel(plan, 'edge', 1)).toEqual(together[1]);
  });

  it('asks every gate that depends on chance, once', () => {
    const gates = (route: 'first' | 'new-recipe'): string[] =>
      judgePanel(smallPlan({ route }), 'noise', 0).readings.map(({ gate }) => gate);
    const every = ['rank-ic', 'drawdown', 'dsr', 'pbo', 'spa', 'stepm', 'sharpe-improvement'];
    expect(gates('new-recipe').toSorted()).toEqual(every.toSorted());
    expect(gates('first').toSorted()).toEqual(every.toSorted());
  });

  it.each(['first', 'new-recipe'] as const)('finds an edge nobody could miss on the route %s', (route) => {
    const outcomes = judgePanels({ plan: smallPlan({ sharpe: 12, route }), world: 'edge', from: 0, to: 4 });
    expect(outcomes.map((outcome) => [outcome.rightTrial, outcome.passes])).toEqual(
      Array.from({ length: 4 }, () => [true, true]),
    );
  });

  it('passes nothing under a bound that nothing can reach', () => {
    const plan = smallPlan({ sharpe: 12 });
    const strict = { ...plan, gates: { ...plan.gates, rankIcMin: 1 } };
    const outcomes = judgePanels({ plan: strict, world: 'edge', from: 0, to: 3 });
    expect(outcomes.every((outcome) => !outcome.passes)).toBe(true);
    expect(tally(outcomes, outcomes).gates.find(({ gate }) => gate === 'rank-ic')?.edge.count).toBe(0);
  });

  it('does not count a gate in dry-run', () => {
    const plan = smallPlan({ sharpe: 12 });
    const gates = { ...plan.gates, rankIcMin: 1, modes: { 'rank-ic': 'dry-run' as const } };
    const outcome = judgePanel({ ...plan, gates }, 'edge', 0);
    expect(outcome.passes).toBe(true);
  });
});

describe('rates', () => {
  it('have the exact Clopper-Pearson bounds of no success', () => {
    const rate = rateOf(0, 2000);
    expect(rate.upper).toBeCloseTo(1 - 0.025 ** (1 / 2000), 12);
    expect([rate.rate, rate.lower]).toEqual([0, 0]);
  });

  it('count an edge as found only when the recipe promoted has it', () => {
    const outcome = (passes: boolean, rightTrial: boolean): PanelOutcome => ({
      index: 0,
      rightTrial,
      routeFrom: 0.01,
      takesRoute: true,
      readings: [],
      passes,
      cautions: [],
    });
    const edge = [outcome(true, true), outcome(true, false), outcome(false, true), outcome(true, true)];
    const rates = tally([outcome(true, false), outcome(false, false)], edge);
    expect(rates.together.edge.count).toBe(2);
    expect(rates.together.noise.count).toBe(1);
    expect(rates.rightTrial.count).toBe(3);
  });
});

describe('the frontier', () => {
  const plan = smallPlan({ sharpe: 4 });
  const noise = judgePanels({ plan, world: 'noise', from: 0, to: 6 });
  const edge = judgePanels({ plan, world: 'edge', from: 0, to: 12 });
  const points = frontierTable(noise, edge);

  it('has the rates of the spec at the thresholds of the spec', () => {
    const { spaAlpha, dsrMin, pboMax } = plan.gates;
    const here = points.find(
      (point) => point.spaAlpha === spaAlpha && point.dsrMin === dsrMin && point.pboMax === pboMax,
    );
    expect(here?.edge).toEqual(tally(noise, edge).together.edge);
    expect(here?.noise).toEqual(tally(noise, edge).together.noise);
    expect(here?.edge.count).toBeGreaterThan(0);
  });

  it('passes no less when a threshold is loosened', () => {
    for (const strict of points) {
      for (const loose of points) {
        const looser =
          loose.spaAlpha >= strict.spaAlpha && loose.dsrMin <= strict.dsrMin && loose.pboMax >= strict.pboMax;
        if (looser) expect(loose.edge.count).toBeGreaterThanOrEqual(strict.edge.count);
      }
    }
  });

  it('shows only points that no other beats', () => {
    const shown = efficientPoints(points);
    expect(shown.length).toBeGreaterThan(0);
    for (const point of shown) {
      const beaten = points.some(
        (other) =>
          (other.noise.count <= point.noise.count && other.edge.count > point.edge.count) ||
          (other.noise.count < point.noise.count && other.edge.count >= point.edge.count),
      );
      expect(beaten).toBe(false);
    }
  });
});
