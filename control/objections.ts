import type { ObjectionRecord } from '../registry/objections.ts';
import type { Registry } from '../registry/registry.ts';
import { findWorkflow } from './temporal-link.ts';
import type { TemporalLink } from './temporal-link.ts';

/** A worker that is there hears it at once; without one the retrain looks again by itself. */
const PATIENCE_MS = 3000;

export interface ObjectionParts {
  readonly registry: Registry;
  /** Null: Temporal cannot be reached. */
  readonly link: TemporalLink | null;
  /** The retrain could not be told: it looks at its objections again within ten minutes. */
  readonly onUntold: (reason: string) => void;
}

/**
 * Withdraws or overrules an objection, and tells the retrain that waits for it.
 *
 * @throws RoleMissing, ObjectionUnknown, AlreadyDecided, FourEyes
 */
export async function answerObjection(
  { registry, link, onUntold }: ObjectionParts,
  input: Parameters<Registry['answerObjection']>[0],
): Promise<ObjectionRecord> {
  const record = await registry.answerObjection(input);
  const resolved = record.state === 'withdrawn' || record.state === 'overruled';
  if (!resolved || record.epoch !== null) return record;
  if (link === null) {
    onUntold('Temporal cannot be reached');
    return record;
  }
  try {
    await link.within(PATIENCE_MS, async () =>
      (await findWorkflow(link, input.retrainId)).signal('objectionsChanged'),
    );
  } catch (error) {
    onUntold(error instanceof Error ? error.message : 'unknown');
  }
  return record;
}
