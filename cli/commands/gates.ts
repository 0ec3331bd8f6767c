import type { Command } from 'commander';
import { readFile } from 'node:fs/promises';
import type { GatesSpec } from '../../contracts/spec.ts';
import type { ReturnsEvaluation, ReturnsEvaluationInput } from '../../gates/evaluate-returns.ts';
import type { ReturnsTable } from '../../gates/returns-table.ts';
import type { CliContext } from '../context.ts';
import { UsageError } from '../errors.ts';
import { registerExplain } from './gates-explain.ts';
import { registerHold } from './gates-hold.ts';
import { table } from '../output.ts';
import { figure } from '../verdict-text.ts';
import { registerBudget } from './budget.ts';
import { registerCalibrate } from './calibrate.ts';

interface EvaluateOptions {
  readonly returns: string;
  readonly benchmark?: string;
  readonly block: string;
  readonly replicates: string;
  readonly pboSplits: string;
  readonly seed: string;
  readonly trials?: string;
  readonly alpha?: string;
  readonly dsrMin?: string;
  readonly pboMax?: string;
}

export function register(program: Command, context: CliContext): void {
  const gates = program.command('gates').description('the statistics that decide a promotion');
  registerCalibrate(gates, context);
  registerBudget(gates, context);
  gates
    .command('evaluate')
    .description('judge a table of daily returns: SPA and StepM, deflated Sharpe ratio, overfitting')
    .requiredOption(
      '--returns <file>',
      'CSV: a line of names, an optional first column of dates, daily returns',
    )
    .option('--benchmark <column>', 'the column to beat (default: the first)')
    .option('--block <sessions>', 'mean bootstrap block, at least the hold', '10')
    .option(
      '--replicates <count>',
      'bootstrap replicates; more are drawn while a verdict is undecided',
      '10000',
    )
    .option('--pbo-splits <count>', 'blocks of the overfitting test, even', '16')
    .option('--seed <integer>', 'the same seed gives the same bits', '1')
    .option('--trials <count>', 'trials ever made (default: the strategies of the file)')
    .option('--alpha <level>', 'level of SPA and StepM (default: that of a new spec)')
    .option('--dsr-min <probability>', 'smallest deflated Sharpe ratio that passes')
    .option('--pbo-max <probability>', 'largest probability of backtest overfitting that passes')
    .addHelpText(
      'after',
      `
Examples:
  contender gates evaluate --returns panel.csv
  contender gates evaluate --returns panel.csv --benchmark champion --trials 120 --json`,
    )
    .action(async (options: EvaluateOptions) => {
      const { evaluateReturns } = await import('../../gates/evaluate-returns.ts');
      const input = evaluationInput(options, await readTable(options.returns), await thresholds(options));
      const progress = context.output.progress(`judging ${String(input.strategies.length)} strategies`);
      const evaluation = evaluateReturns(input);
      progress.done();
      context.output.result(evaluation, () => evaluationText(evaluation, input));
    });
  registerExplain(gates, context);
  registerHold(gates, context);
}

async function readTable(file: string): Promise<ReturnsTable> {
  const { parseReturnsTable } = await import('../../gates/returns-table.ts');
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (cause) {
    throw new UsageError(`cannot read ${file}`, { cause, remedy: 'Give the path of a readable CSV file.' });
  }
  return parseReturnsTable(text);
}

/** The defaults of a new spec, with what the command line changes. */
async function thresholds(options: EvaluateOptions): Promise<GatesSpec> {
  const { GatesSpec: Schema } = await import('../../contracts/spec.ts');
  const chosen = {
    spaAlpha: optionalNumber('--alpha', options.alpha),
    dsrMin: optionalNumber('--dsr-min', options.dsrMin),
    pboMax: optionalNumber('--pbo-max', options.pboMax),
  };
  const given = Object.fromEntries(Object.entries(chosen).filter(([, value]) => value !== undefined));
  const parsed = Schema.safeParse(given);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    throw new UsageError(`${String(issue?.path[0] ?? 'a threshold')}: ${issue?.message ?? 'out of range'}`, {
      remedy: 'Thresholds are probabilities strictly between 0 and 1; the level is below 0.5.',
    });
  }
  return {
    ...parsed.data,
    spaReplicates: number('--replicates', options.replicates),
    pboSplits: number('--pbo-splits', options.pboSplits),
  };
}

function evaluationInput(
  options: EvaluateOptions,
  returns: ReturnsTable,
  gates: GatesSpec,
): ReturnsEvaluationInput {
  const { names, columns } = returns;
  const benchmarkName = options.benchmark ?? names[0] ?? '';
  const benchmark = columns[names.indexOf(benchmarkName)];
  if (benchmark === undefined) {
    throw new UsageError(`there is no column ${benchmarkName} for the benchmark`, {
      remedy: `The columns are: ${names.slice(0, 20).join(', ')}${names.length > 20 ? ', ...' : ''}.`,
    });
  }
  const kept = names.filter((name) => name !== benchmarkName);
  if (kept.length === 0) {
    throw new UsageError(`the only column of returns is the benchmark ${benchmarkName}`, {
      remedy: 'Add one column per strategy.',
    });
  }
  return {
    names: kept,
    strategies: columns.filter((_, index) => names[index] !== benchmarkName),
    benchmarkName,
    benchmark,
    gates,
    block: number('--block', options.block),
    seed: number('--seed', options.seed),
    trials: optionalNumber('--trials', options.trials) ?? kept.length,
  };
}

function optionalNumber(option: string, text: string | undefined): number | undefined {
  return text === undefined ? undefined : number(option, text);
}

function number(option: string, text: string): number {
  const value = text.trim() === '' ? Number.NaN : Number(text);
  if (Number.isFinite(value)) return value;
  throw new UsageError(`${option} is "${text}", expected a number`, { remedy: `Give ${option} a number.` });
}

function evaluationText(evaluation: ReturnsEvaluation, input: ReturnsEvaluationInput): string {
  const cell = (value: number | null): string => (value === null ? '-' : figure(value));
  const better = new Set(evaluation.stepm.rejected);
  const strategies = table(
    ['strategy', 'daily Sharpe', 'PSR over 0', 'sessions to 95 %', `beats ${input.benchmarkName}`],
    evaluation.strategies.map((strategy) => [
      strategy.name,
      cell(strategy.sharpe),
      cell(strategy.psr0),
      cell(strategy.minTrackRecordLength),
      better.has(strategy.name) ? 'yes' : '',
    ]),
  );
  const verdicts = table(
    ['gate', 'verdict', 'number', 'bound', 'why'],
    evaluation.verdicts.map((verdict) => [
      verdict.gate,
      verdict.verdict,
      cell(verdict.number),
      cell(verdict.threshold),
      verdict.reason,
    ]),
  );
  return `${strategies}\n\n${verdicts}`;
}
