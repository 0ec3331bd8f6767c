import type { Command } from 'commander';
import type { SnapshotLineage, VersionLineage } from '../../registry/lineage.ts';
import type { CliContext } from '../context.ts';
import { UsageError } from '../errors.ts';
import { table } from '../output.ts';
import { withRegistry } from '../registry.ts';

export function register(program: Command, context: CliContext): void {
  program
    .command('lineage')
    .argument('[model]', 'name of the model')
    .argument('[version]', 'number or id of the version; default the champion')
    .description('what a version was made of, or what was made of a snapshot')
    .option(
      '--snapshot <id>',
      'the other way: versions and retrains of a snapshot; eight characters of its id do',
    )
    .addHelpText(
      'after',
      `
Examples:
  contender lineage tw-alpha
  contender lineage tw-alpha 3 --json
  contender lineage --snapshot 3f9a1c20`,
    )
    .action(
      (model: string | undefined, version: string | undefined, options: { readonly snapshot?: string }) =>
        lineage(context, model, version, options.snapshot),
    );
}

async function lineage(
  context: CliContext,
  model: string | undefined,
  version: string | undefined,
  snapshot: string | undefined,
): Promise<void> {
  if ((model === undefined) === (snapshot === undefined)) {
    throw new UsageError('Name either a model or a snapshot', {
      remedy: 'contender lineage tw-alpha 3, or contender lineage --snapshot ID',
    });
  }
  if (snapshot !== undefined) {
    if (!/^[0-9a-f]{8,64}$/u.test(snapshot))
      throw new UsageError(`--snapshot is 8 to 64 hexadecimal characters, not ${snapshot}`);
    const found = await withRegistry(context, (registry) => registry.snapshotLineage({ snapshot }));
    context.output.result(found, () => snapshotText(found));
    return;
  }
  const found = await withRegistry(context, async (registry) => {
    const of = model ?? '';
    const wanted =
      version === undefined ? (await registry.champion({ model: of })).champion?.number : named(version);
    if (wanted === undefined) {
      throw new UsageError(`${of} has no champion; name a version`, {
        remedy: `List them with: npm run contender -- versions ${of}`,
      });
    }
    return registry.versionLineage({ model: of, version: wanted });
  });
  context.output.result(found, () => versionText(found));
}

function named(text: string): number | string {
  if (/^\d{1,9}$/u.test(text)) return Number(text);
  if (/^[0-9a-f]{64}$/u.test(text)) return text;
  throw new UsageError(`${text} is neither the number nor the id of a version`);
}

function versionText(found: VersionLineage): string {
  const { snapshot, environment, origin, artifacts, retrains } = found;
  const files = Object.entries(artifacts).flatMap(([name, ref]) =>
    ref === null ? [] : [[name, ref.sha256] as const],
  );
  const collected = snapshot.collectedAt === null ? '' : `, its bytes collected ${snapshot.collectedAt}`;
  return [
    `${found.model} version ${String(found.version)} (${found.state})`,
    `  id            ${found.versionId}`,
    `  snapshot      ${snapshot.id}, ${snapshot.market} as of ${snapshot.asOf}${collected}`,
    `  recipe        ${found.recipeHash}${found.seed === null ? '' : `, seed ${String(found.seed)}`}`,
    `  feature code  ${found.featureCodeHash}`,
    ...(environment === null ? [] : [`  environment   ${facts(environment)}`]),
    ...(origin === null ? [] : [`  registered    ${facts(origin)}; no retrain made it`]),
    ...files.map(([name, sha256]) => `  ${name.padEnd(12)}  ${sha256}`),
    '',
    table(
      ['retrain', 'status', 'asked for by', 'spec', 'spec by', 'trials', 'of this recipe'],
      retrains.map((each) => [
        ...[each.retrainId, each.status, each.requester, each.specNumber, each.specAuthor, each.trials],
        each.ownTrials.length,
      ]),
    ),
  ].join('\n');
}

const facts = (of: Readonly<Record<string, string | number>>): string =>
  Object.entries(of)
    .map(([name, value]) => `${name} ${String(value)}`)
    .join(', ');

function snapshotText({ snapshot, versions, retrains }: SnapshotLineage): string {
  return [
    `snapshot ${snapshot.id}, ${snapshot.market} as of ${snapshot.asOf}`,
    '',
    versions.length === 0
      ? 'No version was trained on it.'
      : table(
          ['model', 'version', 'state', 'reigns', 'champion', 'id'],
          versions.map((each) => [
            ...[each.model, each.version, each.state, each.reigns],
            ...[each.champion ? 'yes' : '-', each.versionId],
          ]),
        ),
    ...(retrains.length === 0
      ? []
      : [
          '',
          table(
            ['retrain', 'status'],
            retrains.map(({ retrainId, status }) => [retrainId, status]),
          ),
        ]),
  ].join('\n');
}
