import type { Channel, Delivery } from '../../../notifications/channels/channel.ts';
import type { ChannelName } from '../../../notifications/outbox-port.ts';
import type { SendOutcome } from '../../../notifications/outcome.ts';

/** A channel that answers by script and remembers what it was given. The script's last word is repeated. */
export class ScriptedChannel implements Channel {
  readonly name: ChannelName;
  readonly timeoutMs: number;
  readonly minIntervalMs: number;
  readonly concurrency: number;
  readonly sent: { readonly atMs: number; readonly delivery: Delivery }[] = [];
  underWay = 0;
  mostUnderWay = 0;
  readonly #script: readonly (SendOutcome | Error)[];
  readonly #now: () => number;

  constructor(options: {
    readonly name: ChannelName;
    readonly script: readonly (SendOutcome | Error)[];
    readonly now: () => number;
    readonly minIntervalMs?: number;
    readonly concurrency?: number;
  }) {
    this.name = options.name;
    this.#script = options.script;
    this.#now = options.now;
    this.timeoutMs = 10_000;
    this.minIntervalMs = options.minIntervalMs ?? 0;
    this.concurrency = options.concurrency ?? 1;
  }

  async send(delivery: Delivery): Promise<SendOutcome> {
    const answer = this.#script[Math.min(this.sent.length, this.#script.length - 1)];
    this.sent.push({ atMs: this.#now(), delivery });
    this.underWay += 1;
    this.mostUnderWay = Math.max(this.mostUnderWay, this.underWay);
    await new Promise((resolve) => setImmediate(resolve));
    this.underWay -= 1;
    if (answer === undefined) throw new Error('an empty script');
    if (answer instanceof Error) throw answer;
    return answer;
  }
}

export const sent: SendOutcome = { kind: 'sent', receipt: 'ok' };
export const unknown: SendOutcome = { kind: 'unknown', reason: 'the line dropped' };
export const refused: SendOutcome = { kind: 'refused', reason: 'invalid_payload' };
export const down: SendOutcome = { kind: 'retry-later', reason: 'ECONNREFUSED', at: null };
