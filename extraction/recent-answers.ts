import type { MarketFolder } from './market-folder.ts';

/**
 * Rows of all kept answers of a folder together: a few evenings of thousands of names, a hundred bytes each. A longer table,
 * as the first look at a market reads one, is handed out and not kept.
 */
const KEPT_ROWS = 1_000_000;
/** More questions than guard, watch and challengers ask of an evening and of the week whose labels it brings. */
const KEPT_ANSWERS = 24;

interface Kept {
  readonly answer: Promise<unknown>;
  /** 0 while it is being made. */
  rows: number;
}

const answers = new WeakMap<MarketFolder, Map<string, Kept>>();

/**
 * The answer to a question that an opened folder was asked lately, else the one that `ask` makes; `rowsOf` counts its rows.
 * Guard, watch and challengers ask the same of a session one after another, once for each version. A folder whose files change
 * is opened anew, so an answer is never that of other data; what is handed out is shared and is not to be written to.
 */
export async function recentAnswer<T>(
  folder: MarketFolder,
  question: readonly (string | number)[],
  ask: () => Promise<T>,
  rowsOf: (answer: T) => number,
): Promise<T> {
  const all = answers.get(folder) ?? new Map<string, Kept>();
  answers.set(folder, all);
  const key = JSON.stringify(question);
  const kept = all.get(key) ?? { answer: ask(), rows: 0 };
  // The newest is the last.
  all.delete(key);
  all.set(key, kept);
  try {
    const answer = (await kept.answer) as T;
    kept.rows = rowsOf(answer);
    forgetOldest(all);
    return answer;
  } catch (error) {
    // What failed is asked again.
    if (all.get(key) === kept) all.delete(key);
    throw error;
  }
}

function forgetOldest(all: Map<string, Kept>): void {
  for (const [key, { rows }] of all) if (rows > KEPT_ROWS) all.delete(key);
  let rows = 0;
  for (const kept of all.values()) rows += kept.rows;
  for (const [key, oldest] of all) {
    if (all.size <= KEPT_ANSWERS && rows <= KEPT_ROWS) return;
    all.delete(key);
    rows -= oldest.rows;
  }
}
