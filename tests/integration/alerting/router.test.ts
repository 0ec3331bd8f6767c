import { sql } from 'kysely';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { at, RouterWorld } from './router-world.ts';

const CONFIG = {
  receivers: [
    { name: 'desk', channels: ['slack'] },
    { name: 'on-duty', channels: ['slack', 'email'] },
  ],
  route: {
    receiver: 'desk',
    group_by: ['alertname', 'model'],
    group_wait: '30s',
    group_interval: '5m',
    repeat_interval: '4h',
    routes: [
      { matchers: ['severity="CRITICAL"'], receiver: 'on-duty', group_wait: '0s', group_interval: '1m' },
    ],
  },
  inhibit_rules: [
    {
      source_matchers: ['severity="CRITICAL"'],
      target_matchers: ['severity="WARNING"'],
      equal: ['alertname', 'model'],
    },
  ],
};

describe('the alert router on Postgres', () => {
  let world: RouterWorld;
  beforeEach(async () => {
    world = await RouterWorld.open(CONFIG);
  });
  afterEach(() => world.close());

  const told = async () =>
    (await world.messages()).map(({ channel, event }) => ({
      channel,
      status: event.status,
      firing: event.firing,
      ids: event.items.map(({ labels }) => labels['feature'] ?? '-').sort(),
    }));

  it('waits for group_wait, then tells once of everything that came meanwhile', async () => {
    await world.raise({ labels: { feature: 'a' } });
    expect(await world.round(0)).toBe(0);
    await world.raise({ labels: { feature: 'b' }, atSeconds: 10 });
    expect(await world.round(10)).toBe(0);
    expect(await world.round(30)).toBe(1);
    expect(await told()).toEqual([{ channel: 'slack', status: 'firing', firing: 2, ids: ['a', 'b'] }]);
    expect(await world.round(31)).toBe(0);
  });

  it('tells of what is new only after group_interval, and says nothing while nothing changes', async () => {
    await world.raise({ labels: { feature: 'a' } });
    await world.round(0);
    await world.round(30);
    await world.raise({ labels: { feature: 'b' }, atSeconds: 40 });
    expect(await world.round(40)).toBe(0);
    expect(await world.round(330)).toBe(1);
    for (let at = 331; at < 4000; at += 300) expect(await world.round(at)).toBe(0);
    expect((await told()).map(({ firing }) => firing)).toEqual([1, 2]);
  });

  it('reminds after repeat_interval until somebody has acknowledged', async () => {
    await world.raise();
    await world.round(0);
    await world.round(30);
    expect(await world.round(30 + 4 * 3600)).toBe(0);
    expect(await world.round(30 + 4 * 3600 + 300)).toBe(1);
    await sql`insert into alert_acknowledgements (episode_id, subject) select id, 'olga' from alert_episodes`.execute(
      world.database.sql,
    );
    for (let hours = 5; hours < 30; hours += 1) expect(await world.round(hours * 3600)).toBe(0);
  });

  it('tells of the end of what it told, and not of what came and went unheard', async () => {
    await world.raise({ labels: { feature: 'a' } });
    await world.round(0);
    await world.round(30);
    await world.raise({ labels: { feature: 'b' }, atSeconds: 40 });
    await world.round(40);
    await world.raise({ labels: { feature: 'b' }, atSeconds: 40, endsAt: at(50) });
    await world.raise({ labels: { feature: 'a' }, endsAt: at(60) });
    await world.round(60);
    await world.round(330);
    expect(await told()).toEqual([
      { channel: 'slack', status: 'firing', firing: 1, ids: ['a'] },
      { channel: 'slack', status: 'resolved', firing: 0, ids: ['a'] },
    ]);
    const { rows } = await sql<{ n: number }>`select count(*)::int as n from alert_groups`.execute(
      world.database.sql,
    );
    expect(rows[0]?.n).toBe(0);
  });

  it('tells what is critical at once, to everybody on duty, and keeps the lesser alert of the same rule back', async () => {
    await world.raise({ severity: 'CRITICAL' });
    await world.raise({ severity: 'WARNING', labels: { feature: 'a' } });
    expect(await world.round(0)).toBe(1);
    expect(await world.round(30)).toBe(0);
    expect((await told()).map(({ channel }) => channel)).toEqual(['slack', 'email']);
    const { rows } = await sql<{
      suppressedBy: string;
    }>`select suppressed_by from alert_suppressions`.execute(world.database.sql);
    expect(rows).toEqual([{ suppressedBy: expect.stringMatching(/^inhibited by \d+$/u) as string }]);
    await world.raise({ severity: 'CRITICAL', endsAt: at(60) });
    await world.round(61);
    await world.round(331);
    expect((await told()).at(-1)).toMatchObject({ status: 'firing', ids: ['a'] });
  });

  it('holds back what a silence names while it lasts, and speaks when it ends', async () => {
    await sql`insert into silences (matchers, starts_at, ends_at, subject, reason)
      values ('[{"name":"model","operator":"=","value":"tw-alpha"}]', ${at(0)}, ${at(600)}, 'olga', 'moving house')`.execute(
      world.database.sql,
    );
    await world.raise();
    await world.raise({ model: 'us-alpha', labels: { feature: 'other' } });
    await world.round(0);
    await world.round(30);
    await world.round(330);
    expect((await told()).map(({ ids }) => ids)).toEqual([['other']]);
    await world.round(631);
    expect((await told()).map(({ ids }) => ids)).toEqual([['other'], ['-']]);
  });

  it('records the same report once, and the same alert once while it fires', async () => {
    await world.raise({ dedupeKey: 'twice' });
    await world.raise({ dedupeKey: 'twice' });
    await world.raise();
    await world.round(0);
    const { rows } = await sql<{ reports: number }>`select reports from alert_episodes`.execute(
      world.database.sql,
    );
    expect(rows).toEqual([{ reports: 2 }]);
  });

  it('goes on after a restart where it was, and takes the alerts along when the routing tree changes', async () => {
    await world.raise();
    await world.round(0);
    world.restart(CONFIG);
    expect(await world.round(30)).toBe(1);
    world.restart({ ...CONFIG, route: { ...CONFIG.route, receiver: 'on-duty' } });
    await world.round(330);
    expect(await world.round(361)).toBe(1);
    expect((await told()).map(({ channel }) => channel)).toEqual(['slack', 'slack', 'email']);
  });

  it('ends what nobody reports any more: a condition aloud, an occurrence in silence', async () => {
    await world.raise({ rule: 'drift-alarm' });
    await world.raise({ rule: 'retrain-failed', nature: 'occurrence' });
    await world.round(0);
    await world.round(30);
    expect(await told()).toHaveLength(2);
    const days4 = 30 + 97 * 3600;
    await world.round(days4);
    const last = (await world.messages()).slice(2);
    expect(last.map(({ event }) => [event.status, event.items[0]?.rule])).toEqual([
      ['resolved', 'drift-alarm'],
    ]);
    const { rows } = await sql<{ n: number }>`select count(*)::int as n from alert_episodes
      where ended_by = 'silent'`.execute(world.database.sql);
    expect(rows[0]?.n).toBe(2);
  });

  it('takes a storm in bounded batches: one message per group, all of it in the history', async () => {
    const count = 1200;
    for (let from = 0; from < count; from += 50) {
      await Promise.all(
        Array.from({ length: 50 }, (_, index) =>
          world.raise({ labels: { feature: `f${String(from + index)}` } }),
        ),
      );
    }
    await world.round(0);
    expect(await world.round(30)).toBe(1);
    const [message] = await world.messages();
    expect(message?.event.firing).toBe(count);
    expect(message?.event.items).toHaveLength(20);
    const { rows } = await sql<{ told: number; kept: number }>`
      select (select count(*)::int from alert_notified_episodes) as told, (select count(*)::int from alerts) as kept`.execute(
      world.database.sql,
    );
    expect(rows).toEqual([{ told: count, kept: count }]);
  });

  it('lets one router work at a time, and loses nothing when two run', async () => {
    const second = world.routerOf(
      (await import('../../../alerting/config-check.ts')).parseAlertingFile(
        CONFIG,
        ['slack', 'email'],
        'second',
      ),
    );
    for (let index = 0; index < 20; index += 1)
      await world.raise({ rule: `rule-${String(index)}`, severity: 'CRITICAL' });
    await Promise.all(
      Array.from({ length: 6 }, (_, turn) =>
        (turn % 2 === 0 ? world.router : second).round(Date.parse(at(1))),
      ),
    );
    await world.round(1);
    expect(await world.messages()).toHaveLength(40);
  });
});
