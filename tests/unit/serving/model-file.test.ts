import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { ArtifactCorrupt, UnsafeModel } from '../../../serving/errors.ts';
import { inspectModelFile, MAX_MODEL_BYTES, verifyHash } from '../../../serving/model-file.ts';
import { createOnnxScorer } from '../../../serving/onnx-scorer.ts';
import { FEATURES, modelBytes } from './fixtures.ts';
import {
  buildModel,
  castNode,
  intAttribute,
  intsAttribute,
  opset,
  tensor,
  tensorAttribute,
  value,
  type ModelParts,
} from './onnx-builder.ts';
import { bytes, concat, doubles, int, lie, message, text } from './protobuf-writer.ts';

const external = [message(13, text(1, 'location'), text(2, '/etc/passwd')), int(14, 1)] as const;
const eight = doubles([0.5]);

/** Each file differs from a legal one in the one thing its name says. */
const HOSTILE: Readonly<Record<string, { readonly parts: ModelParts; readonly reason: RegExp }>> = {
  'an initializer with external data': {
    parts: { graph: [bytes(5, tensor(11, 1, eight, text(8, 'w'), ...external))] },
    reason: /outside of the file/u,
  },
  'an initializer that only says EXTERNAL': {
    parts: { graph: [bytes(5, tensor(11, 1, eight, text(8, 'w'), int(14, 1)))] },
    reason: /outside of the file/u,
  },
  'a tensor attribute with external data': {
    parts: {
      attributes: {
        leaf_weights: tensorAttribute('leaf_weights', tensor(11, 3, doubles([1, 2, 3]), ...external)),
      },
    },
    reason: /outside of the file/u,
  },
  'a sparse initializer': {
    parts: { graph: [message(15, message(1, int(1, 1), int(2, 11), ...external))] },
    reason: /field 15/u,
  },
  'a subgraph in an attribute': {
    parts: { node: [message(5, text(1, 'body'), message(6, text(2, 'inner')), int(20, 5))] },
    reason: /attribute field 6/u,
  },
  'a list of subgraphs': {
    parts: { node: [message(5, text(1, 'b'), message(11), int(20, 10))] },
    reason: /attribute field 11/u,
  },
  'a list of tensors': {
    parts: { node: [message(5, text(1, 't'), message(10), int(20, 9))] },
    reason: /attribute field 10/u,
  },
  'a sparse tensor attribute': {
    parts: { node: [message(5, text(1, 's'), message(22), int(20, 11))] },
    reason: /attribute field 22/u,
  },
  'a local function': { parts: { model: [message(25, text(1, 'f'))] }, reason: /field 25/u },
  'training information': { parts: { model: [message(20)] }, reason: /field 20/u },
  'a field that no reader knows': { parts: { model: [int(900, 1)] }, reason: /field 900/u },
  'two graphs to merge': {
    parts: { model: [message(7, text(2, 'second'))] },
    reason: /field 7 appears twice/u,
  },
  'metadata that names an external file': {
    parts: { model: [message(14, text(1, 'external_data_location'), text(2, '/x'))] },
    reason: /outside of the file/u,
  },
  'a custom operator domain': {
    parts: { opsets: [opset('', 18), opset('com.microsoft', 1)] },
    reason: /domain/u,
  },
  'no operator set': { parts: { opsets: [opset('', 18)] }, reason: /has to import/u },
  'a later operator set with another meaning': {
    parts: { opsets: [opset('', 18), opset('ai.onnx.ml', 6)] },
    reason: /has to import/u,
  },
  'an unknown operator': {
    parts: { operator: 'PythonOp' },
    reason: /ai\.onnx\.ml:PythonOp is not on the allow-list/u,
  },
  'a known name in a foreign domain': { parts: { domain: 'evil' }, reason: /evil:TreeEnsemble/u },
  'a loop': { parts: { extraNodes: [message(1, text(2, 'x'), text(4, 'Loop'))] }, reason: /ai\.onnx:Loop/u },
  'an output that is not the trees’ sum': {
    parts: { ensembleOutput: 'ignored', extraNodes: [castNode('features', 'prediction')] },
    reason: /not the sum of the trees/u,
  },
  'an operator of ONNX that the exporter does not use': {
    parts: { extraNodes: [message(1, text(1, 'features'), text(2, 'x'), text(4, 'Identity'))] },
    reason: /ai\.onnx:Identity is not on the allow-list/u,
  },
  'two ensembles': { parts: { ensembles: 2 }, reason: /exactly one TreeEnsemble/u },
  'a dangling input': { parts: { extraNodes: [castNode('nowhere', 'x')] }, reason: /reads "nowhere"/u },
  'an output written twice': {
    parts: { extraNodes: [castNode('features', 'wide')] },
    reason: /written twice/u,
  },
  'seventeen nodes': {
    parts: {
      extraNodes: Array.from({ length: 16 }, (_, index) => castNode('features', `x${String(index)}`)),
    },
    reason: /more than 16 nodes/u,
  },
  'an integer input': { parts: { input: value(11, 'features', 7, 'n', 2) }, reason: /float32 input/u },
  'a float32 output': { parts: { output: value(12, 'prediction', 1, 'n', 1) }, reason: /float64 output/u },
  'two outputs': { parts: { graph: [value(12, 'second', 11, 'n', 1)] }, reason: /one float64 output/u },
  'a second input': { parts: { graph: [value(11, 'path', 8, 1)] }, reason: /one float32 input/u },
  'an input of a million features': {
    parts: { input: value(11, 'features', 1, 'n', 1_000_000) },
    reason: /has to be \[n, features\]/u,
  },
  'a branch in a circle': {
    parts: {
      attributes: {
        nodes_trueleafs: intsAttribute('nodes_trueleafs', [0, 0]),
        nodes_truenodeids: intsAttribute('nodes_truenodeids', [1, 0]),
      },
    },
    reason: /reached twice/u,
  },
  'two trees that share a node': {
    parts: { attributes: { tree_roots: intsAttribute('tree_roots', [0, 1]) } },
    reason: /reached twice/u,
  },
  'a branch past the nodes': {
    parts: { attributes: { nodes_truenodeids: intsAttribute('nodes_truenodeids', [7, 1]) } },
    reason: /outside of the nodes/u,
  },
  'a branch past the leaves': {
    parts: { attributes: { nodes_falsenodeids: intsAttribute('nodes_falsenodeids', [0, 3]) } },
    reason: /outside of the leaves/u,
  },
  'a root past the nodes': {
    parts: { attributes: { tree_roots: intsAttribute('tree_roots', [2]) } },
    reason: /outside of the nodes/u,
  },
  'a feature past the input': {
    parts: { attributes: { nodes_featureids: intsAttribute('nodes_featureids', [0, 2]) } },
    reason: /nodes_featureids points outside/u,
  },
  'a negative feature': {
    parts: {
      attributes: {
        nodes_featureids: message(5, text(1, 'nodes_featureids'), int(8, 0), int(8, -1n), int(20, 7)),
      },
    },
    reason: /negative or oversized/u,
  },
  'fewer modes than nodes': {
    parts: { attributes: { nodes_modes: tensorAttribute('nodes_modes', tensor(2, 1, Uint8Array.of(0))) } },
    reason: /nodes_modes does not fit/u,
  },
  'a set-membership branch': {
    parts: { attributes: { nodes_modes: tensorAttribute('nodes_modes', tensor(2, 2, Uint8Array.of(0, 6))) } },
    reason: /branch mode/u,
  },
  'fewer children than nodes': {
    parts: { attributes: { nodes_falseleafs: intsAttribute('nodes_falseleafs', [1]) } },
    reason: /1 entries for 2 nodes/u,
  },
  'a second target': {
    parts: { attributes: { leaf_targetids: intsAttribute('leaf_targetids', [0, 0, 1]) } },
    reason: /leaf_targetids/u,
  },
  'a leaf that is NaN': {
    parts: {
      attributes: {
        leaf_weights: tensorAttribute('leaf_weights', tensor(11, 3, doubles([1, Number.NaN, 3]))),
      },
    },
    reason: /leaf is not finite/u,
  },
  'a threshold that is NaN': {
    parts: {
      attributes: { nodes_splits: tensorAttribute('nodes_splits', tensor(11, 2, doubles([Number.NaN, 0]))) },
    },
    reason: /threshold is NaN/u,
  },
  'float32 thresholds': {
    parts: { attributes: { nodes_splits: tensorAttribute('nodes_splits', tensor(1, 2, new Uint8Array(8))) } },
    reason: /nodes_splits has to be a float64/u,
  },
  'a transformed sum': {
    parts: { attributes: { post_transform: intAttribute('post_transform', 2) } },
    reason: /transformed/u,
  },
  'an average instead of a sum': {
    parts: { attributes: { aggregate_function: intAttribute('aggregate_function', 0) } },
    reason: /not summed/u,
  },
  'an attribute the exporter never writes': {
    parts: { attributes: { membership_values: tensorAttribute('membership_values', tensor(11, 1, eight)) } },
    reason: /membership_values/u,
  },
  'a missing table': { parts: { attributes: { leaf_weights: null } }, reason: /leaf_weights/u },
  'dimensions that multiply to terabytes': {
    parts: { graph: [message(5, int(1, 2_000_000), int(1, 2_000_000), int(2, 11), text(8, 'w'))] },
    reason: /elements/u,
  },
  'less data than the dimensions say': {
    parts: { graph: [bytes(5, tensor(11, 4, eight, text(8, 'w')))] },
    reason: /8 bytes of data for 4 elements/u,
  },
  'data given twice': {
    parts: { graph: [bytes(5, tensor(11, 1, eight, bytes(10, eight)))] },
    reason: /data given twice/u,
  },
  'text tensors': { parts: { graph: [message(5, int(1, 1), int(2, 8), text(6, 'x'))] }, reason: /field 6/u },
  'a graph that promises ten gigabytes': {
    parts: { model: [lie(14, 10 * 2 ** 30)] },
    reason: /past its message/u,
  },
};

