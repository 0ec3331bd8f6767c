import { CautionCode } from '../../contracts/caution.ts';
import type { PanelOutcome } from './panel-trial.ts';
import { edgeFound, rateOf } from './tally.ts';
import type { Rate } from './tally.ts';

/** How often something stands out: on panels of noise, with an edge, and with an edge that was found and passed its gates. */
export interface WorldRates {
  readonly noise: Rate;
  readonly edge: Rate;
  /** What a person would be shown for a signature; null: no panel passed. */
  readonly promoted: Rate | null;
}

export interface CautionRate extends WorldRates {
  readonly code: CautionCode;
}

export interface CautionRates {
  readonly cautions: readonly CautionRate[];
  /** Any of them, those left out that depend on the spec alone. */
  readonly any: WorldRates;
  /** Looks at what is not simulated: no panel has a number of theirs. */
  readonly notSimulated: readonly CautionCode[];
}

/** They say the same of every panel, whatever chance does. */
const OF_THE_SPEC: ReadonlySet<CautionCode> = new Set(['wide-bounds', 'switched-off', 'wide-shadow']);

/** How often each second look stands out where nothing is wrong with the data: every one of them is a false alarm. */
export function tallyCautions(noise: readonly PanelOutcome[], edge: readonly PanelOutcome[]): CautionRates {
  const promoted = edge.filter(edgeFound);
  const ratesOf = (raised: (outcome: PanelOutcome) => boolean): WorldRates => ({
    noise: rateOf(noise.filter(raised).length, noise.length),
    edge: rateOf(edge.filter(raised).length, edge.length),
    promoted: promoted.length === 0 ? null : rateOf(promoted.filter(raised).length, promoted.length),
  });
  const all = [...noise, ...edge];
  const simulated = CautionCode.options.filter(
    (code) =>
      !OF_THE_SPEC.has(code) &&
      all.some(({ cautions }) => cautions.some((one) => one.code === code && one.measured)),
  );
  return {
    cautions: simulated.map((code) => ({
      code,
      ...ratesOf(({ cautions }) => cautions.some((one) => one.code === code && one.raised)),
    })),
    any: ratesOf(({ cautions }) => cautions.some((one) => one.raised && simulated.includes(one.code))),
    notSimulated: CautionCode.options.filter((code) => !simulated.includes(code)),
  };
}
