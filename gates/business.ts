import type { GatesSpec } from '../contracts/spec.ts';
import type { GateName, GateVerdict } from '../contracts/verdict.ts';
import type { BookExposure, LargestShare } from '../evaluation/book-exposure.ts';
import type { BookLiquidity } from '../evaluation/book-liquidity.ts';
import type { NameAttribution } from '../evaluation/name-attribution.ts';
import { mean } from '../stats/series.ts';
import { broken, guarded, measured, unmeasured } from './gate-verdict.ts';
import type { Comparison } from './gate-verdict.ts';
import { judgeCapacity } from './capacity.ts';
import type { JudgeInput } from './judge-input.ts';
import { counted, figure, percent } from './wording.ts';

/** Trades that the candidate's book wanted, and those of them that the market did not allow on their session. */
export interface TradeFeasibility {
  readonly wantedTrades: number;
  readonly refusedTrades: number;
  /** What made a trade impossible in this measurement, as a sentence names it. */
  readonly refusedBy: string;
}

export interface BusinessMeasurements {
  readonly exposure: BookExposure | null;
  readonly feasibility: TradeFeasibility | null;
  /** Null: not measured, as in every record of a release before the gate. */
  readonly liquidity: BookLiquidity | null;
  /** Null: not measured, as in every record of a release before cautions (`readStoredInput` puts it there). */
  readonly attribution: NameAttribution | null;
}

/** The business gates that need the book, in reading order. */
export function judgeBusiness(input: JudgeInput): GateVerdict[] {
  const { business, gates } = input;
  return [
    judgeTurnover(input),
    judgeCostCover(input),
    judgePosition(business?.exposure ?? null, gates),
    judgeSector(business?.exposure ?? null, gates),
    judgeFeasibility(business?.feasibility ?? null, gates),
    judgeCapacity(business?.liquidity ?? null, gates),
  ];
}

function notMeasured(gate: GateName, comparison: Comparison, threshold: number): GateVerdict {
  return unmeasured(gate, 'error', `${gate} was not measured`, comparison, threshold);
}

const isShare = (value: number): boolean => value >= 0 && value <= 1;

function judgeTurnover({ candidateTrading, gates }: JudgeInput): GateVerdict {
  const threshold = gates.maxAnnualTurnover;
  const { annualisedTurnover: turnover } = candidateTrading;
  if (turnover === null) return notMeasured('turnover', '<=', threshold);
  if (!(turnover >= 0)) return broken('turnover', `a turnover of ${String(turnover)}`, '<=', threshold);
  const sign = turnover <= threshold ? '<=' : '>';
  return measured({
    gate: 'turnover',
    number: turnover,
    threshold,
    comparison: '<=',
    reason: `turns the book over ${figure(turnover, 1, threshold)} times a year, one-sided, ${sign} ${String(threshold)}`,
  });
}

/** Gross return is net return plus the costs charged: how many times the gross return holds them. */
function judgeCostCover(input: JudgeInput): GateVerdict {
  const threshold = input.gates.minCostCover;
  const { annualisedCost: cost } = input.candidateTrading;
  const returns = input.trials.netReturns[input.trials.candidate];
  if (cost === null || returns === undefined) return notMeasured('cost-cover', '>=', threshold);
  if (!(cost >= 0)) return broken('cost-cover', `a cost of ${String(cost)}`, '>=', threshold);
  if (cost === 0) {
    const reason = 'no costs were charged, so nothing is shown about paying them';
    return unmeasured('cost-cover', 'inconclusive', reason, '>=', threshold);
  }
  return guarded('cost-cover', '>=', threshold, () => {
    const net = input.sessionsPerYear * mean(returns);
    const cover = (net + cost) / cost;
    const sign = cover >= threshold ? '>=' : '<';
    return measured({
      gate: 'cost-cover',
      number: cover,
      threshold,
      comparison: '>=',
      reason: `gross return ${percent(net + cost, 1)} a year is ${figure(cover, 2, threshold)} times the costs of ${percent(cost, 1)}, ${sign} ${String(threshold)}`,
      details: { annualisedNetReturn: net, annualisedCost: cost },
    });
  });
}

