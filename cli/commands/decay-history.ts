import type { Command } from 'commander';
import type { LiveResult } from '../../registry/results.ts';
import type { WatchRecord } from '../../registry/watch-records.ts';
import type { CliContext } from '../context.ts';
import { UsageError } from '../errors.ts';
import { withRegistry } from '../registry.ts';

interface HistoryOptions {
  readonly last: string;
}

/** What came of a decision: the version that answered then, and whoever answered, on the same later sessions. */
interface Counterfactual {
  readonly sessions: number;
  /** Sum of net paper returns had the version of the day stayed; null: it was not scored any more. */
  readonly hadItStayed: number | null;
  readonly asItCame: number | null;
}

export function registerHistory(decay: Command, context: CliContext): void {
  decay
    .command('history')
    .argument('<model>', 'name of the model')
    .description(
      'every decision about decay: alarm, diagnosis, what was done, and what the other choice would have cost',
    )
    .option('--last <decisions>', 'newest decisions shown', '20')
    .addHelpText(
      'after',
      `
Examples:
  contender decay history tw-alpha
  contender decay history tw-alpha --last 200 --json`,
    )
    .action((model: string, options: HistoryOptions) => history(context, model, options));
}

async function history(context: CliContext, model: string, options: HistoryOptions): Promise<void> {
  const limit = Number(options.last);
  if (!Number.isInteger(limit) || limit < 1) {
    throw new UsageError(`--last is ${options.last}`, {
      remedy: 'Give a whole number of decisions, 1 or more.',
    });
  }
  const decisions = await withRegistry(context, async (registry) => {
    await registry.champion({ model });
    const records = await registry.watchRecords({ model, epoch: null, decisionsOnly: true, limit });
    const live = await registry.liveResults({ model, versionId: null });
    const retrains = await registry.listRetrains({ model, limit: 200 });
    return records.map((record) => ({
      ...record,
      retrain:
        retrains.find(
          ({ asOf, trigger }) => asOf === record.decidedAt && ['decay', 'drift'].includes(trigger),
        ) ?? null,
      realised: realised(record, live),
    }));
  });
  context.output.result({ model, decisions }, () =>
    decisions.length === 0
      ? `Nothing was decided about ${model} so far: no alarm, no fault of its data.`
      : decisions.map(decisionText).join('\n\n'),
  );
}

function realised({ session, versionId }: WatchRecord, live: readonly LiveResult[]): Counterfactual {
  const later = live.filter((row) => row.session > session && row.netReturn !== null);
  const sumOf = (rows: readonly LiveResult[]): number | null =>
    rows.length === 0 ? null : rows.reduce((sum, { netReturn }) => sum + (netReturn ?? 0), 0);
  const stayed = later.filter((row) => row.versionId === versionId);
  const on = new Set(stayed.map((row) => row.session));
  const answered = later.filter((row) => row.role === 'champion' && on.has(row.session));
  return { sessions: on.size, hadItStayed: sumOf(stayed), asItCame: sumOf(answered) };
}

function decisionText(
  decision: WatchRecord & {
    readonly retrain: { readonly retrainId: string; readonly status: string; readonly reason: string } | null;
    readonly realised: Counterfactual;
  },
): string {
  const { session, epoch, statistic, threshold, onset, diagnosis, retrain, realised: came } = decision;
  const evidence =
    statistic === null
      ? 'no baseline'
      : `statistic ${statistic.toFixed(2)}, threshold ${(threshold ?? 0).toFixed(2)}`;
  const lines = [
    `${session}  epoch ${String(epoch)}  ${decision.decision}${decision.action === 'none' ? '' : `, ${decision.action}`}`,
    `  evidence:  ${evidence}${onset === null ? '' : `, decayed since ${onset}`}`,
    `  diagnosis: ${diagnosis ?? 'none'}`,
    `  decision:  ${decision.reason}`,
  ];
  if (retrain !== null)
    lines.push(
      `  retrain:   ${retrain.retrainId}: ${retrain.status}${retrain.reason === '' ? '' : `, ${retrain.reason}`}`,
    );
  if (came.hadItStayed !== null && came.asItCame !== null) {
    lines.push(
      `  since:     ${bps(came.asItCame)} net over ${String(came.sessions)} sessions; the version of that day ${bps(came.hadItStayed)}`,
    );
  }
  return lines.join('\n');
}

const bps = (share: number): string => `${(10_000 * share).toFixed(1)} bp`;
