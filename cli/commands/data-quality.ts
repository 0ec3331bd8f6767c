import { writeFile } from 'node:fs/promises';
import { Option } from 'commander';
import type { Command } from 'commander';
import { Market, Sha256 } from '../../contracts/primitives.ts';
import { QualityReport, QualitySpec } from '../../contracts/quality.ts';
import { GatesSpec } from '../../contracts/spec.ts';
import { instantOf } from '../../extraction/extract-request.ts';
import type { QualityBounds } from '../../extraction/quality/report.ts';
import type { CliContext } from '../context.ts';
import { UsageError } from '../errors.ts';
import { table } from '../output.ts';
import { readSpecFile } from '../spec-file.ts';

interface QualityOptions {
  readonly data?: string;
  readonly asOf?: string;
  readonly report?: string;
  readonly spec?: string;
  readonly market?: Market;
  readonly html?: string;
}

export function registerQuality(data: Command, context: CliContext): void {
  data
    .command('quality')
    .description('what a market data folder is worth as known at an instant; exit code 1 when a bound holds')
    .option('--data <folder>', 'market data folder')
    .option('--as-of <instant>', 'instant with its zone, as 2017-06-30T21:00:00Z')
    .option('--report <sha256>', 'open the report that a retrain stored instead')
    .option('--spec <file>', 'model spec whose bounds count; default: the default bounds')
    .option('--html <file>', 'write the report as a page, too')
    .addOption(
      new Option('--market <code>', 'market of the data; default: what the folder says, else XTAI').choices(
        Market.options,
      ),
    )
    .addHelpText(
      'after',
      `
Examples:
  contender data quality --data data/us-stocknet88 --as-of 2017-06-30T21:00:00.000Z
  contender data quality --data ./data/tw --as-of 2019-06-30T00:00:00.000Z --spec tw-alpha.yaml --html quality.html
  contender data quality --report 5d1f7a0c6e5b3d9f8e2a4c7b1d0e3f6a9c8b7d6e5f4a3b2c1d0e9f8a7b6c5d4e --html quality.html`,
    )
    .action(async (options: QualityOptions) => {
      const { heldBy } = await import('../../extraction/quality/report.ts');
      const report =
        options.report === undefined
          ? await measured(context, options)
          : await stored(context, options.report);
      if (options.html !== undefined) {
        const { qualityPage } = await import('../../extraction/quality/html.ts');
        await writeFile(options.html, qualityPage(report));
      }
      const text = await qualityText(report);
      const held = options.report === undefined ? heldBy(report) : null;
      if (held === null) {
        context.output.result(report, () => text);
        return;
      }
      if (!context.output.json) context.output.line(text);
      const { DataQualityHeld } = await import('../../extraction/errors.ts');
      throw new DataQualityHeld(held.message, {
        remedy: held.remedy,
        details: { ...held.details, report },
      });
    });
}

async function measured(context: CliContext, options: QualityOptions): Promise<QualityReport> {
  const { data, spec } = options;
  if (data === undefined || options.asOf === undefined) {
    throw new UsageError('name a folder and an instant, or a stored report', {
      remedy: 'Give --data and --as-of, or --report.',
    });
  }
  const asOf = instantOf(options.asOf);
  if (asOf === null) {
    throw new UsageError(`${options.asOf} is not an instant`, {
      remedy: 'Write it with its zone, as 2017-06-30T21:00:00Z or 2017-07-01T05:00:00.000+08:00.',
    });
  }
  const { qualityOfFolder } = await import('../../extraction/quality/report.ts');
  const { readSourceNotes } = await import('../../extraction/source-notes.ts');
  const { closeMarketFolders } = await import('../../extraction/folder-cache.ts');
  const notes = await readSourceNotes(data);
  const market = options.market ?? notes.market ?? 'XTAI';
  const progress = context.output.progress(`measuring ${data}`);
  try {
    const subject = { folder: data, market, asOf, sessions: null, snapshotId: null };
    return await qualityOfFolder(subject, boundsOf(spec));
  } finally {
    progress.done();
    await closeMarketFolders();
  }
}

function boundsOf(specFile: string | undefined): QualityBounds {
  if (specFile === undefined) {
    return { quality: QualitySpec.parse({}), minCoverage: GatesSpec.parse({}).minCoverage };
  }
  const { quality, gates } = readSpecFile(specFile);
  return { quality, minCoverage: gates.minCoverage };
}

async function stored(context: CliContext, sha256: string): Promise<QualityReport> {
  const hash = Sha256.safeParse(sha256);
  if (!hash.success) {
    throw new UsageError(`${sha256} is not the hash of a report`, {
      remedy: 'The note of the step `validate` of a retrain names it.',
    });
  }
  const { openArtifactStore } = await import('../../registry/artifacts/open-store.ts');
  const store = openArtifactStore(context.config());
  for await (const { sha256: name, bytes } of store.list()) {
    if (name !== hash.data) continue;
    const content = await store.get({ sha256: name, bytes, mediaType: 'application/json' });
    const report = QualityReport.safeParse(JSON.parse(Buffer.from(content).toString('utf8')));
    if (report.success) return report.data;
    break;
  }
  throw new UsageError(`there is no quality report ${sha256}`, {
    remedy: 'The note of the step `validate` of a retrain names it.',
  });
}

/** The report as a table. */
export async function qualityText(report: QualityReport): Promise<string> {
  const { figure } = await import('../../extraction/quality/html.ts');
  const rows = report.findings.map(({ measure, verdict, number, threshold, comparison, unit, reason }) => [
    measure,
    verdict,
    figure(number, unit),
    `${comparison} ${figure(threshold, unit)}`,
    reason,
  ]);
  const head = `${report.market} as known at ${report.asOf}: ${String(report.symbols)} symbols, ${String(report.sessions)} sessions, ${report.firstSession} to ${report.lastSession}`;
  return `${head}\n${table(['measure', 'verdict', 'figure', 'bound', 'what was found'], rows)}`;
}
