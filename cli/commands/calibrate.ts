import type { Command } from 'commander';
import { availableParallelism } from 'node:os';
import type { ModelSpec } from '../../contracts/spec.ts';
import type { CalibrationPlan } from '../../gates/calibration/plan.ts';
import type { RunOptions } from '../calibration/run-calibration.ts';
import type { CliContext } from '../context.ts';
import { UsageError } from '../errors.ts';
import type { Progress } from '../output.ts';

interface CalibrateOptions {
  readonly spec?: string;
  readonly panels: string;
  readonly sessions?: string;
  readonly trials?: string;
  readonly sharpe: string;
  readonly championSharpe: string;
  readonly correlation: string;
  readonly autocorrelation: string;
  readonly route: string;
  readonly seed: string;
  readonly threads: string;
  readonly stream?: true;
  readonly cautions?: true;
  readonly runs: string;
  readonly retrains: string;
  readonly shadow?: true;
  readonly shadows: string;
}

export function registerCalibrate(gates: Command, context: CliContext): void {
  gates
    .command('calibrate')
    .description(
      'simulate retrains of the shape of a spec: how often noise passes its gates, how often an edge',
    )
    .option(
      '--spec <file>',
      'YAML file of a model spec; its thresholds are judged (--shadow: or the defaults)',
    )
    .option('--panels <count>', 'simulated retrains, of noise and with an edge each', '2000')
    .option('--sessions <count>', 'out-of-sample sessions (default: maxFolds x testSessions of the spec)')
    .option('--trials <count>', 'recipes of one retrain (default: that of the spec)')
    .option('--sharpe <ratio>', 'true annualised Sharpe ratio of the edge, net of costs', '2')
    .option('--champion-sharpe <ratio>', "true annualised Sharpe ratio of the champion's recipe", '0')
    .option('--correlation <number>', 'between the returns of any two recipes', '0.3')
    .option('--autocorrelation <number>', 'first-order, of daily returns', '0')
    .option('--route <route>', 'new-recipe: against a champion; first: against no position', 'new-recipe')
    .option('--seed <integer>', 'the same seed gives the same answer on any number of threads', '1')
    .option('--threads <count>', 'threads that compute', String(availableParallelism()))
    .option('--stream', 'many retrains of one model, with its ledger, instead of single ones')
    .option('--runs <count>', 'streams of each world, with --stream', '100')
    .option('--retrains <count>', 'retrains of a stream, with --stream', '100')
    .option('--cautions', 'how often a second look stands out on the same panels, instead of the gates')
    .option(
      '--shadow',
      'shadows and reigns instead of retrains: false rollbacks, and how soon bad champions are rolled back',
    )
    .option('--shadows <count>', 'shadows and reigns of equal models, with --shadow', '10000')
    .addHelpText(
      'after',
      `
Progress goes to standard error; Ctrl-C ends it without a result. What is simulated, and what is not: docs/calibration.md.

Examples:
  contender gates calibrate --spec model.yaml
  contender gates calibrate --spec model.yaml --route first --sharpe 1.5 --json
  contender gates calibrate --spec model.yaml --stream --retrains 100 --runs 100
  contender gates calibrate --spec model.yaml --cautions --seed 2
  contender gates calibrate --shadow --shadows 10000 --seed 1
  contender gates calibrate --shadow --spec model.yaml --sessions 500 --json`,
    )
    .action((options: CalibrateOptions) => {
      requireOneSubject(options);
      return options.shadow === true ? calibrateShadow(context, options) : calibrate(context, options);
    });
}

/** Each of the three simulates something else; two of them at once would leave one unanswered. */
function requireOneSubject({ stream: many, cautions, shadow }: CalibrateOptions): void {
  const asked = [
    ...(many === true ? ['--stream'] : []),
    ...(cautions === true ? ['--cautions'] : []),
    ...(shadow === true ? ['--shadow'] : []),
  ];
  if (asked.length < 2) return;
  throw new UsageError(`${asked.join(' and ')} exclude each other`, { remedy: 'Run them one by one.' });
}

