import { RandomStream } from '../random.ts';
import type { Company } from './companies.ts';

/** A corporate action before its price is known. Positions count sessions of the simulation. */
export interface PlannedAction {
  readonly kind: 'split' | 'reverse_split' | 'cash_dividend';
  readonly exAt: number;
  /** New shares per old share; 1 for a dividend. */
  readonly ratio: number;
  /** Of the close before the ex session; 0 for a split. */
  readonly dividendYield: number;
  /** Sessions from the announcement to the ex session; negative when it was recorded late. */
  readonly noticeSessions: number;
}

const ACTION_STREAM = 2_000_000;
const SESSIONS_PER_YEAR = 246;

/** One dividend a year for four of five companies, a split for one of fifteen, a reverse split for one of forty. */
export function planActions(
  seed: number,
  company: Company,
  index: number,
  sessions: number,
): ReadonlyMap<number, PlannedAction> {
  const random = new RandomStream(seed, ACTION_STREAM + index);
  const planned = new Map<number, PlannedAction>();
  const last = company.delistedAt ?? sessions;
  const notice = (): number =>
    random.chance(0.04) ? -random.integerBetween(1, 3) : random.integerBetween(3, 15);
  const add = (action: PlannedAction): void => {
    if (action.exAt > company.listedAt && action.exAt < last) planned.set(action.exAt, action);
  };
  if (random.chance(0.8)) {
    const inYear = random.integerBetween(110, 180);
    for (let exAt = inYear; exAt < last; exAt += SESSIONS_PER_YEAR) {
      const dividendYield = random.uniformBetween(0.01, 0.05);
      // The amount counts against the close before, so nobody can know the row before that close.
      const noticeSessions = random.chance(0.04) ? -1 : 1;
      add({ kind: 'cash_dividend', exAt, ratio: 1, dividendYield, noticeSessions });
    }
  }
  if (random.chance(1 / 15)) {
    const ratio = random.chance(0.5) ? 2 : 1.25;
    add({
      kind: 'split',
      exAt: random.integerBetween(70, sessions - 1),
      ratio,
      dividendYield: 0,
      noticeSessions: notice(),
    });
  } else if (random.chance(1 / 40)) {
    add({
      kind: 'reverse_split',
      exAt: random.integerBetween(70, sessions - 1),
      ratio: 0.5,
      dividendYield: 0,
      noticeSessions: notice(),
    });
  }
  return planned;
}
