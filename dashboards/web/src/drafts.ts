/**
 * What somebody is writing, kept in this tab alone: a session that ends in the middle of it, or a page that is loaded again, loses
 * nothing. It is nobody else's to read: whoever signs in next has another name, and signing out takes it away.
 */
const PREFIX = 'contender-draft:';

const keyOf = (subject: string, field: string): string =>
  `${PREFIX}${subject}:${window.location.pathname}:${field}`;

export const keptDraft = (subject: string, field: string): string =>
  sessionStorage.getItem(keyOf(subject, field)) ?? '';

export function keepDraft(subject: string, field: string, text: string): void {
  try {
    if (text === '') sessionStorage.removeItem(keyOf(subject, field));
    else sessionStorage.setItem(keyOf(subject, field), text);
  } catch {
    // There is no room: it stands in the field as before, and is not kept.
  }
}

/** What was sent has come to its end. `field`: null: all of that page. */
export function dropDrafts(path: string, field: string | null): void {
  for (const key of kept()) {
    const sent = field === null ? key.includes(`:${path}:`) : key.endsWith(`:${path}:${field}`);
    if (sent) sessionStorage.removeItem(key);
  }
}

export function dropAllDrafts(): void {
  for (const key of kept()) sessionStorage.removeItem(key);
}

export const hasDrafts = (): boolean => kept().length > 0;

const kept = (): readonly string[] => Object.keys(sessionStorage).filter((key) => key.startsWith(PREFIX));
