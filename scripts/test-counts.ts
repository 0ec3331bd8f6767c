import { z } from 'zod';

export interface TestCounts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

/** The counts of each test file, by its path. */
export type FileCounts = ReadonlyMap<string, TestCounts>;

const NONE: TestCounts = { passed: 0, failed: 0, skipped: 0 };

const VitestReport = z.object({
  testResults: z.array(
    z.object({
      name: z.string(),
      status: z.string(),
      assertionResults: z.array(z.object({ status: z.string() })),
    }),
  ),
});

/** A file that could not be loaded, or whose set-up failed, has no test that failed: it counts as one. */
export function countVitest(text: string): FileCounts {
  const { testResults } = VitestReport.parse(JSON.parse(text));
  return new Map(
    testResults.map(({ name, status, assertionResults }) => {
      const having = (wanted: string): number =>
        assertionResults.filter((result) => result.status === wanted).length;
      const [passed, failed] = [having('passed'), having('failed')];
      return [
        name,
        {
          passed,
          failed: status === 'failed' ? Math.max(1, failed) : failed,
          skipped: assertionResults.length - passed - failed,
        },
      ];
    }),
  );
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

export function totalOf(files: FileCounts): TestCounts {
  return [...files.values()].reduce(addCounts, NONE);
}

export function failedFiles(files: FileCounts): readonly string[] {
  return [...files].filter(([, { failed }]) => failed > 0).map(([name]) => name);
}

/** Files that were run again count as they came out the second time; one missing from that report stays failed. */
export function withSecondRun(first: FileCounts, second: FileCounts): FileCounts {
  return new Map([...first].map(([name, counts]) => [name, second.get(name) ?? counts]));
}

/** The last line of a run: `12 passed, 0 failed`, with the skipped ones if there are any. */
export function describeCounts({ passed, failed, skipped }: TestCounts): string {
  const base = `${String(passed)} passed, ${String(failed)} failed`;
  return skipped === 0 ? base : `${base}, ${String(skipped)} skipped`;
}
