import { execFileSync } from 'node:child_process';
import { loadavg } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { PROJECT_ROOT } from '../config/config.ts';
import { rawRequest } from './load/raw-http.ts';
import { quantile } from './load/load.ts';
import { type Fleet, MODEL, modelFile, withFleet } from './rollback/fleet.ts';
import {
  type Cell,
  describeCell,
  jsonBodies,
  measureCell,
  metric,
  rawBodies,
  type Target,
} from './serving/cells.ts';
import { startFloor, startPeer, type Peer } from './serving/peer.ts';

/**
 * A prediction server beside FastAPI over onnxruntime, as a client sees them: `npm run bench:serving -- [--seconds 4]
 * [--rounds 3] [--without-peers] [--json]`. Both check a token and name the version; ours also validates every value. They take
 * turns with each other and with the bare HTTP server of our runtime, which is the limit; medians of the rounds are compared.
 * Load generator and servers share the machine, so ratios and processor time per request say more than rates. Ends with 1 when a
 * bar is missed.
 */
const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '4' },
    rounds: { type: 'string', default: '3' },
    'without-peers': { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
  },
});
const seconds = Number(values.seconds);
const rounds = Number(values.rounds);
const UNIVERSE_ROWS = 2000;
/** The interval of the timer whose lateness the server reports. */
const LOOP_TIMER_MS = 10;
const BARS = { pydantic: 8, raw: 4, float32: 1.5, loopDelayMs: 10 } as const;

interface Ratio {
  readonly what: string;
  readonly ratio: number;
  readonly bar: number;
  readonly met: boolean;
}

const say = (text: string): void => {
  if (!values.json) console.log(text);
};

function targets(
  fleet: Fleet,
  token: string,
  { peer, floor }: { readonly peer: Peer | null; readonly floor: Peer },
): Record<'single' | 'universe', readonly Target[]> {
  const [server] = fleet.servers;
  if (server === undefined) throw new Error('no server was started');
  const ours = {
    port: Number(new URL(server.url).port),
    cpuSeconds: () => metric(server.url, 'process_cpu_seconds_total'),
  };
  const json = (path: string): readonly Buffer[] =>
    jsonBodies(1, 20).map((body) => rawRequest({ path, body, contentType: 'application/json', token }));
  const raw = (path: string): readonly Buffer[] =>
    rawBodies(UNIVERSE_ROWS, 3).map((body) =>
      rawRequest({ path, body, contentType: 'application/octet-stream', token }),
    );
  const scorePath = `/api/v1/score?model=${MODEL}&answer=float64`;
  return {
    single: [
      { what: 'ours, one row of JSON', ...ours, requests: json('/api/v1/predict') },
      { what: "Node's HTTP server alone, nothing behind it", ...floor, requests: json('/') },
      ...(peer === null
        ? []
        : [
            { what: 'FastAPI and pydantic, one row of JSON', ...peer, requests: json('/pydantic') },
            { what: 'FastAPI and orjson, unchecked, one row of JSON', ...peer, requests: json('/raw') },
          ]),
    ],
    universe: [
      { what: `ours, ${String(UNIVERSE_ROWS)} rows of float32`, ...ours, requests: raw(scorePath) },
      ...(peer === null
        ? []
        : [
            { what: `FastAPI, ${String(UNIVERSE_ROWS)} rows of float32`, ...peer, requests: raw('/float32') },
          ]),
    ],
  };
}

/** Every target in turn, `rounds` times. */
async function inTurns(all: readonly Target[], connections: number): Promise<readonly (readonly Cell[])[]> {
  const cells: Cell[][] = all.map(() => []);
  for (let round = 0; round < rounds; round += 1) {
    for (const [index, target] of all.entries()) {
      const cell = await measureCell(target, connections, seconds);
      cells[index]?.push(cell);
      say(describeCell(cell));
    }
  }
  return cells;
}

const median = (cells: readonly Cell[] | undefined): number =>
  quantile(
    (cells ?? []).map(({ requestsPerSecond }) => requestsPerSecond),
    0.5,
  );

