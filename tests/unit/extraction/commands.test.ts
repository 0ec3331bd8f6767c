import { PassThrough } from 'node:stream';
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Command } from 'commander';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { register as registerData } from '../../../cli/commands/data.ts';
import { register as registerExtract } from '../../../cli/commands/extract.ts';
import { createCliContext } from '../../../cli/context.ts';
import { csvTables, rowsOf, temporaryFolder, writeCsvFolder } from './small-market.ts';

const PIT = join(import.meta.dirname, '..', '..', 'golden', 'data', 'pit');
let scratch = '';

beforeAll(async () => {
  scratch = await temporaryFolder();
});

afterAll(async () => {
  await rm(scratch, { recursive: true, force: true });
});

/** Runs a command line; gives what it printed on standard output. */
async function run(argv: readonly string[], json = true): Promise<string> {
  let printed = '';
  const context = createCliContext({
    json,
    streams: {
      stdin: new PassThrough(),
      stdout: { write: (text: string) => (printed += text) },
      stderr: { write: () => undefined },
    },
    interrupted: new AbortController().signal,
    sources: { environment: {}, root: scratch },
  });
  const program = new Command().exitOverride();
  registerData(program, context);
  registerExtract(program, context);
  await program.parseAsync([...argv], { from: 'user' });
  return printed;
}

describe('contender data', () => {
  it('simulate writes a folder that check finds sound and extract reads', async () => {
    const out = join(scratch, 'simulated');
    const written = JSON.parse(
      await run([
        'data',
        'simulate',
        '--out',
        out,
        '--symbols',
        '20',
        '--sessions',
        '100',
        '--seed',
        '9',
        '--flip-session',
        '90',
      ]),
    ) as { rows: Record<string, number> };
    expect(written.rows['calendar']).toBe(160);
    expect(JSON.parse(await run(['data', 'check', out]))).toMatchObject({ errors: 0 });
    expect(await run(['data', 'check', out], false)).toContain('nothing wrong');
    const snapshot = join(scratch, 'snapshot');
    const manifest = JSON.parse(
      await run([
        'extract',
        '--data',
        out,
        '--features',
        'price_volume',
        '--as-of',
        '2018-05-21T08:00:00.000Z',
        '--out',
        snapshot,
      ]),
    ) as { identity: { market: string } };
    expect(manifest.identity.market).toBe('XTAI');
    expect((await readdir(snapshot)).sort()).toEqual([
      'features.sql',
      'manifest.json',
      'returns.parquet',
      'rows.parquet',
    ]);
  });

  it('check refuses a folder with errors, with the report as details', async () => {
    const tables = csvTables();
    tables['prices']?.push('1101,2024-01-10,2024-01-10T05:30:00Z,2024-01-10T06:00:00Z,1,1,1,-1,5,99');
    const folder = await writeCsvFolder(join(scratch, 'broken'), tables);
    const expected = { file: 'prices.csv', row: 22, column: 'close' };
    await expect(run(['data', 'check', folder])).rejects.toMatchObject({
      code: 'MARKET_FOLDER_REFUSED',
      kind: 'refused',
      details: { report: { errors: 1, findings: [expected] } },
    });
    await expect(run(['data', 'check', folder], false)).rejects.toThrow('1 errors');
  });
});

describe('contender extract', () => {
  it('writes a cross-section as CSV or Parquet by the ending of the file', async () => {
    for (const ending of ['csv', 'parquet']) {
      const file = join(scratch, 'made-for-it', `cross-section.${ending}`);
      await run([
        'extract',
        '--data',
        PIT,
        '--features',
        'pit_oracle',
        '--as-of',
        '2023-03-01T06:30:00.000Z',
        '--out',
        file,
      ]);
      const [row] = await rowsOf(`SELECT count(*) AS rows, count(close_adj) AS closes FROM '${file}'`);
      expect([Number(row?.['rows']), Number(row?.['closes'])]).toEqual([19, 19]);
    }
  });

  it('refuses an instant that is none, and an output that does not fit the set', async () => {
    const base = ['extract', '--data', PIT, '--out', join(scratch, 'x.csv')];
    const violation = { code: 'CONTRACT_VIOLATION', kind: 'usage' };
    const asOf = ['--as-of', '2023-03-01T06:30:00.000Z'];
    await expect(run([...base, '--features', 'pit_oracle', '--as-of', 'yesterday'])).rejects.toMatchObject(
      violation,
    );
    await expect(run([...base, '--features', 'price_volume', ...asOf])).rejects.toMatchObject(violation);
    await expect(run([...base, '--features', 'weather', ...asOf])).rejects.toMatchObject({
      code: 'FEATURE_SET_UNKNOWN',
    });
  });
});
