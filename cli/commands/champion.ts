import type { Command } from 'commander';
import type { ChampionView, ReignRecord } from '../../registry/champions.ts';
import type { SwapStatus } from '../../registry/servers.ts';
import type { DrillStanding } from '../../contracts/drill.ts';
import type { CliContext } from '../context.ts';
import { standingText } from '../drill-text.ts';
import { UsageError } from '../errors.ts';
import { table } from '../output.ts';
import { withRegistry } from '../registry.ts';

interface ChampionOptions {
  readonly at?: string;
  readonly knownAt?: string;
  readonly history?: boolean;
}

export function register(program: Command, context: CliContext): void {
  program
    .command('champion')
    .argument('[model]', 'name of the model; default every model')
    .description('who answers now, or answered at a business time as known at a system time')
    .option('--at <time>', 'business time: an ISO instant, or a date (its beginning in UTC)')
    .option('--known-at <time>', 'system time; default now')
    .option('--history', 'every reign, newest first')
    .addHelpText(
      'after',
      `
Examples:
  contender champion
  contender champion tw-alpha
  contender champion tw-alpha --at 2019-06-30 --json
  contender champion tw-alpha --at 2019-06-30T16:00:00Z --known-at 2026-01-31
  contender champion tw-alpha --history`,
    )
    .action((model: string | undefined, options: ChampionOptions) => champion(context, model, options));
}

async function champion(
  context: CliContext,
  model: string | undefined,
  options: ChampionOptions,
): Promise<void> {
  const { at, knownAt, history } = options;
  const asksThePast = at !== undefined || knownAt !== undefined;
  if (model === undefined) {
    if (asksThePast || history === true) throw new UsageError('--at, --known-at and --history need a model');
    return all(context);
  }
  if (history === true) return reigns(context, model);
  return asksThePast ? then(context, model, at, knownAt) : now(context, model);
}

async function all(context: CliContext): Promise<void> {
  const views = await withRegistry(context, async (registry) =>
    Promise.all((await registry.listModels()).map((model) => registry.champion({ model }))),
  );
  context.output.result(views, () =>
    views.length === 0
      ? 'No model yet. Apply a spec: npm run contender -- apply -f FILE'
      : table(
          ['model', 'champion', 'epoch', 'rolls back to', 'challenger'],
          views.map((view) => [
            view.model,
            numberOf(view.champion),
            view.epoch,
            view.rollbackTarget === null ? '-' : String(view.rollbackTarget),
            numberOf(view.challenger),
          ]),
        ),
  );
}

async function now(context: CliContext, model: string): Promise<void> {
  const answer = await withRegistry(context, async (registry) => {
    const view = await registry.champion({ model });
    const [servers, drill] = await Promise.all([
      registry.swapStatus({ model, epoch: view.epoch }),
      registry.drillStanding({ model }),
    ]);
    return { ...view, servers, drill };
  });
  context.output.result(answer, () => viewText(answer, answer.servers, answer.drill));
}

async function then(
  context: CliContext,
  model: string,
  at: string | undefined,
  knownAt: string | undefined,
): Promise<void> {
  const present = new Date().toISOString();
  const question = {
    model,
    at: instant('--at', at) ?? present,
    knownAt: instant('--known-at', knownAt) ?? present,
  };
  const reign = await withRegistry(context, (registry) => registry.championAt(question));
  context.output.result({ ...question, reign }, () =>
    reign === null
      ? `Nobody was champion of ${model} at ${question.at}, as known at ${question.knownAt}.`
      : `Version ${String(reign.version)} (epoch ${String(reign.epoch)}, ${reign.versionId}) since ${reign.businessAt}, recorded ${reign.recordedAt}.`,
  );
}

async function reigns(context: CliContext, model: string): Promise<void> {
  const rows = await withRegistry(context, (registry) => registry.reigns({ model }));
  context.output.result(rows, () => (rows.length === 0 ? `${model} has had no champion.` : reignTable(rows)));
}

function reignTable(rows: readonly ReignRecord[]): string {
  return table(
    ['epoch', 'version', 'from', 'cause', 'business time', 'recorded', 'by', 'reason'],
    rows.map((row) => [
      row.epoch,
      row.version,
      row.fromVersion === null ? '-' : String(row.fromVersion),
      row.cause,
      row.businessAt,
      row.recordedAt,
      row.actor,
      row.reason,
    ]),
  );
}

function viewText(view: Omit<ChampionView, 'drill'>, servers: SwapStatus, drill: DrillStanding): string {
  const { model, champion: version, reign } = view;
  if (version === null || reign === null) return `${model} has no champion yet (epoch 0).`;
  const probation = version.probation ? ', on probation' : '';
  const missing = servers.missing.map(({ server, epoch }) => `${server} (epoch ${String(epoch)})`);
  return [
    `${model}: version ${String(version.number)}${probation}, epoch ${String(view.epoch)}, ${reign.cause} by ${reign.actor}`,
    `  id          ${version.id}`,
    `  since       ${reign.businessAt} (business time), recorded ${reign.recordedAt}`,
    `  rolls back  ${view.rollbackTarget === null ? 'to nothing' : `to version ${String(view.rollbackTarget)}`}`,
    `  last drill  ${standingText(drill, new Date().toISOString())}`,
    `  challenger  ${numberOf(view.challenger)}`,
    `  side        ${view.side.action}${view.side.since === null ? '' : ` since ${view.side.since}: ${view.side.reason}`}`,
    ...(view.freeze.frozen
      ? [`  frozen      since ${view.freeze.since ?? '-'} by ${view.freeze.subject}: ${view.freeze.reason}`]
      : []),
    `  servers     ${String(servers.acknowledged.length)} acknowledged${missing.length === 0 ? '' : `; missing ${missing.join(', ')}`}`,
  ].join('\n');
}

const numberOf = (version: { readonly number: number } | null): string =>
  version === null ? '-' : String(version.number);

/** An instant in UTC; null when nothing was given. */
function instant(option: string, text: string | undefined): string | null {
  if (text === undefined) return null;
  const time = /^\d{4}-\d{2}-\d{2}(?:T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,3})?)?(?:Z|[+-]\d{2}:\d{2}))?$/u.test(
    text,
  )
    ? Date.parse(text)
    : Number.NaN;
  if (Number.isNaN(time)) {
    throw new UsageError(`${option} is a date or an ISO instant with its zone, not ${text}`, {
      remedy: `For example ${option} 2019-06-30 or ${option} 2019-06-30T16:00:00Z.`,
    });
  }
  return new Date(time).toISOString();
}
