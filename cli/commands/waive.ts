import type { Command } from 'commander';
import { GATE_CATALOGUE, GATE_NAMES, UNWAIVABLE_GATES } from '../../contracts/gate-catalogue.ts';
import type { WaiveAnswer } from '../../contracts/gate-hold.ts';
import type { GateName } from '../../contracts/verdict.ts';
import { waiveGate } from '../../control/gate-people.ts';
import { WorkflowRefusal } from '../../control/temporal-link.ts';
import type { CliContext } from '../context.ts';
import { UsageError } from '../errors.ts';
import { requireActorOnRetrain } from '../identity.ts';
import { connectTemporal } from '../temporal.ts';

interface WaiveOptions {
  readonly gate: string;
  readonly reason: string;
  readonly token?: string;
}

export function register(program: Command, context: CliContext): void {
  program
    .command('waive')
    .argument('<retrain>', 'id of a retrain that waits for waivers')
    .description('accept the fail of one gate; two quant leads other than the requester make it waived')
    .requiredOption('--gate <gate>', 'the gate that failed')
    .requiredOption('--reason <text>', 'why; becomes part of the record and of the evidence')
    .option('--token <token>', 'identity token; default CONTENDER_TOKEN')
    .addHelpText(
      'after',
      `
Examples:
  contender waive retrain:tw-alpha:2019-06-28T19:00:00.000Z --gate dsr --reason "ledger holds a withdrawn family"
  contender waive retrain:tw-alpha:2019-06-28T19:00:00.000Z --gate pbo --reason "…" --token "$KIM" --json

Nobody waives ${UNWAIVABLE_GATES.join(', ')}. How long a retrain waits is gates.waiverSessions in its spec (default 0: not at all).`,
    )
    .action((id: string, options: WaiveOptions) => waive(context, id, options));
}

async function waive(context: CliContext, id: string, options: WaiveOptions): Promise<void> {
  const gate = gateName(options.gate);
  const actor = await requireActorOnRetrain(context, options.token, id);
  const link = await connectTemporal(context);
  try {
    const answer = await waiveGate(link, {
      retrainId: id,
      gate,
      actor,
      evidenceHash: null,
      reason: options.reason,
    });
    context.output.result(answer, () => answerText(id, answer));
  } finally {
    await link.close();
  }
}

function gateName(text: string): GateName {
  const found = GATE_NAMES.find((name) => name === text);
  if (found === undefined)
    throw new UsageError(`there is no gate ${text}`, { remedy: `Gates are: ${GATE_NAMES.join(', ')}.` });
  if (GATE_CATALOGUE[found].waivable) return found;
  throw new WorkflowRefusal(
    'GATE_NOT_WAIVABLE',
    `${found} is waived by nobody: repair the cause and retrain`,
    undefined,
  );
}

function answerText(id: string, { gate, waivedBy, open }: WaiveAnswer): string {
  const still =
    open.length === 0 ? 'Every fail is waived; the retrain goes on.' : `Open: ${open.join(', ')}.`;
  return `${gate} of ${id} is accepted by ${waivedBy.join(', ')}. ${still}`;
}
