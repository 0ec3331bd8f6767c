/** A daily IC to four digits is never the same for so long; a feed that stands still is. */
const STANDS_STILL = 10;

/** What is odd about a series of daily ICs and no reason to refuse it: said beside the result, never passed over. */
export function icMarks(ic: Float64Array): readonly string[] {
  const known = ic.filter((value) => Number.isFinite(value));
  const missing = ic.length - known.length;
  const marks = missing === 0 ? [] : [`${String(missing)} of ${String(ic.length)} sessions have no IC`];
  const still = longestRun(known);
  return still < STANDS_STILL
    ? marks
    : [...marks, `the IC is the same for ${String(still)} sessions in a row`];
}

function longestRun(values: Float64Array): number {
  let longest = 0;
  let run = 0;
  values.forEach((value, row) => {
    run = row > 0 && value === values[row - 1] ? run + 1 : 1;
    longest = Math.max(longest, run);
  });
  return longest;
}
