import type { DuckDBConnection, DuckDBFloatVector } from '@duckdb/node-api';
import { identifier, queryNumber, streamChunks } from './duckdb.ts';
import { MarketDuplicateKey, TableShapeInvalid } from './errors.ts';
import { firstRowSeeing, ORDINALS } from './join-grid.ts';
import type { JoinGrid, JoinSources } from './join-grid.ts';
import { floatVector, readDoubles, readIntegers } from './join-vectors.ts';

const CHUNK_ROWS = 2048;
const KEYS = 4;

/**
 * Joins the newest visible bar to every cell of a grid: of the bars whose session is at most `maxAgeSessions` back the one
 * of the newest session, in the version that was known at the cell's decision instant (knowledge_ts at or before it), the
 * greatest (knowledge_ts, seq) of them. One float32 array per column, NaN where nothing is visible.
 *
 * Rows are put straight into their cells as they are read, in whatever order they come: a bar that was known when its own
 * session was decided belongs to that cell. The few that became known later are kept aside and merged in one pass over
 * the sessions of each symbol, which also carries bars over sessions without one. Time and memory are linear in rows and
 * cells.
 *
 * @throws MarketDuplicateKey when two versions of a bar share knowledge_ts and seq
 */
export async function joinPrices(
  connection: DuckDBConnection,
  sources: JoinSources,
  grid: JoinGrid,
  columns: readonly string[],
  maxAgeSessions: number,
): Promise<readonly Float32Array[]> {
  const join = new PriceJoin(grid, columns.length);
  const values = columns.map((name) => `TRY_CAST(p.${identifier(name)} AS FLOAT)`);
  let read = 0;
  await streamChunks(
    connection,
    `SELECT o.ordinal, CAST(p.session_date - DATE '1970-01-01' AS INTEGER), CAST(epoch_us(p.knowledge_ts) AS DOUBLE),
       CAST(p.seq AS DOUBLE), ${values.join(', ')}
     FROM ${sources.prices} p JOIN ${ORDINALS} o ON o.symbol = p.symbol`,
    (vectors, rowCount) => {
      join.place(vectors, rowCount);
      read += rowCount;
    },
  );
  // A stream that breaks off would leave cells empty that have a bar.
  const rows = (await queryNumber(connection, `SELECT count(*) FROM ${sources.prices}`)) ?? 0;
  if (read !== rows) {
    throw new TableShapeInvalid(`${String(read)} of ${String(rows)} price rows were read`, {
      remedy: 'Run `contender data check`: a symbol may be missing from the table of symbols.',
    });
  }
  return join.finish(maxAgeSessions);
}

type Vectors = Parameters<Parameters<typeof streamChunks>[2]>[0];

/** Bars known only after their own session was decided, as parallel lists. */
interface LateBars {
  readonly ordinal: number[];
  readonly session: number[];
  /** First session that sees it. */
  readonly effect: number[];
  readonly known: number[];
  readonly seq: number[];
  readonly values: number[];
}

class PriceJoin {
  private readonly grid: JoinGrid;
  private readonly width: number;
  private readonly out: readonly Float32Array[];
  /** Microseconds by which the version in a cell was known before its decision, plus 1, and its seq; 0: no version. */
  private readonly age: Float64Array;
  private readonly seq: Float64Array;
  private readonly late: LateBars = { ordinal: [], session: [], effect: [], known: [], seq: [], values: [] };
  private readonly ordinals = new Int32Array(CHUNK_ROWS);
  private readonly days = new Int32Array(CHUNK_ROWS);
  private readonly knowns = new Float64Array(CHUNK_ROWS);
  private readonly seqs = new Float64Array(CHUNK_ROWS);
  /** Cell of each row of the chunk; -1: not its own cell's, -2 - n: the late bar n. */
  private readonly targets = new Int32Array(CHUNK_ROWS);

  constructor(grid: JoinGrid, width: number) {
    const cells = grid.symbols.length * grid.sessions.length;
    this.grid = grid;
    this.width = width;
    this.out = Array.from({ length: width }, () => new Float32Array(cells));
    this.age = new Float64Array(cells);
    this.seq = new Float64Array(cells);
  }

  place(vectors: Vectors, rowCount: number): void {
    readIntegers(vectors, 0, rowCount, this.ordinals);
    readIntegers(vectors, 1, rowCount, this.days);
    readDoubles(vectors, 2, rowCount, this.knowns);
    readDoubles(vectors, 3, rowCount, this.seqs);
    this.findTargets(rowCount);
    for (let column = 0; column < this.width; column += 1) {
      this.placeColumn(floatVector(vectors, KEYS + column), column, rowCount);
    }
  }

  private placeColumn(vector: DuckDBFloatVector, column: number, rowCount: number): void {
    const { targets, late, width } = this;
    const out = this.out[column] ?? new Float32Array();
    for (let row = 0; row < rowCount; row += 1) {
      const target = targets[row] ?? -1;
      if (target >= 0) out[target] = vector.getItem(row) ?? NaN;
      else if (target < -1) late.values[(-2 - target) * width + column] = vector.getItem(row) ?? NaN;
    }
  }

