import { resolve } from 'node:path';
import type { Market } from '../contracts/primitives.ts';
import { DEFAULT_LIMITS } from './duckdb.ts';
import type { EngineLimits } from './duckdb.ts';
import { findTableFiles } from './folder-files.ts';
import { openMarketFolder } from './market-folder.ts';
import type { MarketFolder } from './market-folder.ts';

/** Opened folders kept for the next call; a folder of a few hundred names takes some hundred megabytes. */
const KEPT_FOLDERS = 3;

interface Entry {
  readonly key: string;
  readonly opened: Promise<MarketFolder>;
  users: number;
  /** False once the files have changed or the entry was pushed out: closed when its last user leaves. */
  kept: boolean;
}

const entries = new Map<string, Entry>();

/**
 * Runs `use` on an opened folder. The folder stays open for later calls as long as its files keep their sizes and
 * modification times; the least recently used one is closed first.
 */
export async function withMarketFolder<T>(
  folder: string,
  market: Market,
  use: (opened: MarketFolder) => Promise<T>,
  limits: EngineLimits = DEFAULT_LIMITS,
): Promise<T> {
  const path = resolve(folder);
  const fingerprints = (await findTableFiles(path)).map(({ fingerprint }) => fingerprint);
  const place = `${path}|${market}|${String(limits.threads)}|${String(limits.memoryLimitMb)}`;
  const entry = enter(place, `${place}|${fingerprints.join('|')}`, () =>
    openMarketFolder(path, market, { limits }),
  );
  entry.users += 1;
  try {
    return await use(await entry.opened);
  } catch (error) {
    if (isSpoilt(error)) dismiss(place, entry);
    throw error;
  } finally {
    entry.users -= 1;
    await closeIfUnused(entry);
  }
}

/** After a defect of its own DuckDB refuses every further query of that database: whoever tries again needs another one. */
const isSpoilt = (error: unknown): boolean =>
  error instanceof Error && /INTERNAL Error|database has been invalidated/u.test(error.message);

/** Closes every folder that nobody uses; for the end of a process and of a test. */
export async function closeMarketFolders(): Promise<void> {
  const all = [...entries.values()];
  entries.clear();
  for (const entry of all) {
    entry.kept = false;
    await closeIfUnused(entry);
  }
}

function enter(place: string, key: string, open: () => Promise<MarketFolder>): Entry {
  const present = entries.get(place);
  if (present?.key === key) {
    entries.delete(place);
    entries.set(place, present);
    return present;
  }
  if (present !== undefined) dismiss(place, present);
  const entry: Entry = { key, opened: open(), users: 0, kept: true };
  entries.set(place, entry);
  // A folder that could not be opened is looked at again by the next call.
  entry.opened.catch(() => {
    if (entries.get(place) === entry) entries.delete(place);
  });
  for (const [oldest, old] of entries) {
    if (entries.size <= KEPT_FOLDERS) break;
    dismiss(oldest, old);
  }
  return entry;
}

/** Takes an entry out of the cache; another that took its place meanwhile stays. */
function dismiss(place: string, entry: Entry): void {
  if (entries.get(place) === entry) entries.delete(place);
  entry.kept = false;
  void closeIfUnused(entry);
}

async function closeIfUnused(entry: Entry): Promise<void> {
  if (entry.kept || entry.users > 0) return;
  const folder = await entry.opened.catch(() => null);
  await folder?.close();
}
