import type { CellResult } from '../judged-retrain.ts';
import type { FaultyFleet } from './faulty-fleet.ts';

/** A cell of the table that is no kill. */
export interface Fault {
  readonly name: string;
  /** Why it cannot be shown on this machine; null when it can. */
  readonly impossible: (world: FaultyFleet) => string | null;
  readonly run: (world: FaultyFleet) => Promise<CellResult>;
}

export const always = (): null => null;
