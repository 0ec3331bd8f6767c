/**
 * Every test there is, and one line at the end that comes from the runners' own reports: `N passed, N failed`.
 *
 *   npm test                                 everything but tests/deep, whose files take minutes each
 *   npm test -- --deep                       those as well
 *   npm test -- tests/unit/stats             files of the TypeScript suite; says what it left out
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { inheritedEnvironment, PROJECT_ROOT } from '../config/config.ts';
import { addCounts, countJunit, countVitest, describeCounts } from './test-counts.ts';
import type { TestCounts } from './test-counts.ts';

const REPORTS = join(PROJECT_ROOT, '.contender', 'test-reports');

interface RunnerOutcome {
  readonly counts: TestCounts;
  /** The runner's own exit code was zero and it left a report. */
  readonly succeeded: boolean;
}

function runVitest(filters: readonly string[]): RunnerOutcome {
  const report = join(REPORTS, 'vitest.json');
  const program = join(PROJECT_ROOT, 'node_modules', 'vitest', 'vitest.mjs');
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
  return run(process.execPath, [program, 'run', ...reporters, ...filters], PROJECT_ROOT, report, countVitest);
}

function runPytest(): RunnerOutcome {
  const report = join(REPORTS, 'pytest.xml');
  const python = join(PROJECT_ROOT, '.venv', 'bin', 'python');
  const args = ['-m', 'pytest', `--junit-xml=${report}`];
  return run(python, args, join(PROJECT_ROOT, 'sidecar'), report, countJunit);
}

function run(
  command: string,
  args: readonly string[],
  cwd: string,
  report: string,
  count: (text: string) => TestCounts,
): RunnerOutcome {
  // A crash before the report is written must not be answered by the one of an earlier run.
  rmSync(report, { force: true });
  const { status } = spawnSync(command, args, {
    cwd,
    stdio: ['ignore', 'inherit', 'inherit'],
    env: environment(),
  });
  const reported = existsSync(report);
  const counts = reported ? count(readFileSync(report, 'utf8')) : { passed: 0, failed: 1, skipped: 0 };
  return { counts, succeeded: reported && status === 0 };
}

/** Without the user's CONTENDER_ settings: tests choose their own. */
function environment(): Record<string, string> {
  return { ...inheritedEnvironment(), NODE_ENV: 'test' };
}

const DEEP = '--deep';
const filters = process.argv.slice(2).filter((argument) => argument !== DEEP);
const deep = process.argv.includes(DEEP) || filters.some((filter) => filter.includes('deep'));
mkdirSync(REPORTS, { recursive: true });
const outcomes = [runVitest([...filters, ...(deep ? [] : ['--project', '!deep'])])];
if (!deep) console.log('Left out: tests/deep, whose files take minutes each; they run with: npm test -- --deep');
if (filters.length === 0) outcomes.push(runPytest());
else console.log("Left out: the sidecar's tests, and every file that does not match the arguments.");
const counts = outcomes.map((outcome) => outcome.counts).reduce(addCounts);
const succeeded = outcomes.every((outcome) => outcome.succeeded) && counts.failed === 0;
// A runner that failed without a failed test (a crash, no tests at all) still is a failure in the last line.
const shown = succeeded || counts.failed > 0 ? counts : { ...counts, failed: 1 };
console.log(describeCounts(shown));
process.exitCode = succeeded ? 0 : 1;
