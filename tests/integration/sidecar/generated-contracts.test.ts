import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { TRAINING_FAILURES } from '../../../contracts/training.ts';

const ROOT = join(import.meta.dirname, '../../..');

test('the committed JSON Schema and pydantic models are what the contracts give', () => {
  const run = spawnSync(process.execPath, [join(ROOT, 'scripts/generate-contracts.ts'), '--check'], {
    encoding: 'utf8',
    timeout: 60_000,
  });
  expect(run.stderr).toBe('');
  expect(run.status).toBe(0);
}, 70_000);

test('integers stay integers in Python: a count of leaves is an int, not a float', () => {
  const models = readFileSync(join(ROOT, 'sidecar/contender_sidecar/generated/contracts.py'), 'utf8');
  expect(models).toMatch(/num_leaves: Annotated\[int,/u);
  expect(models).not.toMatch(/int \| float|float \| int/u);
});

test('every training failure of the contract but the one of the workflow has its class in the sidecar', () => {
  const failures = readFileSync(join(ROOT, 'sidecar/contender_sidecar/failures.py'), 'utf8');
  const classes = [...failures.matchAll(/^class (\w+)\(TrainingFailure\)/gmu)].map((match) => match[1]);
  // AllTrialsFailed is the workflow's own conclusion: no single activity can know it.
  expect(classes.sort()).toEqual(TRAINING_FAILURES.filter((name) => name !== 'AllTrialsFailed').sort());
});