function judgePosition(exposure: BookExposure | null, gates: GatesSpec): GateVerdict {
  const threshold = gates.maxPositionShare;
  if (exposure === null) return notMeasured('position-concentration', '<=', threshold);
  return largest('position-concentration', exposure.position, exposure, threshold, 'name');
}

function judgeSector(exposure: BookExposure | null, gates: GatesSpec): GateVerdict {
  const gate = 'sector-concentration';
  const threshold = gates.maxSectorShare;
  if (exposure === null) return notMeasured(gate, '<=', threshold);
  if (!isShare(exposure.shareWithoutSector)) {
    const what = `a share without a sector of ${String(exposure.shareWithoutSector)}`;
    return broken(gate, what, '<=', threshold);
  }
  if (exposure.sector === null) {
    const reason = 'the market data gives no sector of any held name';
    return unmeasured(gate, 'inconclusive', reason, '<=', threshold);
  }
  const verdict = largest(gate, exposure.sector, exposure, threshold, 'sector');
  // What is unknown could all lie in the largest sector: a pass must hold even then.
  const unknown = exposure.shareWithoutSector;
  if (verdict.verdict !== 'pass' || exposure.sector.share + unknown <= threshold) return verdict;
  const reason = `${verdict.reason}; ${percent(unknown, 1)} of the book has no known sector, which could cross the bound`;
  return { ...verdict, verdict: 'inconclusive', reason: reason.slice(0, 500) };
}

function largest(
  gate: 'position-concentration' | 'sector-concentration',
  found: LargestShare,
  exposure: BookExposure,
  threshold: number,
  what: 'name' | 'sector',
): GateVerdict {
  if (!isShare(found.share)) return broken(gate, `a share of ${String(found.share)}`, '<=', threshold);
  if (exposure.sessions === 0)
    return unmeasured(gate, 'inconclusive', 'the book was empty on every session', '<=', threshold);
  const sign = found.share <= threshold ? '<=' : '>';
  return measured({
    gate,
    number: found.share,
    threshold,
    comparison: '<=',
    reason: `largest ${what} ${found.name} with ${percent(found.share, 1, threshold)} of the book on ${found.session}, ${sign} ${percent(threshold, 1)}, over ${counted(exposure.sessions, 'session')}`,
    details: {
      name: found.name,
      session: found.session,
      ...(what === 'sector' ? { shareWithoutSector: exposure.shareWithoutSector } : {}),
    },
  });
}

function judgeFeasibility(feasibility: TradeFeasibility | null, gates: GatesSpec): GateVerdict {
  const threshold = gates.maxRefusedTradeShare;
  if (feasibility === null) return notMeasured('feasibility', '<=', threshold);
  const { wantedTrades: wanted, refusedTrades: refused, refusedBy } = feasibility;
  const whole = Number.isInteger(wanted) && Number.isInteger(refused);
  if (!whole || refused < 0 || wanted < refused) {
    const what = `${String(refused)} refused of ${String(wanted)} wanted trades`;
    return broken('feasibility', what, '<=', threshold);
  }
  if (wanted === 0) return unmeasured('feasibility', 'inconclusive', 'no trade was wanted', '<=', threshold);
  const share = refused / wanted;
  const sign = share <= threshold ? '<=' : '>';
  return measured({
    gate: 'feasibility',
    number: share,
    threshold,
    comparison: '<=',
    reason: `${percent(share, 2, threshold)} of ${counted(wanted, 'wanted trade')} could not be made (${refusedBy}), ${sign} ${percent(threshold, 2)}`,
    details: { wantedTrades: wanted, refusedTrades: refused },
  });
}
