import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { violations, type RecordedHistory, type Violation } from '../../chaos/swap/invariants.ts';
import { openBench, type RegistryBench } from './registry-bench.ts';
import type { Candidate } from './world.ts';

/**
 * The checker that judges the chaos runs has to find what it is there for: one fault for each invariant is planted past every
 * rule of the database, in a transaction that is taken back.
 */
let bench: RegistryBench;
let model: string;
let first: Candidate;
let second: Candidate;
let rollbackKey: string;

beforeAll(async () => {
  bench = await openBench('checker test');
  model = await bench.world.model();
  first = await bench.world.champion(model, 1);
  second = await bench.world.champion(model, 2);
  rollbackKey = 'checker:rollback';
  await bench.world.rollback(model, { idempotencyKey: rollbackKey });
});
afterAll(async () => {
  await bench.close();
});

/** What really happened: nothing to find. */
function history(changes: Partial<RecordedHistory> = {}): RecordedHistory {
  return {
    acknowledged: [{ key: rollbackKey, model, epoch: 3, versionId: first.versionId }],
    answers: [
      { server: 'server-a', model, epoch: 2, versionId: second.versionId },
      { server: 'server-a', model, epoch: 3, versionId: first.versionId },
    ],
    readings: [
      { model, epoch: 2, championId: second.versionId, previousId: first.versionId },
      { model, epoch: 3, championId: first.versionId, previousId: null },
    ],
    deliveries: [
      { key: 'a', outcome: 'unknown' },
      { key: 'a', outcome: 'sent' },
      { key: 'b', outcome: 'sent' },
    ],
    ...changes,
  };
}

const WITHOUT_CHECKS = `do $$ declare c record; begin
  for c in select conrelid::regclass as place, conname as name from pg_constraint
    where contype = 'c' and conrelid <> 0 and connamespace = current_schema()::regnamespace loop
    execute format('alter table %s drop constraint %I', c.place, c.name);
  end loop; end $$`;

/** Faults are planted on a copy: a transaction without triggers and constraints, taken back at the end. */
async function afterPlanting(sql: string, values: readonly unknown[] = []): Promise<Violation[]> {
  const { root } = bench;
  await root.query('begin');
  try {
    await root.query(`set local session_replication_role = 'replica'`);
    await root.query(WITHOUT_CHECKS);
    const planted = await root.query(sql, [...values]);
    expect(planted.rowCount, 'nothing was planted').toBeGreaterThan(0);
    return await violations(root, await actualHistory(), 'as-it-stands');
  } finally {
    await root.query('rollback');
  }
}

async function actualHistory(): Promise<RecordedHistory> {
  const { rows } = await bench.root.query<{ previous_id: string | null }>(
    'select previous_id from reigns where model = $1 and epoch = 3',
    [model],
  );
  const previousId = rows[0]?.previous_id ?? null;
  const recorded = history();
  return {
    ...recorded,
    readings: recorded.readings.map((reading) =>
      reading.epoch === 3 ? { ...reading, previousId } : reading,
    ),
  };
}

const names = (found: readonly Violation[]): string[] => [
  ...new Set(found.map(({ invariant }) => invariant)),
];

describe('the checker of I1-I8', () => {
  it('finds nothing where nothing is wrong', async () => {
    expect(await violations(bench.root, await actualHistory())).toEqual([]);
  });

  it.for([
    ['I1', 'a champion that no reign explains', `update champions set epoch = 2 where model = $1`],
    ['I1', 'a gap in the epochs', `delete from reigns where model = $1 and epoch = 2`],
    ['I1', 'a reign that nobody announced', `delete from outbox where event ->> 'model' = $1`],
    [
      'I2',
      'evidence that was changed',
      `update evidence set body = body || ' ' where run in (select run from retrains where model = $1)`,
    ],
    [
      'I2',
      'a shadow that did not pass',
      `update evidence set verdict = 'fail' where kind = 'shadow' and run in (select run from retrains where model = $1)`,
    ],
    [
      'I2',
      'a rollback to what was never champion',
      `update reigns set version_id = repeat('e', 64) where model = $1 and epoch = 3`,
    ],
    [
      'I3',
      'an audit row that was edited',
      `update audit set body = replace(body, 'misbehaves', 'is well') where model = $1 and command = 'rollback'`,
    ],
    ['I3', 'an audit row that is gone', `delete from audit where model = $1 and command = 'rollback'`],
    [
      'I4',
      'a signature of who asked',
      `update approvals set subject = 'ana' where evidence_hash in (select hash from decisions d join retrains r using (run) where r.model = $1)`,
    ],
    [
      'I4',
      'a missing signature',
      `delete from approvals where evidence_hash in (select hash from decisions d join retrains r using (run) where r.model = $1)`,
    ],
    [
      'I5',
      'a server that acknowledged another hash',
      `insert into server_epochs (server, model, epoch, version_id) values ('server-z', $1, 3, repeat('e', 64))`,
    ],
    [
      'I6',
      'a retrain that has an outcome and no end',
      `update retrains set finished_at = null where model = $1`,
    ],
    ['I6', 'a promotion without a reign', `update reigns set run = null where model = $1`],
    ['I8', 'a champion that is deleted', `update versions set state = 'deleted' where model = $1`],
  ] as const)('%s: finds %s', async ([invariant, , sql]) => {
    expect(names(await afterPlanting(sql, [model]))).toContain(invariant);
  });

  it.for([
    ['I1', 'a torn reading', { readings: [{ model: '', epoch: 2, championId: 'first', previousId: null }] }],
    [
      'I3',
      'an acknowledged command that is lost',
      { acknowledged: [{ key: 'never', model: '', epoch: 9, versionId: 'first' }] },
    ],
    [
      'I5',
      'a server that went back',
      {
        answers: [3, 2].map((epoch) => ({
          server: 'server-a',
          model: '',
          epoch,
          versionId: epoch === 3 ? 'first' : 'second',
        })),
      },
    ],
    [
      'I5',
      'an answer by another version',
      { answers: [{ server: 'server-a', model: '', epoch: 3, versionId: 'second' }] },
    ],
    [
      'I7',
      'a message that was sent twice',
      {
        deliveries: [
          { key: 'a', outcome: 'sent' },
          { key: 'a', outcome: 'sent' },
        ],
      },
    ],
  ] as const)('%s: finds %s in what was seen', async ([invariant, , seen]) => {
    const named = JSON.parse(
      JSON.stringify(seen)
        .replaceAll('"model":""', `"model":"${model}"`)
        .replaceAll('"first"', `"${first.versionId}"`)
        .replaceAll('"second"', `"${second.versionId}"`),
    ) as Partial<RecordedHistory>;
    const found = await violations(bench.root, { ...(await actualHistory()), ...named });
    expect(names(found)).toEqual([invariant]);
  });
});
