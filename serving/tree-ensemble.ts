import { UnsafeModel } from './errors.ts';
import type { Attribute, Tensor } from './onnx-values.ts';

export interface TreeEnsembleSummary {
  readonly trees: number;
  readonly nodes: number;
  readonly leaves: number;
  /** Distinct finite thresholds of each feature, ascending; empty where the feature is never split on. */
  readonly thresholds: readonly Float64Array[];
  readonly tables: TreeTables;
}

/**
 * The trees, checked. Of node i: `splits[i]` is compared with feature `features[i]`, `x <= split` (`<` where `strict`); the true
 * branch leads to `trueIds[i]`, a leaf where `trueLeaves[i]` is 1 and a node otherwise; a missing value follows it where
 * `missingTrue[i]` is 1. A row's score is the sum of one weight per root, in their order.
 */
export interface TreeTables {
  readonly splits: Float64Array;
  readonly features: readonly number[];
  readonly strict: readonly number[];
  readonly missingTrue: readonly number[];
  readonly trueIds: readonly number[];
  readonly falseIds: readonly number[];
  readonly trueLeaves: readonly number[];
  readonly falseLeaves: readonly number[];
  readonly weights: Float64Array;
  readonly roots: readonly number[];
}

const DOUBLE = 11;
const UINT8 = 2;
/** BRANCH_LEQ, BRANCH_LT: what LightGBM's `<=` needs. BRANCH_MEMBER and equality have no place in the exporter's files. */
const ALLOWED_MODES: ReadonlySet<number> = new Set([0, 1]);
const SUM = 1;
const NO_TRANSFORM = 0;

const ALLOWED_ATTRIBUTES: ReadonlySet<string> = new Set([
  'aggregate_function',
  'post_transform',
  'n_targets',
  'tree_roots',
  'nodes_splits',
  'nodes_featureids',
  'nodes_modes',
  'nodes_hitrates',
  'nodes_missing_value_tracks_true',
  'nodes_truenodeids',
  'nodes_falsenodeids',
  'nodes_trueleafs',
  'nodes_falseleafs',
  'leaf_targetids',
  'leaf_weights',
]);

type Nodes = Omit<TreeTables, 'splits' | 'weights' | 'roots'>;

/**
 * Checks the tables of an ai.onnx.ml 5 TreeEnsemble: equal lengths, indices inside their tables, double thresholds and
 * finite leaves, and trees that are trees - a node reached twice would be a cycle (a walk without end) or a shared branch.
 * @throws UnsafeModel
 */
export function checkTreeEnsemble(
  attributes: ReadonlyMap<string, Attribute>,
  features: number,
): TreeEnsembleSummary {
  for (const name of attributes.keys()) {
    if (!ALLOWED_ATTRIBUTES.has(name))
      throw new UnsafeModel(`TreeEnsemble: attribute ${name} is not accepted`);
  }
  if ((attributes.get('aggregate_function')?.int ?? SUM) !== SUM)
    throw new UnsafeModel('TreeEnsemble: trees are not summed');
  if ((attributes.get('post_transform')?.int ?? NO_TRANSFORM) !== NO_TRANSFORM) {
    throw new UnsafeModel('TreeEnsemble: the sum is transformed');
  }
  if ((attributes.get('n_targets')?.int ?? 1) !== 1)
    throw new UnsafeModel('TreeEnsemble: more than one target');
  const splits = doubles(attributes, 'nodes_splits');
  const weights = doubles(attributes, 'leaf_weights');
  const nodes = readNodes(attributes, splits.length, features);
  checkLeaves(attributes, weights);
  const roots = integers(attributes, 'tree_roots');
  checkTrees(roots, nodes, weights.length);
  return {
    trees: roots.length,
    nodes: splits.length,
    leaves: weights.length,
    thresholds: thresholdsByFeature(splits, nodes.features, features),
    tables: { ...nodes, splits, weights, roots },
  };
}

