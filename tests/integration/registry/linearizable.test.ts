import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openRegistry } from '../../../registry/registry.ts';
import type { Registry } from '../../../registry/registry.ts';
import { testDatabase } from '../../postgres.ts';
import type { TestDatabase } from '../../postgres.ts';
import { championModel } from './champion-model.ts';
import type { ChampionInput, ChampionOutput } from './champion-model.ts';
import { doubleWins, raceForChampion } from './champion-race.ts';
import { linearize } from './linearizability.ts';
import type { Operation } from './linearizability.ts';
import { readForTears } from './torn-reads.ts';

describe('the checker of histories', () => {
  const at = (
    invoked: number,
    returned: number,
    input: ChampionInput,
    output: ChampionOutput,
  ): Operation<ChampionInput, ChampionOutput> => ({ client: 0, invoked, returned, input, output });
  const promote = (version: number, expectedEpoch: number): ChampionInput => ({
    kind: 'promote',
    version,
    expectedEpoch,
  });
  const back: ChampionInput = { kind: 'rollback', to: null, expectedEpoch: null };
  const read: ChampionInput = { kind: 'read' };
  const swapped = (epoch: number, version: number): ChampionOutput => ({ kind: 'swapped', epoch, version });
  const seen = (epoch: number, champion: number | null, previous: number | null): ChampionOutput => ({
    ...{ kind: 'seen', epoch, champion, previous },
  });
  const begun = [at(0, 1, promote(1, 0), swapped(1, 1)), at(2, 3, promote(2, 1), swapped(2, 2))];
  const verdict = (...more: readonly Operation<ChampionInput, ChampionOutput>[]): boolean =>
    linearize(championModel, [...begun, ...more]).linearizable;

  test('finds an order where there is one, however the answers overlap', () => {
    expect(
      verdict(at(4, 9, back, swapped(3, 1)), at(5, 6, read, seen(2, 2, 1)), at(7, 8, read, seen(3, 1, null))),
    ).toBe(true);
    expect(verdict(at(4, 9, promote(3, 2), { kind: 'moved', epoch: 3 }), at(5, 8, back, swapped(3, 1)))).toBe(
      true,
    );
    const { order } = linearize(championModel, [
      ...begun,
      at(4, 9, read, seen(3, 1, null)),
      at(5, 8, back, swapped(3, 1)),
    ]);
    expect(order).toEqual([0, 1, 3, 2]);
  });

  test.each([
    [
      'two winners of one epoch',
      [at(4, 9, promote(3, 2), swapped(3, 3)), at(5, 8, promote(4, 2), swapped(3, 4))],
    ],
    ['a stale reading after the answer', [at(4, 5, back, swapped(3, 1)), at(6, 7, read, seen(2, 2, 1))]],
    [
      'a reading that goes back',
      [at(4, 9, back, swapped(3, 1)), at(5, 6, read, seen(3, 1, null)), at(7, 8, read, seen(2, 2, 1))],
    ],
    ['champion and previous of two epochs', [at(4, 9, back, swapped(3, 1)), at(5, 8, read, seen(3, 1, 1))]],
    ['a refusal that names an epoch nobody opened', [at(4, 9, promote(3, 1), { kind: 'moved', epoch: 3 })]],
    ['a rollback to what is not the previous champion', [at(4, 5, back, swapped(3, 7))]],
    ['a lost swap', [at(4, 5, promote(3, 2), swapped(3, 3)), at(6, 7, promote(4, 2), swapped(3, 4))]],
  ])('finds %s', (_, operations) => {
    expect(verdict(...operations)).toBe(false);
  });
});

describe('promotions and rollbacks raced by eight clients', () => {
  let database: TestDatabase;
  let clients: Registry[];
  let reader: pg.Client;
  beforeAll(async () => {
    database = await testDatabase();
    clients = Array.from({ length: 8 }, (_, index) =>
      openRegistry({ url: database.url, applicationName: `racer-${String(index)}`, maxConnections: 1 }),
    );
    reader = new pg.Client({ connectionString: database.url });
    await reader.connect();
  });
  afterAll(async () => {
    await Promise.all([...clients.map((client) => client.close()), reader.end()]);
    await database.drop();
  });

  test(
    'no epoch has two winners, no reading is torn, and every history has an order',
    { timeout: 120_000 },
    async () => {
      const race = { on: true };
      const readings = (async () => {
        const torn: unknown[] = [];
        let reads = 0;
        while (race.on || reads === 0) {
          const reading = await readForTears(reader);
          torn.push(...reading.torn);
          reads += reading.reads;
        }
        return { torn, reads };
      })();
      const races = await Promise.all([1, 2, 3].map(() => raceForChampion(clients, 8)));
      race.on = false;
      const { torn, reads } = await readings;
      expect(torn).toEqual([]);
      expect(reads).toBeGreaterThan(50);
      for (const { model, history } of races) {
        expect(doubleWins(history)).toEqual([]);
        expect(history).toHaveLength(8 * 10);
        expect(linearize(championModel, history).linearizable).toBe(true);
        const swaps = history.filter(({ output }) => output.kind === 'swapped');
        expect((await clients[0]?.champion({ model }))?.epoch).toBe(swaps.length);
      }
    },
  );
});
