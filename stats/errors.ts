import { ContenderError } from '../contracts/error.ts';

/** A value that must be a number is NaN or infinite. The message names series and row. */
export class NonFiniteValue extends ContenderError {
  readonly code = 'STATS_NON_FINITE';
  readonly kind = 'refused';
}

/** A series without variation: no Sharpe ratio, correlation or studentised statistic exists for it. */
export class ConstantSeries extends ContenderError {
  readonly code = 'STATS_CONSTANT_SERIES';
  readonly kind = 'refused';
}

/** Fewer observations, series or blocks than the statistic needs to exist. */
export class SampleTooShort extends ContenderError {
  readonly code = 'STATS_SAMPLE_TOO_SHORT';
  readonly kind = 'refused';
}

/** Series that must be paired differ in length. */
export class ShapeMismatch extends ContenderError {
  readonly code = 'STATS_SHAPE_MISMATCH';
  readonly kind = 'refused';
}

/** A tuning parameter (block, level, lag, splits, replicates) lies outside its range. */
export class ParameterOutOfRange extends ContenderError {
  readonly code = 'STATS_PARAMETER_OUT_OF_RANGE';
  readonly kind = 'usage';
}
