import { execFile, execFileSync, spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { parse as parseYaml } from 'yaml';
import { choosePorts } from '../../../supervisor/ports.ts';
import { createWorkerMetrics } from '../../../workers/metrics-server.ts';
import type { MetricsServer } from '../../../workers/metrics-server.ts';
import { createApiMetrics } from '../../../api/metrics.ts';
import { ApiWorld } from '../api/api-world.ts';

const ROOT = join(import.meta.dirname, '..', '..', '..');
const RULES = join(ROOT, 'deploy', 'prometheus');
const run = promisify(execFile);
/** What API and workers say; servers and the sidecar are scraped in a whole system, tests/deep/metrics. */
const OURS = /contender_api_|contender_activity_|contender_drill_|process_/u;

/** The Debian package `prometheus` has both programs; without them these tests are left out, and say so as skipped. */
const installed = ['prometheus', 'promtool'].every((program) => {
  try {
    execFileSync(program, ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
});

interface Rule {
  readonly expr: string;
  readonly alert?: string;
  readonly record?: string;
  readonly annotations?: { readonly runbook?: string };
}

const rules = (
  parseYaml(readFileSync(join(RULES, 'contender-rules.yml'), 'utf8')) as { groups: { rules: Rule[] }[] }
).groups.flatMap((group) => group.rules);
const panels = (
  JSON.parse(readFileSync(join(ROOT, 'dashboards', 'grafana', 'control-plane.json'), 'utf8')) as {
    panels: { title: string; targets: { expr: string }[] }[];
  }
).panels.flatMap(({ title, targets }) => targets.map(({ expr }) => ({ title, expr })));

test('every alert names a runbook that is there', () => {
  const alerts = rules.filter(({ alert }) => alert !== undefined);
  expect(alerts.length).toBeGreaterThan(5);
  for (const { alert, annotations } of alerts) {
    const file = annotations?.runbook ?? '';
    expect([alert, existsSync(join(ROOT, file))]).toEqual([alert, true]);
    const page = readFileSync(join(ROOT, file), 'utf8');
    for (const heading of ['What it says', 'What it means', 'Look at first', 'Do', 'When it is false']) {
      expect(page, file).toContain(`\n## ${heading}\n`);
    }
  }
});

/** The levels that the page of them promises, by the names of their alerts and of what is recorded. */
const levels = [
  ...readFileSync(join(ROOT, 'docs', 'service-levels.md'), 'utf8').matchAll(
    /^\| `(\w+Budget)` .*\| `(contender:\w+)` +\|$/gmu,
  ),
].map(([, alert = '', recorded = '']) => ({ alert, recorded }));

test('every service level burns its budget in three alerts and is drawn', () => {
  expect(levels.map(({ alert }) => alert)).toEqual([
    ...['ApiErrorBudget', 'ApiLatencyBudget', 'ServingErrorBudget', 'ServingLatencyBudget'],
  ]);
  const exprOf = (alert: string): string => rules.find((rule) => rule.alert === alert)?.expr ?? '';
  for (const { alert, recorded } of levels) {
    for (const [suffix, long, short] of [
      ['BurnsFast', '1h', '5m'],
      ['Burns', '6h', '30m'],
      ['BurnsSlowly', '3d', '6h'],
    ] as const) {
      const expr = exprOf(`${alert}${suffix}`);
      expect(expr, `${alert}${suffix}`).toContain(`${recorded}:ratio_rate${long} >`);
      expect(expr, `${alert}${suffix}`).toContain(`and ${recorded}:ratio_rate${short} >`);
    }
    expect(panels.some(({ expr }) => expr.includes(recorded))).toBe(true);
  }
});

test('every recorded series that a rule or a panel names is recorded by a rule', () => {
  const recorded = new Set(rules.map(({ record }) => record));
  const named = new Set(
    [...rules, ...panels].flatMap(({ expr }) => expr.match(/\bcontender:[a-z_0-9:]+/gu) ?? []),
  );
  expect(named.size).toBeGreaterThan(levels.length);
  expect([...named].filter((name) => !recorded.has(name))).toEqual([]);
});

describe.skipIf(!installed)('against a real Prometheus', () => {
  let api: ApiWorld;
  let worker: MetricsServer;
  let prometheus: ChildProcess;
  let folder: string;
  let address: string;
  let busy: NodeJS.Timeout;
  const asked: Promise<unknown>[] = [];
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'prometheus-'));
    // A run as in production: an API that people ask, watch and are refused by; a worker that carries out activities.
    api = await ApiWorld.open({ metrics: createApiMetrics({ processMetrics: true }), liveEveryMs: 500 });
    await api.world.model();
    await api.api.app.listen({ host: '127.0.0.1', port: 0 });
    api.api.live.attach(api.api.app.server);
    const port = (api.api.app.server.address() as AddressInfo).port;
    const metrics = createWorkerMetrics('control');
    metrics.observeActivity('beginRetrain', 'done', 0.02);
    metrics.observeActivity('beginRetrain', 'failed', 0.4);
    const wayBackSince = new Date().toISOString();
    metrics.watchDrills(
      () =>
        Promise.resolve([{ model: 'tw-alpha', newest: null, passedAt: null, wayBackSince, maxAgeDays: 15 }]),
      () => new Date(),
    );
    worker = await metrics.listen({ metricsPort: 0, listenAddress: '127.0.0.1' });
    const { prometheus: own = 0 } = await choosePorts([{ name: 'prometheus', candidates: [] }]);
    address = `127.0.0.1:${String(own)}`;
    writeFileSync(
      join(folder, 'prometheus.yml'),
      JSON.stringify({
        global: { scrape_interval: '1s', evaluation_interval: '1s' },
        rule_files: [join(RULES, 'contender-rules.yml')],
        scrape_configs: [
          {
            job_name: 'contender',
            static_configs: [{ targets: [`127.0.0.1:${String(port)}`, `127.0.0.1:${String(worker.port)}`] }],
          },
        ],
      }),
    );
    prometheus = spawn(
      'prometheus',
      [
        `--config.file=${join(folder, 'prometheus.yml')}`,
        `--storage.tsdb.path=${join(folder, 'data')}`,
        `--web.listen-address=${address}`,
      ],
      { stdio: 'ignore' },
    );
    const token = await api.token('vera', 'viewer');
    const given = await api.ask('POST', '/live/tickets', { token, key: null });
    const socket = new WebSocket(
      `ws://127.0.0.1:${String(port)}/api/v1/live?ticket=${String(given.body['ticket'])}`,
    );
    socket.on('error', () => undefined);
    busy = setInterval(() => {
      asked.push(api.ask('GET', '/models', { token }), api.ask('GET', '/session'));
    }, 200);
    const deadline = performance.now() + 90_000;
    // Two scrapes of each process, for rates.
    while (
      (await values('min(count_over_time(up{job="contender"}[5m]))'))[0] !== 4 &&
      performance.now() < deadline
    ) {
      if (((await values('min(count_over_time(up{job="contender"}[5m]))'))[0] ?? 0) > 4) break;
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
    metrics.observeActivity('beginRetrain', 'done', 0.02);
  }, 180_000);
  afterAll(async () => {
    clearInterval(busy);
    await Promise.all(asked);
    prometheus.kill('SIGTERM');
    await worker.close();
    await api.close();
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  });

  /** Values of a query; none while Prometheus starts. */
  async function values(query: string): Promise<readonly number[]> {
    try {
      const answer = await fetch(`http://${address}/api/v1/query?query=${encodeURIComponent(query)}`);
      const { status, data } = (await answer.json()) as {
        status: string;
        data: { result: { value: [number, string] }[] };
      };
      return status === 'success' ? data.result.map(({ value }) => Number(value[1])) : [];
    } catch {
      return [];
    }
  }

  test('the rules are ones that Prometheus takes', { timeout: 60_000 }, async () => {
    await run('promtool', ['check', 'rules', 'contender-rules.yml'], { cwd: RULES });
  });

  test.each(['contender-rules.test.yml', 'contender-levels.test.yml'])(
    'the rules hold against %s',
    { timeout: 180_000 },
    async (file) => {
      const { stdout } = await run('promtool', ['test', 'rules', file], { cwd: RULES });
      expect(stdout).toContain('SUCCESS');
    },
  );

  test.each(panels.filter(({ expr }) => OURS.test(expr)))(
    'the panel "$title" shows something',
    { timeout: 120_000 },
    async ({ expr }) => {
      await expect
        .poll(async () => (await values(expr)).length, { timeout: 90_000, interval: 500 })
        .toBeGreaterThan(0);
    },
  );

  test('every metric that a rule or a panel names is scraped', { timeout: 120_000 }, async () => {
    const named = new Set(
      [...rules, ...panels].flatMap(
        ({ expr }) =>
          expr.match(/\b(?:contender_api|contender_activity|contender_drill|process)_[a-z_]+\b/gu) ?? [],
      ),
    );
    expect(named.size).toBeGreaterThan(8);
    for (const name of named) {
      const series = `count({__name__="${name}"})`;
      // A counter without labels is there from the start; one with labels since it was first raised.
      await expect
        .poll(async () => ((await values(series))[0] ?? 0) > 0, {
          timeout: 60_000,
          interval: 500,
          message: name,
        })
        .toBe(true);
    }
  });
});
