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
  'warm-up': z.coerce.number().pipe(z.int().min(1).max(2000)).optional(),
  bars: z.string().transform((list) => list.split(',').map((entry) => parseBar(entry.trim()))),
  fundamentals: yesNo.prefault('no'),
  levels: yesNo.prefault('no'),
});

/** A bar column and how many sessions of it a window holds; null: as many as the lookback. */
export interface BarReach {
  readonly name: string;
  readonly sessions: number | null;
}

/** A bar column of the file's own: an expression over the other bar columns of one session. */
export interface DerivedBar extends BarReach {
  readonly expression: string;
}

function parseBar(entry: string): BarReach {
  const match = /^([a-z][a-z0-9_]*)(?:\[([1-9]\d{0,3})\])?$/u.exec(entry);
  if (match === null)
    throw invalid(`header: ${JSON.stringify(entry)} is not a bar column like close or close[20]`);
  const [, name = '', sessions] = match;
  return { name, sessions: sessions === undefined ? null : Number(sessions) };
}

/**
 * One number from far back, without a list of all that lies between. `at`: the value that many sessions before the
 * decision's own. `highest`, `lowest`: of that many sessions, when at least `least` of them are known. Neither depends on an
 * order of addition.
 */
export interface FarValue {
  readonly name: string;
  readonly kind: 'at' | 'highest' | 'lowest';
  readonly bar: string;
  readonly sessions: number;
  readonly least: number;
}

/**
 * What the engine makes of a column within a session; null stays null. `rank`: its rank, in [-0.5, 0.5]. `sector_rank`: its
 * rank within the sector. `sector_relative`: less the mean of the sector.
 */
const TRANSFORMS = ['rank', 'sector_rank', 'sector_relative'] as const;
export type Transform = (typeof TRANSFORMS)[number] | 'none';

export interface FeatureColumn {
  readonly name: string;
  readonly transform: Transform;
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
  /** Sessions of history with which the first rows appear; windows that reach further back begin shorter. */
  readonly warmUp: number;
  readonly bars: readonly BarReach[];
  readonly derivedBars: readonly DerivedBar[];
  readonly farValues: readonly FarValue[];
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
  return setsIn(FEATURES_FOLDER);
}

/** Names of all sets that a model on a market data folder may name; null: the shipped ones. */
export async function featureSetNames(dataFolder: string | null): Promise<readonly string[]> {
  const own = dataFolder === null ? [] : await setsIn(join(dataFolder, OWN_FOLDER));
  return [...(await shippedFeatureSets()), ...own];
}

/** Folder inside a market data folder that holds the feature files of its users. */
const OWN_FOLDER = 'features';

async function setsIn(folder: string): Promise<readonly string[]> {
  const files = await readdir(folder).catch(() => []);
  return files
    .filter((file) => file.endsWith('.sql'))
    .map((file) => file.slice(0, -'.sql'.length))
    .sort();
}

/**
 * Reads a feature set by name: a shipped one, else `features/NAME.sql` of the market data folder. A shipped name cannot be
 * taken by a file of one's own, so that a name means one thing everywhere.
 *
 * @throws FeatureSetUnknown, FeatureSetInvalid
 */
export async function loadFeatureSet(name: string, dataFolder: string | null = null): Promise<FeatureSet> {
  const shipped = await shippedFeatureSets();
  const own = dataFolder === null ? [] : await setsIn(join(dataFolder, OWN_FOLDER));
  const inShipped = shipped.includes(name);
  if (inShipped && own.includes(name))
    throw invalid(`${OWN_FOLDER}/${name}.sql of the data folder has the name of a shipped set`);
  if (!inShipped && !own.includes(name)) {
    throw new FeatureSetUnknown(`there is no feature set ${name}`, {
      remedy: `Use one of: ${[...shipped, ...own].join(', ')}; or add ${OWN_FOLDER}/${name}.sql to the data folder.`,
      details: { name },
    });
  }
  const path = join(
    inShipped || dataFolder === null ? FEATURES_FOLDER : join(dataFolder, OWN_FOLDER),
    `${name}.sql`,
  );
  const set = parseFeatureSet(await readFile(path, 'utf8'));
  if (set.name !== name) throw invalid(`${name}.sql calls itself ${set.name}`);
  return set;
}

interface HeaderLines {
  readonly fields: Record<string, string>;
  readonly columns: FeatureColumn[];
  readonly derivedBars: DerivedBar[];
  readonly farValues: FarValue[];
}

const COLUMN_LINE = new RegExp(`^-- column ([a-z][a-z0-9_]*)(?: (${TRANSFORMS.join('|')}))?: (.+)$`, 'u');
const BAR_LINE = /^-- bar ([a-z][a-z0-9_]*)(?:\[([1-9]\d{0,3})\])?: (.+)$/u;
const FAR_LINE = /^-- far ([a-z][a-z0-9_]*): (.+)$/u;
const FAR_AT = /^([a-z][a-z0-9_]*) at ([1-9]\d{0,3})$/u;
const FAR_OF = /^(highest|lowest) ([a-z][a-z0-9_]*) of ([1-9]\d{0,3}), least ([1-9]\d{0,3})$/u;
const FIELD_LINE = /^-- ([a-z][a-z-]*): (.+)$/u;

