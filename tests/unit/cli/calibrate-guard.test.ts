import { Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { runCli } from '../../../cli/program.ts';
import type { GuardCalibration } from '../../../monitoring/calibration/guard-calibration.ts';

class Sink {
  text = '';
  write(text: string): boolean {
    this.text += text;
    return true;
  }
}

async function calibrate(...options: string[]) {
  const stdout = new Sink();
  const stderr = new Sink();
  const code = await runCli(['gates', 'calibrate', ...options], {
    streams: { stdin: Readable.from([]), stdout, stderr },
    interrupted: new AbortController().signal,
    sources: { environment: {}, root: '/nowhere' },
    showStacks: false,
  });
  return { code, stdout: stdout.text, stderr: stderr.text };
}

describe('contender gates calibrate --shadow', () => {
  it('counts rollbacks of equal and bad champions, the same on one thread and two', async () => {
    const options = ['--shadow', '--shadows', '60', '--sessions', '40', '--seed', '5', '--json'];
    const one = await calibrate(...options, '--threads', '1');
    const two = await calibrate(...options, '--threads', '2');
    expect(one.code).toBe(0);
    expect(two.stdout).toBe(one.stdout);
    const calibration = JSON.parse(one.stdout) as GuardCalibration;
    expect(calibration.falseRollbacks.of).toBe(60);
    expect(calibration.falseRollbacks.lower).toBeLessThanOrEqual(calibration.statedRate);
    expect(calibration.betterInShadow.count).toBe(0);
    expect(calibration.quiet).toMatchObject({ models: 20, sessions: 750 });
    const rows = new Map(calibration.badChampions.map((row) => [row.kind, row.guard]));
    for (const gross of ['flipped', 'constant', 'missing'] as const) {
      expect(rows.get(gross)).toMatchObject({ median: 1, within10: 1 });
    }
    expect(rows.get('half-ic')?.within10).toBeLessThan(0.2);
  }, 240_000);

  it('prints what was simulated with the rates', async () => {
    const { stdout } = await calibrate('--shadow', '--shadows', '5', '--sessions', '20', '--threads', '1');
    expect(stdout).toMatch(/^Shadows of 7 sessions, reigns of 20, looked at daily/u);
    expect(stdout).toMatch(/called better by the shadow +0 of 5/u);
  }, 240_000);

  it('refuses a count that is none, and retrains without a spec', async () => {
    expect(await calibrate('--shadow', '--shadows', '0')).toMatchObject({ code: 2 });
    const retrains = await calibrate('--panels', '3');
    expect(retrains.code).toBe(2);
    expect(retrains.stderr).toMatch(/--spec is missing/u);
  });
});
