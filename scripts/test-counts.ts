import { z } from 'zod';

export interface TestCounts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

const VitestReport = z.object({
  numPassedTests: z.int().min(0),
  numFailedTests: z.int().min(0),
  numPendingTests: z.int().min(0),
  numTodoTests: z.int().min(0),
  testResults: z.array(z.object({ status: z.string(), assertionResults: z.array(z.unknown()) })),
});

/** A file that could not be loaded has no test that failed: it counts as one. */
export function countVitest(text: string): TestCounts {
  const report = VitestReport.parse(JSON.parse(text));
  const unloaded = report.testResults.filter(
    ({ status, assertionResults }) => status === 'failed' && assertionResults.length === 0,
  );
  return {
    passed: report.numPassedTests,
    failed: report.numFailedTests + unloaded.length,
    skipped: report.numPendingTests + report.numTodoTests,
  };
}

/** Of a JUnit report as pytest writes it: errors in set-up or collection are failures. */
export function countJunit(text: string): TestCounts {
  const suites = [...text.matchAll(/<testsuite\s[^>]*>/gu)].map(([tag]) => tag);
  const sum = (name: string): number => suites.reduce((total, tag) => total + attribute(tag, name), 0);
  const failed = sum('failures') + sum('errors');
  const skipped = sum('skipped');
  return { passed: Math.max(0, sum('tests') - failed - skipped), failed, skipped };
}

function attribute(tag: string, name: string): number {
  const [, value] = new RegExp(`\\s${name}="(\\d+)"`, 'u').exec(tag) ?? [];
  return value === undefined ? 0 : Number(value);
}

export function addCounts(a: TestCounts, b: TestCounts): TestCounts {
  return { passed: a.passed + b.passed, failed: a.failed + b.failed, skipped: a.skipped + b.skipped };
}

/** The last line of a run: `12 passed, 0 failed`, with the skipped ones if there are any. */
export function describeCounts({ passed, failed, skipped }: TestCounts): string {
  const base = `${String(passed)} passed, ${String(failed)} failed`;
  return skipped === 0 ? base : `${base}, ${String(skipped)} skipped`;
}
