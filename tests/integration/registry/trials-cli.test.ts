import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runCli } from '../../../cli/program.ts';
import { nextBudget } from '../../../gates/error-budget.ts';
import { hashValue } from '../../../registry/hash.ts';
import { openBench } from './registry-bench.ts';
import type { RegistryBench } from './registry-bench.ts';
import { artifact, recipe } from './world.ts';
import type { Candidate } from './world.ts';

let bench: RegistryBench;
let folder: string;

beforeAll(async () => {
  bench = await openBench('trials-cli');
  folder = await mkdtemp(join(tmpdir(), 'trials-cli-'));
});
afterAll(async () => {
  await bench.close();
  await rm(folder, { recursive: true });
});

interface Answer {
  readonly exitCode: number;
  readonly out: string;
  readonly err: string;
}

async function contender(...args: readonly string[]): Promise<Answer> {
  let [out, err] = ['', ''];
  const exitCode = await runCli(args, {
    streams: {
      stdin: Readable.from([]),
      stdout: { write: (text: string) => (out += text) },
      stderr: { write: (text: string) => (err += text) },
    },
    interrupted: new AbortController().signal,
    sources: {
      environment: {
        CONTENDER_DATABASE_URL: bench.url,
        CONTENDER_TOKEN_SIGNING_KEY_FILE: join(folder, 'key'),
      },
      root: folder,
    },
    showStacks: false,
  });
  return { exitCode, out, err };
}

async function tokenOf(subject: string): Promise<string> {
  const { out } = await contender('token', 'create', '--subject', subject, '--role', 'quant-lead', '--json');
  return (JSON.parse(out) as { token: string }).token;
}

async function tried(model: string): Promise<Candidate> {
  const candidate = await bench.world.candidate(model, 1);
  const { retrainId } = candidate;
  const [first, second] = [1, 2].map((seed) => {
    const recipeHash = hashValue(recipe(seed));
    return { trialId: hashValue({ recipeHash }), recipeHash, recipe: recipe(seed) };
  });
  if (first === undefined || second === undefined) throw new Error('two trials');
  await bench.registry.announceTrials({ retrainId, trials: [first, second] });
  await bench.registry.recordTrials({
    retrainId,
    trials: [
      {
        ...{ state: 'scored', trial: first, predictions: artifact('p'), returns: artifact('r') },
        summary: { annualisedSharpe: 1.234 },
      },
      { state: 'abandoned', trial: second, code: 'TrainingTimeLimit', summary: {} },
    ],
  });
  return candidate;
}

describe('contender trials', () => {
  test('lists what was tried, abandoned trials included, and what the gates count', async () => {
    const model = await bench.world.model();
    expect((await contender('trials', 'list', model)).out).toContain('Nothing was ever tried');
    await tried(model);
    const { out } = await contender('trials', 'list', model);
    expect(out).toContain('2 trials of 2 recipes');
    expect(out).toContain('counts 2');
    expect(out).toMatch(/abandoned \(TrainingTimeLimit\)/u);
    expect(out).toMatch(/scored +1\.23/u);
    expect(JSON.parse((await contender('trials', 'list', model, '--json')).out)).toMatchObject({
      ...{ trials: 2, counted: 2, recipes: 2, newest: [{ state: 'abandoned' }, { state: 'scored' }] },
    });
  });

  test('declares a structural change with two people, once, and shows it', async () => {
    const model = await bench.world.model();
    const candidate = await tried(model);
    const [lee, kim] = [await tokenOf('lee'), await tokenOf('kim')];
    const declare = (...rest: readonly string[]) =>
      contender(
        'trials',
        'declare-change',
        model,
        '--reason',
        'continuous matching',
        '--token',
        lee,
        ...rest,
      );
    expect(await declare('--second-token', kim)).toMatchObject({
      ...{ exitCode: 1, err: expect.stringContaining('RETRAIN_OPEN') as string },
    });
    await bench.world.finish(candidate, 'refused');
    expect(await declare()).toMatchObject({
      ...{ exitCode: 1, err: expect.stringContaining('SECOND_PERSON_NEEDED') as string },
    });
    expect(await declare('--second-token', lee)).toMatchObject({ exitCode: 1 });
    expect((await declare('--second-token', kim)).out).toContain('2 recipes no longer count');
    expect(await declare('--second-token', kim, '--json')).toMatchObject({ exitCode: 0 });
    expect(await bench.registry.structuralChanges({ model })).toHaveLength(1);
    const { out } = await contender('trials', 'list', model);
    expect(out).toContain('counts 0');
    expect(out).toContain('by lee and kim: continuous matching');
  });

  test('refuses a wrong limit, too short a reason and an unknown model', async () => {
    const model = await bench.world.model();
    for (const limit of ['0', 'many', '1.5']) {
      expect((await contender('trials', 'list', model, '--limit', limit)).exitCode).toBe(2);
    }
    expect((await contender('trials', 'declare-change', model, '--reason', 'short')).exitCode).toBe(2);
    expect(await contender('trials', 'list', 'nobody')).toMatchObject({
      ...{ exitCode: 1, err: expect.stringContaining('MODEL_UNKNOWN') as string },
    });
  });
});

describe('contender gates budget', () => {
  test('says that it is off', async () => {
    const { out } = await contender('gates', 'budget', await bench.world.model());
    expect(out).toContain('is off');
  });

  test('says what is left and at which level the next test is made', async () => {
    const model = await bench.world.model({ gates: { errorBudget: 'lord', errorBudgetLevel: 0.1 } });
    const { retrainId } = await bench.world.candidate(model, 1);
    const rule = { method: 'lord', level: 0.1 } as const;
    const { alpha } = nextBudget(rule, []);
    await bench.registry.recordBudgetTest({
      ...{ retrainId, ...rule },
      spent: { test: 1, testKey: artifact('scores').sha256, alpha, p: 0.4, discovery: false },
    });
    const next = nextBudget(rule, [{ alpha, discovery: false }]);
    const { out } = await contender('gates', 'budget', model, '--json');
    expect(JSON.parse(out)).toMatchObject({
      errorBudget: { test: 2, discoveries: 0, wealth: next.wealth, alpha: next.alpha, used: next.alpha },
      tests: [{ test: 1, p: 0.4, discovery: false }],
    });
    expect((await contender('gates', 'budget', model)).out).toContain('tests made 1, discoveries 0');
  });
});
