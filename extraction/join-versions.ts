/** Greatest age and seq that are kept in the arrays; what is greater, or below zero, stands in a map. */
const WIDEST = 0xffff_fffe;
const IN_MAP = 0xffff_ffff;

/**
 * Which version of its bar each cell of a join holds. Two arrays of four bytes a cell instead of eight: an age of up to 71 minutes in
 * microseconds and a seq below 2^32 fit, and the few others are kept exactly beside them.
 */
export class CellVersions {
  /** 1 where a cell holds a version. */
  readonly filled: Uint8Array;
  private readonly age: Uint32Array;
  private readonly seq: Uint32Array;
  private readonly wide = new Map<number, { readonly age: number; readonly seq: number }>();

  constructor(cells: number) {
    this.filled = new Uint8Array(cells);
    this.age = new Uint32Array(cells);
    this.seq = new Uint32Array(cells);
  }

  /**
   * Offers a cell a version: the one known later stays, among those known at one instant the greatest seq.
   *
   * @param age microseconds by which it was known before the decision; 0 or more
   * @returns 1 when it takes the cell, 0 when it does not, -1 when nothing tells it from the one that is there
   */
  offer(cell: number, age: number, seq: number): -1 | 0 | 1 {
    if (this.filled[cell] === 1) {
      const kept = this.kept(cell);
      if (age > kept.age || (age === kept.age && seq < kept.seq)) return 0;
      if (age === kept.age && seq === kept.seq) return -1;
    }
    this.filled[cell] = 1;
    if (age <= WIDEST && seq >= 0 && seq <= WIDEST) {
      this.age[cell] = age;
      this.seq[cell] = seq;
    } else {
      this.age[cell] = IN_MAP;
      this.wide.set(cell, { age, seq });
    }
    return 1;
  }

  private kept(cell: number): { readonly age: number; readonly seq: number } {
    const age = this.age[cell] ?? 0;
    const wide = age === IN_MAP ? this.wide.get(cell) : undefined;
    return wide ?? { age, seq: this.seq[cell] ?? 0 };
  }
}
