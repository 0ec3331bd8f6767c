import { setCurrentDetails, upsertSearchAttributes } from '@temporalio/workflow';
import type {
  ApprovalState,
  RetrainInput,
  RetrainOutcome,
  RetrainState,
  RetrainStep,
} from '../contracts/retrain.ts';
import type { GateHold } from '../contracts/gate-hold.ts';
import type { GateVerdict, Verdict, Waiver } from '../contracts/verdict.ts';
import { nowInstant } from './until-instant.ts';

const STEPS: readonly RetrainStep[] = [
  'extract',
  'validate',
  'train',
  'package',
  'judge',
  'shadow',
  'approve',
  'swap',
];
/** Words, not signs: the page is read on machines without fonts for them. What needs a look is set in bold. */
const WORD: Record<Verdict, string> = {
  pass: 'pass',
  fail: '**FAIL**',
  inconclusive: '**inconclusive**',
  error: '**ERROR**',
};

/**
 * What the Temporal UI shows of a retrain: search attributes for lists, a page of Markdown for the run. A reader of that
 * page alone can tell the step, every verdict with number and threshold, and what is awaited from whom.
 */
export class RetrainProgress {
  readonly correlationId: string;
  /** The registry has opened the retrain: from here on it has a record that must be ended. */
  begun = false;
  private readonly retrainId: string;
  private readonly model: string;
  private readonly asOf: string;
  private step: RetrainStep = 'extract';
  private readonly steps: RetrainState['steps'] = [];
  private outcome: RetrainOutcome | null = null;
  private reason = '';
  private awaiting = '';
  private verdicts: GateVerdict[] = [];
  private readonly notes = new Map<RetrainStep, string>();
  private readonly shadowSessions: string[] = [];
  private approval: ApprovalState | null = null;
  private version: number | null = null;
  private waivers: readonly Waiver[] = [];
  private hold: GateHold | null = null;
  private report: { readonly hash: string; readonly page: string | null } | null = null;

  constructor(retrainId: string, input: Pick<RetrainInput, 'model' | 'asOf' | 'correlationId'>) {
    this.retrainId = retrainId;
    this.correlationId = input.correlationId;
    this.model = input.model;
    this.asOf = input.asOf;
  }

  get currentStep(): RetrainStep {
    return this.step;
  }

  get currentVerdicts(): GateVerdict[] {
    return this.verdicts;
  }

  enter(step: RetrainStep, awaiting: string): void {
    this.step = step;
    this.steps.push({ step, startedAt: nowInstant() });
    this.awaiting = awaiting;
    upsertSearchAttributes({ Step: [step] });
    this.show();
  }

  await(awaiting: string): void {
    this.awaiting = awaiting;
    this.show();
  }

  note(step: RetrainStep, text: string): void {
    this.notes.set(step, text);
    this.show();
  }

  noteOf(step: RetrainStep): string {
    return this.notes.get(step) ?? 'nothing was done yet';
  }

  addVerdicts(verdicts: readonly GateVerdict[]): void {
    const names = new Set(verdicts.map((verdict) => verdict.gate));
    this.verdicts = [...this.verdicts.filter((verdict) => !names.has(verdict.gate)), ...verdicts];
    this.show();
  }

  setWaivers(waivers: readonly Waiver[]): void {
    this.waivers = waivers;
    this.show();
  }

  setHold(hold: GateHold | null): void {
    this.hold = hold;
    this.show();
  }

  madeReport(hash: string, page: string | null): void {
    this.report = { hash, page };
    this.show();
  }

  madeVersion(number: number): void {
    this.version = number;
    upsertSearchAttributes({ ModelVersion: [number] });
    this.show();
  }

  addShadowSession(session: string, summary: string): void {
    this.shadowSessions.push(session);
    this.note('shadow', `${String(this.shadowSessions.length)} sessions, last ${session}: ${summary}`);
  }

  setApproval(approval: ApprovalState | null): void {
    this.approval = approval;
    this.show();
  }

  finish(outcome: RetrainOutcome, reason: string, verdict: Verdict | null): void {
    this.outcome = outcome;
    this.reason = reason;
    this.awaiting = '';
    upsertSearchAttributes({ Verdict: [verdict === null ? outcome : `${outcome}:${verdict}`] });
    this.show();
  }

  state(): RetrainState {
    return {
      retrainId: this.retrainId,
      model: this.model,
      step: this.step,
      steps: this.steps,
      finished: this.outcome !== null,
      outcome: this.outcome,
      reason: this.reason,
      verdicts: this.verdicts,
      waivers: [...this.waivers],
      hold: this.hold,
      shadowSessions: this.shadowSessions,
      approval: this.approval,
      awaiting: this.awaiting,
    };
  }

