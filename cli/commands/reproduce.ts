import type { Command } from 'commander';
import { randomUUID } from 'node:crypto';
import { reproductionId, TASK_QUEUES } from '../../contracts/ids.ts';
import { ModelName } from '../../contracts/primitives.ts';
import type { ReproduceInput, ReproductionReport } from '../../contracts/reproduction.ts';
import { translateFailure } from '../../control/temporal-link.ts';
import type { CliContext } from '../context.ts';
import { ReproductionDiffers, UsageError } from '../errors.ts';
import { table } from '../output.ts';
import { connectTemporal } from '../temporal.ts';

interface ReproduceOptions {
  readonly chosenOnly?: boolean;
}

export function register(program: Command, context: CliContext): void {
  program
    .command('reproduce')
    .argument('<model>', 'name of the model')
    .argument('<number>', 'number of the version')
    .description('build a version again from its record: byte-identical, or which input moved')
    .option('--chosen-only', 'fit only the trial that the version came from, not all of its retrain')
    .addHelpText(
      'after',
      `
Extracts the snapshot as of the same instant, fits the same trials without any checkpoint, fits the model again and
compares. Nothing is recorded: no trial, no version, no audit row. Exits with 1 when something differs.

Examples:
  contender reproduce tw-alpha 3
  contender reproduce tw-alpha 3 --chosen-only --json`,
    )
    .action((model: string, number: string, options: ReproduceOptions) =>
      reproduce(context, model, number, options),
    );
}

async function reproduce(
  context: CliContext,
  model: string,
  number: string,
  options: ReproduceOptions,
): Promise<void> {
  const input = reproduceInput(model, number, options);
  const link = await connectTemporal(context);
  const progress = context.output.progress(`rebuilding version ${number} of ${model}`);
  try {
    const report = await link.live.workflow.execute<(input: ReproduceInput) => Promise<ReproductionReport>>(
      'reproduceVersion',
      {
        workflowId: input.correlationId,
        taskQueue: TASK_QUEUES.control,
        staticSummary: `Reproduction of ${model} ${number}`,
        args: [input],
      },
    );
    progress.done();
    if (report.verdict === 'byte-identical') {
      context.output.result(report, () => reportText(report));
      return;
    }
    context.output.line(reportText(report));
    throw new ReproductionDiffers(headline(report), { remedy: remedy(report), details: { report } });
  } catch (error) {
    throw translateFailure(error);
  } finally {
    progress.done();
    await link.close();
  }
}

function reproduceInput(model: string, number: string, options: ReproduceOptions): ReproduceInput {
  const version = Number(number);
  if (!Number.isInteger(version) || version < 1) {
    throw new UsageError(`${number} is not the number of a version`, {
      remedy: `List them with: npm run contender -- versions ${model}`,
    });
  }
  if (!ModelName.safeParse(model).success) throw new UsageError(`${model} is not the name of a model`);
  return {
    ...{ model, version, trials: options.chosenOnly === true ? 'chosen' : 'all' },
    correlationId: reproductionId(model, version, randomUUID().slice(0, 8)),
  };
}

function headline({ model, version, verdict, moved, findings }: ReproductionReport): string {
  const name = `${model} ${String(version)}`;
  if (verdict === 'byte-identical') return `${name} is byte-identical`;
  if (verdict === 'moved') return `${name} cannot come out the same; moved: ${moved.join(', ')}`;
  const differing = findings.filter(({ kind, same }) => kind === 'result' && !same).map((one) => one.name);
  return `${name} did not come out the same although no input moved: ${differing.join(', ')}`;
}

const remedy = ({ verdict }: ReproductionReport): string =>
  verdict === 'moved'
    ? 'Bring back the input that moved - the data folder, the release, the artifact from a backup - and try again.'
    : 'Nothing that is recorded explains the difference: report it with this output.';

const SHOWN = 48;
const cut = (text: string): string => (text.length <= SHOWN ? text : `${text.slice(0, SHOWN - 1)}…`);

function reportText(report: ReproductionReport): string {
  const { fitted, identical, differing, notRecorded } = report.trials;
  const rows = report.findings.map(({ kind, name, recorded, rebuilt, same }) => [
    ...[same ? 'same' : 'DIFFERS', kind, name, cut(recorded), cut(rebuilt)],
  ]);
  return [
    `${headline(report)}.`,
    `recorded ${report.versionId}`,
    `rebuilt  ${report.rebuiltVersionId ?? 'nothing'}`,
    `trials   ${String(fitted)} fitted: ${String(identical)} identical, ${String(differing.length)} different, ${String(notRecorded)} without a record`,
    '',
    table(['', 'kind', 'what', 'recorded', 'rebuilt'], rows),
  ].join('\n');
}
