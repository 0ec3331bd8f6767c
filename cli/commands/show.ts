import type { Command } from 'commander';
import { z } from 'zod';
import type { ReignComparison } from '../../contracts/api/comparison.ts';
import { GateVerdict, Waiver } from '../../contracts/verdict.ts';
import { reignComparison } from '../../control/reign-comparison.ts';
import type { VersionDossier } from '../../registry/dossier.ts';
import type { EvidenceRecord } from '../../registry/evidence.ts';
import type { DrillStanding } from '../../contracts/drill.ts';
import { reignComparisonText } from '../comparison-text.ts';
import { standingText } from '../drill-text.ts';
import type { VersionIdentity } from '../../contracts/version.ts';
import type { CliContext } from '../context.ts';
import { UsageError } from '../errors.ts';
import { table } from '../output.ts';
import { withRegistry } from '../registry.ts';
import { verdictTable } from '../verdict-text.ts';

export function register(program: Command, context: CliContext): void {
  program
    .command('show')
    .argument('<model>', 'name of the model')
    .argument('[version]', 'number or id of the version; default the champion')
    .description('one version: lineage, gates, shadow, signatures, reigns')
    .addHelpText(
      'after',
      `
Examples:
  contender show tw-alpha
  contender show tw-alpha 3 --json`,
    )
    .action((model: string, version: string | undefined) => show(context, model, version));
}

async function show(context: CliContext, model: string, given: string | undefined): Promise<void> {
  const dossier = await withRegistry(context, async (registry) => {
    const version =
      given === undefined ? (await registry.champion({ model })).champion?.number : wanted(given);
    if (version === undefined) {
      throw new UsageError(`${model} has no champion; name a version`, {
        remedy: `List them with: npm run contender -- versions ${model}`,
      });
    }
    const found = await registry.versionDossier({ model, version });
    const epoch = found.reigns.reduce((newest, reign) => Math.max(newest, reign.epoch), 0);
    const drill = await registry.drillStanding({ model });
    return {
      ...found,
      drill,
      comparison: epoch === 0 ? null : await reignComparison(registry, { model, epoch }),
    };
  });
  context.output.result(dossier, () => dossierText(dossier));
}

function wanted(text: string): number | string {
  if (/^\d{1,9}$/u.test(text)) return Number(text);
  if (/^[0-9a-f]{64}$/u.test(text)) return text;
  throw new UsageError(`${text} is neither the number nor the id of a version`);
}

type Shown = VersionDossier & {
  readonly comparison: ReignComparison | null;
  /** Of the model, whichever version is shown. */
  readonly drill: DrillStanding;
};

function dossierText(dossier: Shown): string {
  const { version, evidence, signatures, reigns, retrains } = dossier;
  const { identity } = version.manifest;
  const sections = [
    table(
      ['', ''],
      [
        ['version', `${version.model} ${String(version.number)}${version.probation ? ', on probation' : ''}`],
        ['id', version.id],
        ['snapshot', identity.snapshotId],
        ['recipe', version.recipeHash],
        [
          'features',
          `${identity.featureSet}, ${String(identity.featureNames.length)} columns, code ${identity.featureCodeHash.slice(0, 12)}`,
        ],
        ...madeWith(identity),
        ['registered', version.registeredAt],
        ['last drill', standingText(dossier.drill, new Date().toISOString())],
        [
          'kept',
          dossier.keptBecause === null ? 'may be deleted' : `cannot be deleted: ${dossier.keptBecause}`,
        ],
      ],
    ).trim(),
    section(
      'Made by',
      ['retrain', 'trigger', 'requester', 'spec', 'ended as'],
      retrains.map((row) => [row.retrainId, row.trigger, row.requester, row.specNumber, row.status]),
    ),
    ...evidence.map(evidenceText),
    section(
      'Signatures',
      ['who', 'decision', 'evidence', 'when', 'reason'],
      signatures.map((row) => [
        row.subject,
        row.decision,
        row.evidenceHash.slice(0, 12),
        row.decidedAt,
        row.reason,
      ]),
    ),
    section(
      'Reigns',
      ['epoch', 'from (business time)', 'recorded', 'cause', 'by', 'reason'],
      reigns.map((row) => [row.epoch, row.businessAt, row.recordedAt, row.cause, row.actor, row.reason]),
    ),
    dossier.comparison === null ? '' : reignComparisonText(dossier.comparison),
  ];
  return sections.filter((text) => text !== '').join('\n\n');
}

function madeWith(identity: VersionIdentity): readonly (readonly [string, string])[] {
  if (identity.schema === 2) {
    const { library, libraryVersion, estimator } = identity.origin;
    return [['registered as', `${estimator} of ${library} ${libraryVersion}; no retrain made it`]];
  }
  const { iterations, seed, environment } = identity;
  const { lightgbm, python, lockHash, cpuClass } = environment;
  return [
    ['fit', `${String(iterations)} iterations, seed ${String(seed)}`],
    ['made with', `lightgbm ${lightgbm}, python ${python}, lock ${lockHash.slice(0, 12)}, ${cpuClass}`],
  ];
}

function section(
  title: string,
  headings: readonly string[],
  rows: readonly (readonly (string | number)[])[],
): string {
  return rows.length === 0 ? '' : `${title}\n${table(headings, rows)}`;
}

const GateBody = z.object({ verdicts: z.array(GateVerdict), waivers: z.array(Waiver).default([]) });

/** Evidence of an earlier release has no bounds. */
const ShadowBody = z.object({
  facts: z.object({
    reason: z.string(),
    powerCard: z.object({ text: z.string() }),
    transition: z
      .object({
        ...{ names: z.number(), kept: z.number(), turnover: z.number() },
        ...{ entering: z.array(z.string()), leaving: z.array(z.string()) },
      })
      .nullable(),
    bounds: z.array(
      z.object({
        ...{ bound: z.string(), number: z.number().nullable(), threshold: z.number().nullable() },
        ...{ verdict: z.string(), reason: z.string(), session: z.string() },
      }),
    ),
  }),
});

const figure = (value: number | null): string =>
  value === null ? '-' : String(Number(value.toPrecision(4)));

function shadowText({ reason, powerCard, transition, bounds }: z.infer<typeof ShadowBody>['facts']): string {
  const moved =
    transition === null
      ? []
      : [
          `Positions at the swap: ${String(transition.kept)} of ${String(transition.names)} names kept, ${String(transition.entering.length)} enter, ${String(transition.leaving.length)} leave, ${(100 * transition.turnover).toFixed(0)} % of the book renewed.`,
        ];
  return [
    reason,
    powerCard.text,
    ...moved,
    table(
      ['bound', 'verdict', 'worst', 'limit', 'session', 'why'],
      bounds.map((row) => [
        ...[row.bound, row.verdict, figure(row.number), figure(row.threshold), row.session, row.reason],
      ]),
    ),
  ].join('\n');
}

function evidenceText({ kind, hash, verdict, body, recordedAt }: EvidenceRecord): string {
  const head = `Evidence of the ${kind}: ${verdict ?? 'asked'}  ${hash}  ${recordedAt}`;
  const shadow = ShadowBody.safeParse(body);
  if (shadow.success) return [head, shadowText(shadow.data.facts)].join('\n');
  const gates = GateBody.safeParse(body);
  if (!gates.success) return head;
  const { verdicts, waivers } = gates.data;
  const accepted = waivers.map(({ gate, subject, reason }) => `${gate} waived by ${subject}: ${reason}`);
  return [head, verdictTable(verdicts, waivers), ...accepted].join('\n');
}