const refusal = (file: Uint8Array): string => {
  try {
    inspectModelFile(file);
  } catch (error) {
    if (error instanceof UnsafeModel) return error.message;
    throw error;
  }
  return 'accepted';
};

describe('inspectModelFile', () => {
  it('accepts the smallest legal model and describes it', () => {
    expect(inspectModelFile(buildModel())).toMatchObject({
      features: 2,
      operators: ['ai.onnx:Cast', 'ai.onnx.ml:TreeEnsemble'],
      trees: { trees: 1, nodes: 2, leaves: 3, thresholds: [Float64Array.of(0.5), Float64Array.of(-1)] },
    });
  });

  it('builds files that the runtime itself scores, so that each hostile one is wrong for one reason only', async () => {
    const scorer = createOnnxScorer();
    const session = await scorer.load(buildModel(), ['x', 'y']);
    expect([...(await session.score(Float32Array.of(0.7, 0, 0.5, -1, 0.5, 0, Number.NaN, 0), 4))]).toEqual([
      1, 2, 3, 3,
    ]);
    await scorer.close();
  });

  it('accepts an exported ensemble', () => {
    const summary = inspectModelFile(modelBytes('a'));
    expect(summary.features).toBe(FEATURES.length);
    expect(summary.trees).toMatchObject({ trees: 20, nodes: 120, leaves: 140 });
  });

  it.each(Object.entries(HOSTILE))('refuses %s', (_, { parts, reason }) => {
    expect(refusal(buildModel(parts))).toMatch(reason);
  });

  it.each([
    ['nothing', new Uint8Array(0), /empty/u],
    ['a Python pickle', Uint8Array.of(0x80, 0x04, 0x95, 0x10, 0, 0), /pickle/u],
    ['a text pickle', new TextEncoder().encode('cos\nsystem\n(S"id"\ntR.'), /model/u],
    ['a zip archive', Uint8Array.of(0x50, 0x4b, 0x03, 0x04), /zip/u],
    ['a gzip file', Uint8Array.of(0x1f, 0x8b, 0x08), /gzip/u],
    ['an HDF5 file', Uint8Array.of(0x89, 0x48, 0x44, 0x46, 0x0d), /HDF5/u],
    ['a LightGBM text model', new TextEncoder().encode('tree\nversion=v4\n'), /model/u],
    ['JSON', new TextEncoder().encode('{"model": 1}'), /model/u],
    ['an empty message', int(1, 10), /no graph/u],
    ['a header of all ones', new Uint8Array(64).fill(0xff), /model/u],
    [
      'a length of 2^63',
      concat(int(1, 10), Uint8Array.of(0x3a, 255, 255, 255, 255, 255, 255, 255, 255, 127)),
      /oversized/u,
    ],
  ])('refuses %s', (_, file, reason) => {
    expect(refusal(file)).toMatch(reason);
  });

  it('refuses a file above the size limit without reading it', () => {
    // The pages are never touched, so the allocation costs address space only.
    expect(refusal(new Uint8Array(MAX_MODEL_BYTES + 1))).toMatch(/above the limit/u);
  });

  it('refuses every truncation of a real model', () => {
    const whole = modelBytes('a');
    for (let length = 0; length < whole.length; length += 1) {
      expect(refusal(whole.subarray(0, length)), `${String(length)} bytes`).not.toBe('accepted');
    }
  });
});

describe('verifyHash', () => {
  it('accepts the very bytes and refuses one flipped bit', () => {
    const file = modelBytes('a');
    const sha256 = createHash('sha256').update(file).digest('hex');
    verifyHash(file, sha256, 'model');
    file[100] = (file[100] ?? 0) ^ 1;
    expect(() => {
      verifyHash(file, sha256, 'model');
    }).toThrow(ArtifactCorrupt);
  });
});
