import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { AlertRule } from '../contracts/alert.ts';

export type RunbookLanguage = 'en' | 'zh-TW';

/** Markdown and the language that it is in. */
export interface RunbookText {
  readonly text: string;
  readonly language: RunbookLanguage;
}

/**
 * Runbooks by the rule of their alerts, in a reader's language where they are there in it, in English otherwise; null for a rule
 * without one. A rule is a name, never a path.
 */
export function runbooksOf(
  folder: string,
): (rule: string, language: RunbookLanguage) => Promise<RunbookText | null> {
  return async (rule, language) => {
    if (!AlertRule.safeParse(rule).success) return null;
    const inLanguage = language === 'en' ? null : await readOrNull(join(folder, language, `${rule}.md`));
    if (inLanguage !== null) return { text: inLanguage, language };
    const text = await readOrNull(join(folder, `${rule}.md`));
    return text === null ? null : { text, language: 'en' };
  };
}

async function readOrNull(file: string): Promise<string | null> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw error;
  }
}
