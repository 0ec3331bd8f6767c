import { spawn } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { inheritedEnvironment, PROJECT_ROOT } from '../../../config/config.ts';

/** Files of a small project under our rules. Those named bad-… break the rule that their folder has. */
const FILES = {
  'contracts/error.ts': 'export const root = 1;\n',
  'contracts/bad-builtin.ts': "export { join } from 'node:path';\n",
  'market/calendar.ts': "import { root } from '../contracts/error.ts';\nexport const calendar = root;\n",
  'market/bad-package.ts': "export { Client } from 'pg';\n",
  'stats/mean.ts': "import { root } from '../contracts/error.ts';\nexport const mean = root;\n",
  'stats/bad-folder.ts': "export { calendar } from '../market/calendar.ts';\n",
  'registry/store.ts': "import { Client } from 'pg';\nexport const client = Client;\n",
  'gates/bad-registry.ts': "export { client } from '../registry/store.ts';\n",
  'activities/swap.ts': "export type Swap = string;\nexport { client } from '../registry/store.ts';\n",
  'workflows/types-only.ts':
    "import type { Swap } from '../activities/swap.ts';\nexport type Again = Swap;\n",
  'workflows/bad-value.ts': "export { client } from '../activities/swap.ts';\n",
  'workers/control.ts': "export { client } from '../activities/swap.ts';\n",
  'cli/bad-worker.ts': "export { client } from '../workers/control.ts';\n",
  'compute/pool.ts':
    "import { root } from '../contracts/error.ts';\nexport { Worker } from 'node:worker_threads';\nexport const pool = root;\n",
  'compute/bad-registry.ts': "export { client } from '../registry/store.ts';\n",
  'stats/bad-compute.ts': "export { pool } from '../compute/pool.ts';\n",
  'supervisor/bad-registry.ts': "export { client } from '../registry/store.ts';\n",
  'serving/bad-cycle.ts': "import { b } from './other-half.ts';\nexport const a = b;\n",
  'serving/other-half.ts': "import { a } from './bad-cycle.ts';\nexport const b = a;\n",
} as const;

let root = '';
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'contender-boundaries-'));
  for (const [name, text] of Object.entries(FILES)) {
    mkdirSync(dirname(join(root, name)), { recursive: true });
    writeFileSync(join(root, name), text);
  }
  for (const name of ['.dependency-cruiser.cjs', 'tsconfig.json', 'package.json']) {
    cpSync(join(PROJECT_ROOT, name), join(root, name));
  }
  symlinkSync(join(PROJECT_ROOT, 'node_modules'), join(root, 'node_modules'));
});
afterAll(() => {
  rmSync(root, { recursive: true, force: true });
});

function cruise(): Promise<{ readonly code: number; readonly out: string }> {
  const program = join(PROJECT_ROOT, 'node_modules/dependency-cruiser/bin/dependency-cruiser.mjs');
  const folders = [...new Set(Object.keys(FILES).map((name) => dirname(name)))];
  const args = [program, '--config', '.dependency-cruiser.cjs', '--output-type', 'err', ...folders];
  return new Promise((resolve, reject) => {
    const environment = { ...inheritedEnvironment(), NO_COLOR: '1' };
    const child = spawn(process.execPath, args, {
      cwd: root,
      env: environment,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let out = '';
    child.stdout.on('data', (chunk: Buffer) => {
      out += chunk.toString('utf8');
    });
    child.once('error', reject);
    child.once('close', (code) => {
      resolve({ code: code ?? -1, out });
    });
  });
}

describe('the boundary check', () => {
  it('finds every forbidden import and nothing else', async () => {
    const { code, out } = await cruise();
    const found = [...out.matchAll(/error ([\w-]+): (\S+)/gu)].map(
      ([, rule, file]) => `${String(rule)}: ${String(file)}`,
    );
    expect([...new Set(found)].sort()).toEqual([
      'cli-imports: cli/bad-worker.ts',
      'compute-imports: compute/bad-registry.ts',
      'contracts-no-builtins: contracts/bad-builtin.ts',
      'gates-imports: gates/bad-registry.ts',
      'market-packages: market/bad-package.ts',
      'no-cycles: serving/bad-cycle.ts',
      'nothing-imports-workers: cli/bad-worker.ts',
      'stats-imports: stats/bad-compute.ts',
      'stats-imports: stats/bad-folder.ts',
      'supervisor-imports: supervisor/bad-registry.ts',
      'workflows-imports-types-only: workflows/bad-value.ts',
    ]);
    expect(code).not.toBe(0);
  });
});