async function calibrateShadow(context: CliContext, options: CalibrateOptions): Promise<void> {
  const { reignPlan, calibrateGuard } = await import('../calibration/run-guard-calibration.ts');
  const { guardCalibrationText } = await import('../calibration/guard-calibration-text.ts');
  const { readSpecFile } = await import('../spec-file.ts');
  const plan = reignPlan(options.spec === undefined ? null : readSpecFile(options.spec), {
    sessions: options.sessions === undefined ? null : positive('--sessions', options.sessions),
    seed: number('--seed', options.seed),
  });
  const progress = context.output.progress('simulating', 'stderr');
  try {
    const calibration = await calibrateGuard(plan, positive('--shadows', options.shadows), {
      threads: number('--threads', options.threads),
      signal: context.interrupted,
      onProgress: shown(progress, 'reigns'),
    });
    context.output.result(calibration, () => guardCalibrationText(calibration));
  } finally {
    progress.done();
  }
}

async function calibrate(context: CliContext, options: CalibrateOptions): Promise<void> {
  if (options.spec === undefined) {
    throw new UsageError('--spec is missing', {
      remedy: 'Give the YAML file of a model spec; only --shadow does without one.',
    });
  }
  const { readSpecFile } = await import('../spec-file.ts');
  const { marketRules } = await import('../../market/rules.ts');
  const { calibrationPlan } = await import('../../gates/calibration/plan.ts');
  const spec = readSpecFile(options.spec);
  const plan = calibrationPlan(spec, marketRules(spec.market).annualSessions, {
    route: routeOf(options.route),
    panels: number('--panels', options.panels),
    sessions: options.sessions === undefined ? null : number('--sessions', options.sessions),
    trials: options.trials === undefined ? null : number('--trials', options.trials),
    sharpe: number('--sharpe', options.sharpe),
    championSharpe: number('--champion-sharpe', options.championSharpe),
    correlation: number('--correlation', options.correlation),
    autocorrelation: number('--autocorrelation', options.autocorrelation),
    seed: number('--seed', options.seed),
  });
  const progress = context.output.progress('simulating', 'stderr');
  const run: RunOptions = {
    threads: number('--threads', options.threads),
    signal: context.interrupted,
    onProgress: shown(progress, options.stream === true ? 'streams' : 'panels'),
  };
  try {
    if (options.stream === true) await stream(context, options, plan, spec, run);
    else if (options.cautions === true) await cautionRates(context, plan, run);
    else await panels(context, plan, run);
  } finally {
    progress.done();
  }
}

async function panels(context: CliContext, plan: CalibrationPlan, run: RunOptions): Promise<void> {
  const { calibratePanels } = await import('../calibration/run-calibration.ts');
  const { panelText } = await import('../calibration/calibration-text.ts');
  const calibration = await calibratePanels(plan, run);
  context.output.result(calibration, () => panelText(calibration));
}

async function cautionRates(context: CliContext, plan: CalibrationPlan, run: RunOptions): Promise<void> {
  const { calibrateCautions } = await import('../calibration/run-calibration.ts');
  const { cautionText } = await import('../calibration/caution-text.ts');
  const calibration = await calibrateCautions(plan, run);
  context.output.result(calibration, () => cautionText(calibration));
}

async function stream(
  context: CliContext,
  options: CalibrateOptions,
  plan: CalibrationPlan,
  spec: ModelSpec,
  run: RunOptions,
): Promise<void> {
  const { calibrateStreams } = await import('../calibration/run-calibration.ts');
  const { streamText } = await import('../calibration/calibration-text.ts');
  const { streamPlan } = await import('../../gates/calibration/plan.ts');
  const streams = streamPlan(plan, spec, { retrains: number('--retrains', options.retrains) });
  const calibration = await calibrateStreams(streams, positive('--runs', options.runs), run);
  context.output.result(calibration, () => streamText(calibration));
}

function shown(progress: Progress, what: string): RunOptions['onProgress'] {
  return (done, of) => {
    progress.update(`${String(done)} of ${String(of)} ${what}`);
  };
}

function routeOf(text: string): CalibrationPlan['route'] {
  if (text === 'first' || text === 'new-recipe') return text;
  throw new UsageError(`--route is "${text}"`, { remedy: 'Give first or new-recipe.' });
}

function positive(option: string, text: string): number {
  const value = number(option, text);
  if (Number.isInteger(value) && value >= 1) return value;
  throw new UsageError(`${option} is ${text}, expected a whole number from 1`);
}

function number(option: string, text: string): number {
  const value = text.trim() === '' ? Number.NaN : Number(text);
  if (Number.isFinite(value)) return value;
  throw new UsageError(`${option} is "${text}", expected a number`, { remedy: `Give ${option} a number.` });
}
