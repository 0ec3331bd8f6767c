import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { NotificationEvent } from '../../../contracts/notification.ts';
import { FolderArtifactStore } from '../../../registry/artifacts/folder-store.ts';
import { openRegistry, type Registry } from '../../../registry/registry.ts';
import { tellEndedMonths } from '../../../workers/month-watch.ts';
import { reportPapers } from '../../../workers/report-papers.ts';
import { type TestDatabase, testDatabase } from '../../postgres.ts';
import { sampleEvent } from '../../unit/notifications/sample-events.ts';
import { RegistryWorld } from '../registry/world.ts';

let database: TestDatabase;
let registry: Registry;
let world: RegistryWorld;
let folder: string;
let sql: pg.Client;
const warnings: string[] = [];
beforeAll(async () => {
  database = await testDatabase();
  registry = openRegistry({ url: database.url, applicationName: 'papers', maxConnections: 2 });
  world = new RegistryWorld(registry);
  sql = new pg.Client({ connectionString: database.url });
  await sql.connect();
  folder = mkdtempSync(join(tmpdir(), 'papers-'));
});
afterAll(async () => {
  await sql.end();
  await registry.close();
  await database.drop();
  rmSync(folder, { recursive: true, force: true });
});

const papersOf = (event: NotificationEvent, language: 'en' | 'zh-TW' = 'en') =>
  reportPapers({
    registry,
    artifacts: new FolderArtifactStore(folder),
    log: {
      warn: (_fields, message) => {
        warnings.push(message);
      },
    },
  })(event, language);

describe('the reports that go with mails', () => {
  test('are those of the retrain that ended and of the rollback, as a page and as a PDF', async () => {
    const model = await world.model();
    const { retrainId } = await world.champion(model, 1);
    await world.champion(model, 2);
    await world.rollback(model);
    const swapped = await papersOf({
      ...sampleEvent('swapped'),
      model,
      retrain: retrainId,
    });
    expect(swapped.map(({ contentType }) => contentType)).toEqual(['text/html', 'application/pdf']);
    expect(swapped[0]?.content.toString('utf8')).toContain(retrainId);
    expect(swapped[1]?.content.subarray(0, 5).toString('latin1')).toBe('%PDF-');

    const back = await papersOf(
      { ...sampleEvent('rolled-back'), model, epoch: 3 } as NotificationEvent,
      'zh-TW',
    );
    expect(back.map(({ filename }) => filename)).toEqual([
      `incident-${model}-epoch-3.html`,
      `incident-${model}-epoch-3.pdf`,
    ]);
    expect(back[0]?.content.toString('utf8')).toContain('zh-Hant-TW');
    expect(warnings).toEqual([]);
  });

  test('of a month follow once when it is over, in the time of the market', async () => {
    const model = await world.model();
    const { swap } = await world.champion(model, 7);
    const [reign] = await registry.reigns({ model });
    const month = new Date(reign?.businessAt ?? '')
      .toLocaleDateString('sv-SE', { timeZone: 'Asia/Taipei' })
      .slice(0, 7);
    const [year = 0, number = 0] = month.split('-').map(Number);
    // Taipei is eight hours ahead: the month after has begun there and not yet in UTC.
    const begun = new Date(Date.UTC(year, number, 0, 16, 30));
    await tellEndedMonths(registry, begun, new Set());
    await tellEndedMonths(registry, begun, new Set());
    const { rows } = await sql.query<{ event: NotificationEvent }>(
      `select event from outbox where event ->> 'kind' = 'month-ended' and event ->> 'model' = $1`,
      [model],
    );
    expect(swap.epoch).toBe(1);
    expect(rows.map(({ event }) => event)).toMatchObject([{ month, reigns: 1 }]);
    const [event] = rows.map(({ event: found }) => found);
    if (event === undefined) throw new Error('no event');
    expect((await papersOf(event)).map(({ filename }) => filename)).toEqual([
      `month-${model}-${month}.html`,
      `month-${model}-${month}.pdf`,
    ]);
    await tellEndedMonths(registry, new Date(Date.UTC(year, number - 1, 28)), new Set());
    const after = await sql.query(
      `select 1 from outbox where event ->> 'model' = $1 and event ->> 'kind' = 'month-ended'`,
      [model],
    );
    expect(after.rows).toHaveLength(1);
  });

  test('of a retrain that failed goes with the alert that tells of it', async () => {
    const model = await world.model();
    const candidate = await world.candidate(model, 11);
    await world.finish(candidate, 'failed');
    // Another one fails in the same moment: only the id tells which of them a message is about.
    const other = await world.candidate(model, 12);
    await world.finish(other, 'failed');
    const sample = sampleEvent('alert');
    if (sample.kind !== 'alert') throw new Error('no alert');
    const [item] = sample.items;
    if (item === undefined) throw new Error('nothing to tell');
    const told = (changes: object) =>
      papersOf({
        ...sample,
        items: [{ ...item, rule: 'retrain-failed', model, retrain: candidate.retrainId, ...changes }],
      });
    const papers = await told({});
    expect(papers.map(({ contentType }) => contentType)).toEqual(['text/html', 'application/pdf']);
    expect(papers[0]?.content.toString('utf8')).toContain(candidate.retrainId);
    const [second] = await told({ retrain: other.retrainId });
    expect(second?.content.toString('utf8')).toContain(other.retrainId);
    expect(second?.content.toString('utf8')).not.toContain(candidate.retrainId);
    expect(await told({ retrain: null })).toEqual([]);
    expect(await told({ rule: 'decay-alarm' })).toEqual([]);
    expect(await told({ status: 'resolved' })).toEqual([]);
    expect(warnings).toEqual([]);
  });

  test('go with nothing else, and keep no mail back when they cannot be made', async () => {
    expect(await papersOf(sampleEvent('approval-asked'))).toEqual([]);
    expect(await papersOf(sampleEvent('swapped'))).toEqual([]);
    expect(warnings).toEqual(['a report could not be made for a mail']);
  });
});
