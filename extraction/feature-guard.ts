import { z } from 'zod';
import type { DuckDBConnection } from '@duckdb/node-api';
import { queryRow, queryRows, quoted } from './duckdb.ts';
import { invalid } from './feature-set.ts';
import type { FeatureSet } from './feature-set.ts';

/**
 * What the SQL of a feature set may say, decided from its syntax tree before it runs: it reads the view `windows` and
 * nothing else, calls only functions whose result follows from their arguments, and does not index a list beyond the reach
 * that its header declares. What a tree cannot show (a value taken from the row of a later session) is left to the leak
 * audit, which rebuilds the rows.
 */

/** Names that DuckDB reads as calls although they look like columns. */
const CLOCK_WORDS = new Set([
  'current_date',
  'current_time',
  'current_timestamp',
  'localtime',
  'localtimestamp',
  'current_user',
  'session_user',
  'user',
  'current_catalog',
  'current_schema',
]);
/** Their result depends on the order in which threads deliver rows. */
const ORDER_BOUND = new Set([
  'first',
  'last',
  'any_value',
  'arbitrary',
  'mode',
  'list',
  'array_agg',
  'string_agg',
]);
const ORDER_BOUND_UNLESS_SORTED = new Set(['first', 'last', 'list', 'array_agg', 'string_agg']);

const Node = z.looseObject({});
type Node = z.infer<typeof Node>;

const Parsed = z.object({
  error: z.boolean(),
  error_message: z.string().optional(),
  statements: z.array(Node).optional(),
});

/** What stands in the way of running a set; empty when nothing does. Each entry names the culprit. */
export async function guardFeatureSet(
  connection: DuckDBConnection,
  set: FeatureSet,
): Promise<readonly string[]> {
  const unstable = await unstableFunctions(connection);
  const query = await parsed(connection, set.query);
  if (typeof query === 'string') return [query];
  const faults = faultsOf(query, { set, unstable, relations: new Set(['windows', ...commonNames(query)]) });
  for (const { name, expression } of set.derivedBars) {
    const tree = await parsed(connection, `SELECT (${expression}\n)`);
    if (typeof tree === 'string') faults.push(`bar ${name}: ${tree}`);
    else faults.push(...barFaults(tree, unstable, set).map((fault) => `bar ${name}: ${fault}`));
  }
  return [...new Set(faults)];
}

/** Code that passed: its text decides, and a guard asks for the same few sets on every session. */
const passed = new Set<string>();

/** @throws FeatureSetInvalid that names what the file may not do */
export async function refuseUnguarded(connection: DuckDBConnection, set: FeatureSet): Promise<void> {
  if (passed.has(set.codeHash)) return;
  const faults = await guardFeatureSet(connection, set);
  if (faults.length > 0) throw invalid(`${set.name}: ${faults.join('; ')}`);
  passed.add(set.codeHash);
}

async function parsed(connection: DuckDBConnection, sql: string): Promise<Node | string> {
  const [text] = await queryRow(connection, `SELECT CAST(json_serialize_sql(${quoted(sql)}) AS VARCHAR)`);
  const tree = Parsed.parse(JSON.parse(String(text)));
  if (tree.error) return `cannot be read as one SELECT: ${tree.error_message ?? 'not a SELECT'}`;
  const [statement, ...others] = tree.statements ?? [];
  if (statement === undefined || others.length > 0) return 'holds more than one statement';
  return statement;
}

async function unstableFunctions(connection: DuckDBConnection): Promise<ReadonlySet<string>> {
  const rows = await queryRows(
    connection,
    `SELECT DISTINCT function_name FROM duckdb_functions() WHERE stability IN ('VOLATILE', 'CONSISTENT_WITHIN_QUERY')`,
  );
  return new Set(rows.map(([name]) => String(name)));
}

interface Rules {
  readonly set: FeatureSet;
  readonly unstable: ReadonlySet<string>;
  readonly relations: ReadonlySet<string>;
}

/** Every object of the tree, in its order. */
function* nodesOf(value: unknown): Generator<Node> {
  if (Array.isArray(value)) for (const item of value) yield* nodesOf(item);
  else if (typeof value === 'object' && value !== null) {
    yield value as Node;
    for (const child of Object.values(value)) yield* nodesOf(child);
  }
}

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');

