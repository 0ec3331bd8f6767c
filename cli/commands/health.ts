import type { Command } from 'commander';
import { z } from 'zod';
import type { WatchRecord } from '../../registry/watch-records.ts';
import type { CliContext } from '../context.ts';
import { table } from '../output.ts';
import { withRegistry } from '../registry.ts';

/** What is read of a stored state; the rest of it is for the next session. */
const Shown = z.object({
  health: z.array(
    z.object({ part: z.string(), weight: z.number(), score: z.number().nullable(), evidence: z.string() }),
  ),
  decay: z.object({
    observations: z.number(),
    mean: z.number().nullable(),
    interval: z.tuple([z.number(), z.number()]).nullable(),
    sequence: z.tuple([z.number(), z.number()]),
    halfLife: z.number().nullable(),
  }),
  drift: z
    .object({
      share: z.number(),
      features: z.array(
        z.object({
          name: z.string(),
          ks: z.number(),
          psi: z.number(),
          adjustedP: z.number(),
          drifted: z.boolean(),
        }),
      ),
    })
    .nullable(),
  concept: z.object({
    drifted: z.array(z.object({ name: z.string(), now: z.number(), before: z.number() })),
  }),
  market: z.object({
    regime: z.string().nullable(),
    limitHitShare: z.number(),
    sectorRotation: z.number().nullable(),
    hourlyVolume: z.number().nullable(),
    foreignNetShare: z.number().nullable(),
  }),
});

export function register(program: Command, context: CliContext): void {
  program
    .command('health')
    .argument('<model>', 'name of the model')
    .description('how a model does, 0 to 100 with its parts: from the last session that was watched')
    .addHelpText(
      'after',
      `
Examples:
  contender health tw-alpha
  contender health tw-alpha --json

Nothing is computed: it is one row of the registry, made after the close of the session that it names.`,
    )
    .action((model: string) => health(context, model));
}

async function health(context: CliContext, model: string): Promise<void> {
  const record = await withRegistry(context, async (registry) => {
    const [newest] = await registry.watchRecords({ model, epoch: null, decisionsOnly: false, limit: 1 });
    // Tells a model without a session from one that nobody has applied.
    if (newest === undefined) await registry.champion({ model });
    return newest ?? null;
  });
  context.output.result(record, () =>
    record === null ? `No session of ${model} has been watched yet.` : healthText(record),
  );
}

function healthText(record: WatchRecord): string {
  const { model, session, health: score, decision, reason, knownThrough } = record;
  const head = [
    `${model}: health ${score === null ? 'unknown' : score.toFixed(0)} of 100 after ${session}, labels known through ${knownThrough ?? 'no session yet'}.`,
    `Decision of the session: ${decision} (${reason}).`,
  ];
  const shown = Shown.safeParse(record.state);
  if (!shown.success) return head.join('\n');
  const { health: parts, decay, drift, concept, market } = shown.data;
  const drifted = drift?.features.filter((feature) => feature.drifted) ?? [];
  return [
    ...head,
    '',
    table(
      ['part', 'weight', 'score', 'evidence'],
      parts.map(({ part, weight, score: own, evidence }) => [
        part,
        weight.toFixed(2),
        own === null ? '-' : own.toFixed(0),
        evidence,
      ]),
    ),
    '',
    `Rank IC: ${icText(decay)}.`,
    `Market: ${market.regime ?? 'too young to tell'}, ${(100 * market.limitHitShare).toFixed(1)} % at their limit${market.sectorRotation === null ? '' : `, sector rotation ${market.sectorRotation.toFixed(2)}`}${market.foreignNetShare === null ? '' : `, foreign net ${(100 * market.foreignNetShare).toFixed(2)} % of volume`}.`,
    drift === null
      ? 'Features: the version has no reference statistics.'
      : drifted.length === 0
        ? `Features: none of ${String(drift.features.length)} drifted.`
        : `Features drifted: ${drifted.map(({ name, ks, adjustedP }) => `${name} (KS ${ks.toFixed(2)}, p ${adjustedP.toFixed(3)})`).join(', ')}.`,
    concept.drifted.length === 0
      ? 'Concept: no feature has another rank IC than in training.'
      : `Concept drifted: ${concept.drifted.map(({ name, now, before }) => `${name} (IC ${now.toFixed(3)}, in training ${before.toFixed(3)})`).join(', ')}.`,
  ].join('\n');
}

function icText({
  observations,
  mean,
  interval,
  sequence,
  halfLife,
}: z.infer<typeof Shown>['decay']): string {
  if (mean === null) return 'no session has matured';
  const hac =
    interval === null ? '' : `, 95 % [${interval[0].toFixed(3)}, ${interval[1].toFixed(3)}] at one look`;
  const always = `[${sequence[0].toFixed(3)}, ${sequence[1].toFixed(3)}] at all looks together`;
  const half = halfLife === null ? '' : `, half-life ${halfLife.toFixed(1)} sessions`;
  return `mean ${mean.toFixed(4)} over ${String(observations)} sessions${hac}, ${always}${half}`;
}
