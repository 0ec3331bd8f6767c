import { createHash } from 'node:crypto';
import { ArtifactCorrupt, UnsafeModel } from './errors.ts';
import { checkTreeEnsemble, type TreeEnsembleSummary } from './tree-ensemble.ts';
import { readAttribute, readTensor, refuseDuplicates, type Attribute, type Tensor } from './onnx-values.ts';
import { ProtobufReader } from './protobuf-reader.ts';

/** Largest model file that is even looked at; a 500-tree model of 63 leaves is about 1 MB. */
export const MAX_MODEL_BYTES = 512 * 1024 * 1024;
export const INPUT_NAME = 'features';
export const OUTPUT_NAME = 'prediction';

const MAX_TEXT_BYTES = 65_536;
/** Operators the exporter uses, with the domain's canonical name. Anything else is refused. */
const ALLOWED_OPERATORS: ReadonlySet<string> = new Set([
  'ai.onnx.ml:TreeEnsemble',
  'ai.onnx:Cast',
  'ai.onnx:Identity',
  'ai.onnx:Reshape',
]);
/** The first ai.onnx.ml version with TreeEnsemble, whose meaning this inspection knows. */
const TREE_ENSEMBLE_OPSET = 5;
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

interface GraphNode {
  readonly operator: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: ReadonlyMap<string, Attribute>;
}

interface ValueInfo {
  readonly name: string;
  readonly elementType: number;
  /** A positive size, or null for a symbolic one. */
  readonly dims: readonly (number | null)[];
}

interface Graph {
  readonly nodes: readonly GraphNode[];
  readonly initializers: ReadonlyMap<string, Tensor>;
  readonly inputs: readonly ValueInfo[];
  readonly outputs: readonly ValueInfo[];
}

/** ModelProto: 1 ir_version, 2-6 texts and version, 7 graph, 8 opset_import, 14 metadata_props. */
function readModel(bytes: Uint8Array): Graph {
  const reader = new ProtobufReader(bytes, 'model');
  const seen = new Set<number>();
  let graph: Graph | undefined;
  let irVersion = 0;
  const opsets = new Map<string, number>();
  while (reader.next()) {
    refuseDuplicates(seen, reader.field, [8, 14], 'model');
    switch (reader.field) {
      case 1:
        irVersion = reader.unsigned();
        break;
      case 2:
      case 3:
      case 4:
      case 6:
        reader.text(MAX_TEXT_BYTES);
        break;
      case 5:
        reader.unsigned();
        break;
      case 7:
        graph = readGraph(reader.bytes());
        break;
      case 8:
        readOpset(reader.bytes(), opsets);
        break;
      case 14:
        refuseExternalMetadata(reader.bytes());
        break;
      default:
        throw new UnsafeModel(
          `model: field ${String(reader.field)} (functions, training data or unknown) is not accepted`,
        );
    }
  }
  if (irVersion < 3 || irVersion > 20)
    throw new UnsafeModel(`model: ir_version ${String(irVersion)} is not ONNX`);
  if (graph === undefined) throw new UnsafeModel('model: no graph');
  if (!opsets.has('ai.onnx') || opsets.get('ai.onnx.ml') !== TREE_ENSEMBLE_OPSET) {
    throw new UnsafeModel(`model: it has to import ai.onnx and ai.onnx.ml ${String(TREE_ENSEMBLE_OPSET)}`);
  }
  return graph;
}

function readOpset(bytes: Uint8Array, opsets: Map<string, number>): void {
  const reader = new ProtobufReader(bytes, 'opset_import');
  const seen = new Set<number>();
  let domain = '';
  let version = 0;
  while (reader.next()) {
    refuseDuplicates(seen, reader.field, [], 'opset_import');
    if (reader.field === 1) domain = reader.text(200);
    else if (reader.field === 2) version = reader.unsigned();
    else throw new UnsafeModel(`opset_import: unknown field ${String(reader.field)}`);
  }
  const name = domain === '' ? 'ai.onnx' : domain;
  if (name !== 'ai.onnx' && name !== 'ai.onnx.ml')
    throw new UnsafeModel(`operator domain "${name}" is not accepted`);
  if (opsets.has(name)) throw new UnsafeModel(`operator domain ${name} is imported twice`);
  opsets.set(name, version);
}

/** metadata_props are free texts, but a key that runtimes read as a place outside of the file is not. */
function refuseExternalMetadata(bytes: Uint8Array): void {
  const reader = new ProtobufReader(bytes, 'metadata_props');
  while (reader.next()) {
    const text = reader.text(MAX_TEXT_BYTES);
    if (reader.field === 1 && /external|location/iu.test(text)) {
      throw new UnsafeModel(`metadata key "${text}" points outside of the file`);
    }
  }
}

