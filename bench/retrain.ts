import { execFile } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { loadavg } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { PROJECT_ROOT } from '../config/config.ts';
import { RunTrialInput, RunTrialResult } from '../contracts/training.ts';
import { writeSimulatedFolder } from '../extraction/simulated-folder.ts';
import { decisionInstant } from '../market/rules.ts';
import { shippedCalendar } from '../market/shipped-calendar.ts';
import { simulateMarket } from '../market/simulator.ts';
import { NO_PROCESSES, OwnProcess } from '../tests/deep/production/own-processes.ts';
import { type Retrain, smallSpec, SmallWorld, until } from '../tests/e2e/small-world.ts';

/**
 * The training step of a retrain on two sidecars against a bare Python script that does the same fits in two processes: `npm run
 * bench:retrain [-- --json] [--symbols 300] [--sessions 1100] [--trials 20]`. Same folds, same recipes, same bytes of every
 * prediction. Ends with 1 when a bar is missed or a byte differs.
 */
const BARS = { moreShare: 0.1, moreSeconds: 5, busyShare: 0.85 } as const;
const CORES = 2;
/** For a process to end in order. */
const END_MS = 60_000;
const MODEL = 'bench-retrain';
const FROM = '2015-01-05';

function argument(name: string, usual: number): number {
  const at = process.argv.indexOf(name);
  const value = at < 0 ? usual : Number(process.argv[at + 1]);
  if (!Number.isInteger(value) || value < 2) throw new Error(`${name} is a whole number from 2`);
  return value;
}

interface Step {
  readonly seconds: number;
  /** What a sidecar waited between the end of one trial and the beginning of the next. */
  readonly pauses: readonly number[];
  readonly messages: readonly RunTrialInput[];
  readonly results: readonly RunTrialResult[];
}

const seconds = (time: { seconds?: unknown; nanos?: number | null } | null | undefined): number =>
  Number(time?.seconds ?? 0) + (time?.nanos ?? 0) / 1e9;

/** From the first trial scheduled to the last one answered, as Temporal has it in its history. */
async function trainingStep(retrain: Retrain): Promise<Step> {
  const { events } = await retrain.fetchHistory();
  const read = (data: Uint8Array | null | undefined): unknown =>
    JSON.parse(Buffer.from(data ?? new Uint8Array()).toString('utf8'));
  const scheduled = new Map<string, { readonly at: number; readonly message: RunTrialInput }>();
  const results: RunTrialResult[] = [];
  const begun = new Map<string, { readonly identity: string; readonly at: number }>();
  const fitted = new Map<string, { readonly from: number; readonly to: number }[]>();
  let ended = 0;
  for (const event of events ?? []) {
    const { activityTaskScheduledEventAttributes: asked, activityTaskCompletedEventAttributes: done } = event;
    const { activityTaskStartedEventAttributes: taken } = event;
    const at = seconds(event.eventTime);
    if (asked?.activityType?.name === 'runTrial') {
      const message = RunTrialInput.parse(read(asked.input?.payloads?.[0]?.data));
      scheduled.set(String(event.eventId), { at, message });
    } else if (taken) {
      begun.set(String(taken.scheduledEventId), { identity: taken.identity ?? '', at });
    } else if (done && scheduled.has(String(done.scheduledEventId))) {
      results.push(RunTrialResult.parse(read(done.result?.payloads?.[0]?.data)));
      const { identity = '', at: from = at } = begun.get(String(done.scheduledEventId)) ?? {};
      fitted.set(identity, [...(fitted.get(identity) ?? []), { from, to: at }]);
      ended = Math.max(ended, at);
    }
  }
  const all = [...scheduled.values()];
  const first = Math.min(...all.map(({ at }) => at));
  const pauses = [...fitted.values()].flatMap((trials) =>
    trials
      .toSorted((a, b) => a.from - b.from)
      .map(({ from }, index, sorted) => from - (sorted[index - 1]?.to ?? first)),
  );
  return { seconds: ended - first, pauses, messages: all.map(({ message }) => message), results };
}

/**
 * Waits until an activity was scheduled, by the history alone: asking the workflow ten times a second takes a tenth of a
 * processor from the fits that are measured.
 */
async function untilScheduled(world: SmallWorld, retrain: Retrain, activity: string): Promise<void> {
  const { workflowService, options } = world.replay;
  const { namespace } = options;
  const execution = { workflowId: retrain.workflowId };
  const read = (nextPageToken: Uint8Array) =>
    workflowService.getWorkflowExecutionHistory({ namespace, execution, waitNewEvent: true, nextPageToken });
  let page = await read(new Uint8Array());
  for (;;) {
    const names = (page.history?.events ?? []).map(
      ({ activityTaskScheduledEventAttributes: scheduled }) => scheduled?.activityType?.name,
    );
    if (names.includes(activity)) return;
    if (page.nextPageToken.length === 0) throw new Error(`the retrain ended before ${activity}`);
    page = await read(page.nextPageToken);
  }
}

