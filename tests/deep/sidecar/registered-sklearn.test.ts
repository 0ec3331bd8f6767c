import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { servingRegistry } from '../../../serving/registry-port.ts';
import { startServingServer } from '../../../serving/server.ts';
import { eventually, QUIET_LOG } from '../../unit/serving/memory-registry.ts';
import { FEATURES } from '../../unit/serving/fixtures.ts';
import { MODEL, RegistrationDesk } from '../../integration/registry/registration-desk.ts';
import { installed, PYTHON, ROOT } from './sklearn-extra.ts';

/** A model of scikit-learn, from its file to an answer of a server: `convert`, `register`, predict by its number. */
describe.runIf(installed())('a model of scikit-learn', () => {
  let desk: RegistrationDesk;
  beforeAll(async () => {
    desk = await RegistrationDesk.open();
  });
  afterAll(() => desk.close());

  test('is served with the predictions of its library, to the last bit, and explains nothing', async () => {
    const { folder, api } = desk;
    const fit = [join(import.meta.dirname, 'fit_for_desk.py'), folder, ...FEATURES];
    const said = JSON.parse(execFileSync(PYTHON, fit, { encoding: 'utf8', timeout: 300_000 })) as {
      rows: number[][];
      predictions: number[];
    };
    const files = [join(folder, 'model.joblib'), '--rows', join(folder, 'rows.parquet')];
    const out = join(folder, 'of-sklearn');
    execFileSync(
      process.execPath,
      [join(ROOT, 'cli/main.ts'), 'convert', ...files, '--out', out, '--trusted', '--python', PYTHON],
      { stdio: 'pipe', timeout: 300_000 },
    );
    const told = await desk.register(out, ['--snapshot', join(folder, 'snapshot')]);
    expect(told.exitCode, told.said).toBe(0);
    const version = Number(told.answer['number']);
    const server = await startServingServer({
      ...{ host: '127.0.0.1', name: 'server-a', port: 0, models: [MODEL] },
      ...{ breakGlass: null, universe: null, log: QUIET_LOG, limits: { drainGraceMs: 0, pollMs: 100 } },
      explainer: { explain: () => Promise.reject(new Error('never asked')), close: () => Promise.resolve() },
      registry: servingRegistry(api.registry, api.artifacts),
    });
    const ask = async (more: object): Promise<{ status: number; body: Record<string, unknown> }> => {
      const response = await fetch(`${server.url}/api/v1/predict`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ model: MODEL, version, features: said.rows, ...more }),
      });
      return { status: response.status, body: (await response.json()) as Record<string, unknown> };
    };
    try {
      await eventually('ready', async () => (await fetch(`${server.url}/health`)).status === 200);
      const answer = await ask({});
      expect([answer.status, answer.body['predictions']]).toEqual([200, said.predictions]);
      const refused = await ask({ explain: true });
      expect([refused.status, refused.body['code']]).toEqual([409, 'NOT_EXPLAINABLE']);
    } finally {
      await server.stop();
    }
  }, 900_000);
});