  private show(): void {
    setCurrentDetails(this.markdown());
  }

  private markdown(): string {
    const number = STEPS.indexOf(this.step) + 1;
    const title =
      this.outcome === null
        ? `### Step ${String(number)} of 8: ${this.step}`
        : `### ${this.outcome.toUpperCase()} at step ${String(number)} of 8 (${this.step})`;
    const lines = [
      title,
      '',
      `Retrain of **${this.model}** as of ${this.asOf}${this.version === null ? '' : `, version ${String(this.version)}`}.`,
    ];
    if (this.reason !== '') lines.push('', this.reason);
    if (this.awaiting !== '') lines.push('', `**Awaited:** ${this.awaiting}`);
    lines.push('', '| # | step | what came of it |', '|---|---|---|');
    STEPS.forEach((step, index) => {
      const mark =
        index + 1 < number || this.notes.has(step)
          ? (this.notes.get(step) ?? 'done')
          : step === this.step
            ? 'running'
            : '';
      lines.push(`| ${String(index + 1)} | ${step} | ${mark} |`);
    });
    if (this.hold !== null) lines.push('', ...holdLines(this.retrainId, this.hold));
    if (this.verdicts.length > 0) lines.push('', ...verdictTable(this.verdicts, this.waivers));
    if (this.report !== null) lines.push('', ...reportLines(this.retrainId, this.report));
    if (this.approval !== null) lines.push('', ...approvalLines(this.retrainId, this.approval));
    return lines.join('\n');
  }
}

function verdictTable(verdicts: readonly GateVerdict[], waivers: readonly Waiver[]): string[] {
  return [
    '| gate | verdict | number | bound | why |',
    '|---|---|---|---|---|',
    ...verdicts.map((verdict) => {
      const bound = verdict.threshold === null ? '' : `${verdict.comparison} ${figure(verdict.threshold)}`;
      const counts = verdict.enforced ? '' : ' (reported only)';
      const by = waivers.filter(({ gate }) => gate === verdict.gate).map(({ subject }) => subject);
      const waived = by.length === 0 ? '' : `, **waived** by ${by.join(' and ')}`;
      const number = verdict.number === null ? 'none' : figure(verdict.number);
      return `| ${verdict.gate} | ${WORD[verdict.verdict]}${counts}${waived} | ${number} | ${bound} | ${verdict.reason.replaceAll('|', '/')} |`;
    }),
  ];
}

function holdLines(retrainId: string, hold: GateHold): string[] {
  const found = hold.objections.map(({ gate, code, reason }) => `- ${gate} (${code}): ${reason}`);
  if (hold.cause === 'error') {
    return [
      `**Held**: the gates could not be judged (round ${String(hold.round)}). An operator decides until ${hold.expiresAt}.`,
      ...found,
      '',
      `\`contender gates retry ${retrainId} --reason "..."\` or \`contender gates stop ${retrainId} --reason "..."\``,
    ];
  }
  return [
    `**Held**: two quant leads may waive each fail until ${hold.expiresAt}, or one refuses and it ends.`,
    ...found,
    '',
    `\`contender waive ${retrainId} --gate GATE --reason "..."\` or \`contender gates refuse ${retrainId} --reason "..."\``,
  ];
}

function reportLines(
  retrainId: string,
  report: { readonly hash: string; readonly page: string | null },
): string[] {
  const page = report.page === null ? 'no page of plots could be drawn' : `plots \`${report.page}\``;
  return [
    `**Gate report** \`${report.hash}\`, ${page}.`,
    `\`contender gates explain ${retrainId} --html report.html\``,
  ];
}

function approvalLines(retrainId: string, approval: ApprovalState): string[] {
  const signed = approval.approvedBy.length === 0 ? 'nobody yet' : approval.approvedBy.join(', ');
  return [
    `**Approval (${approval.kind})**: ${String(approval.approvedBy.length)} of ${String(approval.needed)} quant leads (${signed}), until ${approval.expiresAt}.`,
    `Evidence \`${approval.evidenceHash}\``,
    '',
    `\`contender approve ${retrainId} --reason "..."\` or \`contender reject ${retrainId} --reason "..."\``,
  ];
}

/** Four significant digits: enough to compare with a bound, short enough for a table. */
function figure(value: number): string {
  if (Number.isInteger(value)) return String(value);
  return String(Number(value.toPrecision(4)));
}
