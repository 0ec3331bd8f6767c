import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  ExplanationAnswer,
  HealthAnswer,
  ModelsAnswer,
  PredictAnswer,
  ReloadAnswer,
  ScoreAnswer,
  ServedModelAnswer,
} from '../../../contracts/serving.ts';
import { EXAMPLES } from '../../../serving/openapi-examples.ts';
import { openApiDocument } from '../../../serving/openapi.ts';
import type { ServingServer } from '../../../serving/server.ts';
import { FEATURES } from './fixtures.ts';
import { get, predict, ready, ServerFleet } from './server-fleet.ts';
import { requestsOf, type Document } from './openapi-requests.ts';

const CONTRACTS = {
  predict: PredictAnswer,
  batchPredict: PredictAnswer,
  score: ScoreAnswer,
  explanation: ExplanationAnswer,
  models: ModelsAnswer,
  model: ServedModelAnswer,
  reload: ReloadAnswer,
  health: HealthAnswer,
  probe: HealthAnswer,
};

describe('the OpenAPI document', () => {
  const fleet = new ServerFleet();
  let server: ServingServer;
  const document = openApiDocument({ authenticated: false }) as unknown as Document;

  beforeAll(async () => {
    fleet.registry.commit('tw-alpha', 1, fleet.registry.version('a', 1));
    server = await fleet.start();
    await ready(server);
  });
  afterAll(() => fleet.stop());

  it('is served, is 3.1, and refers to nothing that it lacks', async () => {
    const served = (await get(server, '/openapi.json')).body;
    expect(served['openapi']).toBe('3.1.0');
    expect(served).toEqual(JSON.parse(JSON.stringify(document)));
    const references = [...JSON.stringify(served).matchAll(/"\$ref":"#\/components\/schemas\/([^"]+)"/gu)];
    expect(references.length).toBeGreaterThan(20);
    for (const [, name = ''] of references) expect(document.components.schemas).toHaveProperty([name]);
    for (const [name, schema] of Object.entries(document.components.schemas)) {
      expect(schema.$ref, name).not.toBe(`#/components/schemas/${name}`);
    }
    expect(JSON.stringify(served)).not.toMatch(/\$defs/u);
  });

  it('gives an example for every answer and every body, and they hold to the contracts', () => {
    for (const [id, contract] of Object.entries(CONTRACTS)) {
      expect(() => contract.parse(EXAMPLES[id]), id).not.toThrow();
    }
    for (const { id, bodies } of requestsOf(document)) {
      for (const body of bodies) expect(body.example, id).toBeDefined();
    }
  });

  it('describes the answers that the server gives', async () => {
    const { body } = await predict(server);
    expect(PredictAnswer.parse(body)).toEqual(body);
    const models = (await get(server, '/api/v1/models')).body;
    expect(ModelsAnswer.parse(models)).toEqual(models);
    const health = (await get(server, '/api/v1/health')).body;
    expect(HealthAnswer.parse(health)).toEqual(health);
  });

  it('is shown by Swagger UI and by ReDoc, from this server alone', async () => {
    const swagger = await fetch(`${server.url}/docs/`);
    expect([swagger.status, swagger.headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8']);
    expect((await fetch(`${server.url}/docs/json`)).status).toBe(200);
    const redoc = await fetch(`${server.url}/redoc`);
    expect(redoc.status).toBe(200);
    expect((await fetch(`${server.url}/redoc/`)).status).toBe(200);
    const page = await redoc.text();
    expect(page).not.toMatch(/https?:/u);
    const script = await fetch(`${server.url}/redoc/redoc.standalone.js`);
    expect(script.status).toBe(200);
    expect((await script.text()).length).toBeGreaterThan(100_000);
  });

  it('leads to no status above 499 but a documented 503, whatever is sent to any endpoint of it', async () => {
    const requests = requestsOf(document);
    expect(requests.length).toBeGreaterThan(10);
    const seen = new Map<number, number>();
    for (const { method, path, arbitrary, documented } of requests) {
      await fc.assert(
        fc.asyncProperty(arbitrary(FEATURES), async ({ body, type, query }) => {
          const url = `${server.url}${path.replace('{name}', encodeURIComponent(query.name))}${query.text}`;
          const response = await fetch(url, {
            method: method.toUpperCase(),
            ...(method === 'get' ? {} : { headers: { 'content-type': type }, body }),
          });
          await response.arrayBuffer();
          seen.set(response.status, (seen.get(response.status) ?? 0) + 1);
          expect(response.status < 500 || (response.status === 503 && documented.has('503'))).toBe(true);
          // A path is another endpoint, or none, once a name in it is empty or has a slash.
          if (!path.includes('{name}')) expect([...documented]).toContain(String(response.status));
        }),
        { numRuns: method === 'get' ? 15 : 120 },
      );
    }
    expect(seen.get(200) ?? 0).toBeGreaterThan(20);
    expect(seen.get(400) ?? 0).toBeGreaterThan(50);
    expect((await predict(server)).status).toBe(200);
  }, 120_000);
});
