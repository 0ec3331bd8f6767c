/**
 * Runs one tree of sources (argument 1) on a market data folder (argument 2) and prints what it extracts: the training rows as
 * of an instant (argument 3), the reference cross-section at others (argument 5, comma separated), and what the leak audit says about the
 * rows when argument 6 is `audit`. Argument 4 is a folder to write to. The tree may hold a planted fault; `mutations.test.ts` judges.
 */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type * as CrossSection from '../../../extraction/cross-section.ts';
import type * as FeatureSets from '../../../extraction/feature-set.ts';
import type * as Snapshots from '../../../extraction/snapshot.ts';
import type * as Folders from '../../../extraction/folder-cache.ts';
import type * as TableFiles from '../../../extraction/table-files.ts';
import type * as Audit from '../../../extraction/leak-audit.ts';

const [, , tree = '', folder = '', asOf = '', out = '', instants = '', audited = ''] = process.argv;
const load = (file: string): Promise<unknown> => import(pathToFileURL(join(tree, 'extraction', file)).href);
const { extractSnapshot } = (await load('snapshot.ts')) as typeof Snapshots;
const { extractTable } = (await load('cross-section.ts')) as typeof CrossSection;
const { loadFeatureSet, parseFeatureSet } = (await load('feature-set.ts')) as typeof FeatureSets;
const { readRows } = (await load('table-files.ts')) as typeof TableFiles;
const { auditLeaks } = (await load('leak-audit.ts')) as typeof Audit;
const { withMarketFolder } = (await load('folder-cache.ts')) as typeof Folders;

await mkdir(out, { recursive: true });
const sql = await readFile(join(import.meta.dirname, 'mutation-features.sql'), 'utf8');
const label = { kind: 'forward_return_rank', horizonSessions: 5, entryDelaySessions: 1 } as const;
const extracted = await extractSnapshot({
  folder,
  market: 'XTAI',
  features: { sql },
  asOf,
  label,
  fromSession: null,
  outDir: join(out, 'snapshot'),
});
const rows = await readRows(extracted.rowsPath);
const leak =
  audited !== 'audit'
    ? null
    : await withMarketFolder(folder, 'XTAI', async (opened) => {
        const input = { set: parseFeatureSet(sql), rows, label, asOf, sampleRows: 100, seed: 1 };
        return auditLeaks(await opened.connect(), opened, input);
      });
const set = await loadFeatureSet('pit_oracle');
const tables: string[] = [];
for (const [at, instant] of instants.split(',').entries()) {
  const file = join(out, `cross-section-${String(at)}.parquet`);
  await extractTable({ folder, market: 'XTAI', set, asOf: instant, file });
  tables.push(file);
}
const shown = {
  session: rows.session,
  symbol: rows.symbol,
  features: Array.from(rows.features, (value) => (Number.isNaN(value) ? null : value)),
  label: Array.from(rows.label, (value) => (Number.isNaN(value) ? null : value)),
  leaks: leak === null ? null : leak.leaks,
  tables,
};
await writeFile(join(out, 'result.json'), JSON.stringify(shown));
// Connections of the tree are its own; nothing here waits for them.
process.exit(0);
