/**
 * Canonical JSON in the spirit of RFC 8785: keys sorted by UTF-16 code unit, shortest round-trip numbers, no white space.
 * Two equal values give the same bytes on every machine, so their SHA-256 can be an identity.
 *
 * Values that JSON cannot carry (NaN, infinities, undefined inside arrays, functions, bigints) are refused instead of
 * being turned into null: a hash over a silently changed value would prove nothing. An object key whose value is
 * undefined is left out.
 */
export function canonicalJson(value: unknown): string {
  if (value === null || typeof value === 'boolean' || typeof value === 'string') return JSON.stringify(value);
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) throw new TypeError(`canonical JSON cannot carry ${String(value)}`);
    return JSON.stringify(Object.is(value, -0) ? 0 : value);
  }
  if (Array.isArray(value)) return `[${value.map((item) => canonicalJson(item)).join(',')}]`;
  if (typeof value === 'object') {
    const entries = Object.entries(value)
      .filter(([, item]) => item !== undefined)
      .sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
      .map(([key, item]) => `${JSON.stringify(key)}:${canonicalJson(item)}`);
    return `{${entries.join(',')}}`;
  }
  throw new TypeError(`canonical JSON cannot carry a ${typeof value}`);
}
