import type { Command } from 'commander';
import { proposedChanges, type ProposedChange } from '../../control/proposal-changes.ts';
import { putSchedules } from '../../control/put-schedules.ts';
import type { SpecProposal } from '../../registry/spec-proposals.ts';
import type { CliContext } from '../context.ts';
import { requireActorOn } from '../identity.ts';
import { table } from '../output.ts';
import { positiveNumber } from '../positive-number.ts';
import { withRegistry } from '../registry.ts';
import { connectTemporal } from '../temporal.ts';

interface DecideOptions {
  readonly reason: string;
  readonly hash?: string;
  readonly token?: string;
}

const MOST_LISTED = 100;
const WHAT = {
  agree: 'agree to a loosened spec of somebody else, which puts it in force',
  reject: 'reject a loosened spec; the one in force stays',
} as const;

/** `proposals`: loosened specs that wait for a second person. */
export function register(program: Command, context: CliContext): void {
  const proposals = program
    .command('proposals')
    .description('specs that loosen something and wait for a second person; `apply --propose` makes one');
  proposals
    .command('list')
    .argument('[model]', 'of this model alone')
    .description('proposals with their state, newest first')
    .addHelpText(
      'after',
      `
Examples:
  contender proposals list
  contender proposals list tw-alpha --json`,
    )
    .action((model: string | undefined) => list(context, model ?? null));
  proposals
    .command('show')
    .argument('<number>', 'of the proposal')
    .description('what a proposal loosens, who made it and who may decide')
    .addHelpText(
      'after',
      `
Examples:
  contender proposals show 7
  contender proposals show 7 --json`,
    )
    .action((number: string) => show(context, number));
  for (const decision of ['agree', 'reject'] as const) {
    proposals
      .command(decision)
      .argument('<number>', 'of the proposal')
      .description(WHAT[decision])
      .requiredOption('--reason <text>', 'why; becomes part of the record')
      .option('--hash <hash>', 'of the spec that was read, as `show` gives it; another one is refused')
      .option('--token <token>', 'identity token; default CONTENDER_TOKEN')
      .addHelpText(
        'after',
        `
Examples:
  contender proposals ${decision} 7 --reason "looked at the last four quarters"
  contender proposals ${decision} 7 --reason "…" --token "$LEE" --json

Quant leads other than the author; the deputy of the spec in force once asked, unless it loosens \`approval\`.`,
      )
      .action((number: string, options: DecideOptions) => decide(context, number, decision, options));
  }
}

async function list(context: CliContext, model: string | null): Promise<void> {
  const items = await withRegistry(context, (registry) =>
    registry.listSpecProposals({
      ...{ scope: { all: true, models: [], markets: [] }, model, before: null },
      limit: MOST_LISTED,
    }),
  );
  context.output.result({ items }, () =>
    items.length === 0
      ? 'Nobody has proposed a loosened spec.'
      : table(
          ['number', 'model', 'state', 'author', 'loosens', 'expires'],
          items.map(({ id, state, author, loosened, expiresAt, ...of }) => [
            id,
            of.model,
            state,
            author,
            loosened.join(', '),
            expiresAt,
          ]),
        ),
  );
}

async function show(context: CliContext, number: string): Promise<void> {
  const id = positiveNumber('the proposal', number);
  const proposal = await withRegistry(context, async (registry) => {
    const found = await registry.specProposal({ id });
    const { spec } = await registry.specByNumber({ model: found.model, number: found.baseNumber });
    return { ...found, changes: proposedChanges(spec, found) };
  });
  context.output.result(proposal, () => [textOf(proposal), ...changeLines(proposal)].join('\n'));
}

async function decide(
  context: CliContext,
  number: string,
  decision: 'agree' | 'reject',
  { reason, hash, token }: DecideOptions,
): Promise<void> {
  const id = positiveNumber('the proposal', number);
  const { model } = await withRegistry(context, (registry) => registry.specProposal({ id }));
  const actor = await requireActorOn(context, token, model);
  const decided = await withRegistry(context, (registry) =>
    registry.decideSpecProposal({ id, actor, decision, hash: hash ?? null, reason }),
  );
  const scheduled = decided.state === 'agreed' && (await schedule(context, decided));
  context.output.result({ proposal: decided, scheduled }, () =>
    decided.state === 'agreed' && !scheduled
      ? `${textOf(decided)}\nThe spec is in force; its schedule is not, since Temporal cannot be reached: apply it again.`
      : textOf(decided),
  );
}

/** A spec is in force without its schedule; whether that could be put in force too is said, not made a failure. */
async function schedule(context: CliContext, { spec }: SpecProposal): Promise<boolean> {
  const link = await connectTemporal(context).catch(() => null);
  if (link === null) return false;
  try {
    await putSchedules(link.live, spec);
    return true;
  } catch {
    return false;
  } finally {
    await link.close();
  }
}

function changeLines({
  hash,
  baseNumber,
  changes,
}: SpecProposal & { readonly changes: readonly ProposedChange[] }): readonly string[] {
  return [
    `Against spec ${String(baseNumber)}:`,
    ...changes.map(
      ({ path, before, after, loosened }) => `  ${path}: ${before} -> ${after}${loosened ? ' (looser)' : ''}`,
    ),
    `Hash: ${hash}`,
  ];
}

function textOf(proposal: SpecProposal): string {
  const { id, model, author, loosened, reason, state, deputy, expiresAt } = proposal;
  const lines = [
    `Proposal ${String(id)} for ${model} by ${author}: ${state}.`,
    `Loosens: ${loosened.join(', ')}`,
    `Reason: ${reason}`,
  ];
  if (state === 'open') {
    const also = deputy === null ? '' : `; ${deputy.subject} as deputy from ${deputy.from}`;
    lines.push(`A quant lead other than ${author} decides, until ${expiresAt}${also}.`);
  }
  if (proposal.decidedBy !== null) {
    const as = proposal.decidedAsDeputy ? ' as deputy' : '';
    lines.push(`Decided by ${proposal.decidedBy}${as}: ${proposal.decidedReason ?? ''}`);
  }
  return lines.join('\n');
}
