/** Everything that is generated and committed: `npm run generate`; with --check it only says what is out of date. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { PROJECT_ROOT } from '../config/config.ts';

const GENERATORS = [
  'generate-contracts.ts',
  'generate-error-page.ts',
  'generate-spec-page.ts',
  'generate-clients.ts',
  'generate-api-page.ts',
];

for (const generator of GENERATORS) {
  const args = [join(PROJECT_ROOT, 'scripts', generator), ...process.argv.slice(2)];
  const { status } = spawnSync(process.execPath, args, { cwd: PROJECT_ROOT, stdio: 'inherit' });
  if (status !== 0) process.exitCode = 1;
}