  private findTargets(rowCount: number): void {
    const { grid, targets } = this;
    const width = grid.symbols.length;
    const { indexOfDay, firstDay, rowTimes } = grid;
    const { days, ordinals, knowns, seqs } = this;
    for (let row = 0; row < rowCount; row += 1) {
      const session = indexOfDay[(days[row] ?? 0) - firstDay] ?? -1;
      const ordinal = ordinals[row] ?? 0;
      const known = knowns[row] ?? NaN;
      const rowAge = session < 0 ? NaN : (rowTimes[session] ?? NaN) - known + 1;
      if (session < 0) {
        targets[row] = -1;
      } else if (rowAge < 1) {
        targets[row] = this.keepLate(ordinal, session, known, seqs[row] ?? NaN);
      } else {
        const cell = session * width + ordinal;
        targets[row] = this.replaces(cell, rowAge, seqs[row] ?? NaN) ? cell : -1;
      }
    }
  }

  /** Whether a version is newer than what is in its cell, and takes its place. */
  private replaces(cell: number, rowAge: number, rowSeq: number): boolean {
    const before = this.age[cell] ?? 0;
    if (before !== 0) {
      if (rowAge > before) return false;
      const other = this.seq[cell] ?? NaN;
      if (rowAge === before && rowSeq === other) {
        const { symbols } = this.grid;
        this.refuseTie(cell % symbols.length, Math.floor(cell / symbols.length));
      }
      if (rowAge === before && rowSeq < other) return false;
    }
    this.age[cell] = rowAge;
    this.seq[cell] = rowSeq;
    return true;
  }

  private keepLate(ordinal: number, session: number, known: number, seq: number): number {
    const effect = firstRowSeeing(this.grid, known);
    if (effect >= this.grid.sessions.length) return -1;
    const { late } = this;
    late.ordinal.push(ordinal);
    late.session.push(session);
    late.effect.push(effect);
    late.known.push(known);
    late.seq.push(seq);
    return -1 - late.ordinal.length;
  }

  private refuseTie(ordinal: number, session: number): never {
    const symbol = this.grid.symbols[ordinal] ?? '';
    const date = this.grid.sessions[session] ?? '';
    throw new MarketDuplicateKey(
      `two versions of the bar of ${symbol} on ${date} share knowledge_ts and seq`,
      {
        remedy: 'Run `contender data check` and give the versions different seq.',
        details: { symbol, session: date },
      },
    );
  }

  /** Carries the newest visible bar of each symbol from session to session. */
  finish(maxAgeSessions: number): readonly Float32Array[] {
    const { age, late: bars } = this;
    const symbols = this.grid.symbols.length;
    const order = this.lateOrder();
    // The newest bar of each symbol so far: its session, and which late bar it is; -1: the version in its own cell.
    const newest = new Int32Array(symbols).fill(-1);
    const version = new Int32Array(symbols).fill(-1);
    let next = 0;
    for (let session = 0; session < this.grid.sessions.length; session += 1) {
      const base = session * symbols;
      for (; next < order.length && bars.effect[order[next] ?? 0] === session; next += 1) {
        const bar = order[next] ?? 0;
        const ordinal = bars.ordinal[bar] ?? 0;
        // Known later than whatever is there of its own session, so it is the newer version of that.
        if ((bars.session[bar] ?? 0) < (newest[ordinal] ?? -1)) continue;
        newest[ordinal] = bars.session[bar] ?? 0;
        version[ordinal] = bar;
      }
      for (let ordinal = 0; ordinal < symbols; ordinal += 1) {
        // A bar of the session itself, known in time, is newer than any other.
        if (age[base + ordinal] !== 0) {
          newest[ordinal] = session;
          version[ordinal] = -1;
          continue;
        }
        const from = newest[ordinal] ?? -1;
        const fresh = from >= 0 && session - from <= maxAgeSessions;
        this.carry(base + ordinal, fresh ? from * symbols + ordinal : -1, version[ordinal] ?? -1);
      }
    }
    return this.out;
  }

  /** Puts into a cell what another cell holds, or a late bar; -1 for the other cell: nothing is known. */
  private carry(cell: number, from: number, bar: number): void {
    for (let column = 0; column < this.width; column += 1) {
      const values = this.out[column] ?? new Float32Array();
      const value = bar < 0 ? values[from] : this.late.values[bar * this.width + column];
      values[cell] = from < 0 ? NaN : (value ?? NaN);
    }
  }

  /** Late bars by the session that first sees them, symbol, own session and version. */
  private lateOrder(): Int32Array {
    const { ordinal, effect, session, known, seq } = this.late;
    const by = (key: readonly number[], a: number, b: number): number => (key[a] ?? 0) - (key[b] ?? 0);
    const compare = (a: number, b: number): number =>
      by(effect, a, b) || by(ordinal, a, b) || by(session, a, b) || by(known, a, b) || by(seq, a, b);
    const order = Int32Array.from(ordinal.keys()).sort(compare);
    order.forEach((bar, at) => {
      const before = order[at - 1];
      if (before !== undefined && compare(before, bar) === 0) {
        this.refuseTie(ordinal[bar] ?? 0, session[bar] ?? 0);
      }
    });
    return order;
  }
}
