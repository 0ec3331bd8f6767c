import { describe, expect, it } from 'vitest';
import { ModelSpec } from '../../../contracts/spec.ts';
import { loosenedFields } from '../../../registry/spec-loosening.ts';

function spec(gates: Record<string, unknown>): ModelSpec {
  return ModelSpec.parse({ model: 'tw-alpha', market: 'XTAI', data: './data', gates });
}

const loosened = (before: Record<string, unknown>, after: Record<string, unknown>): readonly string[] =>
  loosenedFields(spec(before), spec(after));

describe('a spec whose gates count for less', () => {
  it('loosens each gate that goes from enforce to dry-run or off, and from dry-run to off', () => {
    expect(loosened({}, { modes: { dsr: 'dry-run', pbo: 'off' } })).toEqual([
      'gates.modes.dsr',
      'gates.modes.pbo',
    ]);
    expect(loosened({ modes: { dsr: 'dry-run' } }, { modes: { dsr: 'off' } })).toEqual(['gates.modes.dsr']);
  });

  it('counts a gate that is no longer named by its default', () => {
    // A new gate that was enforced falls back to dry-run.
    expect(loosened({ modes: { feasibility: 'enforce' } }, {})).toEqual(['gates.modes.feasibility']);
    expect(loosened({ modes: { feasibility: 'dry-run' } }, {})).toEqual([]);
    expect(loosened({}, { modes: { feasibility: 'off' } })).toEqual(['gates.modes.feasibility']);
  });

  it('loosens nothing by enforcing more', () => {
    expect(
      loosened({ modes: { dsr: 'off' } }, { modes: { dsr: 'enforce', feasibility: 'enforce' } }),
    ).toEqual([]);
  });

  it('loosens by giving waivers time, and by wider business bounds', () => {
    expect(loosened({}, { waiverSessions: 1, maxPositionShare: 0.3, minCostCover: 1 })).toEqual([
      'gates.maxPositionShare',
      'gates.minCostCover',
      'gates.waiverSessions',
    ]);
  });

  it('compares with a spec of an earlier release, which had no modes', () => {
    const { modes: _modes, waiverSessions: _waivers, ...gates } = spec({}).gates;
    const old = { ...spec({}), gates } as ModelSpec;
    expect(loosenedFields(old, spec({}))).toEqual([]);
    expect(loosenedFields(old, spec({ modes: { dsr: 'off' }, waiverSessions: 2 }))).toEqual([
      'gates.modes.dsr',
      'gates.waiverSessions',
    ]);
  });
});
