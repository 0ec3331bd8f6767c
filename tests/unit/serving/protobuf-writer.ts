/** A minimal protobuf writer for building ONNX files field by field, hostile ones included. */
export type Field = Uint8Array;

export function varint(value: number | bigint): Uint8Array {
  let rest = BigInt.asUintN(64, BigInt(value));
  const bytes: number[] = [];
  do {
    const low = Number(rest & 0x7fn);
    rest >>= 7n;
    bytes.push(rest === 0n ? low : low | 0x80);
  } while (rest !== 0n);
  return Uint8Array.from(bytes);
}

export function concat(...parts: readonly Uint8Array[]): Uint8Array {
  const joined = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}

const tag = (field: number, wireType: number): Uint8Array => varint(field * 8 + wireType);

export const int = (field: number, value: number | bigint): Field => concat(tag(field, 0), varint(value));
export const bytes = (field: number, value: Uint8Array): Field =>
  concat(tag(field, 2), varint(value.length), value);
export const text = (field: number, value: string): Field => bytes(field, new TextEncoder().encode(value));
export const message = (field: number, ...parts: readonly Field[]): Field => bytes(field, concat(...parts));
export const ints = (field: number, values: readonly number[]): Field =>
  concat(...values.map((value) => int(field, value)));
/** A length that promises more than there is. */
export const lie = (field: number, length: number): Field => concat(tag(field, 2), varint(length));

export const doubles = (values: readonly number[]): Uint8Array =>
  new Uint8Array(Float64Array.from(values).buffer);
