import { UnsafeModel } from './errors.ts';
import { ProtobufReader } from './protobuf-reader.ts';

/** A TensorProto with inline data. `data` is a view over the little-endian values. */
export interface Tensor {
  readonly name: string;
  readonly dataType: TensorType;
  readonly elements: number;
  readonly data: Uint8Array;
}

export interface Attribute {
  readonly name: string;
  readonly int: number | null;
  readonly ints: readonly number[];
  readonly tensor: Tensor | null;
}

/** Element sizes in bytes of the TensorProto data types that may appear: FLOAT, UINT8, INT64, DOUBLE. */
const ELEMENT_BYTES = { 1: 4, 2: 1, 7: 8, 11: 8 } as const;
export type TensorType = keyof typeof ELEMENT_BYTES;
const MAX_ELEMENTS = 50_000_000;

/** Protobuf lets a later copy of a singular field override or merge into an earlier one; readers differ, so none may repeat. */
export function refuseDuplicates(
  seen: Set<number>,
  field: number,
  repeated: readonly number[],
  where: string,
): void {
  if (repeated.includes(field)) return;
  if (seen.has(field)) throw new UnsafeModel(`${where}: field ${String(field)} appears twice`);
  seen.add(field);
}

/**
 * TensorProto: 1 dims, 2 data_type, 4 float_data, 5 int32_data, 7 int64_data, 8 name, 9 raw_data, 10 double_data, 12 doc_string.
 * External data (13, or 14 data_location other than DEFAULT), segments (3) and strings (6) are refused.
 */
export function readTensor(bytes: Uint8Array, where: string): Tensor {
  const reader = new ProtobufReader(bytes, where);
  const seen = new Set<number>();
  const dims: number[] = [];
  let dataType = 0;
  let name = '';
  let data: Uint8Array | null = null;
  while (reader.next()) {
    refuseDuplicates(seen, reader.field, [1, 5, 7], where);
    switch (reader.field) {
      case 1:
        reader.appendUnsigned(dims);
        break;
      case 2:
        dataType = reader.unsigned();
        break;
      case 8:
        name = reader.text(500);
        break;
      case 12:
        reader.text(65_536);
        break;
      case 4:
      case 9:
      case 10:
        data = onlyOne(data, reader.bytes(), where);
        break;
      case 5:
        data = onlyOne(data, packIntegers(reader, 1), where);
        break;
      case 7:
        data = onlyOne(data, packIntegers(reader, 8), where);
        break;
      case 13:
        throw new UnsafeModel(`${where} "${name}" keeps its data outside of the file`);
      case 14:
        if (reader.unsigned() !== 0)
          throw new UnsafeModel(`${where} "${name}" keeps its data outside of the file`);
        break;
      default:
        throw new UnsafeModel(
          `${where}: field ${String(reader.field)} (segment, text or unknown) is not accepted`,
        );
    }
  }
  return finishTensor(name, dims, dataType, data, where);
}

function finishTensor(
  name: string,
  dims: number[],
  dataType: number,
  data: Uint8Array | null,
  where: string,
): Tensor {
  if (!isTensorType(dataType))
    throw new UnsafeModel(`${where}: data type ${String(dataType)} is not accepted`);
  const elements = dims.reduce((product, size) => product * size, 1);
  if (dims.length > 4 || elements > MAX_ELEMENTS)
    throw new UnsafeModel(`${where}: ${dims.join(' x ')} elements`);
  const bytes = data ?? new Uint8Array(0);
  if (bytes.length !== elements * ELEMENT_BYTES[dataType]) {
    throw new UnsafeModel(
      `${where}: ${String(bytes.length)} bytes of data for ${String(elements)} elements of ${String(ELEMENT_BYTES[dataType])} bytes`,
    );
  }
  return { name, dataType, elements, data: bytes };
}

const isTensorType = (value: number): value is TensorType => value in ELEMENT_BYTES;

function onlyOne(before: Uint8Array | null, data: Uint8Array, where: string): Uint8Array {
  if (before !== null) throw new UnsafeModel(`${where}: data given twice`);
  return data;
}

/** Varint data (node modes as uint8, shapes as int64) brought to the same little-endian layout as raw data. */
function packIntegers(reader: ProtobufReader, width: 1 | 8): Uint8Array {
  const values: number[] = [];
  reader.appendUnsigned(values);
  if (width === 1) {
    if (values.some((value) => value > 255)) throw new UnsafeModel('a byte above 255');
    return Uint8Array.from(values);
  }
  return new Uint8Array(BigInt64Array.from(values, (value) => BigInt(value)).buffer);
}

/** AttributeProto: 1 name, 2 f, 3 i, 4 s, 5 t, 7 floats, 8 ints, 13 doc_string, 20 type. Graphs, sparse tensors, tensor lists, references: refused. */
export function readAttribute(bytes: Uint8Array, operator: string): Attribute {
  const reader = new ProtobufReader(bytes, `${operator} attribute`);
  const seen = new Set<number>();
  const ints: number[] = [];
  let name = '';
  let int: number | null = null;
  let tensor: Tensor | null = null;
  while (reader.next()) {
    refuseDuplicates(seen, reader.field, [8], `${operator} attribute`);
    switch (reader.field) {
      case 1:
        name = reader.text(200);
        break;
      case 2:
        reader.float32();
        break;
      case 3:
        int = reader.unsigned();
        break;
      case 4:
      case 13:
        reader.text(65_536);
        break;
      case 5:
        tensor = readTensor(reader.bytes(), `${operator} ${name === '' ? 'tensor' : name}`);
        break;
      case 8:
        reader.appendUnsigned(ints);
        break;
      case 20:
        reader.unsigned();
        break;
      default:
        throw new UnsafeModel(
          `${operator}: attribute field ${String(reader.field)} (graph, sparse or reference) is not accepted`,
        );
    }
  }
  if (name === '') throw new UnsafeModel(`${operator}: an attribute without a name`);
  return { name, int, ints, tensor };
}
