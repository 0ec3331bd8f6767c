import type { Command } from 'commander';
import { randomUUID } from 'node:crypto';
import { ContractViolation } from '../../contracts/error.ts';
import { retrainId } from '../../contracts/ids.ts';
import type { Actor } from '../../contracts/primitives.ts';
import { RetrainInput, type RetrainResult, type RetrainState } from '../../contracts/retrain.ts';
import { startRetrain } from '../../control/start-retrain.ts';
import { translateFailure } from '../../control/temporal-link.ts';
import { askedText, untilAsked } from '../challenger-promotion.ts';
import type { CliContext } from '../context.ts';
import { UsageError } from '../errors.ts';
import { actorFromModelToken, localActor } from '../identity.ts';
import { connectTemporal } from '../temporal.ts';
import { verdictTable } from '../verdict-text.ts';

interface RetrainOptions {
  readonly asOf?: string;
  readonly wait?: boolean;
  readonly emergency?: boolean;
  readonly allowProbation?: boolean;
  readonly reason?: string;
  readonly replay?: string;
  readonly challenger?: string;
  readonly token?: string;
}

export function register(program: Command, context: CliContext): void {
  program
    .command('retrain')
    .argument('<model>', 'name of the model')
    .description('start the eight steps for a model, as of an instant')
    .option('--as-of <instant>', 'business instant in UTC; default now. Later knowledge is not used')
    .option('--wait', 'stay until it has ended, and print its verdicts')
    .option('--emergency', 'take the place of an open retrain; skips no gate and no approval')
    .option(
      '--allow-probation',
      'without a champion: two quant leads may admit a version that failed a waivable gate',
    )
    .option('--reason <text>', 'why; required for an emergency')
    .option(
      '--challenger <version>',
      'make nothing: ask for signatures under a named challenger that passed its shadow',
    )
    .option('--replay <seconds>', 'replay clock: wall seconds per session, for past as-of instants')
    .option(
      '--token <token>',
      'identity token of the requester; default CONTENDER_TOKEN, else your user name',
    )
    .addHelpText(
      'after',
      `
Examples:
  contender retrain tw-alpha
  contender retrain tw-alpha --as-of 2019-06-28T19:00:00.000Z --replay 2 --wait
  contender retrain tw-alpha --emergency --reason "IC negative for ten sessions" --json
  contender retrain tw-alpha --challenger 4 --reason "passed its shadow beside the June retrain"`,
    )
    .action((model: string, options: RetrainOptions) => retrain(context, model, options));
}

async function retrain(context: CliContext, model: string, options: RetrainOptions): Promise<void> {
  const requester = (await actorFromModelToken(context, options.token, model)) ?? localActor();
  const input = retrainInput(model, options, requester);
  const challenger = challengerOf(options);
  const link = await connectTemporal(context);
  try {
    const { retrainId: id, handle } = await startRetrain(link, input, challenger);
    if (options.wait !== true && challenger !== null) {
      const asked = await untilAsked(context, handle);
      context.output.result(asked, () => askedText(asked));
      return;
    }
    if (options.wait !== true) {
      context.output.result(
        { retrainId: id },
        () => `Started ${id}\nWatch it: npm run contender -- status ${id}`,
      );
      return;
    }
    const progress = context.output.progress(id);
    const watching = setInterval(() => {
      handle.query<RetrainState>('state').then(
        (state) => {
          progress.update(
            `${id}: ${state.step}${state.awaiting === '' ? '' : `, awaiting ${state.awaiting}`}`,
          );
        },
        () => undefined,
      );
    }, 1000);
    try {
      const result = await handle.result();
      progress.done(`${id}: ${result.outcome}`);
      context.output.result(result, () => resultText(result));
    } finally {
      clearInterval(watching);
    }
  } catch (error) {
    throw translateFailure(error);
  } finally {
    await link.close();
  }
}

export function resultText(result: RetrainResult): string {
  return `${result.outcome}: ${result.reason}\n\n${verdictTable(result.verdicts)}`;
}

function retrainInput(model: string, options: RetrainOptions, actor: Actor): RetrainInput {
  if (options.emergency === true && options.reason === undefined) {
    throw new UsageError('An emergency retrain needs a reason', {
      remedy: 'Add --reason "why it cannot wait".',
    });
  }
  const asOf = options.asOf === undefined ? new Date() : new Date(options.asOf);
  if (Number.isNaN(asOf.getTime())) {
    throw new UsageError(`--as-of ${options.asOf ?? ''} is not an instant`, {
      remedy: 'Write it in UTC, such as 2019-06-28T19:00:00.000Z.',
    });
  }
  const instant = asOf.toISOString();
  const parsed = RetrainInput.safeParse({
    model,
    asOf: instant,
    trigger: 'manual',
    requester: actor,
    clock: clockOf(options.replay),
    emergency: options.emergency ?? false,
    allowProbation: options.allowProbation ?? false,
    reason: options.reason ?? '',
    // Names this run: a retrain that failed may be run again under the same id.
    correlationId: `${retrainId(model, instant)}/${randomUUID().slice(0, 8)}`,
  });
  if (parsed.success) return parsed.data;
  const first = parsed.error.issues[0];
  throw new ContractViolation(`${first?.path.join('.') ?? 'input'}: ${first?.message ?? 'is not valid'}`, {
    details: { issues: parsed.error.issues },
  });
}

function challengerOf({ challenger, reason, allowProbation }: RetrainOptions): number | null {
  if (challenger === undefined) return null;
  if (!/^[1-9]\d{0,8}$/u.test(challenger)) {
    throw new UsageError(`--challenger ${challenger} is not the number of a version`, {
      remedy: 'Named challengers are listed by: contender challengers MODEL',
    });
  }
  if (reason === undefined) {
    throw new UsageError('A challenger needs a reason', {
      remedy: 'Add --reason "why it is to be champion".',
    });
  }
  if (allowProbation === true) {
    throw new UsageError('A challenger is held against a champion; probation is for the first one', {
      remedy: 'Leave out --allow-probation.',
    });
  }
  return Number(challenger);
}

/** People decide at their own pace, however fast sessions pass: two minutes for each session of a deadline. */
const APPROVAL_SECONDS_PER_SESSION = 120;

function clockOf(replay: string | undefined): RetrainInput['clock'] {
  if (replay === undefined) return { mode: 'live' };
  const secondsPerSession = Number(replay);
  if (!(secondsPerSession > 0)) {
    throw new UsageError(`--replay ${replay} is not a number of seconds`, { remedy: 'Such as --replay 2.' });
  }
  return { mode: 'replay', secondsPerSession, approvalSecondsPerSession: APPROVAL_SECONDS_PER_SESSION };
}
