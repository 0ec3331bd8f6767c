import { UnsafeModel } from './errors.ts';

/** Wire types of protocol buffers that ONNX uses (https://protobuf.dev/programming-guides/encoding). */
export const WIRE = { varint: 0, fixed64: 1, bytes: 2, fixed32: 5 } as const;

/** Field numbers are 29 bits wide; a tag above that is not protobuf. */
const MAX_TAG = 2 ** 32 - 1;

/**
 * A cursor over one protobuf message inside a larger buffer. Every read is checked against the message's own end, so a
 * length written by an attacker can neither reach outside its parent nor cause an allocation: bytes are views.
 *
 * Usage: `while (reader.next()) switch (reader.field) { ... }`; each branch reads or skips the value.
 */
export class ProtobufReader {
  field = 0;
  wireType = 0;
  readonly #bytes: Uint8Array;
  readonly #where: string;
  #offset = 0;

  constructor(bytes: Uint8Array, where: string) {
    this.#bytes = bytes;
    this.#where = where;
  }

  /** Moves to the next field; false at the end of the message. */
  next(): boolean {
    if (this.#offset >= this.#bytes.length) return false;
    const tag = this.#unsigned();
    if (tag > MAX_TAG) throw this.#fault('a field tag is out of range');
    this.field = Math.floor(tag / 8);
    this.wireType = tag % 8;
    if (this.field === 0) throw this.#fault('field number 0');
    return true;
  }

  /** A varint as a non-negative safe integer. A negative int64 (ten bytes on the wire) is refused: none belongs here. */
  unsigned(): number {
    this.#expect(WIRE.varint);
    return this.#unsigned();
  }

  float32(): number {
    this.#expect(WIRE.fixed32);
    const view = this.#view(4);
    return new DataView(view.buffer, view.byteOffset, 4).getFloat32(0, true);
  }

  /** A length-delimited value as a view, without a copy. */
  bytes(): Uint8Array {
    this.#expect(WIRE.bytes);
    return this.#view(this.#unsigned());
  }

  /** A length-delimited UTF-8 string of at most `maxBytes`. */
  text(maxBytes: number): string {
    const bytes = this.bytes();
    if (bytes.length > maxBytes) throw this.#fault(`a string of ${String(bytes.length)} bytes`);
    try {
      return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    } catch (cause) {
      throw this.#fault('a string that is not UTF-8', cause);
    }
  }

  /** Repeated integers, packed or one per tag, appended to `into`. */
  appendUnsigned(into: number[]): void {
    if (this.wireType === WIRE.varint) {
      into.push(this.#unsigned());
      return;
    }
    const packed = new ProtobufReader(this.bytes(), this.#where);
    while (packed.#offset < packed.#bytes.length) into.push(packed.#unsigned());
  }

  #expect(wireType: number): void {
    if (this.wireType !== wireType) {
      throw this.#fault(`field ${String(this.field)} has wire type ${String(this.wireType)}`);
    }
  }

  #view(length: number): Uint8Array {
    const end = this.#offset + length;
    if (end > this.#bytes.length) {
      throw this.#fault(
        `a length of ${String(length)} bytes reaches past its message (truncated or not ONNX)`,
      );
    }
    const view = this.#bytes.subarray(this.#offset, end);
    this.#offset = end;
    return view;
  }

  #unsigned(): number {
    let value = 0;
    let scale = 1;
    for (let index = 0; index < 8; index += 1) {
      const byte = this.#bytes[this.#offset];
      if (byte === undefined) throw this.#fault('the file ends inside a number (truncated)');
      this.#offset += 1;
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) {
        if (!Number.isSafeInteger(value)) throw this.#fault('an integer above 2^53');
        return value;
      }
      scale *= 128;
    }
    throw this.#fault('a negative or oversized integer');
  }

  #fault(what: string, cause?: unknown): UnsafeModel {
    return new UnsafeModel(`${this.#where}: ${what}`, cause === undefined ? {} : { cause });
  }
}
