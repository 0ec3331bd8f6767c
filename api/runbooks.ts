import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { AlertRule } from '../contracts/alert.ts';

/** Runbooks by the rule of their alerts; null for a rule without one. A rule is a name, never a path. */
export function runbooksOf(folder: string): (rule: string) => Promise<string | null> {
  return async (rule) => {
    if (!AlertRule.safeParse(rule).success) return null;
    try {
      return await readFile(join(folder, `${rule}.md`), 'utf8');
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
      throw error;
    }
  };
}
