import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cellName, type Cell } from './swap/points.ts';
import { runCell } from './swap/run-cell.ts';
import { SwapFleet } from './swap/swap-fleet.ts';

/** A sample of the matrix that `npm run test:chaos` runs: each victim, before the commit, at it, and after. */
const SAMPLE: readonly Cell[] = [
  { command: 'swap', point: 'after-the-champion', victim: 'worker' },
  { command: 'swap', point: 'at-the-commit', victim: 'postgres' },
  { command: 'swap', point: 'before-the-first-acknowledgement', victim: 'server-a' },
  { command: 'rollback', point: 'committed-but-not-told', victim: 'api' },
];
const MINUTES = 60_000;

let fleet: SwapFleet;
beforeAll(async () => {
  fleet = await SwapFleet.start();
}, 5 * MINUTES);
afterAll(async () => {
  await fleet.stop();
}, 2 * MINUTES);

describe('kill -9 at a point of a swap', () => {
  it.for(SAMPLE.map((cell) => ({ cell, name: cellName(cell) })))(
    '$name: old or new, never neither, and nothing acknowledged is lost',
    { timeout: 5 * MINUTES },
    async ({ cell }) => {
      const result = await runCell(fleet, cell);
      expect(result.violations).toEqual([]);
      expect(result.answers).toBeGreaterThan(0);
      expect(result.readings).toBeGreaterThan(0);
    },
  );
});
