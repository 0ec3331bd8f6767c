import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { loadavg } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { WebSocket } from 'ws';
import { type ApiUnderBench, withApi } from './people/api-under-bench.ts';

/**
 * The control API as a process of its own with 50 people who watch and look: `node bench/api.ts [--seconds 60] [--printing] [--json]`.
 *
 * - REST: each of 50 clients asks once a second, over connections that stay, a mix of what the dashboard asks.
 * - Push: 50 WebSockets; from the instant at which a reading of the registry began to its frame in the client.
 * - Memory: the largest resident set of the API's process.
 * - With `--printing`: people ask for the longest report as PDF in Traditional Chinese all the while, first one after another, then
 *   six at once; the bar on memory holds for the API's process, and what prints beside it is given as well.
 * - Beside it, in the same run, `/health`: the same server without registry, tokens or contract.
 */
const CLIENTS = 50;
const WARM_UP_MS = 5000;
/** People who want a report at the same moment. */
const AT_ONCE = 6;
const BARS = { restP95Ms: 50, pushP95Ms: 250, rssMb: 300 };
const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '60' },
    printing: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
  },
});
const seconds = Number(values.seconds);

const report = await withApi(measure);
print(report);
process.exitCode = report.met ? 0 : 1;

async function measure({ base, pid, models, retrain, eventful, token }: ApiUnderBench) {
  const tokens = await Promise.all(
    Array.from({ length: CLIENTS }, (_, index) => token(`person-${String(index)}`)),
  );
  const paths = [
    '/models',
    `/models/${models[1] ?? ''}`,
    `/models/${models[2] ?? ''}/versions`,
    `/models/${models[3] ?? ''}/reigns`,
    `/models/${models[4] ?? ''}/audit`,
    '/retrains',
    `/retrains/${encodeURIComponent(retrain)}`,
    '/approvals',
    '/alerts',
  ];
  const state: { running: boolean; counting: boolean } = { running: true, counting: false };
  const rest: number[] = [];
  const health: number[] = [];
  const push: number[] = [];
  const failures: string[] = [];
  let largestRssMb = 0;
  let largestBesideMb = 0;
  const sockets = await Promise.all(
    tokens.map((given) =>
      watch(base, given, (delayMs) => {
        if (state.counting) push.push(delayMs);
      }),
    ),
  );
  const lanes = tokens.map(async (given, lane) => {
    await delay((lane * 1000) / CLIENTS);
    for (let turn = lane; state.running; turn += 1) {
      const begun = performance.now();
      const answer = await fetch(`${base}/api/v1${paths[turn % paths.length] ?? ''}`, {
        headers: { authorization: `Bearer ${given}` },
      });
      await answer.arrayBuffer();
      if (answer.status !== 200) failures.push(`${String(answer.status)} ${answer.url}`);
      if (state.counting) rest.push(performance.now() - begun);
      await delay(Math.max(0, 1000 - (performance.now() - begun)));
    }
  });
  const bare = (async () => {
    while (state.running) {
      const begun = performance.now();
      await (await fetch(`${base}/health`)).arrayBuffer();
      if (state.counting) health.push(performance.now() - begun);
      largestRssMb = Math.max(largestRssMb, rssMbOf(pid));
      await delay(200);
    }
  })();
  const beside = (async () => {
    while (state.running) {
      for (const child of childrenOf(pid)) largestBesideMb = Math.max(largestBesideMb, rssMbOf(child));
      await delay(50);
    }
  })();
  const prints: Print[] = [];
  const printing = async (lane: number, from: number): Promise<void> => {
    await delay(from);
    while (state.running) {
      const printed = await printReport(base, eventful, tokens[lane] ?? '');
      prints.push(printed);
      if (printed.status !== 200 && printed.status !== 503) failures.push(`${String(printed.status)} report`);
      // Whoever is told to come back does not ask again at once.
      if (printed.status !== 200) await delay(1000);
    }
  };
  const printers = values.printing
    ? Array.from({ length: AT_ONCE }, (_, lane) =>
        // The first alone for half of the time, then all of them.
        printing(lane, WARM_UP_MS + (lane === 0 ? 0 : seconds * 500)),
      )
    : [];
  await delay(WARM_UP_MS);
  state.counting = true;
  const cpuBefore = cpuSecondsOf(pid);
  await delay(seconds * 1000);
  const cpuSeconds = cpuSecondsOf(pid) - cpuBefore;
  state.running = false;
  await Promise.all([...lanes, bare, beside, ...printers]);
  for (const socket of sockets) socket.close();
  const restP95Ms = quantile(rest, 0.95);
  const pushP95Ms = quantile(push, 0.95);
  return {
    ...{ clients: CLIENTS, models: models.length, seconds, load: loadavg()[0] ?? 0, cpuSeconds },
    rest: {
      requests: rest.length,
      p50Ms: quantile(rest, 0.5),
      p95Ms: restP95Ms,
      p99Ms: quantile(rest, 0.99),
    },
    bare: { requests: health.length, p50Ms: quantile(health, 0.5), p95Ms: quantile(health, 0.95) },
    push: {
      frames: push.length,
      p50Ms: quantile(push, 0.5),
      p95Ms: pushP95Ms,
      p99Ms: quantile(push, 0.99),
    },
    printing: printingOf(prints),
    ...{ largestRssMb, largestBesideMb, failures: failures.length, bars: BARS },
    met:
      restP95Ms <= BARS.restP95Ms &&
      pushP95Ms <= BARS.pushP95Ms &&
      largestRssMb <= BARS.rssMb &&
      (!values.printing || prints.some(({ status }) => status === 200)) &&
      push.length > 0 &&
      failures.length === 0,
  };
}

