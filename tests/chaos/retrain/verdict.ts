import type { CellResult } from './judged-retrain.ts';
import { MACHINE_RESTART } from './machine-restart.ts';

/** A machine that was switched off goes on within so many seconds of `contender up`. */
const RESTART_SECONDS = 30;

/** Why a cell is red; null when it is green. */
export function badOf({ cell, violations, differences, recoverySeconds }: CellResult): string | null {
  const [violation] = violations;
  if (violation !== undefined) return `${violation.invariant}: ${violation.what}`;
  const [difference] = differences;
  if (difference !== undefined) return difference;
  if (cell === MACHINE_RESTART && recoverySeconds > RESTART_SECONDS)
    return `went on after ${recoverySeconds.toFixed(1)} s`;
  return null;
}
