import { openComputePool } from '../../compute/pool.ts';
import type { ComputePool } from '../../compute/pool.ts';
import { tallyCautions } from '../../gates/calibration/caution-tally.ts';
import type { CautionRates } from '../../gates/calibration/caution-tally.ts';
import { efficientPoints, frontierTable } from '../../gates/calibration/frontier.ts';
import type { FrontierPoint } from '../../gates/calibration/frontier.ts';
import type { PanelOutcome } from '../../gates/calibration/panel-trial.ts';
import type { CalibrationPlan, StreamPlan, World } from '../../gates/calibration/plan.ts';
import { summariseStreams } from '../../gates/calibration/stream-tally.ts';
import type { StreamRates } from '../../gates/calibration/stream-tally.ts';
import type { StreamOutcome } from '../../gates/calibration/stream.ts';
import { tally } from '../../gates/calibration/tally.ts';
import type { CalibrationRates } from '../../gates/calibration/tally.ts';

export interface RunOptions {
  readonly threads: number;
  /** Aborted by Ctrl-C: the threads are ended in the middle of their panels. */
  readonly signal: AbortSignal;
  readonly onProgress: (done: number, of: number) => void;
}

export interface PanelCalibration {
  readonly plan: CalibrationPlan;
  readonly rates: CalibrationRates;
  /** Thresholds that no others beat on these panels, from strict to lenient. */
  readonly frontier: readonly FrontierPoint[];
  /** Every point of the grid. */
  readonly grid: readonly FrontierPoint[];
}

/** Panels of one message: long enough to be worth one, short enough for progress to move. */
const PANELS_PER_PIECE = 10;

/** The answer is a function of the plan: neither the number of threads nor the order of their answers can move it. */
export async function calibratePanels(plan: CalibrationPlan, options: RunOptions): Promise<PanelCalibration> {
  const { noise, edge } = await panelsOf(plan, options);
  const grid = frontierTable(noise, edge);
  return { plan, rates: tally(noise, edge), frontier: efficientPoints(grid), grid };
}

export interface CautionCalibration {
  readonly plan: CalibrationPlan;
  readonly cautions: CautionRates;
}

/** How often a second look stands out on the same panels. */
export async function calibrateCautions(
  plan: CalibrationPlan,
  options: RunOptions,
): Promise<CautionCalibration> {
  const { noise, edge } = await panelsOf(plan, options);
  return { plan, cautions: tallyCautions(noise, edge) };
}

function panelsOf(plan: CalibrationPlan, options: RunOptions): Promise<Record<World, PanelOutcome[]>> {
  return inPieces(
    options,
    { noise: plan.panels, edge: plan.panels },
    PANELS_PER_PIECE,
    (pool, world, from, to): Promise<PanelOutcome[]> =>
      pool.run('calibratePanels', { plan, world, from, to }, { signal: options.signal }),
  );
}

export interface StreamCalibration {
  readonly plan: StreamPlan;
  readonly rates: StreamRates;
}

export async function calibrateStreams(
  plan: StreamPlan,
  runs: number,
  options: RunOptions,
): Promise<StreamCalibration> {
  const { noise, edge } = await inPieces(
    options,
    { noise: runs, edge: runs },
    1,
    (pool, world, from, to): Promise<StreamOutcome[]> =>
      pool.run('calibrateStreams', { plan, world, from, to }, { signal: options.signal }),
  );
  return { plan, rates: summariseStreams(plan, noise, edge) };
}

async function inPieces<Outcome>(
  { threads, onProgress }: RunOptions,
  counts: Readonly<Record<World, number>>,
  size: number,
  work: (pool: ComputePool, world: World, from: number, to: number) => Promise<readonly Outcome[]>,
): Promise<Record<World, Outcome[]>> {
  const pool = openComputePool({ threads });
  const total = counts.noise + counts.edge;
  let done = 0;
  onProgress(0, total);
  const ofWorld = async (world: World): Promise<Outcome[]> => {
    const pieces = Array.from({ length: Math.ceil(counts[world] / size) }, async (_, piece) => {
      const from = piece * size;
      const outcomes = await work(pool, world, from, Math.min(counts[world], from + size));
      done += outcomes.length;
      onProgress(done, total);
      return outcomes;
    });
    return (await Promise.all(pieces)).flat();
  };
  try {
    const [noise, edge] = await Promise.all([ofWorld('noise'), ofWorld('edge')]);
    return { noise, edge };
  } finally {
    await pool.close();
  }
}