/** Names of the WITH clauses. */
function commonNames(tree: Node): readonly string[] {
  const names: string[] = [];
  for (const node of nodesOf(tree)) {
    const { map } = Node.safeParse(node['cte_map']).data ?? {};
    for (const entry of Array.isArray(map) ? map : [])
      names.push(textOf(Node.safeParse(entry).data?.['key']).toLowerCase());
  }
  return names;
}

function faultsOf(tree: Node, rules: Rules): string[] {
  const faults: string[] = [];
  for (const node of nodesOf(tree)) {
    const type = textOf(node['type']);
    if (type === 'BASE_TABLE') faults.push(...relationFaults(node, rules));
    if (type === 'TABLE_FUNCTION') faults.push(...tableFunctionFaults(node));
    if (
      textOf(node['sample']) !== '' ||
      (type !== '' && typeof node['sample'] === 'object' && node['sample'] !== null)
    )
      faults.push('samples rows at random');
    if (type === 'FUNCTION' || type.startsWith('WINDOW'))
      faults.push(...functionFaults(node, rules.unstable));
    if (type === 'COLUMN_REF') faults.push(...clockFaults(node));
    if (type === 'ARRAY_EXTRACT' || type === 'ARRAY_SLICE') faults.push(...reachFaults(node, rules.set));
  }
  return faults;
}

function relationFaults(node: Node, { relations }: Rules): string[] {
  const name = textOf(node['table_name']);
  const place = textOf(node['schema_name']) + textOf(node['catalog_name']);
  if (place === '' && relations.has(name.toLowerCase())) return [];
  return [`reads ${name}; a feature may read windows and nothing else`];
}

function tableFunctionFaults(node: Node): string[] {
  const name = textOf(Node.safeParse(node['function']).data?.['function_name']);
  return ['unnest', 'range', 'generate_series'].includes(name)
    ? []
    : [`reads ${name}(); a feature may read no file`];
}

function functionFaults(node: Node, unstable: ReadonlySet<string>): string[] {
  const name = textOf(node['function_name']).toLowerCase();
  if (unstable.has(name) || name.startsWith('nextval'))
    return [`calls ${name}(), which does not give the same value every time`];
  if (!ORDER_BOUND.has(name)) return [];
  const orders = Node.safeParse(node['order_bys']).data?.['orders'] ?? node['arg_orders'];
  const isSorted = Array.isArray(orders) && orders.length > 0;
  if (isSorted && ORDER_BOUND_UNLESS_SORTED.has(name)) return [];
  return [`calls ${name}() without an order, so that threads decide what it gives`];
}

function clockFaults(node: Node): string[] {
  const names = Array.isArray(node['column_names']) ? node['column_names'] : [];
  const [word] = names.map(textOf);
  return names.length === 1 && word !== undefined && CLOCK_WORDS.has(word.toLowerCase())
    ? [`reads ${word}, which does not give the same value every time`]
    : [];
}

/** `close[-62]` and `close[-80:-20]` where the header gives close 61 sessions: nothing is there, whatever the data. */
function reachFaults(node: Node, set: FeatureSet): string[] {
  const [list, ...bounds] = (Array.isArray(node['children']) ? node['children'] : []).map(
    (child) => Node.safeParse(child).data ?? {},
  );
  const names = Array.isArray(list?.['column_names']) ? list['column_names'].map(textOf) : [];
  const column = names.at(-1)?.toLowerCase();
  const bar = [...set.bars, ...set.derivedBars].find(({ name }) => name === column);
  const reach = bar === undefined ? 'all' : (bar.sessions ?? set.lookback);
  if (bar === undefined || reach === 'all') return [];
  return bounds.flatMap((bound) => {
    const value = Node.safeParse(bound['value']).data?.['value'];
    return typeof value === 'number' && Math.abs(value) > reach
      ? [`${bar.name}[${String(value)}] reads beyond the ${String(reach)} sessions that the header declares`]
      : [];
  });
}

/** A bar column is made of one session: nothing of another row may enter it. */
function barFaults(tree: Node, unstable: ReadonlySet<string>, set: FeatureSet): string[] {
  const faults: string[] = [];
  for (const node of nodesOf(tree)) {
    const type = textOf(node['type']);
    if (type === 'BASE_TABLE' || type === 'SUBQUERY' || type === 'TABLE_FUNCTION')
      faults.push('holds a query');
    if (textOf(node['class']) === 'WINDOW')
      faults.push('looks at other sessions; a bar column is made of one');
  }
  return [...faults, ...faultsOf(tree, { set, unstable, relations: new Set() })];
}
