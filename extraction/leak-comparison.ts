import type { SnapshotRows } from './columnar-tables.ts';

/** A value of the snapshot that cannot be had from what was known at the time. */
export interface Leak {
  /** `row`: the row itself, that is membership or a bar; `feature` and `label`: a value of it. */
  readonly kind: 'row' | 'feature' | 'label';
  readonly column: string;
  readonly symbol: string;
  readonly session: string;
  /** From truncated data; null for unknown. For a row: 1 when it belongs there, else 0. */
  readonly rebuilt: number | null;
  readonly found: number | null;
}

/** Rows of one session in a snapshot. */
export interface RowRange {
  readonly from: number;
  readonly to: number;
}

/** Rows that are there and do not belong, and the other way round. */
export function compareRows(
  rows: SnapshotRows,
  session: string,
  part: RowRange,
  rebuilt: ReadonlySet<string>,
): readonly Leak[] {
  const found = new Set(rows.symbol.slice(part.from, part.to));
  const leak = (symbol: string, belongs: number): Leak => {
    return { kind: 'row', column: 'symbol', symbol, session, rebuilt: belongs, found: 1 - belongs };
  };
  return [
    ...[...found].filter((symbol) => !rebuilt.has(symbol)).map((symbol) => leak(symbol, 0)),
    ...[...rebuilt].filter((symbol) => !found.has(symbol)).map((symbol) => leak(symbol, 1)),
  ];
}

/** Features bit for bit, NaN for unknown; rows that only one side has are not theirs to tell. */
export function compareFeatures(
  rows: SnapshotRows,
  session: string,
  part: RowRange,
  rebuilt: ReadonlyMap<string, Float32Array>,
): readonly Leak[] {
  const { featureNames, features, symbol: symbols } = rows;
  const width = featureNames.length;
  const leaks: Leak[] = [];
  for (let row = part.from; row < part.to; row += 1) {
    const symbol = symbols[row] ?? '';
    const expected = rebuilt.get(symbol);
    if (expected === undefined) continue;
    featureNames.forEach((column, feature) => {
      const found = features[row * width + feature] ?? NaN;
      const value = expected[feature] ?? NaN;
      if (!Object.is(found, value)) {
        leaks.push({
          kind: 'feature',
          column,
          symbol,
          session,
          rebuilt: orNull(value),
          found: orNull(found),
        });
      }
    });
  }
  return leaks;
}

/** Labels bit for bit, by session and symbol. */
export function compareLabels(
  rows: SnapshotRows,
  session: string,
  part: RowRange,
  rebuilt: ReadonlyMap<string, number>,
): readonly Leak[] {
  const leaks: Leak[] = [];
  for (let row = part.from; row < part.to; row += 1) {
    const symbol = rows.symbol[row] ?? '';
    const found = rows.label[row] ?? NaN;
    const value = rebuilt.get(`${session} ${symbol}`) ?? NaN;
    if (!Object.is(found, value)) {
      leaks.push({
        kind: 'label',
        column: 'label',
        symbol,
        session,
        rebuilt: orNull(value),
        found: orNull(found),
      });
    }
  }
  return leaks;
}

const orNull = (value: number): number | null => (Number.isNaN(value) ? null : value);
