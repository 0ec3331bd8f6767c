import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, it } from 'vitest';

it('refuses one report, and does not end, while the process that asks has no descriptor left to print it', () => {
  const program = join(import.meta.dirname, 'fixture-no-descriptors.ts');
  const asked = spawnSync('sh', ['-c', 'ulimit -n 120; exec "$0" "$1"', process.execPath, program], {
    encoding: 'utf8',
    timeout: 50_000,
  });
  expect(asked.stdout.trim().split('\n'), asked.stderr).toEqual(['REPORT_NOT_PRINTED', 'printed true']);
  expect(asked.status).toBe(0);
});
