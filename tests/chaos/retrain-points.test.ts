import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Cell, cellName } from './retrain/cells.ts';
import { differencesOf } from './retrain/judged-retrain.ts';
import { plant, type Planted } from './retrain/plants.ts';
import { RetrainFleet, UNDISTURBED, withClient } from './retrain/retrain-fleet.ts';
import { runCells } from './retrain/run-cell.ts';
import { type RecordedHistory, violations } from './swap/invariants.ts';

/** A sample of the table that `npm run test:chaos` runs: each step, each moment, each process, in two retrains. */
const SAMPLE: readonly (readonly Cell[])[] = [
  [
    { step: 'extract', moment: 'before', victim: 'compute' },
    { step: 'validate', moment: 'in', victim: 'temporal' },
    { step: 'train', moment: 'before', victim: 'sidecar' },
    { step: 'package', moment: 'after', victim: 'compute' },
    { step: 'judge', moment: 'in', victim: 'control' },
    { step: 'shadow', moment: 'after', victim: 'temporal' },
    { step: 'approve', moment: 'after', victim: 'control' },
    { step: 'swap', moment: 'in', victim: 'postgres' },
  ],
  [
    { step: 'train', moment: 'in', victim: 'postgres' },
    { step: 'swap', moment: 'before', victim: 'server-a' },
  ],
];
const INVARIANTS: readonly Planted[] = ['I1', 'I2', 'I3', 'I4', 'I5', 'I6', 'I7', 'I8'];
const NOTHING_SEEN: RecordedHistory = { acknowledged: [], answers: [], readings: [], deliveries: [] };
const MINUTES = 60_000;

let fleet: RetrainFleet;
beforeAll(async () => {
  fleet = await RetrainFleet.start();
}, 10 * MINUTES);
afterAll(async () => {
  await fleet.stop();
}, 2 * MINUTES);

describe('a retrain that nobody disturbs', () => {
  it('is promoted, and the checker of the invariants finds nothing', async () => {
    const { state } = fleet.expected;
    expect(state).toMatchObject({ outcome: 'promoted', verdict: 'pass' });
    expect(state.reigns).toHaveLength(1);
    expect(state.counts).toMatchObject({ reigns: 1, versions: 1, trials: 8, approvals: 1, open_retrains: 0 });
    expect(await withClient(fleet.world, (client) => violations(client, NOTHING_SEEN))).toEqual([]);
  });

  it.for(INVARIANTS)('with a planted violation of %s, the checker finds it', async (invariant) => {
    const found = await withClient(fleet.world, (client) =>
      plant(client, UNDISTURBED, invariant, NOTHING_SEEN, (history) =>
        violations(client, history, 'as-it-stands'),
      ),
    );
    expect(found.map((violation) => violation.invariant)).toContain(invariant);
  });

  it('differs from one with another ledger, another verdict or another audit row, by name', () => {
    const { state } = fleet.expected;
    const other = { ...state, ledger: [], verdict: 'fail', audit: [...state.audit, '9 nothing nobody'] };
    expect(differencesOf(state, state)).toEqual([]);
    expect(differencesOf(other, state).map((text) => text.split(':')[0])).toEqual([
      'verdict',
      'ledger',
      'audit',
    ]);
  });
});

describe('kill -9 in the steps of a retrain', () => {
  it.for(SAMPLE.map((cells) => ({ cells, names: cells.map(cellName).join(', ') })))(
    '$names: ends as if nothing had happened',
    { timeout: 20 * MINUTES },
    async ({ cells }) => {
      const result = await runCells(fleet, cells);
      expect(result.differences).toEqual([]);
      expect(result.violations).toEqual([]);
      expect(result.answers).toBeGreaterThan(0);
      expect(result.readings).toBeGreaterThan(0);
    },
  );
});