/** Processor time of a process group so far, in seconds. */
function groupCpu(groups: readonly number[]): number {
  let ticks = 0;
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/u.test(name))) {
    try {
      const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
      if (groups.includes(Number(fields[2]))) ticks += Number(fields[11]) + Number(fields[12]);
    } catch {
      // It has ended meanwhile.
    }
  }
  return ticks / 100;
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

async function run(): Promise<number> {
  const symbols = argument('--symbols', 300);
  const sessions = argument('--sessions', 1100);
  const trials = argument('--trials', 20);
  const json = process.argv.includes('--json');
  const world = await SmallWorld.start({ processes: () => NO_PROCESSES });
  const started: OwnProcess[] = [];
  const start = (name: string, role: string): OwnProcess => {
    const own = new OwnProcess(world, name, ['worker', role]);
    started.push(own);
    return own;
  };
  try {
    const folder = join(world.dataDir, 'bench-market');
    const market = { seed: 7, symbols, sessions, from: FROM, plantedRankIc: 0.05, flipSession: null };
    await writeSimulatedFolder({ outDir: folder, market: simulateMarket(market) });
    const small = smallSpec(MODEL, folder);
    await world.applySpec({
      ...small,
      training: { ...small.training, trials, trainSessions: 500, testSessions: 63, maxFolds: 6, minFolds: 2 },
      retrain: { ...small.retrain, promotionGate: false },
    });
    start('control', 'control');
    start('compute', 'compute');
    const sidecars = [start('sidecar-1', 'sidecar'), start('sidecar-2', 'sidecar')];
    for (const own of started)
      await until(`${own.name} polls`, () => Promise.resolve(own.output.includes('polling')));

    const calendar = shippedCalendar('XTAI');
    const asOf = decisionInstant(calendar, calendar.between(FROM, '2027-12-31')[sessions - 20] ?? '');
    const retrain = await world.startRetrain(MODEL, asOf);
    await untilScheduled(world, retrain, 'runTrial');
    const groups = sidecars.map(({ pid }) => pid);
    const before = groupCpu(groups);
    await untilScheduled(world, retrain, 'selectTrial');
    const sidecarCpu = groupCpu(groups) - before;
    await world.result(retrain);
    const step = await trainingStep(retrain);
    if (step.results.length !== step.messages.length) throw new Error('not every trial gave a result');

    for (const own of started) await own.stop(END_MS);
    const file = join(world.dataDir, 'messages.json');
    writeFileSync(file, JSON.stringify(step.messages));
    const { stdout } = await promisify(execFile)(
      world.config.pythonPath,
      [join(PROJECT_ROOT, 'bench', 'retrain_fits.py'), file, world.config.artifactsDir, String(CORES)],
      { maxBuffer: 1e8 },
    );
    const bare = JSON.parse(stdout) as {
      readonly seconds: number;
      readonly cpuSeconds: number;
      readonly predictions: Readonly<Record<string, string>>;
    };
    const differing = step.results.filter(
      ({ trialId, predictions }) => bare.predictions[trialId] !== predictions.sha256,
    ).length;
    const allowed = bare.seconds * (1 + BARS.moreShare) + BARS.moreSeconds;
    const busy = sidecarCpu / (step.seconds * CORES);
    const figures = {
      ...{ symbols, sessions, trials: step.messages.length, folds: step.messages[0]?.folds.length ?? 0 },
      ...{ workflowSeconds: step.seconds, workflowCpuSeconds: sidecarCpu, coresBusy: busy },
      ...{ scriptSeconds: bare.seconds, scriptCpuSeconds: bare.cpuSeconds, allowedSeconds: allowed },
      ...{ pausesSeconds: sum(step.pauses), longestPauseSeconds: Math.max(...step.pauses) },
      ...{ differingPredictions: differing, load: loadavg()[0] },
    };
    const met = step.seconds <= allowed && busy >= BARS.busyShare && differing === 0;
    if (json) console.log(JSON.stringify({ ...figures, met }, undefined, 2));
    else {
      console.log(
        [
          `${String(figures.trials)} trials over ${String(figures.folds)} folds, ${String(symbols)} symbols, ${String(sessions)} sessions; load ${String(figures.load)}`,
          `workflow, two sidecars     ${step.seconds.toFixed(1)} s of wall time, ${sidecarCpu.toFixed(1)} s of processor time, ${(100 * busy).toFixed(0)} % of ${String(CORES)} cores (bar 85 %)`,
          `between trials             ${sum(step.pauses).toFixed(1)} s on both sidecars together, ${Math.max(...step.pauses).toFixed(2)} s the longest`,
          `bare script, two processes ${bare.seconds.toFixed(1)} s of wall time, ${bare.cpuSeconds.toFixed(1)} s of processor time; allowed ${allowed.toFixed(1)} s`,
          `predictions that differ    ${String(differing)}`,
          met ? 'Every bar is met.' : 'A bar is missed.',
        ].join('\n'),
      );
    }
    return met ? 0 : 1;
  } finally {
    for (const own of started) own.kill();
    await world.stop();
  }
}

process.exitCode = await run();
