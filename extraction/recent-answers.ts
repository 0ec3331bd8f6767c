import type { MarketFolder } from './market-folder.ts';

/** Some sessions of features and the tables of one evening: a few megabytes of a market of thousands of names. */
const KEPT_ANSWERS = 24;

const answers = new WeakMap<MarketFolder, Map<string, Promise<unknown>>>();

/**
 * The answer to a question that an opened folder was asked lately, else the one that `ask` makes. Guard, watch and
 * challengers ask the same of a session one after another, once for each version. A folder whose files change is opened
 * anew, so an answer is never that of other data; what is handed out is shared and is not to be written to.
 */
export async function recentAnswer<T>(
  folder: MarketFolder,
  question: readonly (string | number)[],
  ask: () => Promise<T>,
): Promise<T> {
  const kept = answers.get(folder) ?? new Map<string, Promise<unknown>>();
  answers.set(folder, kept);
  const key = JSON.stringify(question);
  const known = kept.get(key) as Promise<T> | undefined;
  const answer = known ?? ask();
  kept.delete(key);
  kept.set(key, answer);
  for (const oldest of kept.keys()) {
    if (kept.size <= KEPT_ANSWERS) break;
    kept.delete(oldest);
  }
  try {
    return await answer;
  } catch (error) {
    // What failed is asked again.
    if (kept.get(key) === answer) kept.delete(key);
    throw error;
  }
}