/** GraphProto: 1 node, 2 name, 5 initializer, 10 doc_string, 11 input, 12 output, 13 value_info, 16 metadata_props. */
function readGraph(bytes: Uint8Array): Graph {
  const reader = new ProtobufReader(bytes, 'graph');
  const seen = new Set<number>();
  const nodes: GraphNode[] = [];
  const initializers = new Map<string, Tensor>();
  const inputs: ValueInfo[] = [];
  const outputs: ValueInfo[] = [];
  while (reader.next()) {
    refuseDuplicates(seen, reader.field, [1, 5, 11, 12, 13, 16], 'graph');
    switch (reader.field) {
      case 1:
        nodes.push(readNode(reader.bytes()));
        if (nodes.length > 16) throw new UnsafeModel('graph: more than 16 nodes');
        break;
      case 2:
      case 10:
        reader.text(MAX_TEXT_BYTES);
        break;
      case 5: {
        const tensor = readTensor(reader.bytes(), 'initializer');
        if (initializers.has(tensor.name))
          throw new UnsafeModel(`initializer "${tensor.name}" appears twice`);
        initializers.set(tensor.name, tensor);
        break;
      }
      case 11:
        inputs.push(readValueInfo(reader.bytes()));
        break;
      case 12:
        outputs.push(readValueInfo(reader.bytes()));
        break;
      case 13:
        readValueInfo(reader.bytes());
        break;
      case 16:
        refuseExternalMetadata(reader.bytes());
        break;
      default:
        throw new UnsafeModel(
          `graph: field ${String(reader.field)} (sparse, quantised or unknown) is not accepted`,
        );
    }
  }
  return { nodes, initializers, inputs, outputs };
}

/** NodeProto: 1 input, 2 output, 3 name, 4 op_type, 5 attribute, 6 doc_string, 7 domain. */
function readNode(bytes: Uint8Array): GraphNode {
  const reader = new ProtobufReader(bytes, 'node');
  const seen = new Set<number>();
  const inputs: string[] = [];
  const outputs: string[] = [];
  const attributeBytes: Uint8Array[] = [];
  let operatorType = '';
  let domain = '';
  while (reader.next()) {
    refuseDuplicates(seen, reader.field, [1, 2, 5], 'node');
    if (reader.field === 1) inputs.push(reader.text(500));
    else if (reader.field === 2) outputs.push(reader.text(500));
    else if (reader.field === 3 || reader.field === 6) reader.text(MAX_TEXT_BYTES);
    else if (reader.field === 4) operatorType = reader.text(200);
    else if (reader.field === 5) attributeBytes.push(reader.bytes());
    else if (reader.field === 7) domain = reader.text(200);
    else throw new UnsafeModel(`node: field ${String(reader.field)} is not accepted`);
  }
  const operator = `${domain === '' ? 'ai.onnx' : domain}:${operatorType}`;
  if (!ALLOWED_OPERATORS.has(operator))
    throw new UnsafeModel(`operator ${operator} is not on the allow-list`);
  const attributes = new Map<string, Attribute>();
  for (const value of attributeBytes) {
    const attribute = readAttribute(value, operator);
    if (attributes.has(attribute.name))
      throw new UnsafeModel(`${operator}: attribute ${attribute.name} appears twice`);
    attributes.set(attribute.name, attribute);
  }
  return { operator, inputs, outputs, attributes };
}

/** ValueInfoProto: 1 name, 2 type (only tensor types: TypeProto field 1), 3 doc_string. */
function readValueInfo(bytes: Uint8Array): ValueInfo {
  const reader = new ProtobufReader(bytes, 'value');
  const seen = new Set<number>();
  let name = '';
  let tensor: Omit<ValueInfo, 'name'> | undefined;
  while (reader.next()) {
    refuseDuplicates(seen, reader.field, [], 'value');
    if (reader.field === 1) name = reader.text(500);
    else if (reader.field === 2) tensor = readTensorType(reader.bytes());
    else if (reader.field === 3) reader.text(MAX_TEXT_BYTES);
    else throw new UnsafeModel(`value "${name}": field ${String(reader.field)} is not accepted`);
  }
  if (tensor === undefined) throw new UnsafeModel(`value "${name}" has no type`);
  return { name, ...tensor };
}

function readTensorType(bytes: Uint8Array): Omit<ValueInfo, 'name'> {
  const reader = new ProtobufReader(bytes, 'type');
  if (!reader.next() || reader.field !== 1) throw new UnsafeModel('a value that is not a tensor');
  const tensor = new ProtobufReader(reader.bytes(), 'tensor type');
  if (reader.next()) throw new UnsafeModel('a value with more than one type');
  const seen = new Set<number>();
  let elementType = 0;
  let dims: (number | null)[] = [];
  while (tensor.next()) {
    refuseDuplicates(seen, tensor.field, [], 'tensor type');
    if (tensor.field === 1) elementType = tensor.unsigned();
    else if (tensor.field === 2) dims = readShape(tensor.bytes());
    else throw new UnsafeModel(`tensor type: unknown field ${String(tensor.field)}`);
  }
  return { elementType, dims };
}

function readShape(bytes: Uint8Array): (number | null)[] {
  const reader = new ProtobufReader(bytes, 'shape');
  const dims: (number | null)[] = [];
  while (reader.next()) {
    if (reader.field !== 1 || dims.length >= 8)
      throw new UnsafeModel('shape: unknown field or more than 8 dimensions');
    const dimension = new ProtobufReader(reader.bytes(), 'dimension');
    let size: number | null = null;
    while (dimension.next()) {
      if (dimension.field === 1) size = dimension.unsigned();
      else if (dimension.field === 2 || dimension.field === 3) dimension.text(500);
      else throw new UnsafeModel(`dimension: unknown field ${String(dimension.field)}`);
    }
    dims.push(size);
  }
  return dims;
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
