import type { Client, WorkflowHandle } from '@temporalio/client';
import { randomUUID } from 'node:crypto';
import { createInterface } from 'node:readline/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { aboutModel, retrainId, TASK_QUEUES } from '../../contracts/ids.ts';
import type { Actor } from '../../contracts/primitives.ts';
import type {
  ApprovalState,
  Decision,
  RetrainInput,
  RetrainResult,
  RetrainState,
} from '../../contracts/retrain.ts';
import type { RunningSystem } from '../../supervisor/supervisor.ts';
import type { Registry } from '../../registry/registry.ts';
import type { CliContext } from '../context.ts';
import { verdictTable } from '../verdict-text.ts';

/** Who acts in the demo: one person asks, two quant leads decide. */
export const REQUESTER: Actor = { subject: 'rita', roles: ['researcher'] };
export const LEADS: readonly Actor[] = [
  { subject: 'lee', roles: ['quant-lead'] },
  { subject: 'kim', roles: ['quant-lead'] },
];

const POLL_MS = 300;

export interface DeskOptions {
  readonly context: CliContext;
  readonly client: Client;
  readonly registry: Registry;
  readonly running: RunningSystem;
  /** Answer every question with yes. */
  readonly yes: boolean;
}

/** What the acts of the demo share: starting a retrain, watching it aloud, and signing when it asks. */
export class DemoDesk {
  readonly context: CliContext;
  readonly client: Client;
  readonly registry: Registry;
  readonly running: RunningSystem;
  private readonly yes: boolean;

  constructor(options: DeskOptions) {
    this.context = options.context;
    this.client = options.client;
    this.registry = options.registry;
    this.running = options.running;
    this.yes = options.yes;
  }

  say(text = ''): void {
    this.context.output.line(text);
  }

  async start(input: RetrainInput): Promise<WorkflowHandle> {
    return await this.client.workflow.start('retrainModel', {
      workflowId: retrainId(input.model, input.asOf),
      taskQueue: TASK_QUEUES.control,
      typedSearchAttributes: aboutModel(input.model, { trigger: input.trigger }),
      staticSummary: `Retrain of ${input.model} as of ${input.asOf}`,
      args: [input],
    });
  }

  /** Follows a retrain to its end, saying each step, and signs when it asks. */
  async follow(handle: WorkflowHandle, beforeDecision?: () => Promise<void>): Promise<RetrainResult> {
    const progress = this.context.output.progress(handle.workflowId);
    const started = performance.now();
    let step = '';
    let answered = '';
    try {
      for (;;) {
        this.context.interrupted.throwIfAborted();
        const state = await queryState(handle);
        if (state !== null) {
          if (state.step !== step) {
            step = state.step;
            this.say(`  ${seconds(started)}  ${step}`);
          }
          progress.update(
            `${handle.workflowId}: ${step}${state.awaiting === '' ? '' : `, awaiting ${state.awaiting}`}`,
          );
          if (state.approval !== null && state.approval.evidenceHash !== answered) {
            answered = state.approval.evidenceHash;
            await beforeDecision?.();
            await this.decide(handle, state, state.approval);
          }
          if (state.finished) break;
        }
        if ((await handle.describe()).status.name !== 'RUNNING') break;
        await delay(POLL_MS);
      }
      const result = (await handle.result()) as RetrainResult;
      progress.done();
      this.say(`  ${seconds(started)}  ${result.outcome}: ${result.reason}`);
      return result;
    } finally {
      progress.done();
    }
  }

  /** The question a quant lead is asked, on the terminal; `--yes` answers it. */
  private async decide(handle: WorkflowHandle, state: RetrainState, approval: ApprovalState): Promise<void> {
    this.say('');
    if (approval.kind === 'probation')
      this.say(
        '  The gates do not let it pass; a first champion may begin on probation if two quant leads say so.',
      );
    this.say(indent(verdictTable(state.verdicts)));
    this.say('');
    for (const lead of LEADS.slice(0, approval.needed)) {
      const agreed = await this.ask(`  ${lead.subject}, do you approve this ${approval.kind}? [y/N] `);
      const decision: Decision = {
        decision: agreed ? 'approve' : 'reject',
        actor: lead,
        evidenceHash: approval.evidenceHash,
        reason: agreed ? 'read the verdicts in the demo' : 'said no in the demo',
      };
      await handle.executeUpdate<ApprovalState, [Decision]>('decide', {
        updateId: `${decision.decision}:${lead.subject}:${approval.evidenceHash}`,
        args: [decision],
      });
      this.say(
        `  ${lead.subject} ${agreed ? 'approves' : 'rejects'} evidence ${approval.evidenceHash.slice(0, 12)}`,
      );
      if (!agreed) return;
    }
  }

  private async ask(question: string): Promise<boolean> {
    if (this.yes) return true;
    const { stdin, stdout } = this.context.streams;
    if (stdin.isTTY !== true) {
      this.say(`${question}n (no terminal to ask on; --yes answers yes)`);
      return false;
    }
    const terminal = createInterface({ input: stdin, output: stdout as NodeJS.WritableStream });
    // A terminal that asks takes Ctrl-C for itself; here it means what it means everywhere.
    terminal.on('SIGINT', () => process.kill(process.pid, 'SIGINT'));
    try {
      const answer = await terminal.question(question, { signal: this.context.interrupted });
      return /^y(es)?$/iu.test(answer.trim());
    } finally {
      terminal.close();
    }
  }
}

/** A retrain of the demo: asked for by hand, on a replay clock. */
export function retrainOf(
  model: string,
  asOf: string,
  clock: RetrainInput['clock'],
  rest: Pick<RetrainInput, 'requester' | 'allowProbation' | 'reason'>,
): RetrainInput {
  const correlationId = `${retrainId(model, asOf)}/${randomUUID().slice(0, 8)}`;
  return { model, asOf, trigger: 'manual', clock, emergency: false, correlationId, ...rest };
}

/** Null while no worker answers: the system may be restarting one. */
async function queryState(handle: WorkflowHandle): Promise<RetrainState | null> {
  try {
    return await handle.query<RetrainState>('state');
  } catch {
    return null;
  }
}

const seconds = (started: number): string =>
  `${((performance.now() - started) / 1000).toFixed(0).padStart(4)} s`;

export const indent = (text: string): string => text.replaceAll(/^/gmu, '  ');
