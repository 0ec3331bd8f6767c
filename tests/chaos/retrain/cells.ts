import { RetrainStep } from '../../../contracts/retrain.ts';
import { seededRandom } from '../swap/shuffle.ts';

/** Processes that are killed. `server-a` stands for the prediction servers, which do not differ. */
export const VICTIMS = ['control', 'compute', 'sidecar', 'postgres', 'temporal', 'server-a'] as const;
export type Victim = (typeof VICTIMS)[number];

/**
 * `before`: the step's work is being done or just done, and nothing of it is written. `in`: everything is written, and the
 * commit (for the sidecar: the rename of its file) stands before its end. `after`: committed, and whoever committed has not
 * heard of it.
 */
export const MOMENTS = ['before', 'in', 'after'] as const;
export type Moment = (typeof MOMENTS)[number];

export interface Cell {
  readonly step: RetrainStep;
  readonly moment: Moment;
  readonly victim: Victim;
}

export const cellName = ({ step, moment, victim }: Cell): string => `retrain/${step}/${moment}/${victim}`;

const STEPS = RetrainStep.options;
const SIDECAR_STEPS: readonly RetrainStep[] = ['train', 'package'];
const WITHOUT_COMPUTE: readonly RetrainStep[] = ['approve', 'swap'];
const SERVER_STEPS: readonly RetrainStep[] = ['shadow', 'approve', 'swap'];

/** Why a cell does not exist; null for one that does. */
export function voidReason({ step, moment, victim }: Cell): string | null {
  if (victim === 'sidecar' && !SIDECAR_STEPS.includes(step)) return 'the sidecar has no part in the step';
  if (victim === 'compute' && WITHOUT_COMPUTE.includes(step))
    return 'the compute worker has no part in the step';
  if (victim === 'compute' && step === 'validate' && moment !== 'before')
    return 'the control worker writes what is recorded of the step, when the compute worker is done with it';
  if (victim === 'server-a' && !SERVER_STEPS.includes(step))
    return 'no server takes part before there is a challenger to load';
  return null;
}

export const ALL_CELLS: readonly Cell[] = STEPS.flatMap((step) =>
  MOMENTS.flatMap((moment) => VICTIMS.map((victim) => ({ step, moment, victim }))),
);

export const CELLS: readonly Cell[] = ALL_CELLS.filter((cell) => voidReason(cell) === null);

/** Puts cells of different steps together, at most one of each step; which ones is drawn from the seed. */
export function chainsOf(cells: readonly Cell[], seed: number, singly: boolean): Cell[][] {
  const random = seededRandom(seed);
  const shuffled = cells
    .map((cell) => ({ cell, place: random() }))
    .sort((a, b) => a.place - b.place)
    .map(({ cell }) => cell);
  if (singly) return shuffled.map((cell) => [cell]);
  const chains: Cell[][] = [];
  for (const step of STEPS) {
    const ofStep = shuffled.filter((cell) => cell.step === step);
    for (const [at, cell] of ofStep.entries()) (chains[at] ??= []).push(cell);
  }
  return chains;
}
