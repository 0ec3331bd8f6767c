import type { Command } from 'commander';
import { writeFile } from 'node:fs/promises';
import { canonicalJson } from '../../contracts/canonical.ts';
import { RecordedGateReport } from '../../contracts/gate-report.ts';
import { ContenderError } from '../../contracts/error.ts';
import type { Waiver } from '../../contracts/verdict.ts';
import type { GateExplanation } from '../../gates/explain.ts';
import type { JudgeInput } from '../../gates/judge-input.ts';
import { openArtifactStore } from '../../registry/artifacts/open-store.ts';
import type { HoldRecord } from '../../registry/gate-holds.ts';
import type { StoredGateReport } from '../../registry/gate-reports.ts';
import type { CliContext } from '../context.ts';
import { UsageError } from '../errors.ts';
import { withRegistry } from '../registry.ts';
import { figure } from '../verdict-text.ts';

/** A report was made again from its record and came out different: the code judges otherwise than it did. */
export class ReportNotReproduced extends ContenderError {
  readonly code = 'REPORT_NOT_REPRODUCED';
  readonly kind = 'refused';
}

export function registerExplain(gates: Command, context: CliContext): void {
  gates
    .command('explain')
    .argument('<retrain>', 'id of the retrain')
    .description('what the gates found: number, margin, how sure, what would change it')
    .option('--html <file>', 'write the page with the plots there')
    .option('--verify', 'judge again from the record, and compare the bytes')
    .addHelpText(
      'after',
      `
Examples:
  contender gates explain retrain:tw-alpha:2019-06-28T19:00:00.000Z
  contender gates explain retrain:tw-alpha:2019-06-28T19:00:00.000Z --html report.html
  contender gates explain retrain:tw-alpha:2019-06-28T19:00:00.000Z --verify --json`,
    )
    .action((id: string, options: ExplainOptions) => explain(context, id, options));
  gates
    .command('recompute')
    .argument('<retrain>', 'id of the retrain')
    .description('judge again from the record; the report must come out with the same bytes')
    .addHelpText(
      'after',
      `
Examples:
  contender gates recompute retrain:tw-alpha:2019-06-28T19:00:00.000Z
  contender gates recompute retrain:tw-alpha:2019-06-28T19:00:00.000Z --json`,
    )
    .action((id: string) => recomputeReport(context, id));
}

interface ExplainOptions {
  readonly html?: string;
  readonly verify?: boolean;
}

interface Loaded {
  readonly stored: StoredGateReport;
  readonly report: RecordedGateReport;
  readonly waivers: readonly Waiver[];
  readonly holds: readonly HoldRecord[];
}

async function load(context: CliContext, retrainId: string): Promise<Loaded> {
  return withRegistry(context, async (registry) => {
    const stored = await registry.latestGateReport({ retrainId });
    const parsed = RecordedGateReport.safeParse(JSON.parse(stored.body));
    if (!parsed.success) {
      throw new UsageError(`the gate report of ${retrainId} was written by a release before 0.2.0`, {
        remedy: 'Read its verdicts with: npm run contender -- show MODEL VERSION',
      });
    }
    return {
      stored,
      report: parsed.data,
      waivers: await registry.waiversOf({ retrainId }),
      holds: await registry.gateHolds({ retrainId }),
    };
  });
}

/** The very input that was judged; its hash is verified by the store. */
async function judgedInput(context: CliContext, report: RecordedGateReport): Promise<JudgeInput> {
  const { readStoredInput } = await import('../../gates/stored-input.ts');
  const artifacts = openArtifactStore(context.config());
  return readStoredInput(Buffer.from(await artifacts.get(report.inputs.judged)).toString('utf8'));
}

async function explain(context: CliContext, id: string, options: ExplainOptions): Promise<void> {
  const { explainReport } = await import('../../gates/explain.ts');
  const { closestCallText } = await import('../../gates/closeness.ts');
  const loaded = await load(context, id);
  const { report, stored, waivers, holds } = loaded;
  if (options.verify === true) await verify(context, loaded);
  if (options.html !== undefined) await writePage(context, loaded, id, options.html);
  const gates = explainReport(report, waivers);
  const verified = options.verify === true;
  const { notAsked } = report;
  context.output.result({ hash: stored.hash, report, gates, waivers, holds, verified }, () =>
    [
      headline(id, loaded, closestCallText(report.verdicts)),
      cautionText(report),
      ...gates.map(gateText),
      ...(notAsked.length === 0
        ? []
        : [`Not asked: ${notAsked.map(({ gate, reason }) => `${gate} (${reason})`).join('; ')}.`]),
      ...holds.map(holdText),
      provenance(report, stored, verified),
      ...(options.html === undefined ? [] : [`Plots are in ${options.html}.`]),
    ].join('\n\n'),
  );
}

async function writePage(context: CliContext, loaded: Loaded, id: string, file: string): Promise<void> {
  const { stored, report } = loaded;
  let html: string;
  if (stored.page !== null) {
    const artifacts = openArtifactStore(context.config());
    html = Buffer.from(await artifacts.get(stored.page)).toString('utf8');
  } else {
    const { renderGatePage } = await import('../../gates/plots/gate-page.ts');
    html = renderGatePage(await judgedInput(context, report), report, id);
  }
  try {
    await writeFile(file, html);
  } catch (cause) {
    throw new UsageError(`cannot write ${file}`, { cause, remedy: 'Name a file in a folder that exists.' });
  }
}

