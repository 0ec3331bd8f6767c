import type { CellResult } from '../judged-retrain.ts';
import type { FaultyFleet } from './faulty-fleet.ts';

/** Cells of the table that are no kill: one of them, or several that one retrain can go through. */
export interface Fault {
  readonly names: readonly string[];
  /** Why it cannot be shown on this machine; null when it can. */
  readonly impossible: (world: FaultyFleet) => string | null;
  /** Those of the names that are wanted, in one retrain. */
  readonly run: (world: FaultyFleet, wanted: readonly string[]) => Promise<CellResult>;
}

export const always = (): null => null;
