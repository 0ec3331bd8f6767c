import type { ChannelName } from '../outbox-port.ts';
import type { Channel } from './channel.ts';

/**
 * Stands where a channel was before its settings were removed: rows that were addressed to it are refused, by name, and
 * so end in the last resort instead of waiting for ever.
 */
export function unconfiguredChannel(name: ChannelName): Channel {
  return {
    name,
    timeoutMs: 0,
    minIntervalMs: 0,
    concurrency: 1,
    send: () => Promise.resolve({ kind: 'refused', reason: `${name} is not configured any more` }),
  };
}
