import { DuplicateKey } from './errors.ts';
import { endOfString } from './nesting.ts';

/**
 * Refuses JSON in which an object names a key twice. JSON.parse keeps the last value without a word (RFC 8259 leaves it open,
 * RFC 7493 forbids it): a feature given twice would be scored by one of its two values.
 *
 * A text has at least as many colons as its value has keys, and exactly as many when no key is repeated and no string holds a
 * colon. Only a text with more is read again, character by character.
 *
 * @param text - JSON that has been parsed, of bounded depth
 * @param value - what it was parsed to
 * @throws DuplicateKey naming the place
 */
export function refuseDuplicateKeys(text: string, value: unknown): void {
  if (countColons(text) === countKeys(value)) return;
  const field = firstDuplicate(text);
  if (field === null) return;
  throw new DuplicateKey(`${field}: is given twice`, {
    remedy: 'Name every key of an object once.',
    details: { field },
  });
}

function countColons(text: string): number {
  let count = 0;
  for (let at = text.indexOf(':'); at >= 0; at = text.indexOf(':', at + 1)) count += 1;
  return count;
}

/** Keys of all objects in a value, however deep. */
function countKeys(value: unknown): number {
  let count = 0;
  const open: unknown[] = [value];
  while (open.length > 0) {
    const next = open.pop();
    if (typeof next !== 'object' || next === null) continue;
    if (Array.isArray(next)) {
      for (const item of next as readonly unknown[]) {
        if (typeof item === 'object' && item !== null) open.push(item);
      }
      continue;
    }
    for (const key in next) {
      count += 1;
      const inner = (next as Record<string, unknown>)[key];
      if (typeof inner === 'object' && inner !== null) open.push(inner);
    }
  }
  return count;
}

const LONGEST_PLACE = 200;

interface Open {
  /** Null: an array. */
  readonly keys: Set<string> | null;
  /** The key whose value is being read, or the index. */
  place: string | number;
}

/** The place of the first key that its object has had already, as `rows[0].momentum_20`; null when there is none. */
function firstDuplicate(text: string): string | null {
  const open: Open[] = [];
  let at = 0;
  let keyNext = false;
  while (at < text.length) {
    const character = text[at];
    const inside = open.at(-1);
    if (character === '"') {
      const end = endOfString(text, at);
      if (keyNext && inside?.keys !== undefined && inside.keys !== null) {
        // Two spellings of one key, with escapes and without, are one key.
        const key = JSON.parse(text.slice(at, end)) as string;
        inside.place = key;
        if (inside.keys.has(key)) return placeOf(open);
        inside.keys.add(key);
        keyNext = false;
      }
      at = end;
      continue;
    }
    if (character === '{') {
      open.push({ keys: new Set(), place: '' });
      keyNext = true;
    } else if (character === '[') {
      open.push({ keys: null, place: 0 });
      keyNext = false;
    } else if (character === '}' || character === ']') {
      open.pop();
      keyNext = false;
    } else if (character === ',' && inside !== undefined) {
      keyNext = inside.keys !== null;
      if (typeof inside.place === 'number') inside.place += 1;
    }
    at += 1;
  }
  return null;
}

function placeOf(open: readonly Open[]): string {
  const place = open
    .map(({ place: part }) => (typeof part === 'number' ? `[${String(part)}]` : `.${part}`))
    .join('');
  return place.replace(/^\./u, '').slice(0, LONGEST_PLACE);
}
