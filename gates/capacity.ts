import type { GatesSpec } from '../contracts/spec.ts';
import type { GateVerdict } from '../contracts/verdict.ts';
import type { BookLiquidity } from '../evaluation/book-liquidity.ts';
import { broken, measured, unmeasured } from './gate-verdict.ts';
import { moneyFigure, percent } from './wording.ts';

/** Beyond this share of the traded money in names without a known traded value, a pass says too little. */
const MOST_UNKNOWN = 0.05;

/** Whether a book of the stated size is small beside what its names trade, and what its size costs. */
export function judgeCapacity(liquidity: BookLiquidity | null, gates: GatesSpec): GateVerdict {
  const threshold = gates.maxParticipation;
  if (liquidity === null)
    return unmeasured('capacity', 'error', 'capacity was not measured', '<=', threshold);
  const { participation, unknownShare, trades, largest, capital } = liquidity;
  if (!(participation >= 0) || !(unknownShare >= 0 && unknownShare <= 1)) {
    const what = `a participation of ${String(participation)} with ${String(unknownShare)} unknown`;
    return broken('capacity', what, '<=', threshold);
  }
  if (trades === 0) return unmeasured('capacity', 'inconclusive', 'nothing was traded', '<=', threshold);
  if (unknownShare === 1) {
    const reason = 'the market data gives no traded value of any name that was traded';
    return unmeasured('capacity', 'inconclusive', reason, '<=', threshold);
  }
  const sign = participation <= threshold ? '<=' : '>';
  const verdict = measured({
    gate: 'capacity',
    number: participation,
    threshold,
    comparison: '<=',
    reason: `with ${moneyFigure(capital)} in the book 95 % of the money traded stays within ${percent(participation, 2, threshold)} of what a name ordinarily trades, ${sign} ${percent(threshold, 2)}; the largest trade is ${percent(largest.share, 1)} (${largest.name} on ${largest.session})${sizeText(liquidity)}`,
    details: {
      capital,
      largest: { ...largest },
      unknownShare,
      trades,
      capacity: liquidity.capacity,
      breakEvenRoundTripBps: liquidity.costs.breakEvenBps,
      byCapital: liquidity.byCapital.map((point) => ({ ...point })),
    },
  });
  if (verdict.verdict !== 'pass' || unknownShare <= MOST_UNKNOWN) return verdict;
  const reason = `${percent(unknownShare, 1)} of the money traded is in names without a known traded value; ${verdict.reason}`;
  return { ...verdict, verdict: 'inconclusive', reason: reason.slice(0, 500) };
}

function sizeText({ capacity, byCapital, capital }: BookLiquidity): string {
  const here = byCapital.find((point) => point.capital === capital);
  const fees =
    here === undefined || here.leastFeeDrag === 0
      ? ''
      : `; least fees cost ${percent(here.leastFeeDrag, 2)} a year`;
  const whole = capacity === null ? '' : `; impact eats the return at ${moneyFigure(capacity)}`;
  return `${whole}${fees}${here === undefined ? '' : leftText(here.annualisedReturn)}`;
}

function leftText(annualisedReturn: number): string {
  return annualisedReturn < 0
    ? `; after least fees and impact it loses ${percent(-annualisedReturn, 1)} a year`
    : `; least fees and impact leave ${percent(annualisedReturn, 1)} a year`;
}
