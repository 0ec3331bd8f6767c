import type { Command } from 'commander';
import { z } from 'zod';
import { hashText } from '../../registry/hash.ts';
import type { Ledger, TrialRecord } from '../../registry/trials.ts';
import type { CliContext } from '../context.ts';
import { UsageError } from '../errors.ts';
import { actorFromModelToken, requireActorOn } from '../identity.ts';
import { table } from '../output.ts';
import { withRegistry } from '../registry.ts';

const LISTED_BY_DEFAULT = '20';
const MOST_LISTED = 10_000;
/** The reason is read years later by somebody who was not there. */
const SHORTEST_REASON = 10;

interface DeclareOptions {
  readonly reason: string;
  readonly token?: string;
  readonly secondToken?: string;
}

export function register(program: Command, context: CliContext): void {
  const trials = program.command('trials').description('the ledger: every trial ever made for a model');
  trials
    .command('list')
    .argument('<model>', 'name of the model')
    .description('how many recipes were tried, what the gates count, and the newest trials')
    .option('--limit <n>', 'how many trials', LISTED_BY_DEFAULT)
    .addHelpText(
      'after',
      `
Examples:
  contender trials list tw-alpha
  contender trials list tw-alpha --limit 500 --json`,
    )
    .action((model: string, options: { limit: string }) => list(context, model, options.limit));
  trials
    .command('declare-change')
    .argument('<model>', 'name of the model')
    .description(
      'count recipes anew for the deflated Sharpe ratio, because what made the earlier ones has changed',
    )
    .requiredOption('--reason <text>', 'what has changed for good; shown in every later gate report')
    .option('--token <token>', 'identity token of who declares it; default CONTENDER_TOKEN')
    .option('--second-token <token>', 'identity token of the quant lead who agrees')
    .addHelpText(
      'after',
      `
Examples:
  contender trials declare-change tw-alpha --reason "continuous matching since 2020-03-23" --second-token "$KIM"
  contender trials declare-change tw-alpha --reason "the vendor of the prices was replaced" --second-token "$KIM" --json

It loosens a gate, hence two people. The trials stay in the ledger, and PBO goes on using their recipes.`,
    )
    .action((model: string, options: DeclareOptions) => declare(context, model, options));
}

async function list(context: CliContext, model: string, limitText: string): Promise<void> {
  const limit = z.coerce.number().int().min(1).max(MOST_LISTED).safeParse(limitText);
  if (!limit.success) {
    throw new UsageError(`--limit is a number from 1 to ${String(MOST_LISTED)}, not ${limitText}`);
  }
  const { ledger, trials } = await withRegistry(context, async (registry) => ({
    ledger: await registry.ledger({ model }),
    trials: await registry.listTrials({ model, limit: limit.data }),
  }));
  const { recipes, ...counts } = ledger;
  context.output.result({ ...counts, recipes: recipes.length, newest: trials }, () =>
    ledgerText(ledger, trials),
  );
}

function ledgerText(ledger: Ledger, trials: readonly TrialRecord[]): string {
  const { model, recipes, counted, structuralChange: change, head } = ledger;
  if (head === null) return `Nothing was ever tried for ${model}.`;
  const since =
    change === null
      ? ''
      : `\nCounted since structural change ${String(change.number)} of ${change.recordedAt} by ${change.actor} and ${change.secondPerson}: ${change.reason}`;
  const rows = trials.map(({ asOf, state, code, recipeHash, summary, retrainOutcome }) => [
    asOf.slice(0, 10),
    recipeHash.slice(0, 8),
    code === '' ? state : `${state} (${code})`,
    numberOf(summary, 'annualisedSharpe', 2),
    numberOf(summary, 'meanRankIc', 4),
    retrainOutcome,
  ]);
  return [
    `${String(ledger.trials)} trials of ${String(recipes.length)} recipes were made for ${model}; the deflated Sharpe ratio counts ${String(counted)}. Ledger row ${String(head.seq)}, ${head.hash.slice(0, 12)}.${since}`,
    '',
    table(['as of', 'recipe', 'trial', 'Sharpe', 'rank IC', 'retrain'], rows),
  ].join('\n');
}

function numberOf(summary: TrialRecord['summary'], field: string, digits: number): string {
  const value = summary[field];
  return typeof value === 'number' ? value.toFixed(digits) : '-';
}

async function declare(context: CliContext, model: string, options: DeclareOptions): Promise<void> {
  const reason = options.reason.trim();
  if (reason.length < SHORTEST_REASON) {
    throw new UsageError(`--reason needs ${String(SHORTEST_REASON)} characters at least`, {
      remedy: 'Say what has changed, so that somebody who was not there understands it.',
    });
  }
  const actor = await requireActorOn(context, options.token, model);
  const secondPerson = await actorFromModelToken(context, options.secondToken, model, 'given');
  const declared = await withRegistry(context, async (registry) => {
    const { head } = await registry.ledger({ model });
    // Sent twice it is one change; the same words after further trials are another.
    const idempotencyKey = `structural-change:${model}:${String(head?.seq ?? 0)}:${hashText(reason)}`;
    return registry.declareStructuralChange({ model, actor, secondPerson, reason, idempotencyKey });
  });
  context.output.result(
    declared,
    () =>
      `Structural change ${String(declared.number)} of ${model} is declared by ${declared.actor} and ${declared.secondPerson}: ${String(declared.recipesBefore)} recipes no longer count, their trials stay in the ledger.`,
  );
}