async function recomputeReport(context: CliContext, id: string): Promise<void> {
  const loaded = await load(context, id);
  await verify(context, loaded);
  const { hash } = loaded.stored;
  context.output.result(
    { retrainId: id, hash, same: true },
    () => `The gate report of ${id} came out again with the same bytes: ${hash}`,
  );
}

/** @throws ReportNotReproduced */
async function verify(context: CliContext, { report, stored }: Loaded): Promise<void> {
  const { recompute } = await import('../../gates/recompute.ts');
  const progress = context.output.progress('judging again from the record');
  const again = canonicalJson(recompute(report, await judgedInput(context, report)));
  progress.done();
  if (again === stored.body) return;
  throw new ReportNotReproduced(`the gate report ${stored.hash} does not come out of its record again`, {
    remedy: `Check out the code whose version is ${report.codeVersion.slice(0, 12)} and run this again.`,
    details: { hash: stored.hash, codeVersion: report.codeVersion },
  });
}

function headline(id: string, { report, waivers }: Loaded, closest: string): string {
  const { count, first, last } = report.pairedSessions;
  const waived = waivers.length === 0 ? '' : `, waived: ${waivers.map(waiverText).join('; ')}`;
  const { loosened, secondPerson } = report.inputs;
  const lines = [
    `Gates of ${id}: ${report.overall.toUpperCase()}${waived}`,
    `Route ${report.route}, ${String(count)} paired sessions${first === null ? '' : ` ${first} to ${last ?? ''}`}, ${String(report.trials.counted)} trials counted.`,
    `Candidate: annualised Sharpe ${cell(report.candidate.annualisedSharpe)}, against ${cell(report.benchmark.annualisedSharpe)} of ${report.benchmark.name}.`,
  ];
  if (closest !== '') lines.push(`Closest call of those that passed: ${closest}.`);
  if (loosened.length > 0)
    lines.push(`This spec loosened ${loosened.join(', ')}, agreed by ${secondPerson ?? 'nobody'}.`);
  return lines.join('\n');
}

/** What stands out although no gate asks for it; it decides nothing. */
function cautionText({ cautions }: RecordedGateReport): string {
  if (cautions === null) return 'A second look: this report was made by a release that did not take one.';
  const raised = cautions.filter((caution) => caution.raised);
  const looks = String(cautions.length);
  if (raised.length === 0) return `A second look at ${looks} things that no gate asks: nothing stands out.`;
  return [
    `A second look at ${looks} things that no gate asks; ${String(raised.length)} stand out, and decide nothing:`,
    ...raised.map(({ code, reason }) => `  CAUTION ${code}: ${reason}`),
  ].join('\n');
}

const waiverText = ({ gate, subject, reason }: Waiver): string => `${gate} by ${subject} ("${reason}")`;
const cell = (value: number | null): string => (value === null ? 'none' : figure(value));

function gateText(gate: GateExplanation): string {
  const counts = gate.enforced ? '' : ' (reported only)';
  const waived = gate.waivedBy.length === 0 ? '' : `, waived by ${gate.waivedBy.join(' and ')}`;
  const lines = [
    `${gate.verdict.toUpperCase().padEnd(12)} ${gate.gate}${counts}${waived}: ${gate.question}`,
    `  ${gate.reason}`,
  ];
  if (gate.margin !== null && gate.comparison !== '==')
    lines.push(`  margin       ${figure(gate.margin)} ${gate.margin >= 0 ? 'inside' : 'outside'} the bound`);
  if (gate.closeness !== null)
    lines.push(
      `  distance     ${gate.closeness.atLeast ? 'at least ' : ''}${figure(gate.closeness.distance)} standard errors inside`,
    );
  if (gate.howSure !== '') lines.push(`  how sure     ${gate.howSure}`);
  if (gate.whatWouldChangeIt !== '') lines.push(`  would change ${gate.whatWouldChangeIt}`);
  return lines.join('\n');
}

function holdText({ round, cause, objections, answer, expiresAt }: HoldRecord): string {
  const gates = objections.map(({ gate, code }) => `${gate} ${code}`).join(', ');
  const end =
    answer === null
      ? `open until ${expiresAt}`
      : `${answer.answer} by ${answer.subject} ("${answer.reason}") at ${answer.recordedAt}`;
  return `Held in round ${String(round)} (${cause}): ${gates}; ${end}.`;
}

function provenance(report: RecordedGateReport, stored: StoredGateReport, verified: boolean): string {
  return [
    `Report ${stored.hash}${verified ? ', judged again with the same bytes' : ''}`,
    `Input ${report.inputs.judged.sha256}, snapshot ${report.inputs.snapshotId}, spec ${String(report.inputs.specNumber)}`,
    `Code ${report.codeVersion}, seed ${String(report.bootstrap.seed)}, ${String(report.bootstrap.replicates)} replicates, round ${String(report.round)}`,
  ].join('\n');
}
