import { describe, expect, it } from 'vitest';
import { ALL_CELLS, CELLS, cellName, chainsOf, voidReason } from '../../chaos/retrain/cells.ts';
import { chaosTable, type RetrainRecord } from '../../chaos/retrain/chaos-table.ts';
import { badOf } from '../../chaos/retrain/verdict.ts';

const record = (cell: string, changes: Partial<RetrainRecord> = {}): RetrainRecord => ({
  ...{ cell, atFault: 'not committed', seconds: 9, recoverySeconds: 3, answers: 1, readings: 1 },
  ...{ differences: [], violations: [], bad: null, chain: [cell], repeat: 0, load: 2 },
  ...{ at: '2026-01-01T00:00:00.000Z', commit: 'c'.repeat(40) },
  ...changes,
});

describe('the cells of the table of kills', () => {
  it('are eight steps, three moments and six processes, each there or void for a reason', () => {
    expect(ALL_CELLS).toHaveLength(8 * 3 * 6);
    expect(CELLS).toHaveLength(103);
    expect(ALL_CELLS.filter((cell) => voidReason(cell) !== null)).toHaveLength(144 - 103);
  });

  it('are put together so that each is in one retrain and no retrain is killed twice in one step', () => {
    const chains = chainsOf(CELLS, 1, false);
    expect(chains.flat().map(cellName).toSorted()).toEqual(CELLS.map(cellName).toSorted());
    for (const chain of chains) expect(new Set(chain.map(({ step }) => step)).size).toBe(chain.length);
    expect(chainsOf(CELLS, 1, false)).toEqual(chains);
    expect(chainsOf(CELLS, 2, false)).not.toEqual(chains);
    expect(chainsOf(CELLS, 1, true).every((chain) => chain.length === 1)).toBe(true);
  });
});

describe('the verdict on a cell', () => {
  it('is red by a violation, by a difference, and by a machine that takes too long', () => {
    expect(badOf(record('retrain/swap/in/control'))).toBeNull();
    expect(badOf(record('x', { violations: [{ invariant: 'I3', what: 'a gap' }] }))).toBe('I3: a gap');
    expect(badOf(record('x', { differences: ['ledger: [] instead of [1]'] }))).toContain('ledger');
    expect(badOf(record('machine/restart', { recoverySeconds: 29 }))).toBeNull();
    expect(badOf(record('machine/restart', { recoverySeconds: 31 }))).toContain('31.0 s');
  });
});

describe('the table in the docs', () => {
  it('shows what is green, what is red, what was not run and what does not exist', () => {
    const table = chaosTable(
      [
        record('retrain/swap/in/control'),
        record('retrain/swap/in/control', { repeat: 1, bad: 'I1: two champions' }),
        record('retrain/swap/in/postgres'),
      ],
      1,
    );
    const row = table.split('\n').find((line) => line.startsWith('| swap | in |')) ?? '';
    expect(row.split(' | ').slice(2)).toEqual([
      '**1 of 2**',
      'none (4)',
      'none (1)',
      'green 1x',
      'not run',
      'not run |',
    ]);
    expect(table).toContain('3 runs of 2 cells, 1 red');
  });
});
