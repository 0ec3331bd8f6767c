import { bytes, concat, doubles, int, ints, message, text, type Field } from './protobuf-writer.ts';

/**
 * Builds the smallest legal model: one tree of two nodes over two features. Each part can be replaced or added to, so
 * that a hostile file differs from a good one in exactly one thing.
 */
export interface ModelParts {
  readonly model?: readonly Field[];
  readonly graph?: readonly Field[];
  readonly node?: readonly Field[];
  readonly operator?: string;
  readonly domain?: string;
  readonly attributes?: Readonly<Record<string, Field | null>>;
  readonly extraNodes?: readonly Field[];
  readonly input?: Field;
  readonly output?: Field;
  readonly opsets?: readonly Field[];
  readonly ensembles?: number;
  readonly ensembleOutput?: string;
}

const FLOAT = 1;
const UINT8 = 2;
const DOUBLE = 11;

export const tensor = (
  type: number,
  count: number,
  raw: Uint8Array,
  ...extra: readonly Field[]
): Uint8Array => concat(int(1, count), int(2, type), bytes(9, raw), ...extra);
export const tensorAttribute = (name: string, value: Uint8Array): Field =>
  message(5, text(1, name), bytes(5, value), int(20, 4));
export const intsAttribute = (name: string, values: readonly number[]): Field =>
  message(5, text(1, name), ints(8, values), int(20, 7));
export const intAttribute = (name: string, value: number): Field =>
  message(5, text(1, name), int(3, value), int(20, 2));
export const opset = (domain: string, version: number): Field => message(8, text(1, domain), int(2, version));

export function value(
  field: 11 | 12,
  name: string,
  type: number,
  ...dims: readonly (number | string)[]
): Field {
  const shape = dims.map((size) => message(1, typeof size === 'number' ? int(1, size) : text(2, size)));
  return message(field, text(1, name), message(2, message(1, int(1, type), message(2, ...shape))));
}

/** Node 0 splits feature 0 at 0.5: true to node 1, false to leaf 0. Node 1 splits feature 1 at -1: leaves 1 and 2. */
function ensembleAttributes(): Record<string, Field> {
  return {
    n_targets: intAttribute('n_targets', 1),
    tree_roots: intsAttribute('tree_roots', [0]),
    nodes_featureids: intsAttribute('nodes_featureids', [0, 1]),
    nodes_splits: tensorAttribute('nodes_splits', tensor(DOUBLE, 2, doubles([0.5, -1]))),
    nodes_modes: tensorAttribute('nodes_modes', tensor(UINT8, 2, Uint8Array.of(0, 0))),
    nodes_missing_value_tracks_true: intsAttribute('nodes_missing_value_tracks_true', [1, 0]),
    nodes_truenodeids: intsAttribute('nodes_truenodeids', [1, 1]),
    nodes_trueleafs: intsAttribute('nodes_trueleafs', [0, 1]),
    nodes_falsenodeids: intsAttribute('nodes_falsenodeids', [0, 2]),
    nodes_falseleafs: intsAttribute('nodes_falseleafs', [1, 1]),
    leaf_targetids: intsAttribute('leaf_targetids', [0, 0, 0]),
    leaf_weights: tensorAttribute('leaf_weights', tensor(DOUBLE, 3, doubles([1, 2, 3]))),
  };
}

function ensembleNode(parts: ModelParts, inputName: string, output: string): Field {
  const attributes: Record<string, Field | null> = { ...ensembleAttributes(), ...parts.attributes };
  return message(
    1,
    text(1, inputName),
    text(2, output),
    text(4, parts.operator ?? 'TreeEnsemble'),
    text(7, parts.domain ?? 'ai.onnx.ml'),
    ...Object.values(attributes).filter((attribute) => attribute !== null),
    ...(parts.node ?? []),
  );
}

export const castNode = (from: string, to: string): Field =>
  message(1, text(1, from), text(2, to), text(4, 'Cast'), intAttribute('to', DOUBLE));

export function buildModel(parts: ModelParts = {}): Uint8Array {
  const ensembles = Array.from({ length: parts.ensembles ?? 1 }, (_, index) =>
    ensembleNode(
      parts,
      'wide',
      index === 0 ? (parts.ensembleOutput ?? 'prediction') : `prediction${String(index)}`,
    ),
  );
  const graph = message(
    7,
    castNode('features', 'wide'),
    ...ensembles,
    ...(parts.extraNodes ?? []),
    text(2, 'tree'),
    parts.input ?? value(11, 'features', FLOAT, 'n', 2),
    parts.output ?? value(12, 'prediction', DOUBLE, 'n', 1),
    ...(parts.graph ?? []),
  );
  return concat(
    int(1, 10),
    text(2, 'test'),
    ...(parts.opsets ?? [opset('', 18), opset('ai.onnx.ml', 5)]),
    graph,
    ...(parts.model ?? []),
  );
}
