import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { loadavg } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs, promisify } from 'node:util';
import { PROJECT_ROOT } from '../config/config.ts';
import {
  bodyFor,
  type Fleet,
  MODEL,
  REFUSE_AFTER_SECONDS,
  REFUSING_MODEL,
  withFleet,
} from './rollback/fleet.ts';

/**
 * The registry stopped, and Temporal never there, for `--minutes` under load: what clients of a model that goes on
 * (`onStale: serve`) and of one that stops (`refuse`) see, break-glass at half time, and what the audit holds afterwards:
 * `node bench/outage.ts [--minutes 10] [--json]`.
 */
const { values } = parseArgs({
  options: { minutes: { type: 'string', default: '10' }, json: { type: 'boolean', default: false } },
});
const outageMs = Number(values.minutes) * 60_000;
const run = promisify(execFile);
const EVERY_MS = 50;
/** A request that was sent within the bound may be answered this much later. */
const SLACK_MS = 2000;
const CONVERGED_BAR_MS = 10_000;

interface Seen {
  readonly model: string;
  readonly sentMs: number;
  readonly status: number;
  readonly version: number;
  readonly epoch: number;
  readonly freshUntil: string | null;
  readonly override: boolean;
}

async function ask(url: string, model: string): Promise<Seen> {
  const sentMs = performance.now();
  const headers = { 'content-type': 'application/json' };
  const blank = { model, sentMs, version: 0, epoch: 0, freshUntil: null, override: false };
  try {
    const response = await fetch(`${url}/api/v1/predict`, { method: 'POST', headers, body: bodyFor(model) });
    const body = (await response.json()) as Record<string, unknown>;
    return {
      ...blank,
      status: response.status,
      version: Number(body['version'] ?? 0),
      epoch: Number(body['epoch'] ?? 0),
      freshUntil: typeof body['freshUntil'] === 'string' ? body['freshUntil'] : null,
      override: typeof body['override'] === 'object' && body['override'] !== null,
    };
  } catch {
    return { ...blank, status: 0 };
  }
}

function startLoad({ servers }: Fleet): { readonly seen: Seen[]; stop(): Promise<void> } {
  const seen: Seen[] = [];
  const state = { running: true };
  const lanes = servers.flatMap(({ url }) =>
    [MODEL, REFUSING_MODEL].map(async (model) => {
      while (state.running) {
        seen.push(await ask(url, model));
        await delay(EVERY_MS);
      }
    }),
  );
  return {
    seen,
    stop: async () => {
      state.running = false;
      await Promise.all(lanes);
    },
  };
}

/** Through the command line, as a person on call would. */
async function contender(fleet: Fleet, args: readonly string[]): Promise<string> {
  const program = join(PROJECT_ROOT, 'cli', 'main.ts');
  return (await run(process.execPath, [program, ...args], { env: fleet.environment })).stdout.trim();
}

async function breakGlass(fleet: Fleet, tokenFile: string): Promise<void> {
  for (const model of [MODEL, REFUSING_MODEL]) {
    await contender(fleet, [
      ...['rollback', model, '--reason', 'the registry is away', '--break-glass', '--token-file', tokenFile],
      ...['--server', ...fleet.servers.map(({ url }) => url)],
    ]);
  }
}

async function main(fleet: Fleet): Promise<Record<string, number | boolean>> {
  const tokenFile = join(fleet.environment['CONTENDER_DATA_DIR'] ?? '', 'break-glass.token');
  const roles = ['--role', 'operator', '--model', MODEL, REFUSING_MODEL];
  await writeFile(tokenFile, await contender(fleet, ['token', 'break-glass', '--subject', 'olga', ...roles]));
  const load = startLoad(fleet);
  await delay(2000);
  await fleet.postgres.stop();
  const downMs = performance.now();
  await delay(outageMs / 2);
  const glassMs = performance.now();
  await breakGlass(fleet, tokenFile);
  const brokenMs = performance.now();
  await delay(Math.max(0, downMs + outageMs - performance.now()));
  await fleet.postgres.start();
  const upMs = performance.now();
  const settled = async (): Promise<boolean> => {
    const answers = await Promise.all(
      fleet.servers.flatMap(({ url }) => [MODEL, REFUSING_MODEL].map((model) => ask(url, model))),
    );
    return answers.every(({ status, override, version }) => status === 200 && !override && version === 5);
  };
  while (!(await settled()) && performance.now() - upMs < 60_000) await delay(20);
  const convergedMs = performance.now() - upMs;
  await load.stop();
  const audit = await fleet.registry.verifyAudit({ model: null, anchor: null });
  const rows = await Promise.all(
    [MODEL, REFUSING_MODEL].map((model) => fleet.registry.auditTrail({ model, limit: 1000 })),
  );
  const commands = rows.flat().map(({ command }) => command);
  const count = (command: string): number => commands.filter((one) => one === command).length;
  const serving = load.seen.filter(({ model }) => model === MODEL);
  const refusing = load.seen.filter(({ model, sentMs }) => model === REFUSING_MODEL && sentMs < glassMs);
  const boundMs = downMs + REFUSE_AFTER_SECONDS * 1000 + SLACK_MS;
  const afterGlass = load.seen.filter(({ sentMs }) => sentMs > brokenMs && sentMs < upMs);
  return {
    outageSeconds: (upMs - downMs) / 1000,
    serveRequests: serving.length,
    serveFailed: serving.filter(({ status }) => status !== 200).length,
    serveWithoutFreshUntil: serving.filter(({ freshUntil }) => freshUntil === null).length,
    refuseLastAnswerSeconds:
      (Math.max(...refusing.filter(({ status }) => status === 200).map(({ sentMs }) => sentMs)) - downMs) /
      1000,
    refuseAnswersAfterBound: refusing.filter(({ status, sentMs }) => status === 200 && sentMs > boundMs)
      .length,
    refuseRefusals: refusing.filter(({ status }) => status === 503).length,
    breakGlassAnswers: afterGlass.length,
    breakGlassNotAttributed: afterGlass.filter((a) => a.status !== 200 || !a.override || a.version !== 5)
      .length,
    fledChampionAfterBreakGlass: load.seen.filter((a) => a.sentMs > brokenMs && a.version === 6).length,
    convergedMs,
    auditOk: audit.ok,
    auditBreakGlassRows: count('break-glass'),
    auditEndRows: count('break-glass-end'),
    auditRollbackRows: count('rollback'),
  };
}

const result = await withFleet(2, main);
const facts = { ...result, loadAverage: loadavg()[0]?.toFixed(1) };
if (values.json) console.log(JSON.stringify(facts, undefined, 2));
else for (const [name, value] of Object.entries(facts)) console.log(`${name}: ${String(value)}`);
const longEnough = outageMs / 2 > REFUSE_AFTER_SECONDS * 1000 + SLACK_MS;
const held =
  result['serveFailed'] === 0 &&
  result['serveWithoutFreshUntil'] === 0 &&
  result['refuseAnswersAfterBound'] === 0 &&
  (!longEnough || Number(result['refuseRefusals']) > 0) &&
  result['breakGlassNotAttributed'] === 0 &&
  result['fledChampionAfterBreakGlass'] === 0 &&
  Number(result['convergedMs']) < CONVERGED_BAR_MS &&
  result['auditOk'] === true &&
  result['auditBreakGlassRows'] === 4 &&
  result['auditEndRows'] === 4 &&
  result['auditRollbackRows'] === 2;
if (!held) process.exitCode = 1;
