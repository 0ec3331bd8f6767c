import { ConstantSeries, SampleTooShort } from './errors.ts';
import { circularPrefix, resampleSums } from './resampled-sums.ts';
import { finiteSeries, isConstant, mean, requireLength, requireRange, requireSameLength } from './series.ts';
import type { Series } from './series.ts';
import { StationaryBootstrap } from './stationary-bootstrap.ts';

export interface ConfidenceSetOptions {
  /** Daily returns (or any measure whose mean is to be high) of each strategy, same sessions; two at least. */
  readonly columns: readonly Series[];
  readonly names?: readonly string[];
  /**
   * `range`: the largest of all pairwise t statistics (T_R). `max`: the worst strategy against the average of those left (T_max).
   */
  readonly statistic: 'range' | 'max';
}

export interface ConfidenceSetMember {
  readonly name: string;
  readonly column: number;
  /** The strategy belongs to every set of confidence above 1 - p; 1 for the last one left. */
  readonly p: number;
}

/**
 * Model confidence set: which strategies cannot be told from the best one. Hansen, Lunde and Nason, "The model confidence
 * set", Econometrica 79 (2011), sections 3.1 and 5; bootstrap deviations, elimination of the strategy with the largest
 * statistic, p-values made monotone along the elimination.
 *
 * Members come in the order of elimination, the last one last. Replicate r of seed s is a pure function of (s, r).
 * Throws `NonFiniteValue`, `ShapeMismatch`, `SampleTooShort`, `ConstantSeries` (two strategies that differ by a constant only),
 * `ParameterOutOfRange`.
 * @param options.block mean block of the stationary bootstrap in sessions
 * @param options.replicates 100 .. 1,000,000
 */
export function modelConfidenceSet(
  options: ConfidenceSetOptions & {
    readonly block: number;
    readonly seed: number;
    readonly replicates: number;
  },
): ConfidenceSetMember[] {
  requireRange('replicates', options.replicates, 100, 1_000_000, 'integer');
  const panel = checked(options);
  const rows = panel.rows;
  const bootstrap = new StationaryBootstrap(rows, options.block, options.seed);
  const count = panel.centred.length;
  const means = new Float64Array(options.replicates * count);
  const blocks = bootstrap.emptyBlocks(1);
  const prefixes = panel.centred.map(circularPrefix);
  for (let replicate = 0; replicate < options.replicates; replicate += 1) {
    bootstrap.draw(replicate, 1, blocks);
    const out = means.subarray(replicate * count, (replicate + 1) * count);
    prefixes.forEach((prefix, column) => {
      resampleSums(prefix, blocks, 1, out, column, count);
    });
    for (let column = 0; column < count; column += 1) out[column] = (out[column] ?? 0) / rows;
  }
  return eliminate(panel, means, options);
}

/** The same on resamples given as row indices, for audit. */
export function modelConfidenceSetOfResamples(
  options: ConfidenceSetOptions & { readonly resamples: readonly Int32Array[] },
): ConfidenceSetMember[] {
  const panel = checked(options);
  requireRange('resamples', options.resamples.length, 1, 1_000_000, 'integer');
  const count = panel.centred.length;
  const means = new Float64Array(options.resamples.length * count);
  options.resamples.forEach((resample, replicate) => {
    requireRange('rows of a resample', resample.length, panel.rows, panel.rows, 'integer');
    panel.centred.forEach((series, column) => {
      let sum = 0;
      for (const row of resample) sum += series[row] ?? Number.NaN;
      means[replicate * count + column] = sum / panel.rows;
    });
  });
  return eliminate(panel, means, options);
}

interface Panel {
  readonly rows: number;
  readonly names: readonly string[];
  readonly averages: Float64Array;
  readonly centred: readonly Float64Array[];
}

function checked(options: ConfidenceSetOptions): Panel {
  const first = options.columns[0];
  if (first === undefined || options.columns.length < 2) {
    throw new SampleTooShort(`a set needs 2 strategies, there is ${String(options.columns.length)}`, {
      remedy: 'Give two at least.',
    });
  }
  const names = options.columns.map((_, index) => options.names?.[index] ?? `column ${String(index + 1)}`);
  const columns = options.columns.map((column, index) => {
    const name = names[index] ?? '';
    requireLength(column, 20, name);
    requireSameLength(first, column, names[0] ?? '', name);
    return finiteSeries(column, name);
  });
  columns.forEach((column, index) => {
    columns.slice(index + 1).forEach((other, offset) => {
      if (!isConstant(column.map((value, row) => value - (other[row] ?? 0)))) return;
      const twin = names[index + 1 + offset] ?? '';
      throw new ConstantSeries(`${names[index] ?? ''} and ${twin} differ by a constant only`, {
        remedy: 'Leave one of them out.',
      });
    });
  });
  const averages = Float64Array.from(columns, (column) => mean(column));
  const centred = columns.map((column, index) => column.map((value) => value - (averages[index] ?? 0)));
  return { rows: first.length, names, averages, centred };
}

