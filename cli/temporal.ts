import { linkTemporal } from '../control/temporal-link.ts';
import type { TemporalLink } from '../control/temporal-link.ts';
import type { CliContext } from './context.ts';

/** One connection to the Temporal of the running system. */
export function connectTemporal(context: CliContext): Promise<TemporalLink> {
  const { temporalNamespace: namespace, replayNamespace } = context.config();
  return linkTemporal({ address: context.endpoints().temporalAddress, namespace, replayNamespace });
}
