/**
 * Writes WebAssembly by its binary format (W3C WebAssembly Core 1.0, section 5): just the instructions that the tree kernel
 * needs. A module is a few hundred bytes; writing it here keeps a build step and an unreadable blob out of the project.
 */
export type Code = readonly number[];

export const I32 = 0x7f;
export const F64 = 0x7c;

const unsigned = (value: number): Code => {
  const low = value & 0x7f;
  return value >>> 7 === 0 ? [low] : [low | 0x80, ...unsigned(value >>> 7)];
};

const signed = (value: number): Code => {
  const low = value & 0x7f;
  const rest = value >> 7;
  const last = (rest === 0 && (low & 0x40) === 0) || (rest === -1 && (low & 0x40) !== 0);
  return last ? [low] : [low | 0x80, ...signed(rest)];
};

const vector = (items: readonly Code[]): Code => [...unsigned(items.length), ...items.flat()];
const sized = (bytes: Code): Code => [...unsigned(bytes.length), ...bytes];
const name = (text: string): Code =>
  sized(Array.from({ length: text.length }, (_, at) => text.charCodeAt(at)));
const section = (id: number, content: Code): Code => [id, ...sized(content)];

export const get = (local: number): Code => [0x20, ...unsigned(local)];
export const set = (local: number): Code => [0x21, ...unsigned(local)];
export const tee = (local: number): Code => [0x22, ...unsigned(local)];
export const constant = (value: number): Code => [0x41, ...signed(value)];
export const loadI32 = (offset: number): Code => [0x28, 2, ...unsigned(offset)];
export const loadF32 = (offset: number): Code => [0x2a, 2, ...unsigned(offset)];
export const loadF64 = (offset: number): Code => [0x2b, 3, ...unsigned(offset)];
export const storeF64 = (offset: number): Code => [0x39, 3, ...unsigned(offset)];
export const LESS_SIGNED: Code = [0x48];
export const LESS_UNSIGNED: Code = [0x49];
/** Pushes 1 or 0; 0 when either side is NaN. */
export const F32_AT_MOST: Code = [0x5f];
export const ADD: Code = [0x6a];
export const SUBTRACT: Code = [0x6b];
export const OR: Code = [0x72];
export const SHIFT_LEFT: Code = [0x74];
export const SHIFT_RIGHT: Code = [0x76];
export const F64_ADD: Code = [0xa0];

/** Runs `body` again for as long as what it leaves on the stack is not 0. */
export const repeatWhile = (...body: readonly Code[]): Code => [0x03, 0x40, ...body.flat(), 0x0d, 0, 0x0b];

export interface WasmFunction {
  readonly exportName: string;
  /** All parameters are i32. */
  readonly parameters: number;
  readonly results: readonly number[];
  /** Locals beyond the parameters, as runs of one type; they begin at 0. */
  readonly locals: readonly (readonly [count: number, type: number])[];
  readonly body: Code;
}

/** A module over one imported memory, `memory.pages`. */
export function wasmModule(functions: readonly WasmFunction[]): Uint8Array<ArrayBuffer> {
  const types = functions.map(({ parameters, results }) => [
    0x60,
    ...vector(Array.from({ length: parameters }, () => [I32])),
    ...vector(results.map((type) => [type])),
  ]);
  const memory = [...name('memory'), ...name('pages'), 0x02, 0x00, ...unsigned(1)];
  const bodies = functions.map(({ locals, body }) =>
    sized([...vector(locals.map(([count, type]) => [...unsigned(count), type])), ...body, 0x0b]),
  );
  return Uint8Array.from([
    ...[0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00],
    ...section(1, vector(types)),
    ...section(2, vector([memory])),
    ...section(3, vector(functions.map((_, index) => unsigned(index)))),
    ...section(
      7,
      vector(functions.map(({ exportName }, index) => [...name(exportName), 0x00, ...unsigned(index)])),
    ),
    ...section(10, vector(bodies)),
  ]);
}
