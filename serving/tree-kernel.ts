import {
  ADD,
  constant,
  F32_AT_MOST,
  F64,
  F64_ADD,
  get,
  I32,
  LESS_SIGNED,
  LESS_UNSIGNED,
  loadF32,
  loadF64,
  loadI32,
  OR,
  repeatWhile,
  set,
  SHIFT_LEFT,
  SHIFT_RIGHT,
  storeF64,
  SUBTRACT,
  tee,
  wasmModule,
  type Code,
} from './wasm-code.ts';

/**
 * Walks in flight side by side. One walk waits for memory at every step; eight of them hide most of that and still fit the
 * registers (measured on the bench model, us per row: 12.0 with two, 8.5 with four, 5.5 with eight).
 */
export const LANES = 8;
/** A node is 16 bytes: float32 threshold, byte offset of its value in a tile, address when greater, address when at most. */
export const NODE_BYTES = 16;
export const LEAF_BYTES = 8;

/** What the two functions of the kernel are told. All are byte addresses in its memory. */
export interface KernelExports {
  /** Adds every tree, in order, to the sums of `LANES` rows per tile. */
  readonly tiles: (
    tiles: number,
    tilesEnd: number,
    sums: number,
    roots: number,
    rootsEnd: number,
    leaves: number,
    weightBias: number,
    tileBytes: number,
  ) => void;
  /** The sum of all trees, in order, for the first row of a tile; the number of roots is a multiple of LANES. */
  readonly row: (tile: number, roots: number, rootsEnd: number, leaves: number, weightBias: number) => number;
}

/** One step of one walk: to the child that the comparison picks, without a branch. A leaf is its own child. */
const step = (at: number, tile: number, lane: number): Code => [
  ...get(at),
  ...[...get(tile), ...get(at), ...loadI32(4), ...ADD, ...loadF32(4 * lane)],
  ...[...get(at), ...loadF32(0), ...F32_AT_MOST],
  ...[...constant(2), ...SHIFT_LEFT, ...ADD, ...loadI32(8), ...set(at)],
];

/** Leaves lie behind all nodes: `at - leaves` is negative while a walk is on its way. */
const anyOnItsWay = (walks: readonly number[], leaves: number): Code => [
  ...walks.flatMap((at, index) => [...get(at), ...get(leaves), ...SUBTRACT, ...(index === 0 ? [] : OR)]),
  ...constant(0),
  ...LESS_SIGNED,
];

/** A leaf's record has twice the bytes of its weight, so its address halved and moved is the weight's. */
const weight = (at: number, bias: number): Code => [
  ...[...get(at), ...constant(1), ...SHIFT_RIGHT, ...get(bias), ...ADD, ...loadF64(0)],
];

const locals = (from: number): readonly number[] => Array.from({ length: LANES }, (_, index) => from + index);

function tilesBody(): Code {
  const [tiles, tilesEnd, sums, roots, rootsEnd, leaves, bias, tileBytes] = [0, 1, 2, 3, 4, 5, 6, 7];
  const [tile, sum, root] = [8, 9, 10];
  const walks = locals(11);
  return repeatWhile(
    [...get(roots), ...loadI32(0), ...set(root)],
    [...get(tiles), ...set(tile), ...get(sums), ...set(sum)],
    repeatWhile(
      walks.flatMap((at) => [...get(root), ...set(at)]),
      repeatWhile(
        walks.flatMap((at, lane) => step(at, tile, lane)),
        anyOnItsWay(walks, leaves),
      ),
      walks.flatMap((at, lane) => [
        ...[...get(sum), ...get(sum), ...loadF64(8 * lane)],
        ...[...weight(at, bias), ...F64_ADD, ...storeF64(8 * lane)],
      ]),
      [...get(sum), ...constant(8 * LANES), ...ADD, ...set(sum)],
      [...get(tile), ...get(tileBytes), ...ADD, ...tee(tile), ...get(tilesEnd), ...LESS_UNSIGNED],
    ),
    [...get(roots), ...constant(4), ...ADD, ...tee(roots), ...get(rootsEnd), ...LESS_UNSIGNED],
  );
}

function rowBody(): Code {
  const [tile, roots, rootsEnd, leaves, bias] = [0, 1, 2, 3, 4];
  const walks = locals(5);
  const sum = 5 + LANES;
  return [
    ...repeatWhile(
      walks.flatMap((at, index) => [...get(roots), ...loadI32(4 * index), ...set(at)]),
      repeatWhile(
        walks.flatMap((at) => step(at, tile, 0)),
        anyOnItsWay(walks, leaves),
      ),
      walks.flatMap((at) => [...get(sum), ...weight(at, bias), ...F64_ADD, ...set(sum)]),
      [...get(roots), ...constant(4 * LANES), ...ADD, ...tee(roots), ...get(rootsEnd), ...LESS_UNSIGNED],
    ),
    ...get(sum),
  ];
}

let compiled: WebAssembly.Module | null = null;

/** The kernel over a memory; compiled once per thread. */
export function kernelOver(memory: WebAssembly.Memory): KernelExports {
  compiled ??= new WebAssembly.Module(
    wasmModule([
      { exportName: 'tiles', parameters: 8, results: [], locals: [[3 + LANES, I32]], body: tilesBody() },
      {
        ...{ exportName: 'row', parameters: 5, results: [F64], body: rowBody() },
        locals: [
          [LANES, I32],
          [1, F64],
        ],
      },
    ]),
  );
  const { exports } = new WebAssembly.Instance(compiled, { memory: { pages: memory } });
  // What the module exports is written twenty lines above.
  return exports as unknown as KernelExports;
}
