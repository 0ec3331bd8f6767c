import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { BAR_COLUMNS } from './bar-columns.ts';
import { FeatureSetInvalid, FeatureSetUnknown } from './errors.ts';

/** Version of the views and macros that feature SQL is written against. */
const VIEWS_VERSION = 1;
const FEATURES_FOLDER = join(import.meta.dirname, 'features');

const yesNo = z.enum(['yes', 'no']).transform((word) => word === 'yes');

const Header = z.strictObject({
  'feature-set': z.string().regex(/^[a-z][a-z0-9_]*$/u),
  kind: z.enum(['features', 'table']).default('features'),
  views: z.coerce.number().pipe(z.literal(VIEWS_VERSION)),
  lookback: z.union([z.literal('all'), z.coerce.number().pipe(z.int().min(1).max(2000))]),
  bars: z.string().transform((list) => list.split(',').map((entry) => parseBar(entry.trim()))),
  fundamentals: yesNo.prefault('no'),
  levels: yesNo.prefault('no'),
});

/** A bar column and how many sessions of it a window holds; null: as many as the lookback. */
export interface BarReach {
  readonly name: string;
  readonly sessions: number | null;
}

function parseBar(entry: string): BarReach {
  const match = /^([a-z][a-z0-9_]*)(?:\[([1-9]\d{0,3})\])?$/u.exec(entry);
  if (match === null)
    throw invalid(`header: ${JSON.stringify(entry)} is not a bar column like close or close[20]`);
  const [, name = '', sessions] = match;
  return { name, sessions: sessions === undefined ? null : Number(sessions) };
}

export interface FeatureColumn {
  readonly name: string;
  /** `rank`: the engine replaces the value by its rank within the session, in [-0.5, 0.5]; null stays null. */
  readonly transform: 'rank' | 'none';
  readonly description: string;
}

/** One SQL file: what it declares in its header, and the query. */
export interface FeatureSet {
  readonly name: string;
  /** `features`: float32 columns per decision. `table`: any columns, for one cross-section. */
  readonly kind: 'features' | 'table';
  readonly columns: readonly FeatureColumn[];
  /** Sessions that the windows reach back, the decision's own included. */
  readonly lookback: number | 'all';
  readonly bars: readonly BarReach[];
  readonly fundamentals: boolean;
  /** True when a value would change if all prices were multiplied by one number. */
  readonly levels: boolean;
  /** The file as it is; what a version stores to be scored with. */
  readonly text: string;
  readonly query: string;
  /** SHA-256 of the text. */
  readonly codeHash: string;
}

/** Names of the shipped sets. */
export async function shippedFeatureSets(): Promise<readonly string[]> {
  const files = await readdir(FEATURES_FOLDER);
  return files
    .filter((file) => file.endsWith('.sql'))
    .map((file) => file.slice(0, -'.sql'.length))
    .sort();
}

/** Reads a shipped feature set. @throws FeatureSetUnknown, FeatureSetInvalid */
export async function loadFeatureSet(name: string): Promise<FeatureSet> {
  const names = await shippedFeatureSets();
  if (!names.includes(name)) {
    throw new FeatureSetUnknown(`there is no feature set ${name}`, {
      remedy: `Use one of: ${names.join(', ')}.`,
      details: { name },
    });
  }
  return parseFeatureSet(await readFile(join(FEATURES_FOLDER, `${name}.sql`), 'utf8'));
}

/**
 * Parses a feature file. The header is the run of `-- key: value` lines at the top, with one line
 * `-- column NAME: text`, or `-- column NAME rank: text`, per column in the order of the query.
 *
 * @throws FeatureSetInvalid
 */
export function parseFeatureSet(text: string): FeatureSet {
  const fields: Record<string, string> = {};
  const columns: FeatureColumn[] = [];
  for (const line of text.split('\n')) {
    if (!line.startsWith('--')) break;
    const column = /^-- column ([a-z][a-z0-9_]*)( rank)?: (.+)$/u.exec(line);
    const field = /^-- ([a-z][a-z-]*): (.+)$/u.exec(line);
    if (column !== null) {
      const [, name = '', rank, description = ''] = column;
      columns.push({
        name,
        transform: rank === undefined ? 'none' : 'rank',
        description: description.trim(),
      });
    } else if (field !== null) {
      const [, key = '', value = ''] = field;
      fields[key] = value.trim();
    }
  }
  const header = Header.safeParse(fields);
  if (!header.success) throw invalid(`header: ${z.prettifyError(header.error)}`);
  if (columns.length === 0) throw invalid('the header declares no column');
  if (new Set(columns.map(({ name }) => name)).size !== columns.length)
    throw invalid('a column is declared twice');
  const query = text
    .replace(/^(?:--.*\n)+/u, '')
    .trim()
    .replace(/;$/u, '');
  if (query === '') throw invalid('there is no query');
  const { data } = header;
  const { lookback } = data;
  const beyond = data.bars.find(
    ({ sessions }) => lookback !== 'all' && sessions !== null && sessions > lookback,
  );
  if (beyond !== undefined) throw invalid(`${beyond.name} reaches back beyond the declared lookback`);
  return {
    name: data['feature-set'],
    kind: data.kind,
    columns,
    lookback,
    bars: data.bars,
    fundamentals: data.fundamentals,
    levels: data.levels,
    text,
    query,
    codeHash: createHash('sha256').update(text).digest('hex'),
  };
}

/** Refuses bar columns that neither the format nor the folder has. */
export function checkBars(set: FeatureSet, extraColumns: readonly string[]): void {
  const known = new Set<string>([...BAR_COLUMNS, ...extraColumns]);
  const unknown = set.bars.find(({ name }) => !known.has(name));
  if (unknown !== undefined)
    throw invalid(`${set.name} reads the bar column ${unknown.name}, which the data lack`);
}

export function invalid(reason: string, cause?: unknown): FeatureSetInvalid {
  return new FeatureSetInvalid(`feature set refused: ${reason}`, {
    remedy: 'Repair the SQL file; the sets shipped in extraction/features show the form.',
    ...(cause === undefined ? {} : { cause }),
  });
}
