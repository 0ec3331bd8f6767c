import { createOnnxScorer } from '../../../serving/onnx-scorer.ts';
import { createScorerPool } from '../../../serving/scorer-pool.ts';
import { createTreeScorer } from '../../../serving/tree-scorer.ts';
import { describeScorer } from './scorer-conformance.ts';

const quiet = { onThreadLost: () => undefined, onThreadDown: () => undefined };

describeScorer('onnxruntime on the calling thread', createOnnxScorer);
describeScorer('the tree kernel on the calling thread', createTreeScorer);
describeScorer('a pool of one thread', () => createScorerPool({ threads: 1, splitRows: 512, ...quiet }));
describeScorer('a pool of two threads that splits batches', () =>
  createScorerPool({ threads: 2, splitRows: 64, ...quiet }),
);