function parseFar(name: string, text: string): FarValue {
  const [, atBar = '', back] = FAR_AT.exec(text) ?? [];
  if (atBar !== '') return { name, kind: 'at', bar: atBar, sessions: Number(back), least: 1 };
  const [, extreme, bar = '', sessions, least] = FAR_OF.exec(text) ?? [];
  if (extreme === undefined)
    throw invalid(
      `header: ${JSON.stringify(text)} is neither "close at 250" nor "highest high of 250, least 188"`,
    );
  const kind = extreme === 'highest' ? 'highest' : 'lowest';
  return { name, kind, bar, sessions: Number(sessions), least: Number(least) };
}

function readHeader(text: string): HeaderLines {
  const lines: HeaderLines = { fields: {}, columns: [], derivedBars: [], farValues: [] };
  for (const line of text.split('\n')) {
    if (!line.startsWith('--')) break;
    const [, name = '', transform, description = ''] = COLUMN_LINE.exec(line) ?? [];
    const [, bar = '', sessions, expression = ''] = BAR_LINE.exec(line) ?? [];
    const [, far = '', farText = ''] = FAR_LINE.exec(line) ?? [];
    const [, key = '', value = ''] = FIELD_LINE.exec(line) ?? [];
    if (name !== '') {
      const known = TRANSFORMS.find((candidate) => candidate === transform) ?? 'none';
      lines.columns.push({ name, transform: known, description: description.trim() });
    } else if (bar !== '') {
      const reach = sessions === undefined ? null : Number(sessions);
      lines.derivedBars.push({ name: bar, sessions: reach, expression: expression.trim() });
    } else if (far !== '') {
      lines.farValues.push(parseFar(far, farText.trim()));
    } else if (/^-- (?:column|bar|far)\b/u.test(line)) {
      throw invalid(`header: cannot read ${JSON.stringify(line)}`);
    } else if (key !== '') {
      if (key in lines.fields) throw invalid(`header: ${key} is said twice`);
      lines.fields[key] = value.trim();
    }
  }
  return lines;
}

function refuseTwice(what: string, names: readonly string[]): void {
  const twice = names.find((name, at) => names.indexOf(name) !== at);
  if (twice !== undefined) throw invalid(`the ${what} ${twice} is declared twice`);
}

/**
 * Parses a feature file. The header is the run of comment lines at the top: `-- key: value`, one line
 * `-- bar NAME[sessions]: expression` per bar column of its own, and one line `-- column NAME: text`, with a transform after
 * the name if it has one, per column in the order of the query.
 *
 * @throws FeatureSetInvalid
 */
export function parseFeatureSet(text: string): FeatureSet {
  const { fields, columns, derivedBars, farValues } = readHeader(text);
  const header = Header.safeParse(fields);
  if (!header.success) throw invalid(`header: ${z.prettifyError(header.error)}`);
  if (columns.length === 0) throw invalid('the header declares no column');
  const { data } = header;
  refuseTwice(
    'column',
    columns.map(({ name }) => name),
  );
  refuseTwice(
    'bar column',
    [...data.bars, ...derivedBars, ...farValues].map(({ name }) => name),
  );
  const query = text
    .replace(/^(?:--.*\n)+/u, '')
    .trim()
    .replace(/;$/u, '');
  if (query === '') throw invalid('there is no query');
  const { lookback } = data;
  const beyond = [...data.bars, ...derivedBars].find(
    ({ sessions }) => lookback !== 'all' && sessions !== null && sessions > lookback,
  );
  const far = farValues.find(
    ({ kind, sessions }) => lookback !== 'all' && sessions + (kind === 'at' ? 1 : 0) > lookback,
  );
  if (far !== undefined) throw invalid(`${far.name} reaches back beyond the declared lookback`);
  if (beyond !== undefined) throw invalid(`${beyond.name} reaches back beyond the declared lookback`);
  const whole = lookback === 'all' ? 1 : lookback;
  const warmUp = data['warm-up'] ?? whole;
  if (lookback !== 'all' && warmUp > lookback) throw invalid('the warm-up is longer than the lookback');
  return {
    name: data['feature-set'],
    kind: data.kind,
    columns,
    lookback,
    warmUp,
    bars: data.bars,
    derivedBars,
    farValues,
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
  const readable = new Set([...known, ...set.derivedBars.map(({ name }) => name)]);
  const far = set.farValues.find(({ bar }) => !readable.has(bar));
  if (far !== undefined) throw invalid(`${set.name} reads the bar column ${far.bar}, which the data lack`);
  const taken = [...set.derivedBars, ...set.farValues].find(({ name }) => known.has(name));
  if (taken !== undefined)
    throw invalid(`${set.name} gives ${taken.name}, a bar column of the data, another meaning`);
}

export function invalid(reason: string, cause?: unknown): FeatureSetInvalid {
  return new FeatureSetInvalid(`feature set refused: ${reason}`, {
    remedy: 'Repair the SQL file; docs/features.md says what it may hold.',
    ...(cause === undefined ? {} : { cause }),
  });
}
