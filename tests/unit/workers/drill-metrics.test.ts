import { describe, expect, it } from 'vitest';
import { createWorkerMetrics, type DrillAge } from '../../../workers/metrics-server.ts';

const NOW = new Date('2026-01-11T00:00:00.000Z');
const age = (model: string, changes: Partial<DrillAge> = {}): DrillAge => ({
  ...{ model, newest: null, passedAt: null, wayBackSince: '2026-01-01T00:00:00.000Z', maxAgeDays: 15 },
  ...changes,
});

describe('the metrics of drills', () => {
  it('say how old the newest that passed is, and keep their last word while the registry is away', async () => {
    const registry = { away: false };
    const metrics = createWorkerMetrics('control');
    metrics.watchDrills(
      () =>
        registry.away
          ? Promise.reject(new Error('connection refused'))
          : Promise.resolve([age('never'), age('held', { passedAt: '2026-01-10T00:00:00.000Z' })]),
      () => NOW,
    );
    const server = await metrics.listen({ metricsPort: 0, listenAddress: '127.0.0.1' });
    const lines = async (): Promise<readonly string[]> => {
      const text = await (await fetch(`http://127.0.0.1:${String(server.port)}/metrics`)).text();
      return text.split('\n').filter((line) => line.startsWith('contender_drill_'));
    };
    try {
      const said = await lines();
      expect(said).toContain('contender_drill_age_seconds{model="never",service="control"} 864000');
      expect(said).toContain('contender_drill_age_seconds{model="held",service="control"} 86400');
      expect(said).toContain('contender_drill_max_age_seconds{model="held",service="control"} 1296000');
      expect(said).toContain('contender_drill_failed{model="held",service="control"} 0');
      registry.away = true;
      expect(await lines()).toEqual(said);
    } finally {
      await server.close();
    }
  });
});
