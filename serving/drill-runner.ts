import { ContenderError } from '../contracts/error.ts';
import type { DrillFinding } from '../contracts/drill.ts';
import type { ServingMetrics } from './metrics.ts';
import type { DrillOrder, ServingLog, ServingRegistry } from './ports.ts';
import { rehearse, type RehearsalParts } from './rehearsal.ts';
import type { ServedModel } from './served-model.ts';

export interface DrillRunnerOptions extends RehearsalParts {
  readonly registry: Pick<ServingRegistry, 'readArtifact' | 'reportDrill'>;
  readonly server: string;
  readonly log: ServingLog;
  readonly metrics: Pick<ServingMetrics, 'drills'>;
  /** Runs one step towards the registry; a failure of it is told elsewhere. True: it was taken. */
  readonly send: (step: () => Promise<void>) => Promise<boolean>;
}

interface Heard {
  readonly order: DrillOrder;
  readonly yielding: AbortController;
  /** Null while it is rehearsed. */
  finding: DrillFinding | null;
  told: boolean;
}

/**
 * Rehearses what the registry asks for, one drill at a time over all models, since each takes the memory of a version. Whatever
 * moves a pointer comes first: a drill of that model ends without a word, and nobody waits for it.
 */
export class DrillRunner {
  readonly #options: DrillRunnerOptions;
  readonly #heard = new Map<string, Heard>();
  #turn: Promise<void> = Promise.resolve();
  #closed = false;

  constructor(options: DrillRunnerOptions) {
    this.#options = options;
  }

  /** Takes what a reading of the registry asks for; the same order again is told again until it was heard. */
  follow(model: ServedModel, order: DrillOrder | null): void {
    if (this.#closed) return;
    const known = this.#heard.get(model.model);
    if (order === null || (known !== undefined && known.order.id !== order.id)) this.yield(model.model);
    if (order === null) return;
    if (known?.order.id === order.id) {
      if (known.finding !== null && !known.told) void this.#tell(known, known.finding);
      return;
    }
    const heard: Heard = { order, yielding: new AbortController(), finding: null, told: false };
    this.#heard.set(model.model, heard);
    this.#turn = this.#turn.then(() => this.#run(model, heard));
  }

  /** Ends what is rehearsed for a model: a swap or a rollback comes first. */
  yield(model: string): void {
    const heard = this.#heard.get(model);
    if (heard === undefined) return;
    this.#heard.delete(model);
    heard.yielding.abort();
  }

  /** Ends every drill, and waits until nothing is held any more. */
  async close(): Promise<void> {
    this.#closed = true;
    for (const model of [...this.#heard.keys()]) this.yield(model);
    await this.#turn;
  }

  async #run(model: ServedModel, heard: Heard): Promise<void> {
    const { log, metrics } = this.#options;
    const { order, yielding } = heard;
    const facts = { model: model.model, drill: order.id, version: order.target.number };
    const finding = yielding.signal.aborted
      ? null
      : await rehearse(this.#options, model, order, yielding.signal);
    const result = finding === null ? 'yielded' : finding.code === '' ? 'passed' : 'failed';
    metrics.drills.inc({ model: model.model, result });
    if (finding === null) {
      log.info(facts, 'drill yielded to a swap or a rollback');
      return;
    }
    const { code, reason, loadMs, warm } = finding;
    if (code === '') log.info({ ...facts, loadMs, warm }, 'drill passed; nothing that answers changed');
    else log.error({ ...facts, code, reason }, 'drill failed; nothing that answers changed');
    heard.finding = finding;
    await this.#tell(heard, finding);
  }

  async #tell(heard: Heard, finding: DrillFinding): Promise<void> {
    const { registry, server, send } = this.#options;
    heard.told = true;
    heard.told = await send(async () => {
      try {
        await registry.reportDrill(server, heard.order.id, finding);
      } catch (error) {
        // Decided without us: there is nothing to repeat.
        if (!(error instanceof ContenderError && error.kind === 'refused')) throw error;
      }
    });
  }
}
