/**
 * Everything that can be said about the sources without running them: `npm run check`. The tools run side by side, the
 * slowest first; what one has to say is printed when it fails, and a summary of all at the end.
 *
 *   npm run check                 all
 *   npm run check -- format 'types and lint'   only these
 */
import { spawn } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { inheritedEnvironment, PROJECT_ROOT } from '../config/config.ts';

interface Check {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd?: string;
}

interface Outcome {
  readonly name: string;
  readonly ok: boolean;
  readonly seconds: number;
  readonly output: string;
}

const SIDECAR = join(PROJECT_ROOT, 'sidecar');
const FOLDERS = [
  ...[
    'activities',
    'alerting',
    'api',
    'bench',
    'cli',
    'clients',
    'compute',
    'config',
    'contracts',
    'control',
    'dashboards',
    'evaluation',
    'execution',
    'extraction',
    'gates',
    'http',
  ],
  ...[
    'market',
    'monitoring',
    'notifications',
    'portfolio',
    'reports',
    'registry',
    'risk',
    'scripts',
    'serving',
    'stats',
  ],
  ...['streaming', 'supervisor', 'tests', 'tracing', 'workers', 'workflows'],
].filter((folder) => existsSync(join(PROJECT_ROOT, folder)));

const packaged = (name: string, path: string, args: readonly string[], cwd = PROJECT_ROOT): Check => ({
  name,
  command: process.execPath,
  args: [join(PROJECT_ROOT, 'node_modules', path), ...args],
  cwd,
});
const python = (name: string, program: string, args: readonly string[]): Check => ({
  name,
  command: join(PROJECT_ROOT, '.venv', 'bin', program),
  args,
  cwd: SIDECAR,
});

/** The slowest first, so that the machine is never left with only one of them to wait for. */
const CHECKS: readonly Check[] = [
  packaged('format', 'prettier/bin/prettier.cjs', [
    ...['--check', '--log-level=warn', '--cache', '--cache-strategy', 'content'],
    ...['--cache-location', '.contender/cache/prettier', '.'],
  ]),
  packaged('types and lint', 'oxlint/bin/oxlint', []),
  packaged('python types', 'pyright/index.js', ['-p', SIDECAR]),
  {
    name: 'generated files',
    command: process.execPath,
    args: [join(PROJECT_ROOT, 'scripts/generate.ts'), '--check'],
  },
  {
    name: 'deployment',
    command: process.execPath,
    args: [join(PROJECT_ROOT, 'scripts/check-deployment.ts')],
  },
  packaged('boundaries', 'dependency-cruiser/bin/dependency-cruiser.mjs', [
    ...['--config', '.dependency-cruiser.cjs', '--output-type', 'err'],
    ...FOLDERS,
  ]),
  packaged('dead code', 'knip/bin/knip.js', ['--no-progress']),
  python('python lint', 'ruff', ['check', '.']),
  python('python format', 'ruff', ['format', '--check', '.']),
];

function runCheck({ name, command, args, cwd = PROJECT_ROOT }: Check): Promise<Outcome> {
  const started = performance.now();
  return new Promise((resolve) => {
    const child = spawn(command, args, {
      cwd,
      env: { ...inheritedEnvironment(), FORCE_COLOR: '0', PYRIGHT_PYTHON_IGNORE_WARNINGS: '1' },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    const keep = (chunk: Buffer): void => {
      output += chunk.toString('utf8');
    };
    child.stdout.on('data', keep);
    child.stderr.on('data', keep);
    const end = (ok: boolean): void => {
      resolve({ name, ok, seconds: (performance.now() - started) / 1000, output: output.trim() });
    };
    child.on('error', (error) => {
      output += error.message;
      end(false);
    });
    child.on('close', (code) => {
      end(code === 0);
    });
  });
}

/** As many at a time as there are cores: more would only slow each other down. */
async function runAll(checks: readonly Check[]): Promise<readonly Outcome[]> {
  const waiting = [...checks];
  const outcomes: Outcome[] = [];
  const lane = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const outcome = await runCheck(next);
      if (!outcome.ok) console.log(`\n── ${outcome.name}\n${outcome.output}\n`);
      outcomes.push(outcome);
    }
  };
  await Promise.all(Array.from({ length: Math.max(2, availableParallelism()) }, lane));
  return outcomes;
}

const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !CHECKS.some((check) => check.name === name));
if (unknown.length > 0) {
  console.error(
    `No such check: ${unknown.join(', ')}. There are: ${CHECKS.map(({ name }) => name).join(', ')}.`,
  );
  process.exit(2);
}
const started = performance.now();
const chosen = wanted.length === 0 ? CHECKS : CHECKS.filter(({ name }) => wanted.includes(name));
const outcomes = await runAll(chosen);
const failed = outcomes.filter(({ ok }) => !ok);
for (const { name, ok, seconds } of outcomes) {
  console.log(`${ok ? 'ok    ' : 'FAILED'}  ${name.padEnd(16)} ${seconds.toFixed(1).padStart(5)} s`);
}
const total = ((performance.now() - started) / 1000).toFixed(1);
const left = CHECKS.length - chosen.length;
console.log(
  `${String(outcomes.length - failed.length)} checks passed, ${String(failed.length)} failed in ${total} s` +
    (left === 0 ? '' : `; ${String(left)} not asked for`),
);
process.exitCode = failed.length === 0 ? 0 : 1;