function ratioOf(
  what: string,
  [ours, ...peers]: readonly (readonly Cell[])[],
  peer: number,
  bar: number,
): Ratio[] {
  if (peers[peer] === undefined) return [];
  const ratio = median(ours) / median(peers[peer]);
  return [{ what, ratio, bar, met: ratio >= bar }];
}

async function main(fleet: Fleet): Promise<{
  readonly cells: readonly Cell[];
  readonly ratios: readonly Ratio[];
  readonly loopDelayP99Ms: number;
  /** Answers per second: ours, and those of the runtime's HTTP server with nothing behind it. */
  readonly singleRates: readonly [number, number];
}> {
  const [server] = fleet.servers;
  if (server === undefined) throw new Error('no server was started');
  const create = ['token', 'create', '--subject', 'bench', '--role', 'viewer'];
  const token = execFileSync(process.execPath, [join(PROJECT_ROOT, 'cli', 'main.ts'), ...create], {
    env: fleet.environment,
    encoding: 'utf8',
  }).trim();
  const peer = values['without-peers'] ? null : await startPeer(modelFile(), token);
  const floor = await startFloor();
  try {
    const { single, universe } = targets(fleet, token, { peer, floor });
    const [own] = single;
    if (own === undefined) throw new Error('there is nothing to measure');
    const more: Cell[] = [];
    for (const connections of [1, 8]) {
      const cell = await measureCell(own, connections, seconds);
      say(describeCell(cell));
      more.push(cell);
    }
    const many = await inTurns(single, 64);
    const one = await inTurns(universe, 1);
    const [ownUniverse] = universe;
    if (ownUniverse === undefined) throw new Error('there is nothing to measure');
    await metric(server.url, 'nodejs_eventloop_lag_p99_seconds');
    const saturated = await measureCell(ownUniverse, 4, 2 * seconds);
    const lateMs = (await metric(server.url, 'nodejs_eventloop_lag_p99_seconds')) * 1000 - LOOP_TIMER_MS;
    say(describeCell(saturated));
    return {
      cells: [...more, ...many.flat(), ...one.flat(), saturated],
      ratios: [
        ...ratioOf('one row, 64 connections, to FastAPI and pydantic', many, 1, BARS.pydantic),
        ...ratioOf('one row, 64 connections, to FastAPI and orjson', many, 2, BARS.raw),
        ...ratioOf('a universe in float32, one connection, to FastAPI', one, 0, BARS.float32),
      ],
      loopDelayP99Ms: Math.max(0, lateMs),
      singleRates: [median(many[0]), median(many[1])],
    };
  } finally {
    await Promise.all([peer?.stop(), floor.stop()]);
  }
}

const result = await withFleet(1, main, {
  settings: { CONTENDER_SERVER_TOKENS: 'required' },
  serverArguments: ['--scorer-threads', '2'],
});
const load = loadavg()[0] ?? Number.NaN;
if (values.json) console.log(JSON.stringify({ ...result, loadAverage: load }, undefined, 2));
for (const { what, ratio, bar, met } of result.ratios) {
  say(`${what}: ${ratio.toFixed(2)}x (bar ${String(bar)}x, ${met ? 'met' : 'missed'})`);
}
say(
  `event loop late by ${result.loopDelayP99Ms.toFixed(1)} ms at the 99th percentile while universes saturate (bar ${String(BARS.loopDelayMs)} ms)`,
);
const [own, floor] = result.singleRates;
say(
  `one row: ${((100 * own) / floor).toFixed(0)} % of what the bare HTTP server of the runtime answers (${floor.toFixed(0)}/s), the limit of any work behind it`,
);
say(`load average ${load.toFixed(1)}`);
const failed = result.cells.some((cell) => cell.failed > 0);
if (failed || result.ratios.some(({ met }) => !met) || result.loopDelayP99Ms > BARS.loopDelayMs)
  process.exitCode = 1;
