import { expect, it } from 'vitest';
import { machineRestart } from './retrain/machine-restart.ts';

const MINUTES = 60_000;

it(
  'contender up after everything was killed goes on with the open retrain, which ends as if nothing had happened',
  { timeout: 15 * MINUTES },
  async () => {
    const { atFault, recoverySeconds, differences, violations } = await machineRestart();
    expect(differences).toEqual([]);
    expect(violations).toEqual([]);
    process.stdout.write(`${atFault}; the retrain went on ${recoverySeconds.toFixed(1)} s after up\n`);
  },
);
