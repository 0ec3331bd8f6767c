import type { ModelSpec } from './spec.ts';

/** Two fields of a spec that cannot both be meant. */
export interface Contradiction {
  readonly fields: readonly [string, string];
  readonly text: string;
}

/**
 * Bounds that contradict each other: one of them could never be reached, or never be kept. Each field is in its range for
 * itself, so the schema cannot tell. Specs that were stored before stay readable; only a new one is refused.
 */
export function specContradictions({
  shadow,
  approval,
}: Pick<ModelSpec, 'shadow' | 'approval'>): readonly Contradiction[] {
  const found: Contradiction[] = [];
  const { maxMissing, minPairing, maxPaperLoss, maxDrawdown } = shadow;
  // 1 - 0.99 is 0.010000000000000009 in binary: a hair is no contradiction.
  if (maxMissing + minPairing > 1 + 1e-12) {
    found.push({
      fields: ['shadow.maxMissing', 'shadow.minPairing'],
      text: `shadow.maxMissing allows ${String(maxMissing)} of the rows without a score, shadow.minPairing ${String(minPairing)} only ${String(rounded(1 - minPairing))}`,
    });
  }
  if (maxPaperLoss > maxDrawdown) {
    found.push({
      fields: ['shadow.maxPaperLoss', 'shadow.maxDrawdown'],
      text: `shadow.maxPaperLoss ${String(maxPaperLoss)} can never be reached: a loss is a drawdown, and shadow.maxDrawdown ends the shadow at ${String(maxDrawdown)}`,
    });
  }
  return [...found, ...deputyContradictions(approval)];
}

/** The leads are reminded first, then the deputy, then it expires. */
function deputyContradictions(approval: ModelSpec['approval']): readonly Contradiction[] {
  const { deputy, deputyAfterSessions: after, remindSessions: remind, expiresSessions: expires } = approval;
  if (deputy === null) return [];
  const found: Contradiction[] = [];
  if (after >= expires) {
    found.push({
      fields: ['approval.deputyAfterSessions', 'approval.expiresSessions'],
      text: `the deputy would be asked after ${String(after)} sessions, when the approval has expired after ${String(expires)}`,
    });
  }
  if (after < remind) {
    found.push({
      fields: ['approval.deputyAfterSessions', 'approval.remindSessions'],
      text: `the deputy would be asked after ${String(after)} sessions, before the leads are reminded after ${String(remind)}`,
    });
  }
  return found;
}

const rounded = (value: number): number => Number(value.toPrecision(12));
