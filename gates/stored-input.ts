import { canonicalJson } from '../contracts/canonical.ts';
import { StoredGateInput } from '../contracts/gate-input.ts';
import type { JudgeInput } from './judge-input.ts';

/** The input as canonical JSON. Throws `TypeError` for a number that JSON cannot carry: it would not come back. */
export function storedInput(input: JudgeInput): string {
  return canonicalJson({ schema: 1, input: plain(input) });
}

/** The input of a stored text. Throws ZodError when it is none. */
export function readStoredInput(text: string): JudgeInput {
  // What the contract leaves loose was written by `storedInput` of a known version and is held by its hash.
  const { input } = StoredGateInput.parse(JSON.parse(text));
  // What was stored before these were asked for asked for none.
  const read = { recovery: null, championOnProbation: false, breakdown: null, shadow: null, ...input };
  return { ...read, business: withAttribution(input['business'] ?? null) } as unknown as JudgeInput;
}

/** Releases before cautions did not measure who made the gain. */
function withAttribution(business: unknown): unknown {
  return typeof business === 'object' && business !== null ? { attribution: null, ...business } : business;
}

/** Typed arrays become lists: JSON would write them as objects. */
function plain(value: unknown): unknown {
  if (value instanceof Float64Array) return Array.from(value);
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, plain(item)]));
}
