import { afterEach, beforeEach, expect, it } from 'vitest';
import { eventually } from './memory-registry.ts';
import { post, ready, ServerFleet, vector } from './server-fleet.ts';

let fleet: ServerFleet;

beforeEach(() => {
  fleet = new ServerFleet();
});
afterEach(() => fleet.stop());

it('stops although a version that somebody asked for never comes, and gives its lease back', async () => {
  const { registry } = fleet;
  registry.commit('tw-alpha', 1, registry.version('a', 2));
  const other = registry.version('b', 1);
  registry.others.set('tw-alpha@1', other);
  const read = registry.readArtifact.bind(registry);
  const asked: string[] = [];
  registry.readArtifact = (ref) => {
    if (ref.sha256 !== other.onnx.sha256) return read(ref);
    asked.push(ref.sha256);
    return new Promise(() => undefined);
  };
  const server = await fleet.start({
    limits: { drainGraceMs: 10, drainTimeoutMs: 100, closeTimeoutMs: 100 },
  });
  await ready(server);
  await eventually('a lease', () => registry.leases.size === 1);
  const answer = post(server, '/api/v1/predict', { model: 'tw-alpha', features: [vector], version: 1 });
  answer.catch(() => undefined);
  await eventually('the load', () => asked.length === 1);
  await server.stop();
  expect(registry.leases.size).toBe(0);
});
