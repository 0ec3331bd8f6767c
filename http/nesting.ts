import { NestedTooDeeply } from './errors.ts';

/** Nothing that is sent here nests deeper than ten. */
export const DEEPEST = 40;

/**
 * Refuses JSON that nests without end before it is parsed: parsing a million brackets, which fit into two megabytes, takes the only
 * thread seconds, and everything that walks the value afterwards as long again.
 *
 * @throws NestedTooDeeply
 */
export function refuseDeepNesting(text: string): void {
  // A text of few brackets, such as every single row, cannot be deep.
  if (countUpTo(text, '[', DEEPEST) + countUpTo(text, '{', DEEPEST) <= DEEPEST) return;
  if (depthOf(text) <= DEEPEST) return;
  throw new NestedTooDeeply(`the body nests deeper than ${String(DEEPEST)} arrays and objects`, {
    remedy: 'Send the shape that the OpenAPI document shows; nothing in it nests deeper than ten.',
    details: { field: 'body', deepest: DEEPEST },
  });
}

function countUpTo(text: string, character: string, most: number): number {
  let count = 0;
  for (let at = text.indexOf(character); at >= 0 && count <= most; at = text.indexOf(character, at + 1)) {
    count += 1;
  }
  return count;
}

/** How deep a text nests, as far as the bound and one beyond it; of what is no JSON, anything. */
function depthOf(text: string): number {
  // Where each mark comes next: numbers, most of a large body, are passed over by `indexOf`. Variables, for bodies of nothing but marks.
  let quote = positionOf(text, '"', 0);
  let array = positionOf(text, '[', 0);
  let object = positionOf(text, '{', 0);
  let arrayEnd = positionOf(text, ']', 0);
  let objectEnd = positionOf(text, '}', 0);
  let depth = 0;
  while (depth <= DEEPEST) {
    const at = Math.min(quote, array, object, arrayEnd, objectEnd);
    if (at === text.length) return depth;
    let from = at + 1;
    if (at === quote) from = endOfString(text, at);
    else depth += at === array || at === object ? 1 : -1;
    if (quote < from) quote = positionOf(text, '"', from);
    if (array < from) array = positionOf(text, '[', from);
    if (object < from) object = positionOf(text, '{', from);
    if (arrayEnd < from) arrayEnd = positionOf(text, ']', from);
    if (objectEnd < from) objectEnd = positionOf(text, '}', from);
  }
  return depth;
}

const positionOf = (text: string, mark: string, from: number): number => {
  const at = text.indexOf(mark, from);
  return at < 0 ? text.length : at;
};

/** After the closing quote of the string that begins at `start`: the first one that no backslash hides. */
export function endOfString(text: string, start: number): number {
  let end = positionOf(text, '"', start + 1);
  while (hidden(text, end)) end = positionOf(text, '"', end + 1);
  return end + 1;
}

function hidden(text: string, quote: number): boolean {
  if (quote === text.length) return false;
  let first = quote;
  while (text[first - 1] === '\\') first -= 1;
  return (quote - first) % 2 === 1;
}
