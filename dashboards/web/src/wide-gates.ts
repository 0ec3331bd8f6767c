import type { StoredGateReport } from './api/schemas.ts';
import { recordedCautions } from './report.ts';

/** Gates that count with a bound that refuses next to nothing, as the second look of the gates recorded them. */
export function wideGates(stored: StoredGateReport): ReadonlySet<string> {
  const found = recordedCautions(stored)?.find(({ code }) => code === 'wide-bounds')?.details['gates'];
  const entries: readonly unknown[] = Array.isArray(found) ? found : [];
  return new Set(
    entries.flatMap((entry) =>
      typeof entry === 'object' && entry !== null && 'gate' in entry && typeof entry.gate === 'string'
        ? [entry.gate]
        : [],
    ),
  );
}
