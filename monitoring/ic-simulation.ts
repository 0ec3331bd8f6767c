import { RandomStream } from '../market/random.ts';

/** A model in order, as its daily rank IC is simulated: AR(1) around a mean. */
export interface SimulatedIc {
  readonly mean: number;
  /** Standard deviation of the daily IC, all of it. */
  readonly deviation: number;
  readonly autocorrelation: number;
  /** Degrees of freedom of the Student innovations; Infinity is normal. */
  readonly tailDegrees: number;
}

/**
 * One simulated series; the same (seed, stream) gives the same bits.
 * @param meanAt mean IC of a session, for changes: defaults to the model's
 */
export function simulateIc(
  model: SimulatedIc,
  length: number,
  seed: number,
  stream: number,
  meanAt: (session: number) => number = () => model.mean,
): Float64Array {
  const random = new RandomStream(seed, stream);
  const { deviation, autocorrelation, tailDegrees } = model;
  const draw = (): number =>
    Number.isFinite(tailDegrees) ? random.heavyTailed(tailDegrees) : random.normal();
  const share = Math.sqrt(1 - autocorrelation ** 2);
  let state = deviation * random.normal();
  return Float64Array.from({ length }, (_, session) => {
    state = autocorrelation * state + share * deviation * draw();
    return meanAt(session) + state;
  });
}
