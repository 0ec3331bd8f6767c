import type { ShadowSpec } from '../contracts/shadow-spec.ts';
import type { Verdict } from '../contracts/verdict.ts';
import { SHADOW_BOUNDS, type ShadowBound } from './shadow-bounds.ts';

export interface ShadowSummary {
  readonly verdict: Verdict;
  readonly reason: string;
}

/** Sums up the bounds of one session, or of all: fail before error before inconclusive before pass. */
export function worstBound(bounds: readonly ShadowBound[]): ShadowSummary {
  for (const verdict of ['fail', 'error', 'inconclusive'] as const) {
    const crossed = bounds.filter((bound) => bound.verdict === verdict);
    if (crossed.length > 0) return { verdict, reason: crossed.map(({ reason }) => reason).join('; ') };
  }
  return { verdict: 'pass', reason: 'no bound was crossed' };
}

/**
 * The verdict of a whole shadow. A session that was inconclusive counts as not measured: the shadow passes only when
 * every one of the `spec.sessions` sessions was measured and no bound was crossed on any.
 */
export function concludeShadow(days: readonly (readonly ShadowBound[])[], spec: ShadowSpec): ShadowSummary {
  const summaries = days.map((bounds) => worstBound(bounds));
  const failed = summaries.find(({ verdict }) => verdict === 'fail' || verdict === 'error');
  if (failed !== undefined) return failed;
  const measured = summaries.filter(({ verdict }) => verdict === 'pass').length;
  if (measured >= spec.sessions) {
    return { verdict: 'pass', reason: `${String(measured)} sessions measured, no bound crossed` };
  }
  const cause = summaries.find(({ verdict }) => verdict === 'inconclusive')?.reason ?? 'it ended early';
  return {
    verdict: 'inconclusive',
    reason: `${String(measured)} of ${String(spec.sessions)} sessions measured: ${cause}`,
  };
}

const BADNESS: Readonly<Record<Verdict, number>> = { pass: 0, inconclusive: 1, error: 2, fail: 3 };

/** Each bound where it came out worst, with the session; what the leads are shown. */
export function worstOfEach(
  days: readonly { readonly session: string; readonly bounds: readonly ShadowBound[] }[],
): readonly (ShadowBound & { readonly session: string })[] {
  return SHADOW_BOUNDS.flatMap((name) => {
    const found = days.flatMap(({ session, bounds }) =>
      bounds.filter(({ bound }) => bound === name).map((bound) => ({ ...bound, session })),
    );
    const [worst] = found.toSorted(
      (a, b) => BADNESS[b.verdict] - BADNESS[a.verdict] || distance(b) - distance(a),
    );
    return worst === undefined ? [] : [worst];
  });
}

/** How near a number is to its bound, or how far beyond; lower bounds are those of pairing and agreement. */
function distance({ bound, number, threshold }: ShadowBound): number {
  if (number === null || threshold === null) return Number.NEGATIVE_INFINITY;
  const beyond = bound === 'pairing' || bound === 'rank-agreement' || bound === 'constant';
  return beyond ? threshold - number : number - threshold;
}
