/**
 * The tests, and one line at the end that comes from the runners' own reports: `N passed, N failed`.
 *
 *   npm test                                 all but the deep ones
 *   npm test -- tests/unit/stats             files of the TypeScript suite; says what it left out
 *   npm run test:deep                        the long ones: kills, storms, whole systems on a replay clock
 *   npm run test:deep -- --exclude FILE      all of them but one
 *
 * A few failed files are run a second time. What fails once and passes then is not hidden: it is named as unsteady.
 */
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join, relative } from 'node:path';
import { inheritedEnvironment, PROJECT_ROOT } from '../config/config.ts';
import {
  addCounts,
  countJunit,
  countVitest,
  describeCounts,
  failedFiles,
  totalOf,
  withSecondRun,
} from './test-counts.ts';
import type { TestCounts } from './test-counts.ts';

const REPORTS = join(PROJECT_ROOT, '.contender', 'test-reports');
/** More than these are not bad luck. */
const MOST_RUN_AGAIN = 5;

interface Outcome {
  readonly counts: TestCounts;
  /** The runner's own exit code was zero and it left a report. */
  readonly succeeded: boolean;
  readonly unsteady: readonly string[];
}

async function testTypescript(args: readonly string[]): Promise<Outcome> {
  const first = await runVitest(args);
  if (first.report === null) return crashed();
  const files = countVitest(first.report);
  const failed = failedFiles(files);
  if (first.succeeded || failed.length === 0 || failed.length > MOST_RUN_AGAIN) {
    return { counts: totalOf(files), succeeded: first.succeeded, unsteady: [] };
  }
  const again = failed.map((file) => relative(PROJECT_ROOT, file));
  console.log(`\nFailed, and run a second time: ${again.join(', ')}\n`);
  const projects = args.filter((argument) => argument.startsWith('--project='));
  const second = await runVitest([...projects, ...again]);
  const merged = second.report === null ? files : withSecondRun(files, countVitest(second.report));
  const still = new Set(failedFiles(merged));
  const unsteady = failed.filter((file) => !still.has(file)).map((file) => relative(PROJECT_ROOT, file));
  return { counts: totalOf(merged), succeeded: second.succeeded, unsteady };
}

/** Beside the others, which wait for processes half of their time: what it says is shown when it has ended. */
async function testSidecar(): Promise<Outcome> {
  const first = await runPytest([]);
  if (first.report === null) return crashed();
  const counts = countJunit(first.report);
  if (first.succeeded || counts.failed === 0 || counts.failed > MOST_RUN_AGAIN) {
    return { counts, succeeded: first.succeeded, unsteady: [] };
  }
  console.log('\nFailed, and run a second time: tests of the sidecar\n');
  const second = await runPytest(['--last-failed']);
  if (second.report === null) return { counts, succeeded: false, unsteady: [] };
  const { passed, failed } = countJunit(second.report);
  const unsteady = passed === 0 ? [] : [`${String(passed)} of the sidecar`];
  return {
    counts: { ...counts, passed: counts.passed + passed, failed },
    succeeded: second.succeeded,
    unsteady,
  };
}

const crashed = (): Outcome => ({
  counts: { passed: 0, failed: 1, skipped: 0 },
  succeeded: false,
  unsteady: [],
});

interface Run {
  readonly report: string | null;
  readonly succeeded: boolean;
}

function runVitest(args: readonly string[]): Promise<Run> {
  const report = join(REPORTS, 'vitest.json');
  const program = join(PROJECT_ROOT, 'node_modules', 'vitest', 'vitest.mjs');
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
  return run(process.execPath, [program, 'run', ...reporters, ...args], {
    cwd: PROJECT_ROOT,
    report,
    shown: 'as it comes',
  });
}

function runPytest(args: readonly string[]): Promise<Run> {
  const report = join(REPORTS, 'pytest.xml');
  const python = join(PROJECT_ROOT, '.venv', 'bin', 'python');
  return run(python, ['-m', 'pytest', `--junit-xml=${report}`, ...args], {
    cwd: join(PROJECT_ROOT, 'sidecar'),
    report,
    shown: 'at its end',
  });
}

interface Place {
  readonly cwd: string;
  readonly report: string;
  readonly shown: 'as it comes' | 'at its end';
}

async function run(command: string, args: readonly string[], { cwd, report, shown }: Place): Promise<Run> {
  // A crash before the report is written must not be answered by the one of an earlier run.
  rmSync(report, { force: true });
  const output = shown === 'as it comes' ? 'inherit' : 'pipe';
  const child = spawn(command, args, { cwd, stdio: ['ignore', output, output], env: environment() });
  let kept = '';
  for (const stream of [child.stdout, child.stderr])
    stream?.setEncoding('utf8').on('data', (text: string) => (kept += text));
  const status = await new Promise<number | null>((resolve) => {
    child.on('error', (error) => {
      kept += error.message;
      resolve(null);
    });
    child.on('close', resolve);
  });
  if (kept !== '') console.log(kept);
  const text = existsSync(report) ? readFileSync(report, 'utf8') : null;
  return { report: text, succeeded: text !== null && status === 0 };
}

/** Without the user's CONTENDER_ settings: tests choose their own. */
function environment(): Record<string, string> {
  return { ...inheritedEnvironment(), NODE_ENV: 'test' };
}

const [first, ...others] = process.argv.slice(2);
const deep = first === '--deep';
const filters = deep || first === undefined ? others : [first, ...others];
const projects = deep ? ['--project=deep'] : ['--project=fast', '--project=system'];
mkdirSync(REPORTS, { recursive: true });
// Whoever names a file or a project means it, wherever it is.
const typescript = testTypescript(filters.length === 0 || deep ? [...projects, ...filters] : filters);
const whole = filters.length === 0 && !deep;
const outcomes = await Promise.all(whole ? [typescript, testSidecar()] : [typescript]);
if (filters.length > 0)
  console.log("Left out: the sidecar's tests, and every file that does not match the arguments.");
else if (whole)
  console.log('Left out: the deep tests (kills, storms, whole systems); npm run test:deep runs them.');
const counts = outcomes.map((outcome) => outcome.counts).reduce(addCounts);
const succeeded = outcomes.every((outcome) => outcome.succeeded) && counts.failed === 0;
const unsteady = outcomes.flatMap((outcome) => outcome.unsteady);
if (unsteady.length > 0)
  console.log(`Unsteady, failed once and passed when run again: ${unsteady.join(', ')}`);
// A runner that failed without a failed test (a crash, no tests at all) still is a failure in the last line.
const shown = succeeded || counts.failed > 0 ? counts : { ...counts, failed: 1 };
console.log(describeCounts(shown));
process.exitCode = succeeded ? 0 : 1;