/** A client of the live view; told how old each frame was. Both ends have the clock of this machine. */
async function watch(base: string, token: string, onFrame: (delayMs: number) => void): Promise<WebSocket> {
  const answer = await fetch(`${base}/api/v1/live/tickets`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}` },
  });
  const { ticket, path } = (await answer.json()) as { readonly ticket: string; readonly path: string };
  const socket = new WebSocket(`${base.replace('http', 'ws')}${path}?ticket=${ticket}`);
  socket.on('message', (data: Buffer) => {
    const { at, type } = JSON.parse(data.toString('utf8')) as { readonly at: string; readonly type: string };
    // The first frame repeats a reading that others have had.
    if (type === 'delta') onFrame(Date.now() - Date.parse(at));
  });
  await once(socket, 'open');
  return socket;
}

interface Print {
  readonly status: number;
  readonly bytes: number;
  readonly tookMs: number;
}

/** The report of the last rollback, printed; it waits for its turn as a person would. */
async function printReport(base: string, model: string, token: string): Promise<Print> {
  const begun = performance.now();
  const query = 'language=zh-TW&form=pdf';
  const answer = await fetch(`${base}/api/v1/models/${model}/reports/incident?${query}`, {
    headers: { authorization: `Bearer ${token}` },
  });
  const { byteLength: bytes } = await answer.arrayBuffer();
  return { status: answer.status, bytes, tookMs: performance.now() - begun };
}

/** Null: nobody asked for one. */
function printingOf(prints: readonly Print[]) {
  if (prints.length === 0) return null;
  const made = prints.filter(({ status }) => status === 200);
  const took = made.map(({ tookMs }) => tookMs);
  return {
    ...{ made: made.length, putOff: prints.length - made.length },
    kilobytes: Math.round(Math.max(0, ...made.map(({ bytes }) => bytes)) / 1024),
    ...{ p50Ms: quantile(took, 0.5), p95Ms: quantile(took, 0.95) },
  };
}

/** What has ended meanwhile takes nothing. */
function fileOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

function childrenOf(pid: number): readonly number[] {
  return fileOf(`/proc/${String(pid)}/task/${String(pid)}/children`)
    .split(' ')
    .flatMap((text) => (text === '' ? [] : [Number(text)]));
}

function rssMbOf(pid: number): number {
  const [, kilobytes = '0'] = /VmRSS:\s+(\d+) kB/u.exec(fileOf(`/proc/${String(pid)}/status`)) ?? [];
  return Number(kilobytes) / 1024;
}

function cpuSecondsOf(pid: number): number {
  const fields =
    readFileSync(`/proc/${String(pid)}/stat`, 'utf8')
      .split(') ')[1]
      ?.split(' ') ?? [];
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

function quantile(numbers: readonly number[], share: number): number {
  const sorted = [...numbers].sort((one, other) => one - other);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.POSITIVE_INFINITY;
}

function print(report: Awaited<ReturnType<typeof measure>>): void {
  if (values.json) {
    console.log(JSON.stringify(report));
    return;
  }
  const ms = (value: number): string => `${value.toFixed(1)} ms`;
  const { rest, bare, push, largestRssMb, cpuSeconds, load, models } = report;
  console.log(
    `${String(CLIENTS)} clients with WebSocket, ${String(models)} models, ${String(seconds)} s, load ${load.toFixed(1)}, ${cpuSeconds.toFixed(1)} s of CPU`,
  );
  console.log(
    `REST  p50 ${ms(rest.p50Ms)}  p95 ${ms(rest.p95Ms)} (bar ${String(BARS.restP95Ms)})  p99 ${ms(rest.p99Ms)}  of ${String(rest.requests)}`,
  );
  console.log(
    `bare  p50 ${ms(bare.p50Ms)}  p95 ${ms(bare.p95Ms)}; REST is ${(rest.p95Ms / bare.p95Ms).toFixed(1)} times that`,
  );
  console.log(
    `push  p50 ${ms(push.p50Ms)}  p95 ${ms(push.p95Ms)} (bar ${String(BARS.pushP95Ms)})  p99 ${ms(push.p99Ms)}  of ${String(push.frames)}`,
  );
  if (report.printing !== null) {
    const { made, putOff, kilobytes, p50Ms, p95Ms } = report.printing;
    console.log(
      `print ${String(made)} reports of ${String(kilobytes)} kB, ${String(putOff)} put off; p50 ${ms(p50Ms)}  p95 ${ms(p95Ms)}, the wait for the turn within`,
    );
    console.log(`beside the API at most ${report.largestBesideMb.toFixed(0)} MB in one process`);
  }
  console.log(`memory ${largestRssMb.toFixed(0)} MB (bar ${String(BARS.rssMb)})`);
  console.log(report.met ? 'met' : 'NOT met');
}
