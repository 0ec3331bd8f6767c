import { readFileSync } from 'node:fs';
import { loadavg } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { sql } from 'kysely';
import { messageId } from '../notifications/channels/email-channel.ts';
import { setup } from '../tests/global-setup.ts';
import { DeliveryWorld } from '../tests/integration/alerting/alert-delivery.ts';
import { randomSource } from '../tests/integration/alerting/random-manner.ts';

/**
 * The way of an alert through a real Postgres, a worker of its own and real SMTP and HTTP receivers on this machine:
 * `node bench/alerts.ts [--json] [--alerts 500] [--storm 10000] [--only latency|failing|storm]`.
 *
 * 1. latency: critical alerts, one every 250 ms, from the report to the whole message at both receivers.
 * 2. failing: receivers that refuse, break, drop the line or fall silent after accepting, and a worker that is killed every
 *    few seconds: what was lost, what was sent again after a recorded success, how many outcomes were unknown.
 * 3. storm: alerts of 100 groups within a minute: messages, gaps between them, history, memory of the worker.
 *
 * Ends with 1 when a bar is missed.
 */
const ALERTS = argument('--alerts', 500);
const STORM = argument('--storm', 10_000);
const at = process.argv.indexOf('--only');
const ONLY = at < 0 ? null : process.argv[at + 1];

interface Figure {
  readonly what: string;
  readonly figure: number;
  readonly unit: string;
  /** Null: shown without a bar. */
  readonly most: number | null;
}

const figures: Figure[] = [];
const add = (what: string, figure: number, unit: string, most: number | null = null): void => {
  figures.push({ what, figure, unit, most });
};

function argument(name: string, usual: number): number {
  const position = process.argv.indexOf(name);
  const value = position < 0 ? usual : Number(process.argv[position + 1]);
  if (!Number.isInteger(value) || value < 10) throw new Error(`${name} is a whole number from 10`);
  return value;
}

const quantile = (sorted: readonly number[], share: number): number =>
  sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;

/** User and system time of a process, seconds; resident memory and its peak, MiB (Linux only, else NaN). */
function processUse(pid: number): {
  readonly cpuSeconds: number;
  readonly rssMb: number;
  readonly peakMb: number;
} {
  try {
    const fields =
      readFileSync(`/proc/${String(pid)}/stat`, 'utf8')
        .split(') ')[1]
        ?.split(' ') ?? [];
    const status = readFileSync(`/proc/${String(pid)}/status`, 'utf8');
    const kb = (name: string): number =>
      Number(new RegExp(`${name}:\\s+(\\d+)`, 'u').exec(status)?.[1]) / 1024;
    return {
      cpuSeconds: (Number(fields[11]) + Number(fields[12])) / 100,
      rssMb: kb('VmRSS'),
      peakMb: kb('VmHWM'),
    };
  } catch {
    return { cpuSeconds: Number.NaN, rssMb: Number.NaN, peakMb: Number.NaN };
  }
}

async function latency(): Promise<void> {
  const world = await DeliveryWorld.open({
    ...{ timeoutMs: 10_000, leaseSeconds: 60, groupBy: ['...'], groupInterval: '5m' },
  });
  try {
    const pid = await world.startWorker();
    const reported = new Map<number, number>();
    const began = performance.now();
    for (let number = 1; number <= ALERTS; number += 1) {
      const due = began + (number - 1) * 250;
      await delay(Math.max(0, due - performance.now()));
      reported.set(number, Date.now());
      await world.raise(number, { rule: 'decay-alarm', model: 'tw-alpha', severity: 'CRITICAL' });
    }
    const wanted = 2 * ALERTS;
    await world.until(
      'every receipt',
      120_000,
      () => world.http.receipts.length + world.smtp.receipts.length >= wanted,
    );
    await world.until('every success recorded', 60_000, async () => (await world.open()) === 0);
    const numbers = await world.numbers();
    const byMail = new Map([...numbers].map(([key, number]) => [messageId(key, 'example.com'), number]));
    for (const [what, receipts, keys] of [
      ['HTTP', world.http.receipts, numbers],
      ['SMTP', world.smtp.receipts, byMail],
    ] as const) {
      const waits = receipts
        .map(({ key, atMs }) => atMs - (reported.get(keys.get(key) ?? 0) ?? Number.NaN))
        .sort((a, b) => a - b);
      add(`latency ${what}: receipts`, waits.length, '', null);
      add(`latency ${what}: median`, quantile(waits, 0.5), 'ms', null);
      add(`latency ${what}: 99th percentile`, quantile(waits, 0.99), 'ms', 5000);
      add(`latency ${what}: longest`, waits.at(-1) ?? Number.NaN, 'ms', null);
    }
    add(
      'latency: processor time of the worker an alert',
      (processUse(pid).cpuSeconds * 1000) / ALERTS,
      'ms',
      null,
    );
  } finally {
    await world.close();
  }
}

