import { execFileSync, spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { parse as parseYaml } from 'yaml';
import { choosePorts } from '../../../supervisor/ports.ts';
import { tokenFor } from '../../e2e/command-line.ts';
import { servedBy } from '../../e2e/predictions.ts';
import { decidedAt, SmallWorld, until } from '../../e2e/small-world.ts';

/**
 * A real Prometheus scrapes every process of a real system through a retrain: every rule and every panel is asked of what
 * they really say, so a metric that was renamed anywhere turns this red.
 */
const ROOT = join(import.meta.dirname, '..', '..', '..');
const MINUTES = 60_000;
const MODEL = 'tw-metrics';

const installed = (() => {
  try {
    execFileSync('prometheus', ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
})();

const panels = (
  JSON.parse(readFileSync(join(ROOT, 'dashboards', 'grafana', 'control-plane.json'), 'utf8')) as {
    panels: { title: string; targets: { expr: string }[] }[];
  }
).panels.flatMap(({ title, targets }) => targets.map(({ expr }) => ({ title, expr })));
const rules = (
  parseYaml(readFileSync(join(ROOT, 'deploy', 'prometheus', 'contender-rules.yml'), 'utf8')) as {
    groups: { rules: { expr: string }[] }[];
  }
).groups.flatMap((group) => group.rules);

describe.skipIf(!installed)('the metrics of a whole system', () => {
  let world: SmallWorld;
  let prometheus: ChildProcess;
  let folder: string;
  let address: string;
  let busy: NodeJS.Timeout;
  let socket: WebSocket;
  const asked: Promise<unknown>[] = [];

  beforeAll(async () => {
    world = await SmallWorld.start();
    folder = mkdtempSync(join(tmpdir(), 'prometheus-'));
    const { prometheus: port = 0 } = await choosePorts([{ name: 'prometheus', candidates: [] }]);
    address = `127.0.0.1:${String(port)}`;
    const targets = Object.values(world.running.metricsUrls).map((url) => new URL(url).host);
    writeFileSync(
      join(folder, 'prometheus.yml'),
      JSON.stringify({
        global: { scrape_interval: '2s', evaluation_interval: '2s' },
        rule_files: [join(ROOT, 'deploy', 'prometheus', 'contender-rules.yml')],
        scrape_configs: [{ job_name: 'contender', static_configs: [{ targets }] }],
      }),
    );
    const args = [
      `--config.file=${join(folder, 'prometheus.yml')}`,
      `--storage.tsdb.path=${join(folder, 'data')}`,
      `--web.listen-address=${address}`,
    ];
    prometheus = spawn('prometheus', args, { stdio: 'ignore' });
    const authorization = `Bearer ${await tokenFor(world.dataDir, 'vera', 'viewer')}`;
    const { apiUrl, serverUrls } = world.running;
    const given = await fetch(`${apiUrl}/api/v1/live/tickets`, {
      method: 'POST',
      headers: { authorization },
    });
    const { ticket } = (await given.json()) as { readonly ticket: string };
    socket = new WebSocket(`${apiUrl.replace('http', 'ws')}/api/v1/live?ticket=${ticket}`);
    socket.on('error', () => undefined);
    busy = setInterval(() => {
      const urls = [`${apiUrl}/api/v1/models`, ...Object.values(serverUrls).map((url) => `${url}/health`)];
      asked.push(
        ...urls.map((url) => fetch(url, { headers: { authorization } }).catch(() => undefined)),
        fetch(`${apiUrl}/api/v1/models`).catch(() => undefined),
      );
    }, 1000);
    await world.givenModel(MODEL);
    await world.promoted(MODEL, decidedAt(265));
    for (const server of Object.keys(serverUrls)) {
      await until(`an answer of ${server}`, () => servedBy(world, server, MODEL));
    }
  }, 10 * MINUTES);

  afterAll(async () => {
    clearInterval(busy);
    socket.terminate();
    await Promise.all(asked);
    prometheus.kill('SIGTERM');
    await world.stop();
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  }, 2 * MINUTES);

  async function series(query: string): Promise<number> {
    const answer = await fetch(`http://${address}/api/v1/query?query=${encodeURIComponent(query)}`);
    const { status, data } = (await answer.json()) as { status: string; data: { result: unknown[] } };
    return status === 'success' ? data.result.length : -1;
  }

  test('every process answers', async () => {
    const targets = Object.keys(world.running.metricsUrls).length;
    expect(targets).toBeGreaterThan(5);
    await expect.poll(() => series('up{job="contender"} == 1'), { timeout: 2 * MINUTES }).toBe(targets);
  });

  test.each(panels)('the panel "$title" shows something', { timeout: 2 * MINUTES }, async ({ expr }) => {
    // Rates need two scrapes after the first event; what happened once is inside the widest window that is drawn.
    const wide = expr.replaceAll(/\[[15]m\]/gu, '[30m]');
    await expect.poll(() => series(wide), { timeout: MINUTES, interval: 1000 }).toBeGreaterThan(0);
  });

  test('what every process says of ours is named as promtool asks, and has an explanation', async () => {
    for (const [name, url] of Object.entries(world.running.metricsUrls)) {
      const page = await (await fetch(url)).text();
      const ours = page.split('\n').filter((line) => /^(?:# (?:HELP|TYPE) )?contender_/u.test(line));
      expect(ours.length, name).toBeGreaterThan(5);
      // Ends with 3 for what its linter finds, and says what.
      execFileSync('promtool', ['check', 'metrics'], { input: `${ours.join('\n')}\n`, stdio: 'pipe' });
      const labels = new Set([...page.matchAll(/[{,]([a-z_]+)="/gu)].map(([, label = '']) => label));
      // Nothing that grows with what is asked for or made: no subject, retrain, version or correlation id.
      for (const label of labels)
        expect(label).not.toMatch(/subject|retrain|version_id|correlation|session|path|url/u);
    }
  });

  test('every metric that a rule or a panel names is one that a process has', async () => {
    const pages = await Promise.all(
      Object.values(world.running.metricsUrls).map(async (url) => (await fetch(url)).text()),
    );
    const known = new Set(
      pages
        .flatMap((text) => [...text.matchAll(/^# TYPE (\S+) (\S+)$/gmu)])
        .flatMap(([, name = '', type = '']) => [
          name,
          ...(type === 'counter' ? [`${name.replace(/_total$/u, '')}_total`] : []),
          ...(type === 'histogram' ? [`${name}_bucket`, `${name}_count`, `${name}_sum`] : []),
        ]),
    );
    const named = new Set(
      [...rules, ...panels].flatMap(({ expr }) => expr.match(/\b(?:contender|process)_[a-z_]+\b/gu) ?? []),
    );
    expect(named.size).toBeGreaterThan(18);
    expect([...named].filter((name) => !known.has(name))).toEqual([]);
  });

  test('every rule can be asked, and nothing fires on a system that is well', async () => {
    for (const { expr } of rules) expect(await series(expr), expr).toBeGreaterThanOrEqual(0);
    const answer = await fetch(`http://${address}/api/v1/alerts`);
    const { data } = (await answer.json()) as {
      data: { alerts: { state: string; labels: Record<string, string> }[] };
    };
    const firing = data.alerts
      .filter(({ state }) => state === 'firing')
      .map(({ labels }) => labels['alertname']);
    // Fifty refused requests in ten minutes are what this test itself makes.
    expect(firing.filter((name) => name !== 'AccessDeniedOften')).toEqual([]);
  });
});
