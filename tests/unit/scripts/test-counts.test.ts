import { describe, expect, it } from 'vitest';
import {
  addCounts,
  countJunit,
  countVitest,
  describeCounts,
  failedFiles,
  totalOf,
  withSecondRun,
} from '../../../scripts/test-counts.ts';

const file = (name: string, status: string, ...tests: readonly string[]) => ({
  name,
  status,
  assertionResults: tests.map((one) => ({ status: one })),
});
const vitestReport = (...testResults: readonly unknown[]) => JSON.stringify({ testResults });

describe('counting the tests', () => {
  it('takes the figures of a vitest report, file by file', () => {
    const report = vitestReport(
      file('a', 'failed', 'passed', 'failed', 'skipped'),
      file('b', 'passed', 'passed', 'todo'),
    );
    expect(Object.fromEntries(countVitest(report))).toEqual({
      a: { passed: 1, failed: 1, skipped: 1 },
      b: { passed: 1, failed: 0, skipped: 1 },
    });
    expect(totalOf(countVitest(report))).toEqual({ passed: 2, failed: 1, skipped: 2 });
  });

  it('counts a file that could not be loaded, or whose set-up failed, as a failure', () => {
    const report = vitestReport(
      file('not loaded', 'failed'),
      file('no set-up', 'failed', 'skipped'),
      file('good', 'passed', 'passed'),
    );
    expect(totalOf(countVitest(report))).toEqual({ passed: 1, failed: 2, skipped: 1 });
    expect(failedFiles(countVitest(report))).toEqual(['not loaded', 'no set-up']);
  });

  it('counts a file that was run again as it came out then, and one missing there as it was', () => {
    const first = countVitest(
      vitestReport(
        file('a', 'failed', 'failed'),
        file('b', 'failed', 'failed'),
        file('c', 'passed', 'passed'),
      ),
    );
    const second = countVitest(vitestReport(file('a', 'passed', 'passed')));
    const merged = withSecondRun(first, second);
    expect(totalOf(merged)).toEqual({ passed: 2, failed: 1, skipped: 0 });
    expect(failedFiles(merged)).toEqual(['b']);
  });

  it('refuses a report cut short', () => {
    expect(() => countVitest('{"testResults": [')).toThrow();
    expect(() => countVitest('{}')).toThrow();
  });

  it('takes the figures of a JUnit report, errors with the failures', () => {
    const report =
      '<?xml version="1.0"?><testsuites name="x" tests="99"><testsuite name="pytest" errors="1" failures="2" skipped="3" tests="10" time="1.0"><testcase/></testsuite></testsuites>';
    expect(countJunit(report)).toEqual({ passed: 4, failed: 3, skipped: 3 });
  });

  it('adds up and says nothing of skipped tests when there are none', () => {
    const sum = addCounts({ passed: 1, failed: 0, skipped: 0 }, { passed: 2, failed: 1, skipped: 0 });
    expect(describeCounts(sum)).toBe('3 passed, 1 failed');
    expect(describeCounts({ ...sum, skipped: 4 })).toBe('3 passed, 1 failed, 4 skipped');
  });
});