async function failing(): Promise<void> {
  const world = await DeliveryWorld.open({
    ...{ timeoutMs: 2000, leaseSeconds: 20, groupBy: ['...'], groupInterval: '5m' },
  });
  try {
    const draw = randomSource(2024);
    world.http.manner = draw;
    world.smtp.manner = draw;
    let kills = 0;
    await world.startWorker();
    const killing = new AbortController();
    const killer = (async () => {
      while (!killing.signal.aborted) {
        await delay(4000, undefined, { signal: killing.signal }).catch(() => undefined);
        if (killing.signal.aborted as boolean) return;
        await world.killWorker('SIGKILL');
        kills += 1;
        await world.startWorker();
      }
    })();
    for (let number = 1; number <= ALERTS; number += 1) {
      await world.raise(number, { rule: 'decay-alarm', model: 'tw-alpha', severity: 'CRITICAL' });
      await delay(60);
    }
    killing.abort();
    await killer;
    await world.until('every outcome recorded', 600_000, async () => {
      // Waits between attempts only: a lease runs out by itself.
      await world.hasten();
      await delay(500);
      return (await world.open()) === 0;
    });
    const account = await world.account();
    const sum = (of: (row: (typeof account)[number]) => number): number =>
      account.reduce((total, row) => total + of(row), 0);
    add('failing: kills of the worker', kills, '', null);
    add('failing: messages', account.length, '', null);
    add('failing: alerts without a message', ALERTS - new Set((await world.numbers()).values()).size, '', 0);
    add('failing: lost', account.filter(({ copies }) => copies === 0).length, '', 0);
    add(
      'failing: sent again after a recorded success',
      sum(({ afterSuccess }) => afterSuccess),
      '',
      0,
    );
    add(
      'failing: unknown outcomes',
      sum(({ unknownOutcomes }) => unknownOutcomes),
      '',
      null,
    );
    add(
      'failing: copies beyond the first',
      sum(({ copies }) => Math.max(copies - 1, 0)),
      '',
      null,
    );
    const uncounted = account.filter(({ copies, unknownOutcomes }) => copies > 1 + unknownOutcomes);
    add('failing: copies that no unknown outcome explains', uncounted.length, '', 0);
    add(
      'failing: given up by a channel, kept as a file',
      account.filter(({ state }) => state === 'dead').length,
      '',
      null,
    );
  } finally {
    await world.close();
  }
}

async function storm(): Promise<void> {
  const intervalSeconds = 30;
  const world = await DeliveryWorld.open({
    ...{ timeoutMs: 10_000, leaseSeconds: 60, groupBy: ['alertname', 'model'] },
    groupInterval: `${String(intervalSeconds)}s`,
  });
  try {
    const pid = await world.startWorker();
    await delay(2000);
    const before = processUse(pid);
    const began = performance.now();
    const perSecond = STORM / 60;
    let next = 1;
    const reporter = async (): Promise<void> => {
      for (let number = next++; number <= STORM; number = next++) {
        await delay(Math.max(0, began + ((number - 1) / perSecond) * 1000 - performance.now()));
        await world.raise(number, {
          rule: `rule-${String(number % 5)}`,
          model: `model-${String(Math.floor(number / 5) % 20)}`,
          severity: 'WARNING',
        });
      }
    };
    await Promise.all(Array.from({ length: 8 }, reporter));
    const seconds = (performance.now() - began) / 1000;
    await world.until('everything routed and told', 300_000, async () => {
      const { rows } = await sql<{
        n: number;
      }>`select count(*)::int as n from alert_notified_episodes`.execute(world.database.sql);
      await delay(500);
      return (rows[0]?.n ?? 0) >= STORM && (await world.open()) === 0;
    });
    const after = processUse(pid);
    const { rows } = await sql<{
      groups: number;
      messages: number;
      closest: number;
      alerts: number;
      told: number;
    }>`
      select count(distinct group_id)::int as groups, count(*)::int as messages,
        coalesce(min(extract(epoch from decided_at - before))::float8, 1e9) as closest,
        (select count(*)::int from alerts) as alerts,
        (select count(distinct episode_id)::int from alert_notified_episodes) as told
      from (select group_id, decided_at, lag(decided_at) over (partition by group_id order by id) as before
        from alert_notifications) n`.execute(world.database.sql);
    const [row] = rows;
    if (row === undefined) throw new Error('no message at all');
    const intervals = Math.ceil((performance.now() - began) / 1000 / intervalSeconds + 1);
    add('storm: reported in', seconds, 's', null);
    add('storm: groups', row.groups, '', null);
    add('storm: messages', row.messages, '', row.groups * intervals);
    add(
      'storm: too soon after the last message of its group',
      row.closest < intervalSeconds - 0.001 ? 1 : 0,
      '',
      0,
    );
    add('storm: alerts missing in the history', STORM - row.alerts, '', 0);
    add('storm: alerts that no message counts', STORM - row.told, '', 0);
    add('storm: messages that reached the HTTP receiver', world.http.receipts.length, '', row.messages);
    add('storm: memory of the worker before', before.rssMb, 'MiB', null);
    add('storm: memory of the worker at its peak', after.peakMb, 'MiB', 400);
    add('storm: processor time of the worker', after.cpuSeconds - before.cpuSeconds, 's', null);
  } finally {
    await world.close();
  }
}

const stop = await setup();
try {
  if (ONLY === null || ONLY === 'latency') await latency();
  if (ONLY === null || ONLY === 'failing') await failing();
  if (ONLY === null || ONLY === 'storm') await storm();
} finally {
  await stop();
}
const load = loadavg()[0] ?? Number.NaN;
const missed = figures.filter(({ figure, most }) => most !== null && !(figure <= most));
if (process.argv.includes('--json')) {
  console.log(JSON.stringify({ load, figures, missed: missed.length }, undefined, 2));
} else {
  for (const { what, figure, unit, most } of figures) {
    const bar =
      most === null ? '' : `  (at most ${String(Math.round(most))}${figure <= most ? '' : ': MISSED'})`;
    console.log(
      `${what.padEnd(58)} ${figure.toLocaleString('en', { maximumFractionDigits: 1 })} ${unit}${bar}`,
    );
  }
  console.log(`load ${load.toFixed(1)}`);
}
process.exitCode = missed.length === 0 ? 0 : 1;
