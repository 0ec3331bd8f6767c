import { createHash } from 'node:crypto';
import type { Hash } from 'node:crypto';
import { canonicalJson } from '../contracts/canonical.ts';
import type { SnapshotReturns, SnapshotRows } from './columnar-tables.ts';

/**
 * Hashes of tables by their content: schema, keys in order, then each column as little-endian IEEE bits with one pattern
 * for every NaN. The container (Parquet, row groups, compression) has no say.
 */
export function hashRows(rows: SnapshotRows): string {
  const hash = begin('rows', [
    ...['symbol', 'session', 'session_index'],
    ...rows.featureNames.map((name) => `${name} float32`),
    'label float32',
  ]);
  addKeys(hash, rows);
  addNumbers(hash, rows.sessionIndex);
  addNumbers(hash, rows.features);
  addNumbers(hash, rows.label);
  return hash.digest('hex');
}

export function hashReturns(returns: SnapshotReturns): string {
  const columns = [
    'symbol',
    'session',
    'session_index',
    'ret float64',
    'tradable',
    'limit_lock',
    'shortable',
  ];
  const hash = begin('returns', columns);
  addKeys(hash, returns);
  addNumbers(hash, returns.sessionIndex);
  addNumbers(hash, returns.ret);
  hash.update(returns.tradable);
  addNumbers(hash, returns.limitLock);
  hash.update(returns.shortable);
  return hash.digest('hex');
}

/** SHA-256 of the canonical JSON of a value. */
export function hashJson(value: unknown): string {
  return createHash('sha256').update(canonicalJson(value)).digest('hex');
}

function begin(table: string, columns: readonly string[]): Hash {
  return createHash('sha256').update(canonicalJson({ schema: 1, table, columns }));
}

function addKeys(
  hash: Hash,
  keys: { readonly session: readonly string[]; readonly symbol: readonly string[] },
): void {
  hash.update(`\n${String(keys.session.length)}\n`);
  // Neither a date nor a symbol holds a line feed or a tab.
  const PART = 8192;
  for (let from = 0; from < keys.session.length; from += PART) {
    let text = '';
    for (let row = from; row < Math.min(from + PART, keys.session.length); row += 1) {
      text += `${keys.session[row] ?? ''}\t${keys.symbol[row] ?? ''}\n`;
    }
    hash.update(text);
  }
}

function addNumbers(hash: Hash, numbers: Int32Array | Float32Array | Float64Array): void {
  if (numbers instanceof Int32Array) {
    hash.update(bytesOf(numbers));
    return;
  }
  // NaN has many bit patterns; storing the language's own gives one.
  const canonical = numbers.slice();
  for (let at = 0; at < canonical.length; at += 1) {
    const value = canonical[at] ?? NaN;
    canonical[at] = Number.isNaN(value) ? NaN : value;
  }
  hash.update(bytesOf(canonical));
}

function bytesOf(numbers: Int32Array | Float32Array | Float64Array): Uint8Array {
  return new Uint8Array(numbers.buffer, numbers.byteOffset, numbers.byteLength);
}
