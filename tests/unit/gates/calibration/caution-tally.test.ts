import { describe, expect, it } from 'vitest';
import { tallyCautions } from '../../../../gates/calibration/caution-tally.ts';
import { simulatedAttribution } from '../../../../gates/calibration/name-world.ts';
import { judgePanels } from '../../../../gates/calibration/panel-trial.ts';
import type { PanelOutcome } from '../../../../gates/calibration/panel-trial.ts';
import { smallPlan } from './calibration-fixture.ts';

const outcome = (change: Partial<PanelOutcome>): PanelOutcome => ({
  ...{ index: 0, rightTrial: true, routeFrom: 0.1, takesRoute: true, readings: [], passes: true },
  cautions: [],
  ...change,
});
const look = (code: 'leap' | 'one-regime' | 'switched-off', raised: boolean, measured = true) => ({
  ...{ code, raised, measured },
});

describe('how often a second look stands out', () => {
  it('is counted in both worlds, and among what was promoted as the recipe with skill', () => {
    const noise = [outcome({ cautions: [look('leap', true)] }), outcome({ cautions: [look('leap', false)] })];
    const edge = [
      outcome({ cautions: [look('leap', true)] }),
      outcome({ cautions: [look('leap', true)], passes: false }),
      outcome({ cautions: [look('leap', true)], rightTrial: false }),
      outcome({ cautions: [look('leap', false)] }),
    ];
    const { cautions, any } = tallyCautions(noise, edge);
    expect(cautions).toHaveLength(1);
    expect(cautions[0]).toMatchObject({
      code: 'leap',
      noise: { count: 1, of: 2 },
      edge: { count: 3, of: 4 },
      promoted: { count: 1, of: 2 },
    });
    expect(any.edge).toMatchObject({ count: 3, of: 4 });
  });

  it('leaves out what is not simulated and what only the spec decides, and names both', () => {
    const seen = [outcome({ cautions: [look('one-regime', false, false), look('switched-off', true)] })];
    const { cautions, any, notSimulated } = tallyCautions(seen, seen);
    expect(cautions).toEqual([]);
    expect(any.noise.count).toBe(0);
    expect(notSimulated).toEqual(expect.arrayContaining(['one-regime', 'switched-off', 'wide-shadow']));
  });

  it('has no rate of what was promoted where nothing was', () => {
    expect(tallyCautions([outcome({})], [outcome({ passes: false })]).any.promoted).toBeNull();
  });

  it('raises on simulated panels what was planted, by the looks of a real retrain', () => {
    const plan = smallPlan({ sharpe: 12 });
    const edge = judgePanels({ plan, world: 'edge', from: 0, to: 2 });
    const { cautions, notSimulated } = tallyCautions(edge, edge);
    const raised = cautions.filter(({ promoted }) => promoted?.rate === 1).map(({ code }) => code);
    expect(raised).toEqual(expect.arrayContaining(['sharpe-too-good', 'leap', 'rank-ic-too-good']));
    expect(notSimulated).not.toContain('few-names-carry');
    expect(notSimulated).toContain('one-regime');
  });
});

describe('what simulated names bring', () => {
  it('adds up to what the book earned, by names that each brought some', () => {
    const plan = smallPlan();
    const returns = Float64Array.from({ length: 250 }, (_, row) => 0.001 + 0.01 * Math.sin(row));
    const found = simulatedAttribution(plan, 3, returns);
    expect(found.total).toBeCloseTo(
      returns.reduce((sum, value) => sum + value, 0),
      12,
    );
    expect(found.names).toBeGreaterThan(50);
    expect(found.largest.contribution).toBeGreaterThan(found.total / found.names);
    expect(simulatedAttribution(plan, 3, returns)).toEqual(found);
    expect(simulatedAttribution(plan, 4, returns)).not.toEqual(found);
  });
});