interface Step {
  /** Worst first: the column to eliminate. */
  readonly worst: number;
  readonly exceeded: number;
}

function eliminate(panel: Panel, means: Float64Array, options: ConfidenceSetOptions): ConfidenceSetMember[] {
  const count = panel.centred.length;
  const replicates = means.length / count;
  const step = options.statistic === 'range' ? rangeStep(panel, means) : maxStep;
  const alive = Array.from({ length: count }, (_, column) => column);
  const members: ConfidenceSetMember[] = [];
  let p = 0;
  while (alive.length > 1) {
    const { worst, exceeded } = step(alive, panel, means);
    p = Math.max(p, exceeded / replicates);
    members.push({ name: panel.names[worst] ?? '', column: worst, p });
    alive.splice(alive.indexOf(worst), 1);
  }
  const last = alive[0] ?? 0;
  return [...members, { name: panel.names[last] ?? '', column: last, p: 1 }];
}

/** T_R: pairwise differences studentised once by their bootstrap deviation. */
function rangeStep(panel: Panel, means: Float64Array): (alive: readonly number[]) => Step {
  const count = panel.centred.length;
  const replicates = means.length / count;
  const deviations = new Float64Array(count * count);
  for (let i = 0; i < count; i += 1) {
    for (let j = 0; j < i; j += 1) {
      let square = 0;
      for (let offset = 0; offset < means.length; offset += count) {
        square += ((means[offset + i] ?? 0) - (means[offset + j] ?? 0)) ** 2;
      }
      deviations[i * count + j] = Math.sqrt(square / replicates);
      deviations[j * count + i] = Math.sqrt(square / replicates);
    }
  }
  return (alive) => {
    let worst = alive[0] ?? 0;
    let largest = -Infinity;
    for (const i of alive) {
      for (const j of alive) {
        if (i === j) continue;
        const t = ((panel.averages[j] ?? 0) - (panel.averages[i] ?? 0)) / (deviations[i * count + j] ?? 1);
        if (t > largest) [largest, worst] = [t, i];
      }
    }
    let exceeded = 0;
    for (let offset = 0; offset < means.length; offset += count) {
      let most = 0;
      for (const i of alive) {
        for (const j of alive) {
          if (j >= i) break;
          const gap = Math.abs((means[offset + i] ?? 0) - (means[offset + j] ?? 0));
          most = Math.max(most, gap / (deviations[i * count + j] ?? 1));
        }
      }
      if (most > largest) exceeded += 1;
    }
    return { worst, exceeded };
  };
}

/** T_max: each strategy against the mean of those alive, studentised anew at every step. */
function maxStep(alive: readonly number[], panel: Panel, means: Float64Array): Step {
  const count = panel.centred.length;
  const replicates = means.length / count;
  const shortfalls = new Float64Array(replicates * alive.length);
  const squares = new Float64Array(alive.length);
  for (let replicate = 0; replicate < replicates; replicate += 1) {
    let average = 0;
    for (const column of alive) average += (means[replicate * count + column] ?? 0) / alive.length;
    alive.forEach((column, position) => {
      const shortfall = average - (means[replicate * count + column] ?? 0);
      shortfalls[replicate * alive.length + position] = shortfall;
      squares[position] = (squares[position] ?? 0) + shortfall * shortfall;
    });
  }
  const deviations = squares.map((square) => Math.sqrt(square / replicates));
  const average = alive.reduce((sum, column) => sum + (panel.averages[column] ?? 0), 0) / alive.length;
  const t = alive.map(
    (column, position) => (average - (panel.averages[column] ?? 0)) / (deviations[position] ?? 1),
  );
  const largest = Math.max(...t);
  let exceeded = 0;
  for (let replicate = 0; replicate < replicates; replicate += 1) {
    let most = -Infinity;
    for (let position = 0; position < alive.length; position += 1) {
      const value = (shortfalls[replicate * alive.length + position] ?? 0) / (deviations[position] ?? 1);
      if (value > most) most = value;
    }
    if (most > largest) exceeded += 1;
  }
  return { worst: alive[t.indexOf(largest)] ?? 0, exceeded };
}
