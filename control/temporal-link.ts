import {
  Client,
  WorkflowExecutionAlreadyStartedError,
  WorkflowFailedError,
  WorkflowNotFoundError,
  WorkflowUpdateFailedError,
  type WorkflowClientInterceptor,
  type WorkflowHandle,
} from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import type { ClockSpec } from '../contracts/clock.ts';
import { ContenderError } from '../contracts/error.ts';
import { lazyLine, openLine, type TemporalLine } from './temporal-line.ts';

/** A workflow said no. `code` is the stable code of the rule that refused, from the reference page of errors. */
export class WorkflowRefusal extends ContenderError {
  readonly code: string;
  readonly kind = 'refused';

  constructor(code: string, message: string, cause: unknown) {
    super(message, { cause });
    this.code = code;
  }
}

/** No retrain, guard or rollback of that id is known in any namespace. */
export class WorkflowUnknown extends ContenderError {
  readonly code = 'WORKFLOW_UNKNOWN';
  readonly kind = 'usage';
}

/** The same retrain (model and as-of instant) was started before. */
export class RetrainExists extends ContenderError {
  readonly code = 'RETRAIN_EXISTS';
  readonly kind = 'refused';
}

export interface TemporalLink {
  readonly live: Client;
  readonly replay: Client;
  /** What `use` asks of Temporal has to be answered within so many milliseconds, or is PART_UNREACHABLE. */
  within<T>(ms: number, use: () => Promise<T>): Promise<T>;
  /** What is still being asked then fails as cancelled. */
  close(): Promise<void>;
}

export interface TemporalPlace {
  readonly address: string;
  /** Namespace of live retrains. */
  readonly namespace: string;
  /** Namespace of replays. */
  readonly replayNamespace: string;
  /** Around what the clients send. */
  readonly interceptors?: readonly WorkflowClientInterceptor[];
}

/** One connection, a client for each namespace: live retrains, and replays that run apart from them. */
export async function linkTemporal(place: TemporalPlace): Promise<TemporalLink> {
  return clientsOn(await openLine(place.address), place);
}

/** As `linkTemporal`, but connected by the first call, and again after an outage: for a process that stays. */
export function lazyTemporalLink(place: TemporalPlace): TemporalLink {
  return clientsOn(lazyLine(place.address), place);
}

function clientsOn(line: TemporalLine, place: TemporalPlace): TemporalLink {
  const { connection } = line;
  const { namespace, replayNamespace } = place;
  const interceptors = { workflow: [...(place.interceptors ?? [])] };
  return {
    live: new Client({ connection, namespace, interceptors }),
    replay: new Client({ connection, namespace: replayNamespace, interceptors }),
    // Without a deadline the client tries again for a good while: for somebody who waits that is no answer at all.
    within: (ms, use) => connection.withDeadline(Date.now() + ms, use),
    close: () => line.close(),
  };
}

export const clientFor = (link: TemporalLink, clock: ClockSpec): Client =>
  clock.mode === 'live' ? link.live : link.replay;

/**
 * The workflow of that id, wherever it runs; live before replay.
 *
 * @throws WorkflowUnknown
 */
export async function findWorkflow(link: TemporalLink, workflowId: string): Promise<WorkflowHandle> {
  for (const client of [link.live, link.replay]) {
    const handle = client.workflow.getHandle(workflowId);
    try {
      await handle.describe();
      return handle;
    } catch (error) {
      if (!(error instanceof WorkflowNotFoundError)) throw error;
    }
  }
  throw new WorkflowUnknown(`There is no workflow ${workflowId}`, {
    remedy: 'Ids of retrains are listed by: npm run contender -- status',
  });
}

/** What Temporal throws, as an error of ours: the innermost failure carries the code. */
export function translateFailure(error: unknown): unknown {
  if (error instanceof WorkflowExecutionAlreadyStartedError) {
    return new RetrainExists(`${error.workflowId} was started before`, {
      cause: error,
      remedy: 'Wait for it, or choose another as-of instant.',
    });
  }
  const wrapped = error instanceof WorkflowUpdateFailedError || error instanceof WorkflowFailedError;
  let cause: unknown = wrapped ? error.cause : error;
  for (let depth = 0; depth < 8 && cause instanceof Error; depth += 1) {
    if (cause instanceof ApplicationFailure)
      return new WorkflowRefusal(cause.type ?? 'UNKNOWN', cause.message, error);
    cause = cause.cause;
  }
  if (error instanceof WorkflowNotFoundError) {
    return new WorkflowUnknown(error.message, {
      cause: error,
      remedy: 'It may have ended already; see: npm run contender -- status',
    });
  }
  return error;
}