function readNodes(attributes: ReadonlyMap<string, Attribute>, count: number, features: number): Nodes {
  const table = (name: string, limit: number): readonly number[] => {
    const values = integers(attributes, name);
    if (values.length !== count) {
      throw new UnsafeModel(
        `TreeEnsemble: ${name} has ${String(values.length)} entries for ${String(count)} nodes`,
      );
    }
    if (values.some((value) => value >= limit))
      throw new UnsafeModel(`TreeEnsemble: ${name} points outside of its table`);
    return values;
  };
  const modes = attributes.get('nodes_modes')?.tensor;
  if (modes?.dataType !== UINT8 || modes.elements !== count)
    throw new UnsafeModel('TreeEnsemble: nodes_modes does not fit');
  if (modes.data.some((mode) => !ALLOWED_MODES.has(mode)))
    throw new UnsafeModel('TreeEnsemble: a branch mode is not accepted');
  const missing = attributes.get('nodes_missing_value_tracks_true');
  const missingTrue =
    missing === undefined || missing.ints.length === 0
      ? Array.from({ length: count }, () => 0)
      : table('nodes_missing_value_tracks_true', 2);
  const hitRates = attributes.get('nodes_hitrates');
  if (hitRates !== undefined && hitRates.tensor?.elements !== count) {
    throw new UnsafeModel('TreeEnsemble: nodes_hitrates does not fit');
  }
  return {
    features: table('nodes_featureids', features),
    strict: [...modes.data],
    missingTrue,
    trueIds: table('nodes_truenodeids', Number.MAX_SAFE_INTEGER),
    falseIds: table('nodes_falsenodeids', Number.MAX_SAFE_INTEGER),
    trueLeaves: table('nodes_trueleafs', 2),
    falseLeaves: table('nodes_falseleafs', 2),
  };
}

function checkLeaves(attributes: ReadonlyMap<string, Attribute>, weights: Float64Array): void {
  if (weights.some((weight) => !Number.isFinite(weight)))
    throw new UnsafeModel('TreeEnsemble: a leaf is not finite');
  const targets = integers(attributes, 'leaf_targetids');
  if (targets.length !== weights.length || targets.some((target) => target !== 0)) {
    throw new UnsafeModel('TreeEnsemble: leaf_targetids does not fit');
  }
}

function checkTrees(roots: readonly number[], nodes: Nodes, leaves: number): void {
  if (roots.length === 0) throw new UnsafeModel('TreeEnsemble: no tree');
  const visited = new Uint8Array(nodes.features.length);
  const open: number[] = [];
  for (const root of roots) {
    open.push(root);
    while (open.length > 0) {
      const node = open.pop() ?? 0;
      if (node >= visited.length) throw new UnsafeModel('TreeEnsemble: a branch points outside of the nodes');
      if (visited[node] === 1)
        throw new UnsafeModel('TreeEnsemble: a node is reached twice (a cycle or a shared branch)');
      visited[node] = 1;
      for (const [leaf, child] of [
        [nodes.trueLeaves[node], nodes.trueIds[node] ?? 0],
        [nodes.falseLeaves[node], nodes.falseIds[node] ?? 0],
      ] as const) {
        if (leaf === 0) open.push(child);
        else if (child >= leaves)
          throw new UnsafeModel('TreeEnsemble: a branch points outside of the leaves');
      }
    }
  }
}

function thresholdsByFeature(
  splits: Float64Array,
  featureIds: readonly number[],
  features: number,
): Float64Array[] {
  const values = Array.from({ length: features }, () => new Set<number>());
  for (const [node, feature] of featureIds.entries()) {
    const threshold = splits[node];
    if (threshold === undefined || Number.isNaN(threshold))
      throw new UnsafeModel('TreeEnsemble: a threshold is NaN');
    if (Number.isFinite(threshold)) values[feature]?.add(threshold);
  }
  return values.map((set) => Float64Array.from(set).sort());
}

function integers(attributes: ReadonlyMap<string, Attribute>, name: string): readonly number[] {
  const attribute = attributes.get(name);
  if (attribute === undefined) throw new UnsafeModel(`TreeEnsemble: ${name} is missing`);
  return attribute.ints;
}

function doubles(attributes: ReadonlyMap<string, Attribute>, name: string): Float64Array {
  const tensor: Tensor | null | undefined = attributes.get(name)?.tensor;
  if (tensor?.dataType !== DOUBLE) throw new UnsafeModel(`TreeEnsemble: ${name} has to be a float64 tensor`);
  // Copied: the view inside the file need not be aligned to eight bytes. (Buffer.slice would not copy.)
  return new Float64Array(new Uint8Array(tensor.data).buffer);
}
