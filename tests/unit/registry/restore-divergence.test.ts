import { expect, test } from 'vitest';
import { divergence } from '../../../registry/backup/reconcile.ts';

const retrain = (retrainId: string, status = 'open') => ({ retrainId, status });
const run = (workflowId: string, running: boolean) => ({ workflowId, running });

test('a registry and Temporal that know the same retrains agree', () => {
  expect(divergence([retrain('a'), retrain('b', 'promoted')], [run('a', true), run('b', false)])).toEqual({
    unknown: [],
    orphaned: [],
  });
});

test('what ran after the backup was taken is unknown to the registry, whether it still runs or not', () => {
  expect(divergence([retrain('a', 'failed')], [run('b', true), run('c', false)]).unknown).toEqual([
    run('b', true),
    run('c', false),
  ]);
});

test('what is open in the registry and ended, or was lost, in Temporal is orphaned', () => {
  expect(
    divergence([retrain('a'), retrain('b'), retrain('c', 'refused')], [run('a', false)]).orphaned,
  ).toEqual(['a', 'b']);
});
