import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FeatureSetInvalid, FeatureSetUnknown, TableShapeInvalid } from '../../../extraction/errors.ts';
import { loadFeatureSet, parseFeatureSet, shippedFeatureSets } from '../../../extraction/feature-set.ts';
import { transformFeatures } from '../../../extraction/feature-transforms.ts';
import { readPredictions, readRows, writePredictions } from '../../../extraction/table-files.ts';
import { rowsOf, temporaryFolder, TINY_FEATURES } from './small-market.ts';

let scratch = '';

beforeAll(async () => {
  scratch = await temporaryFolder();
});

afterAll(async () => {
  await rm(scratch, { recursive: true, force: true });
});

describe('a feature file', () => {
  it('declares name, lookback, bars with their reach, and columns with their transforms', () => {
    const set = parseFeatureSet(TINY_FEATURES.replace('close, ret', 'close[2], ret'));
    expect(set).toMatchObject({
      name: 'tiny',
      kind: 'features',
      lookback: 2,
      bars: [
        { name: 'close', sessions: 2 },
        { name: 'ret', sessions: null },
      ],
      levels: false,
      columns: [
        { name: 'up', transform: 'none' },
        { name: 'place', transform: 'rank' },
      ],
    });
    expect(set.query).toMatch(/^SELECT .* FROM windows$/u);
    expect(set.codeHash).toHaveLength(64);
  });

  const FAULTS: readonly (readonly [string, (text: string) => string])[] = [
    ['has no name', (text) => text.replace('-- feature-set: tiny\n', '')],
    ['has an unknown header field', (text) => text.replace('-- views', '-- weather: fine\n-- views')],
    ['is written for other views', (text) => text.replace('views: 1', 'views: 9')],
    ['has no lookback', (text) => text.replace('-- lookback: 2\n', '')],
    ['has a bar that reaches beyond the lookback', (text) => text.replace('close,', 'close[3],')],
    ['has a bar that is none', (text) => text.replace('close,', 'close[x],')],
    ['declares no column', (text) => text.replaceAll(/-- column.*\n/gu, '')],
    ['declares a column twice', (text) => text.replace('column place rank', 'column up rank')],
    ['has no query', (text) => text.replace(/SELECT.*\n/u, '')],
  ];

  it.each(FAULTS)('is refused when it %s', (_what, change) => {
    const changed = change(TINY_FEATURES);
    expect(changed).not.toBe(TINY_FEATURES);
    expect(() => parseFeatureSet(changed)).toThrow(FeatureSetInvalid);
  });

  it('of every shipped set carries its own name', async () => {
    const names = await shippedFeatureSets();
    expect(names).toContain('price_volume');
    for (const name of names) expect((await loadFeatureSet(name)).name).toBe(name);
    await expect(loadFeatureSet('weather')).rejects.toThrow(FeatureSetUnknown);
  });

  it('price_volume has more than forty columns, each a rank', async () => {
    const { columns } = await loadFeatureSet('price_volume');
    expect(columns.length).toBeGreaterThanOrEqual(40);
    expect(columns.every(({ transform }) => transform.endsWith('rank'))).toBe(true);
    expect(columns.slice(0, 2).map(({ name }) => name)).toEqual(['reversal_1', 'reversal_5']);
  });
});

describe('the rank transform', () => {
  const set = parseFeatureSet(TINY_FEATURES);
  const ranksOf = (session: readonly string[], values: readonly number[]): readonly (number | null)[] => {
    const raw = {
      session,
      symbol: session.map((_, row) => String(row)),
      sessionIndex: new Int32Array(session.length),
      values: Float64Array.from(values.flatMap((value) => [value, value])),
    };
    const features = transformFeatures(set, raw, () => '');
    return session.map((_, row) => features[row * 2 + 1] ?? null);
  };

  it('spreads a session from -0.5 to 0.5, each session by itself', () => {
    expect(ranksOf(['a', 'a', 'a', 'b', 'b'], [3, 1, 2, 7, -7])).toEqual([0.5, -0.5, 0, 0.5, -0.5]);
  });

  it('gives ties the mean of their ranks and takes -0 for 0', () => {
    expect(ranksOf(['a', 'a', 'a', 'a', 'a'], [0, -0, 5, 9, -1])).toEqual([-0.125, -0.125, 0.25, 0.5, -0.5]);
  });

  it('leaves unknown values unknown and ranks the others among themselves; a single value has no rank', () => {
    expect(ranksOf(['a', 'a', 'a'], [NaN, 4, 2])).toEqual([NaN, 0.5, -0.5]);
    expect(ranksOf(['a', 'a'], [NaN, 4])).toEqual([NaN, NaN]);
  });
});

describe('tables as files', () => {
  it('gives back the predictions that were written, sorted by session and symbol', async () => {
    const path = join(scratch, 'predictions.parquet');
    await writePredictions(path, {
      session: ['2024-01-03', '2024-01-02', '2024-01-02'],
      symbol: ['B', 'C', 'A'],
      fold: Int32Array.of(1, 0, 0),
      prediction: Float64Array.of(0.1, 1 / 3, -2e-17),
    });
    const read = await readPredictions(path);
    expect(read.session).toEqual(['2024-01-02', '2024-01-02', '2024-01-03']);
    expect(read.symbol).toEqual(['A', 'C', 'B']);
    expect(Array.from(read.prediction)).toEqual([-2e-17, 1 / 3, 0.1]);
    expect(Array.from(read.fold)).toEqual([0, 0, 1]);
  });

  it('refuses a table that lacks a column, one with an empty key, and a file that is no table', async () => {
    const path = join(scratch, 'rows.parquet');
    await rowsOf(`COPY (SELECT 'A' AS symbol, DATE '2024-01-02' AS session) TO '${path}' (FORMAT parquet)`);
    await expect(readRows(path)).rejects.toThrow(TableShapeInvalid);
    await rowsOf(
      `COPY (SELECT NULL::VARCHAR AS symbol, DATE '2024-01-02' AS session, 0 AS fold, 1.5 AS prediction) TO '${path}' (FORMAT parquet)`,
    );
    await expect(readPredictions(path)).rejects.toThrow(TableShapeInvalid);
    await expect(readRows(join(scratch, 'absent.parquet'))).rejects.toThrow(TableShapeInvalid);
  });
});
