import { RandomStream } from '../random.ts';
import type { SimulationOptions } from './options.ts';
import type { MarketPaths } from './paths.ts';

const FLOW_STREAM = 8_000_000;
const BOARD_LOT = 1000;
/** Appetite of foreigners: an autoregression that follows the return of the session, in units of two percent. */
const MEMORY = 0.75;
const OF_RETURN = 0.35;
/** Share of the session's volume that a strong appetite takes. */
const REACH = 0.3;

/**
 * Net purchases of foreigners in shares, whole board lots, within the volume of the session: persistent and on the side of
 * the day's move, as real flows are. They say nothing about returns to come. NaN where there is no bar.
 */
export function foreignNetShares(
  options: SimulationOptions,
  width: number,
  { close, logPrice, volume }: MarketPaths,
): Float64Array {
  const flow = new Float64Array(close.length).fill(NaN);
  for (let company = 0; company < width; company += 1) {
    const random = new RandomStream(options.seed, FLOW_STREAM + company);
    let appetite = random.normal();
    for (let session = 0; session < options.sessions; session += 1) {
      const cell = session * width + company;
      if (Number.isNaN(close[cell] ?? NaN)) continue;
      const moved = session === 0 ? 0 : (logPrice[cell] ?? 0) - (logPrice[cell - width] ?? 0);
      const noise = Math.sqrt(1 - MEMORY * MEMORY) * random.normal();
      appetite = MEMORY * appetite + OF_RETURN * (moved / 0.02) + noise;
      const share = REACH * (appetite / (1 + Math.abs(appetite)));
      // Adding 0 keeps a negative zero out of the file.
      flow[cell] = BOARD_LOT * Math.round(((volume[cell] ?? 0) * share) / BOARD_LOT) + 0;
    }
  }
  return flow;
}
