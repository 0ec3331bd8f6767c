import { EvaluationInputInvalid } from './errors.ts';
import { wantedSigns } from './wanted-book.ts';
import type { BookRules } from './wanted-book.ts';

export interface TransitionInput {
  readonly symbols: readonly string[];
  /** Predictions of one session in the order of `symbols`, NaN where there is none. */
  readonly challenger: Float64Array;
  /** Null: there is no champion, the book is built from cash. */
  readonly champion: Float64Array | null;
  /** Rules of the book that the challenger's ranking wants. */
  readonly portfolio: BookRules;
  /** Rules of the book that is held: those the champion was made under. */
  readonly heldUnder: BookRules;
}

/** What a swap would change in the book that these predictions want. */
export interface PositionTransition {
  /** Positions of both legs together that the challenger wants. */
  readonly names: number;
  readonly kept: number;
  /** Those names, sorted: in the same leg before and after. */
  readonly staying: readonly string[];
  /** Sorted; a name that changes its leg is in both lists. */
  readonly entering: readonly string[];
  readonly leaving: readonly string[];
  /** One-sided share of the book that is renewed once all tranches have turned over, in [0, 1]. */
  readonly turnover: number;
}

/**
 * The positions that the champion's ranking wants under its own rules against those the challenger's does under the new ones
 * on the same rows, the champion's book being held (its names stay within the turnover buffer, as they would). Equal weights; prices and limits are not
 * looked at. Throws `EvaluationInputInvalid` when the lengths differ.
 */
export function positionTransition(input: TransitionInput): PositionTransition {
  const { symbols, challenger, champion, portfolio, heldUnder } = input;
  if (challenger.length !== symbols.length || (champion !== null && champion.length !== symbols.length)) {
    throw new EvaluationInputInvalid('predictions and symbols differ in length');
  }
  const nothing = new Float64Array(symbols.length);
  const held = champion === null ? nothing : wantedSigns(champion, nothing, heldUnder);
  const wanted = wantedSigns(challenger, held, portfolio);
  const named = (list: Float64Array, other: Float64Array): string[] =>
    symbols.filter((_, at) => list[at] !== 0 && list[at] !== other[at]).sort();
  const entering = named(wanted, held);
  const names = wanted.filter((sign) => sign !== 0).length;
  return {
    names,
    kept: names - entering.length,
    staying: symbols.filter((_, at) => wanted[at] !== 0 && wanted[at] === held[at]).sort(),
    entering,
    leaving: named(held, wanted),
    turnover: names === 0 ? 0 : entering.length / names,
  };
}
