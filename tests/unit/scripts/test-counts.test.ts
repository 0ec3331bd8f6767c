import { describe, expect, it } from 'vitest';
import { addCounts, countJunit, countVitest, describeCounts } from '../../../scripts/test-counts.ts';

const vitestReport = (change: Readonly<Record<string, unknown>>) =>
  JSON.stringify({
    numPassedTests: 0,
    numFailedTests: 0,
    numPendingTests: 0,
    numTodoTests: 0,
    testResults: [],
    ...change,
  });

describe('counting the tests', () => {
  it('takes the figures of a vitest report', () => {
    const report = vitestReport({
      numPassedTests: 5,
      numFailedTests: 2,
      numPendingTests: 1,
      numTodoTests: 1,
    });
    expect(countVitest(report)).toEqual({ passed: 5, failed: 2, skipped: 2 });
  });

  it('counts a file that could not be loaded as a failure', () => {
    const testResults = [
      { status: 'failed', assertionResults: [] },
      { status: 'failed', assertionResults: [{ status: 'failed' }] },
      { status: 'passed', assertionResults: [{ status: 'passed' }] },
    ];
    const report = vitestReport({ numPassedTests: 1, numFailedTests: 1, testResults });
    expect(countVitest(report)).toEqual({ passed: 1, failed: 2, skipped: 0 });
  });

  it('refuses a report cut short', () => {
    expect(() => countVitest('{"numPassedTests": 3')).toThrow();
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
