import type { DuckDBConnection, DuckDBFloatVector } from '@duckdb/node-api';
import { identifier, queryNumber, streamChunks } from './duckdb.ts';
import { MarketDuplicateKey, TableShapeInvalid } from './errors.ts';
import { firstRowSeeing, ORDINALS } from './join-grid.ts';
import type { JoinGrid, JoinSources } from './join-grid.ts';
import { doubleVector, floatVector, integerVector } from './join-vectors.ts';
import { CellVersions } from './join-versions.ts';

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
  private readonly versions: CellVersions;
  private readonly late: LateBars = { ordinal: [], session: [], effect: [], known: [], seq: [], values: [] };
  /** Cell of each row of the chunk; -1: not its own cell's, -2 - n: the late bar n. */
  private readonly targets = new Int32Array(CHUNK_ROWS);

  constructor(grid: JoinGrid, width: number) {
    const cells = grid.symbols.length * grid.sessions.length;
    this.grid = grid;
    this.width = width;
    this.out = Array.from({ length: width }, () => new Float32Array(cells));
    this.versions = new CellVersions(cells);
  }

  place(vectors: Vectors, rowCount: number): void {
    this.findTargets(vectors, rowCount);
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

  private findTargets(vectors: Vectors, rowCount: number): void {
    const { grid, targets, versions } = this;
    const width = grid.symbols.length;
    const { indexOfDay, firstDay, rowTimes } = grid;
    const ordinals = integerVector(vectors, 0);
    const days = integerVector(vectors, 1);
    const knowns = doubleVector(vectors, 2);
    const seqs = doubleVector(vectors, 3);
    for (let row = 0; row < rowCount; row += 1) {
      const session = indexOfDay[(days.getItem(row) ?? 0) - firstDay] ?? -1;
      if (session < 0) {
        targets[row] = -1;
        continue;
      }
      const ordinal = ordinals.getItem(row) ?? 0;
      const known = knowns.getItem(row) ?? NaN;
      const seq = seqs.getItem(row) ?? NaN;
      const age = (rowTimes[session] ?? NaN) - known;
      if (age < 0) {
        targets[row] = this.keepLate(ordinal, session, known, seq);
        continue;
      }
      const cell = session * width + ordinal;
      const answer = versions.offer(cell, age, seq);
      if (answer < 0) this.refuseTie(ordinal, session);
      targets[row] = answer > 0 ? cell : -1;
    }
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

  /** Carries the newest visible bar of each symbol from session to session, into the cells that have none of their own. */
  finish(maxAgeSessions: number): readonly Float32Array[] {
    const { late: bars } = this;
    const { filled } = this.versions;
    const symbols = this.grid.symbols.length;
    const order = this.lateOrder();
    // The newest bar of each symbol so far: its session, and which late bar it is; -1: the version in its own cell. Kept up
    // in cells without a bar alone: behind a cell that has one, that one is the newest.
    const newest = new Int32Array(symbols).fill(-1);
    const version = new Int32Array(symbols).fill(-1);
    const lookBack = (ordinal: number, session: number): void => {
      if ((newest[ordinal] ?? -1) >= session - 1 || filled[(session - 1) * symbols + ordinal] === 0) return;
      newest[ordinal] = session - 1;
      version[ordinal] = -1;
    };
    let next = 0;
    let empty = filled.indexOf(0);
    for (let session = 0; session < this.grid.sessions.length; session += 1) {
      const base = session * symbols;
      for (; next < order.length && bars.effect[order[next] ?? 0] === session; next += 1) {
        const bar = order[next] ?? 0;
        const ordinal = bars.ordinal[bar] ?? 0;
        lookBack(ordinal, session);
        // Known later than whatever is there of its own session, so it is the newer version of that.
        if ((bars.session[bar] ?? 0) < (newest[ordinal] ?? -1)) continue;
        newest[ordinal] = bars.session[bar] ?? 0;
        version[ordinal] = bar;
      }
      // A bar of the session itself, known in time, is newer than any other: those cells are passed over.
      for (; empty >= 0 && empty < base + symbols; empty = filled.indexOf(0, empty + 1)) {
        const ordinal = empty - base;
        lookBack(ordinal, session);
        const from = newest[ordinal] ?? -1;
        const fresh = from >= 0 && session - from <= maxAgeSessions;
        this.carry(empty, fresh ? from * symbols + ordinal : -1, version[ordinal] ?? -1);
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
