import { falseDiscoveryAdjusted } from '../../stats/false-discovery.ts';
import { columnDrift, type ColumnDrift } from './column-drift.ts';
import { type Column, columnOf, type ColumnSketch, lowerBound, sketchColumn } from './feature-sketch.ts';

/**
 * What a session's features, predictions or labels are held against, made once from the rows a version was trained on and
 * kept beside it.
 */
export interface ColumnReference {
  readonly name: string;
  readonly sketch: ColumnSketch;
  /**
   * Distance (KS) of each session of the reference from all of them, ascending. The rows of one session move together, so
   * that a test for independent rows calls nearly every session drifted; how far sessions usually lie is measured instead.
   */
  readonly sessionDistances: readonly number[];
  /** Share of the reference's sessions on which all values were equal, and the largest share missing on one of them. */
  readonly constantSessions: number;
  readonly mostMissing: number;
}

export interface SessionMatrix {
  /** Session of each row, rows of a session together. */
  readonly session: readonly string[];
  readonly names: readonly string[];
  /** Row-major. */
  readonly values: Float32Array | Float64Array;
}

/** References of every column of a matrix. */
export function referenceOf({ session, names, values }: SessionMatrix): ColumnReference[] {
  const bounds = sessionBounds(session);
  const stride = names.length;
  return names.map((name, offset) => {
    const sketch = sketchColumn({ values, offset, stride });
    const sessions = bounds.map(([from, to]) => {
      const rows = values.subarray(from * stride, to * stride);
      return columnDrift(sketch, { values: rows, offset, stride });
    });
    return {
      name,
      sketch,
      sessionDistances: sessions.map(({ ks }) => ks).sort((a, b) => a - b),
      constantSessions:
        sessions.filter(({ becameConstant }) => becameConstant).length / Math.max(1, sessions.length),
      mostMissing: sessions.reduce((most, { missing }) => Math.max(most, missing), 0),
    };
  });
}

function sessionBounds(session: readonly string[]): (readonly [number, number])[] {
  const bounds: (readonly [number, number])[] = [];
  let from = 0;
  for (let row = 1; row <= session.length; row += 1) {
    if (row < session.length && session[row] === session[from]) continue;
    bounds.push([from, row]);
    from = row;
  }
  return bounds;
}

export interface SessionDrift extends ColumnDrift {
  readonly name: string;
  /** Share of the reference's sessions that lay as far out, this one counted with them: (1 + k) / (1 + sessions). */
  readonly p: number;
  /** The same after Benjamini and Hochberg over all columns of the session. */
  readonly adjustedP: number;
  readonly drifted: boolean;
  readonly constantSessions: number;
  readonly mostMissing: number;
}

export interface DriftOfSession {
  readonly columns: readonly SessionDrift[];
  /** Columns reported as drifted at the false discovery rate, and their share of all. */
  readonly drifted: readonly string[];
  readonly share: number;
}

/**
 * Each column of a session against its reference, with the false discovery rate held over all of them. A column that the
 * session does not have counts as one without values; columns without a reference are left out.
 *
 * @param falseDiscoveryRate in (0, 1)
 */
export function sessionDrift(
  references: readonly ColumnReference[],
  current: Omit<SessionMatrix, 'session'>,
  falseDiscoveryRate: number,
): DriftOfSession {
  const stride = current.names.length;
  const measured = references.map((reference) => {
    const offset = current.names.indexOf(reference.name);
    const column: Column =
      offset < 0 ? columnOf(new Float64Array(0)) : { values: current.values, offset, stride };
    const drift = columnDrift(reference.sketch, column);
    const { sessionDistances, constantSessions, mostMissing } = reference;
    const asFar = sessionDistances.length - lowerBound(sessionDistances, drift.ks - 1e-12);
    const p = (1 + asFar) / (1 + sessionDistances.length);
    return { name: reference.name, ...drift, constantSessions, mostMissing, p };
  });
  const adjusted = falseDiscoveryAdjusted(
    measured.map(({ p }) => p),
    'independent',
  );
  const columns = measured.map((column, row) => {
    const adjustedP = adjusted[row] ?? 1;
    return { ...column, adjustedP, drifted: adjustedP <= falseDiscoveryRate };
  });
  const drifted = columns.filter((column) => column.drifted).map(({ name }) => name);
  return { columns, drifted, share: columns.length === 0 ? 0 : drifted.length / columns.length };
}
