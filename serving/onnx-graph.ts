import { UnsafeModel } from './errors.ts';
import { readAttribute, readTensor, refuseDuplicates, type Attribute, type Tensor } from './onnx-values.ts';
import { ProtobufReader } from './protobuf-reader.ts';

const MAX_TEXT_BYTES = 65_536;
/** The operators the exporter uses, with the domain's canonical name. Anything else is refused. */
const ALLOWED_OPERATORS: ReadonlySet<string> = new Set(['ai.onnx.ml:TreeEnsemble', 'ai.onnx:Cast']);
/** The first ai.onnx.ml version with TreeEnsemble, whose meaning this inspection knows. */
const TREE_ENSEMBLE_OPSET = 5;

export interface GraphNode {
  readonly operator: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: ReadonlyMap<string, Attribute>;
}

export interface ValueInfo {
  readonly name: string;
  readonly elementType: number;
  /** A positive size, or null for a symbolic one. */
  readonly dims: readonly (number | null)[];
}

export interface Graph {
  readonly nodes: readonly GraphNode[];
  readonly initializers: ReadonlyMap<string, Tensor>;
  readonly inputs: readonly ValueInfo[];
  readonly outputs: readonly ValueInfo[];
}

/** ModelProto: 1 ir_version, 2-6 texts and version, 7 graph, 8 opset_import, 14 metadata_props. */
export function readModel(bytes: Uint8Array): Graph {
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
