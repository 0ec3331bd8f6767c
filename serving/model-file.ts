import { createHash, webcrypto } from 'node:crypto';
import { ArtifactCorrupt, UnsafeModel } from './errors.ts';
import { checkTreeEnsemble, type TreeEnsembleSummary } from './tree-ensemble.ts';
import { readModel, type Graph } from './onnx-graph.ts';

/** Largest model file that is even looked at; a 500-tree model of 63 leaves is about 1 MB. */
export const MAX_MODEL_BYTES = 512 * 1024 * 1024;
export const INPUT_NAME = 'features';
export const OUTPUT_NAME = 'prediction';

const FLOAT = 1;
const DOUBLE = 11;

export interface ModelFileSummary {
  readonly features: number;
  readonly operators: readonly string[];
  readonly trees: TreeEnsembleSummary;
}

/** @throws ArtifactCorrupt when the bytes do not hash to `sha256` */
export function verifyHash(bytes: Uint8Array, sha256: string, what: string): void {
  const actual = createHash('sha256').update(bytes).digest('hex');
  if (actual !== sha256) throw new ArtifactCorrupt(what, sha256, actual);
}

/** The same without holding up the thread that asks: a model of some megabytes takes as long as many answers. @throws ArtifactCorrupt */
export async function verifyHashAside(
  bytes: Uint8Array<ArrayBuffer>,
  sha256: string,
  what: string,
): Promise<void> {
  const actual = Buffer.from(await webcrypto.subtle.digest('SHA-256', bytes)).toString('hex');
  if (actual !== sha256) throw new ArtifactCorrupt(what, sha256, actual);
}

/**
 * Reads a model file as data, before any runtime sees it, and refuses everything but what the exporter writes: one float32
 * input `features` [n, k], one float64 output `prediction` [n, 1], a chain of allowed operators, inline data only,
 * one tree ensemble whose trees are finite. Fields that ONNX knows but the exporter never writes (functions, training
 * info, subgraphs, sparse or external tensors, segments) are refused, and so are unknown fields and repeated singular
 * ones: two readers could understand them differently.
 * @throws UnsafeModel with the reason
 */
export function inspectModelFile(bytes: Uint8Array): ModelFileSummary {
  refuseForeignFormats(bytes);
  const graph = readModel(bytes);
  const features = checkSignature(graph);
  const ensembles = graph.nodes.filter((node) => node.operator === 'ai.onnx.ml:TreeEnsemble');
  const [ensemble] = ensembles;
  if (ensemble === undefined || ensembles.length > 1) {
    throw new UnsafeModel(`expected exactly one TreeEnsemble, found ${String(ensembles.length)}`);
  }
  checkChain(graph);
  if (ensemble.outputs.length !== 1 || ensemble.outputs[0] !== OUTPUT_NAME) {
    throw new UnsafeModel(`"${OUTPUT_NAME}" is not the sum of the trees`);
  }
  return {
    features,
    operators: graph.nodes.map((node) => node.operator),
    trees: checkTreeEnsemble(ensemble.attributes, features),
  };
}

function refuseForeignFormats(bytes: Uint8Array): void {
  if (bytes.length === 0) throw new UnsafeModel('the file is empty');
  if (bytes.length > MAX_MODEL_BYTES) {
    throw new UnsafeModel(`${String(bytes.length)} bytes, above the limit of ${String(MAX_MODEL_BYTES)}`);
  }
  const [first, second, third, fourth] = bytes;
  if (first === 0x80 && second !== undefined && second >= 2 && second <= 5) {
    throw new UnsafeModel('a Python pickle, which runs code when it is loaded');
  }
  if (first === 0x50 && second === 0x4b) throw new UnsafeModel('a zip archive (npz, torch or joblib file)');
  if (first === 0x1f && second === 0x8b) throw new UnsafeModel('a gzip file');
  if (first === 0x89 && second === 0x48 && third === 0x44 && fourth === 0x46)
    throw new UnsafeModel('an HDF5 file');
}

/** @returns the number of features */
function checkSignature(graph: Graph): number {
  const inputs = graph.inputs.filter((input) => !graph.initializers.has(input.name));
  const [input] = inputs;
  const [output] = graph.outputs;
  if (
    input === undefined ||
    inputs.length !== 1 ||
    input.name !== INPUT_NAME ||
    input.elementType !== FLOAT
  ) {
    throw new UnsafeModel(`the model has to take one float32 input "${INPUT_NAME}"`);
  }
  if (
    output === undefined ||
    graph.outputs.length !== 1 ||
    output.name !== OUTPUT_NAME ||
    output.elementType !== DOUBLE
  ) {
    throw new UnsafeModel(`the model has to give one float64 output "${OUTPUT_NAME}"`);
  }
  const [batch, features] = input.dims;
  if (
    input.dims.length !== 2 ||
    batch !== null ||
    typeof features !== 'number' ||
    features < 1 ||
    features > 10_000
  ) {
    throw new UnsafeModel(`input "${INPUT_NAME}" has to be [n, features]`);
  }
  if (output.dims.length !== 2 || output.dims[0] !== null || output.dims[1] !== 1) {
    throw new UnsafeModel(`output "${OUTPUT_NAME}" has to be [n, 1]`);
  }
  return features;
}

/** Every node reads what came before it and the last one writes the output: no cycle, no dangling name, no second use. */
function checkChain(graph: Graph): void {
  const known = new Set<string>([INPUT_NAME, ...graph.initializers.keys()]);
  for (const node of graph.nodes) {
    for (const name of node.inputs) {
      if (name !== '' && !known.has(name))
        throw new UnsafeModel(`${node.operator} reads "${name}", which nothing before it writes`);
    }
    for (const name of node.outputs) {
      if (known.has(name)) throw new UnsafeModel(`"${name}" is written twice`);
      known.add(name);
    }
  }
  if (!known.has(OUTPUT_NAME)) throw new UnsafeModel(`nothing writes "${OUTPUT_NAME}"`);
}
