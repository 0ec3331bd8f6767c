import type { Command } from 'commander';
import { readFile } from 'node:fs/promises';
import type { DecayDelay } from '../../monitoring/decay-delay.ts';
import type { DecayEvaluation } from '../../monitoring/decay-rule.ts';
import type { IcTable } from '../../monitoring/ic-table.ts';
import type { CliContext } from '../context.ts';
import { UsageError } from '../errors.ts';
import { table } from '../output.ts';
import { registerHistory } from './decay-history.ts';

interface EvaluateOptions {
  readonly ic: string;
  readonly reference: string;
  readonly falseAlarms?: string;
  readonly annualSessions: string;
  readonly delay?: boolean;
}

interface Parameters {
  readonly reference: number;
  readonly falseAlarmsPerYear: number;
  readonly annualSessions: number;
}

interface SeriesDetail {
  readonly name: string;
  readonly statistic: number | null;
  readonly threshold: number | null;
  readonly baseline: { readonly mean: number; readonly low: number; readonly high: number } | null;
  readonly observed: number;
  /** What is odd about the series: sessions without an IC, one that stands still. */
  readonly marks: readonly string[];
  readonly reason: string;
  /** Null unless asked for with --delay. */
  readonly expectedDelay: DecayDelay | null;
}

export function register(program: Command, context: CliContext): void {
  const decay = program.command('decay').description('does a model still do what its backtest did?');
  registerHistory(decay, context);
  decay
    .command('evaluate')
    .description('ask the decay rule about series of daily rank ICs')
    .requiredOption('--ic <file>', 'CSV: a column `day`, then one column of daily ICs per series')
    .option('--reference <sessions>', 'first sessions, taken as the model in order', '250')
    .option(
      '--false-alarms <per year>',
      'budget of false alarms per model-year (default: that of a new spec)',
    )
    .option('--annual-sessions <count>', 'sessions of a year', '250')
    .option('--delay', 'also say how fast a full decay of each series would be seen (seconds per series)')
    .addHelpText(
      'after',
      `
Examples:
  contender decay evaluate --ic ic.csv --reference 250 --json
  contender decay evaluate --ic ic.csv --false-alarms 0.5 --delay

An alarm may be raised from the first session after the reference on; a series is looked at until its first alarm.`,
    )
    .action(async (options: EvaluateOptions) => {
      await evaluate(context, options);
    });
}

async function evaluate(context: CliContext, options: EvaluateOptions): Promise<void> {
  const [{ evaluateDecay }, { expectedDecayDelay }, { icMarks }] = await Promise.all([
    import('../../monitoring/decay-rule.ts'),
    import('../../monitoring/decay-delay.ts'),
    import('../../monitoring/ic-marks.ts'),
  ]);
  const parameters = await readParameters(options);
  const ic = await readTable(options.ic);
  const { reference, falseAlarmsPerYear, annualSessions } = parameters;
  if (ic.days.length <= reference) {
    throw new UsageError(
      `--reference ${String(reference)} leaves nothing to watch of ${String(ic.days.length)} sessions`,
      { remedy: 'Give a longer table or a shorter reference.' },
    );
  }
  const progress = context.output.progress(`watching ${String(ic.series.length)} series`);
  const watched = ic.series.map(({ name, ic: values }) => {
    const evaluation = evaluateDecay({
      ic: values.slice(reference),
      referenceIc: values.slice(0, reference),
      adjacent: true,
      falseAlarmsPerYear,
      annualSessions,
      restarts: [],
    });
    const delay =
      options.delay === true && evaluation.baseline !== null
        ? expectedDecayDelay(evaluation.baseline, falseAlarmsPerYear, annualSessions)
        : null;
    return {
      name,
      evaluation,
      detail: { ...detailOf(name, values, evaluation, delay), marks: icMarks(values) },
    };
  });
  progress.done();
  const series = watched.map(({ name, evaluation }) => ({
    name,
    alarmDay: evaluation.session === null ? null : (ic.days[reference + evaluation.session] ?? null),
  }));
  const details = watched.map(({ detail }) => detail);
  context.output.result({ series, parameters, details }, () => evaluationText(series, details));
}

function detailOf(
  name: string,
  values: Float64Array,
  { statistic, threshold, baseline, reason }: DecayEvaluation,
  expectedDelay: DecayDelay | null,
): Omit<SeriesDetail, 'marks'> {
  return {
    name,
    statistic,
    threshold,
    baseline:
      baseline === null
        ? null
        : { mean: baseline.mean, low: baseline.interval[0], high: baseline.interval[1] },
    observed: values.filter((value) => Number.isFinite(value)).length,
    reason,
    expectedDelay,
  };
}

async function readParameters(options: EvaluateOptions): Promise<Parameters> {
  const { DecaySpec } = await import('../../contracts/spec.ts');
  const defaults = DecaySpec.parse({});
  const falseAlarmsPerYear =
    options.falseAlarms === undefined ? defaults.falseAlarmsPerYear : Number(options.falseAlarms);
  const parsed = DecaySpec.safeParse({ falseAlarmsPerYear });
  if (!parsed.success) {
    throw new UsageError(`--false-alarms ${options.falseAlarms ?? ''} is no budget`, {
      remedy: 'Give the false alarms per model-year: above 0, at most 12.',
    });
  }
  return {
    reference: whole('--reference', options.reference, 60, 100_000),
    falseAlarmsPerYear,
    annualSessions: whole('--annual-sessions', options.annualSessions, 50, 366),
  };
}

function whole(option: string, text: string, low: number, high: number): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= low && value <= high) return value;
  throw new UsageError(`${option} is ${text}`, {
    remedy: `Give a whole number from ${String(low)} to ${String(high)}.`,
  });
}

async function readTable(file: string): Promise<IcTable> {
  const { parseIcTable } = await import('../../monitoring/ic-table.ts');
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (cause) {
    throw new UsageError(`cannot read ${file}`, { cause, remedy: 'Give the path of a readable CSV file.' });
  }
  return parseIcTable(text);
}

function evaluationText(
  series: readonly { readonly name: string; readonly alarmDay: number | string | null }[],
  details: readonly SeriesDetail[],
): string {
  const delayed = details.some(({ expectedDelay }) => expectedDelay !== null);
  const rows = series.map(({ name, alarmDay }, row) => {
    const detail = details[row];
    const delay = detail?.expectedDelay?.median;
    return [
      name,
      alarmDay === null ? 'no alarm' : `alarm on ${String(alarmDay)}`,
      ...(delayed
        ? [delay === null || delay === undefined ? 'not stated' : `${String(delay)} sessions`]
        : []),
      [detail?.reason ?? '', ...(detail?.marks ?? [])].join('; '),
    ];
  });
  const alarms = series.filter(({ alarmDay }) => alarmDay !== null).length;
  const heading = ['series', 'alarm', ...(delayed ? ['median delay'] : []), 'why'];
  return `${table(heading, rows)}\n\n${String(alarms)} of ${String(series.length)} series alarmed.`;
}
