import type { Command } from 'commander';
import { writeFile } from 'node:fs/promises';
import { extname } from 'node:path';
import { openArtifactStore } from '../../registry/artifacts/open-store.ts';
import type { Language, ReportDocument } from '../../reports/document.ts';
import { renderHtml } from '../../reports/html.ts';
import { gatherReport, type WantedReport } from '../../reports/wanted.ts';
import type { CliContext } from '../context.ts';
import { UsageError } from '../errors.ts';
import { withRegistry } from '../registry.ts';

interface ReportOptions {
  readonly out: string;
  readonly language: string;
}

export function register(program: Command, context: CliContext): void {
  const report = program.command('report').description('reports for people, as a page or a printed document');
  const withOutput = (command: Command): Command =>
    command
      .requiredOption('--out <file>', 'where to write it: .html or .pdf')
      .option('--language <language>', 'en or zh-TW', 'en');
  withOutput(report.command('retrain'))
    .argument('<retrain>', 'id of the retrain')
    .description('what one retrain did and why it ended as it did, with its figures')
    .addHelpText(
      'after',
      `
Examples:
  contender report retrain retrain:tw-alpha:2019-06-28T19:00:00.000Z --out retrain.pdf --language zh-TW
  contender report retrain retrain:tw-alpha:2019-06-28T19:00:00.000Z --out retrain.html`,
    )
    .action((id: string, options: ReportOptions) =>
      write(context, options, { kind: 'retrain', retrain: id }),
    );
  withOutput(report.command('monthly'))
    .argument('<model>', 'name of the model')
    .requiredOption('--month <month>', 'calendar month, as 2019-06')
    .description('what a model did in a month: champion, results, retrains, alerts, market rules')
    .addHelpText(
      'after',
      `
Example:
  contender report monthly tw-alpha --month 2019-06 --out june.pdf --language zh-TW`,
    )
    .action((model: string, options: ReportOptions & { readonly month: string }) =>
      write(context, options, { kind: 'monthly', model, month: monthOf(options.month) }),
    );
  withOutput(report.command('incident'))
    .argument('<model>', 'name of the model')
    .option('--epoch <epoch>', 'the epoch that the rollback opened; default the newest rollback')
    .description('why a champion was taken back, by whom, and whether every server followed')
    .addHelpText(
      'after',
      `
Examples:
  contender report incident tw-alpha --out incident.pdf
  contender report incident tw-alpha --epoch 4 --out incident.html --language zh-TW`,
    )
    .action((model: string, options: ReportOptions & { readonly epoch?: string }) =>
      write(context, options, { kind: 'incident', model, epoch: epochOf(options.epoch) }),
    );
}

async function write(
  context: CliContext,
  { out, language }: ReportOptions,
  wanted: WantedReport,
): Promise<void> {
  const format = formatOf(out);
  const sources = {
    language: languageOf(language),
    artifacts: openArtifactStore(context.config()),
  };
  const report = await withRegistry(context, (registry) => gatherReport({ ...sources, registry }, wanted));
  const bytes = format === 'html' ? Buffer.from(renderHtml(report)) : await printed(report);
  await writeFile(out, bytes);
  context.output.result(
    { file: out, format, title: report.title, bytes: bytes.length },
    () => `${report.title}: ${out}`,
  );
}

async function printed(report: ReportDocument): Promise<Buffer> {
  const { renderPdf } = await import('../../reports/pdf.ts');
  return renderPdf(report, new Date());
}

function formatOf(out: string): 'html' | 'pdf' {
  const ending = extname(out).toLowerCase();
  if (ending === '.html' || ending === '.pdf') return ending === '.html' ? 'html' : 'pdf';
  throw new UsageError(`--out ${out}: a report is a .html or a .pdf file`);
}

function languageOf(text: string): Language {
  if (text === 'en' || text === 'zh-TW') return text;
  throw new UsageError(`--language ${text}: there are en and zh-TW`);
}

function monthOf(text: string): string {
  if (/^\d{4}-(?:0[1-9]|1[0-2])$/u.test(text)) return text;
  throw new UsageError(`--month ${text}: a calendar month looks like 2019-06`);
}

function epochOf(text: string | undefined): number | null {
  if (text === undefined) return null;
  if (/^[1-9]\d{0,8}$/u.test(text)) return Number(text);
  throw new UsageError(`--epoch ${text}: epochs are whole numbers from 1 on`);
}
