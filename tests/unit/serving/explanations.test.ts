import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ExplanationAnswer } from '../../../contracts/serving.ts';
import { ExplainerUnavailable } from '../../../serving/errors.ts';
import type { ExplainedRow, Explainer, ExplainJob } from '../../../serving/explainer.ts';
import type { ServingServer } from '../../../serving/server.ts';
import { FEATURES } from './fixtures.ts';
import { eventually } from './memory-registry.ts';
import { get, namedRow, post, ready, ServerFleet, vector, type Answer } from './server-fleet.ts';

/** Answers when it is told to, or dies. */
class HeldExplainer implements Explainer {
  readonly jobs: ExplainJob[] = [];
  readonly #held: {
    readonly done: (rows: readonly ExplainedRow[]) => void;
    readonly fail: (error: Error) => void;
  }[] = [];

  explain(job: ExplainJob): Promise<readonly ExplainedRow[]> {
    this.jobs.push(job);
    return new Promise((resolve, reject) => this.#held.push({ done: resolve, fail: reject }));
  }

  answer(): void {
    const [job] = this.jobs.slice(-1);
    const rows = [...(job?.scores ?? [])].map((prediction) => ({
      prediction,
      base: 0.5,
      top: [{ feature: 'gap_1', value: null, contribution: 0.25 }],
      others: prediction - 0.75,
    }));
    this.#held.shift()?.done(rows);
  }

  die(error: Error): void {
    this.#held.shift()?.fail(error);
  }

  close(): Promise<void> {
    while (this.#held.length > 0) this.die(new ExplainerUnavailable('closed'));
    return Promise.resolve();
  }
}

describe('explaining predictions', () => {
  let fleet: ServerFleet;
  let explainer: HeldExplainer;
  let server: ServingServer;
  const start = async (given: Explainer | null): Promise<void> => {
    server = await fleet.start({ explainer: given });
    await ready(server);
  };
  const ask = (more: Record<string, unknown> = {}): Promise<Answer> =>
    post(server, '/api/v1/predict', { model: 'tw-alpha', features: [vector], explain: true, ...more });
  const explanationOf = ({ body }: Answer): { readonly id: string; readonly href: string } =>
    body['explanation'] as { readonly id: string; readonly href: string };
  const fetched = async (answer: Answer): Promise<Record<string, unknown>> =>
    (await get(server, explanationOf(answer).href)).body;

  beforeEach(async () => {
    fleet = new ServerFleet();
    fleet.registry.commit('tw-alpha', 4, fleet.registry.version('a', 2));
    explainer = new HeldExplainer();
    await start(explainer);
  });
  afterEach(() => fleet.stop());

  it('answers at once, and gives the contributions where it said once they are there', async () => {
    const answer = await ask();
    expect(answer.status).toBe(200);
    await eventually('the job', () => explainer.jobs.length === 1);
    expect(await fetched(answer)).toMatchObject({ status: 'running', version: 2, epoch: 4 });
    explainer.answer();
    await eventually('the result', async () => (await fetched(answer))['status'] === 'done');
    const done = await fetched(answer);
    expect(ExplanationAnswer.parse(done)).toEqual(done);
    expect(done['rows']).toMatchObject([{ prediction: (answer.body['predictions'] as number[])[0] }]);
    expect([...(explainer.jobs[0]?.batch ?? [])]).toEqual([...Float32Array.from(vector)]);
  });

  it('explains what was scored, in every form that rows come in', async () => {
    await ask({ features: undefined, rows: [namedRow(), namedRow({ gap_1: null })] });
    await eventually('the first job', () => explainer.jobs.length === 1);
    explainer.answer();
    await post(server, '/api/v1/batch_predict', {
      model: 'tw-alpha',
      items: [{ row: namedRow() }, { features: vector }],
      explain: true,
    });
    await eventually('the second job', () => explainer.jobs.length === 2);
    expect(explainer.jobs.map(({ rows, batch }) => [rows, batch.length])).toEqual([
      [2, 2 * FEATURES.length],
      [2, 2 * FEATURES.length],
    ]);
  });

  it('says by code why one could not be explained, and goes on with the next', async () => {
    const first = await ask();
    const second = await ask();
    await eventually('the first job', () => explainer.jobs.length === 1);
    explainer.die(new ExplainerUnavailable('the process ended'));
    await eventually('the second job', () => explainer.jobs.length === 2);
    expect(await fetched(first)).toMatchObject({
      status: 'failed',
      error: { code: 'EXPLAINER_UNAVAILABLE' },
    });
    explainer.answer();
    await eventually('the second result', async () => (await fetched(second))['status'] === 'done');
  });

  it('refuses what it could not explain before it scores: too many rows, too many waiting', async () => {
    const many = await ask({ features: Array.from({ length: 101 }, () => vector) });
    expect([many.status, many.body.code]).toEqual([400, 'INVALID_REQUEST']);
    const statuses = await Promise.all(Array.from({ length: 17 }, async () => (await ask()).status));
    expect(statuses.filter((status) => status === 200)).toHaveLength(16);
    expect(statuses.filter((status) => status === 429)).toHaveLength(1);
    expect((await ask({ explain: false })).status).toBe(200);
  });

  it('refuses for a version that came without a LightGBM model, before it scores', async () => {
    const version = fleet.registry.version('b', 9);
    fleet.registry.others.set('tw-alpha@9', { ...version, nativeModel: null });
    const refused = await ask({ version: 9 });
    expect([refused.status, refused.body.code]).toEqual([409, 'NOT_EXPLAINABLE']);
    expect((await ask({ version: 9, explain: false })).status).toBe(200);
    expect(explainer.jobs).toHaveLength(0);
  });

  it('answers 404 for an id that it does not keep', async () => {
    for (const id of ['0d3f7c1e-5b0a-4c6e-9d42-7c1b2a394857', 'nothing', '%00'])
      expect((await get(server, `/api/v1/explanations/${id}`)).status).toBe(404);
  });

  it('answers 503 where there is no sidecar, and predicts without explaining', async () => {
    await start(null);
    const refused = await ask();
    expect([refused.status, refused.body.code]).toEqual([503, 'EXPLAINER_UNAVAILABLE']);
    expect((await ask({ explain: false })).status).toBe(200);
  });
});
