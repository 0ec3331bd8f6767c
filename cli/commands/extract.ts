import { Option } from 'commander';
import type { Command } from 'commander';
import { Market } from '../../contracts/primitives.ts';
import { QualitySpec } from '../../contracts/quality.ts';
import { GatesSpec } from '../../contracts/spec.ts';
import type { CliContext } from '../context.ts';
import { qualityText } from './data-quality.ts';

interface ExtractOptions {
  readonly data: string;
  readonly features: string;
  readonly asOf: string;
  readonly out: string;
  readonly market?: Market;
  readonly horizon: string;
  readonly delay: string;
}

export function register(program: Command, context: CliContext): void {
  program
    .command('extract')
    .description('extracts a snapshot, or a cross-section, of a market as it was known at an instant')
    .requiredOption('--data <folder>', 'market data folder')
    .requiredOption(
      '--features <set>',
      'feature set: shipped (price_volume, fundamentals, pit_oracle) or features/NAME.sql of the folder',
    )
    .requiredOption('--as-of <instant>', 'instant with its zone, as 2017-06-30T21:00:00Z')
    .requiredOption('--out <path>', 'a folder for a snapshot; a .parquet or .csv file for a cross-section')
    .addOption(
      new Option('--market <code>', 'market of the data; default: what the folder says, else XTAI').choices(
        Market.options,
      ),
    )
    .option('--horizon <sessions>', 'sessions that the label looks ahead', '5')
    .option('--delay <sessions>', 'sessions between decision and entry', '1')
    .addHelpText(
      'after',
      `
Examples:
  contender extract --data data/us-stocknet88 --features price_volume --as-of 2017-06-30T21:00:00.000Z --out ./snapshot
  contender extract --data ./data --features pit_oracle --as-of 2023-03-01T06:30:00.000Z --out cross-section.csv`,
    )
    .action(async (options: ExtractOptions) => {
      const { closeMarketFolders } = await import('../../extraction/folder-cache.ts');
      try {
        await extract(context, options);
      } finally {
        await closeMarketFolders();
      }
    });
}

async function extract(context: CliContext, options: ExtractOptions): Promise<void> {
  const { loadFeatureSet } = await import('../../extraction/feature-set.ts');
  const { readSourceNotes } = await import('../../extraction/source-notes.ts');
  const { requestOf } = await import('../../extraction/extract-request.ts');
  const set = await loadFeatureSet(options.features, options.data);
  const notes = await readSourceNotes(options.data);
  const request = requestOf({
    asOf: options.asOf,
    out: options.out,
    kind: set.kind,
    horizon: options.horizon,
    delay: options.delay,
  });
  const market = options.market ?? notes.market ?? 'XTAI';
  const progress = context.output.progress(`extracting ${set.name}`);
  if (request.kind === 'table') {
    const { extractTable } = await import('../../extraction/cross-section.ts');
    const { asOf } = request;
    const { rows } = await extractTable({ folder: options.data, market, set, asOf, file: options.out });
    progress.done();
    context.output.result(
      { rows, file: options.out },
      () => `${String(rows)} rows written to ${options.out}`,
    );
    return;
  }
  const { extractSnapshot } = await import('../../extraction/snapshot.ts');
  const extracted = await extractSnapshot({
    folder: options.data,
    market,
    features: { set: set.name },
    asOf: request.asOf,
    label: request.label,
    fromSession: null,
    outDir: options.out,
  });
  const { manifest } = extracted;
  const { shape } = manifest;
  progress.update('measuring the data');
  const { qualityOfFolder } = await import('../../extraction/quality/report.ts');
  const quality = await qualityOfFolder(
    {
      folder: options.data,
      market,
      asOf: request.asOf,
      sessions: { first: shape.firstSession, last: shape.lastSession },
      snapshotId: manifest.snapshotId,
    },
    { quality: QualitySpec.parse({}), minCoverage: GatesSpec.parse({}).minCoverage },
  );
  progress.done();
  const text = await qualityText(quality);
  context.output.result({ ...manifest, quality }, () =>
    [
      `snapshot ${manifest.snapshotId}`,
      `${String(manifest.shape.rows)} rows of ${String(manifest.shape.symbols)} symbols on ${String(manifest.shape.sessions)} sessions, ${manifest.shape.firstSession} to ${manifest.shape.lastSession}`,
      `labels up to ${manifest.shape.lastLabelSession}, ${String(manifest.identity.featureNames.length)} features`,
      `written to ${options.out}`,
      '',
      text,
    ].join('\n'),
  );
}
