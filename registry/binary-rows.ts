/** "PGCOPY\n\xff\r\n\0", then flags and the length of an extension: the head of every binary COPY. */
const HEAD_BYTES = 19;
const LAST_TUPLE = -1;
const NULL_FIELD = -1;
/** Microseconds are counted from the year 2000. */
const EPOCH_2000_MS = Date.UTC(2000, 0, 1);

/** One row: the bytes of each field, or null. Valid until the next one is read. */
export type BinaryRow = readonly (Buffer | null)[];

/**
 * Cuts the bytes of `COPY ... TO STDOUT (format binary)` into rows, however they were cut into chunks. Nothing is
 * unescaped or copied on the way, which is what makes it fast.
 */
export class BinaryRows {
  #rest: Buffer = Buffer.alloc(0);
  #headSeen = false;
  readonly #onRow: (row: BinaryRow) => void;

  constructor(onRow: (row: BinaryRow) => void) {
    this.#onRow = onRow;
  }

  push(chunk: Buffer): void {
    const bytes = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    let at = 0;
    if (!this.#headSeen) {
      if (bytes.length < HEAD_BYTES) {
        this.#keep(bytes, 0);
        return;
      }
      at = HEAD_BYTES;
      this.#headSeen = true;
    }
    for (;;) {
      const row = rowAt(bytes, at);
      if (row === null) {
        this.#keep(bytes, at);
        return;
      }
      at = row.end;
      this.#onRow(row.fields);
    }
  }

  /** The driver uses the memory of a chunk again, so what is left of it is copied. */
  #keep(bytes: Buffer, from: number): void {
    this.#rest = from === bytes.length ? Buffer.alloc(0) : Buffer.from(bytes.subarray(from));
  }
}

/** The row that begins at `at`; null when it is not there as a whole, or when the trailer is. */
function rowAt(bytes: Buffer, at: number): { readonly fields: BinaryRow; readonly end: number } | null {
  if (at + 2 > bytes.length) return null;
  const count = bytes.readInt16BE(at);
  if (count === LAST_TUPLE) return null;
  const fields: (Buffer | null)[] = [];
  let position = at + 2;
  for (let field = 0; field < count; field += 1) {
    if (position + 4 > bytes.length) return null;
    const length = bytes.readInt32BE(position);
    position += 4;
    if (length === NULL_FIELD) {
      fields.push(null);
      continue;
    }
    if (position + length > bytes.length) return null;
    fields.push(bytes.subarray(position, position + length));
    position += length;
  }
  return { fields, end: position };
}

/** A timestamptz before 2285 as an ISO instant; what is below a millisecond is cut off, as everywhere. */
export function instantOf(field: Buffer): string {
  // Two halves rather than a BigInt: this runs once or twice for each row of an audit.
  const microseconds = field.readInt32BE(0) * 2 ** 32 + field.readUInt32BE(4);
  const time = EPOCH_2000_MS + Math.floor(microseconds / 1000);
  return Math.abs(time) <= 8.64e15 ? new Date(time).toISOString() : 'infinity';
}

/** A bigint below 2^53. */
export const integerOf = (field: Buffer): number => field.readInt32BE(0) * 2 ** 32 + field.readUInt32BE(4);
