import { InterceptingCall, Metadata, status, type Interceptor, type StatusObject } from '@grpc/grpc-js';
import { Connection, defaultGrpcRetryOptions, makeGrpcRetryInterceptor } from '@temporalio/client';
import { ContenderError } from '../contracts/error.ts';

const CONNECT_TIMEOUT = '5 seconds';
/** What gRPC says of a server that never answered: an error without a code. */
const NO_ANSWER = 'Failed to connect before the deadline';

/** Nothing answers where Temporal should be. */
export class TemporalUnreachable extends ContenderError {
  readonly code = 'PART_UNREACHABLE';
  readonly kind = 'unreachable';
}

/** A connection to Temporal, and how it ends. */
export interface TemporalLine {
  readonly connection: Connection;
  /** Ends the line. What is still being asked on it, or waits to be asked again, fails as cancelled. */
  readonly close: () => Promise<void>;
}

/**
 * A line that has been answered once.
 *
 * @throws TemporalUnreachable when nothing answers within 5 s; no attempt to connect goes on after that
 */
export async function openLine(address: string): Promise<TemporalLine> {
  const line = lazyLine(address);
  try {
    await line.connection.ensureConnected();
    return line;
  } catch (error) {
    await line.close();
    if (!(error instanceof Error) || error.message !== NO_ANSWER) throw error;
    throw new TemporalUnreachable(`Temporal does not answer at ${address}`, {
      cause: error,
      remedy: 'See what is down with: npm run contender -- doctor',
    });
  }
}

/** A line that connects by the first call, and again after an outage. */
export function lazyLine(address: string): TemporalLine {
  const asked = new CallsUnderWay();
  const connection = Connection.lazy({
    address,
    connectTimeout: CONNECT_TIMEOUT,
    interceptors: [makeGrpcRetryInterceptor(defaultGrpcRetryOptions()), asked.interceptor],
  });
  return {
    connection,
    close: async () => {
      asked.end();
      await connection.close();
    },
  };
}

/**
 * The client's own retry asks again from a timer and knows nothing of a close: on a channel that is shut down its call throws
 * where nobody can catch it, which ends the process. So every attempt of a call goes through here, below the retry.
 */
class CallsUnderWay {
  readonly #calls = new Set<InterceptingCall>();
  #ended = false;

  readonly interceptor: Interceptor = (options, nextCall) => {
    if (this.#ended) return cancelledCall();
    const call = new InterceptingCall(nextCall(options), {
      start: (metadata, _listener, next) => {
        next(metadata, {
          onReceiveStatus: (received, pass) => {
            this.#calls.delete(call);
            pass(received);
          },
        });
      },
    });
    this.#calls.add(call);
    return call;
  };

  end(): void {
    this.#ended = true;
    for (const call of this.#calls) call.cancelWithStatus(status.CANCELLED, CANCELLED.details);
  }
}

const CANCELLED: StatusObject = {
  code: status.CANCELLED,
  details: 'the connection to Temporal was closed',
  metadata: new Metadata(),
};

/** A call that asks nobody. */
function cancelledCall(): InterceptingCall {
  const ignore = (): void => undefined;
  return new InterceptingCall({
    start: (_metadata, listener) => {
      // A caller of one answer wants an answer, if an empty one, before the status.
      listener?.onReceiveMessage?.(null);
      listener?.onReceiveStatus?.(CANCELLED);
    },
    cancelWithStatus: ignore,
    sendMessage: ignore,
    sendMessageWithContext: ignore,
    startRead: ignore,
    halfClose: ignore,
    getPeer: () => '',
    getAuthContext: () => null,
  });
}
