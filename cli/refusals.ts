import { DENIED_CODES } from '../control/denied.ts';
import { openRegistry } from '../registry/registry.ts';
import type { CliContext } from './context.ts';
import type { ReportedError } from './errors.ts';
import { localActor } from './identity.ts';

/** Nobody waits for the log: a system that is away has none to write to. */
const PATIENCE_MS = 2000;

/**
 * Writes what somebody tried and may not to the log of refused attempts, as the API does. Never throws: the refusal itself
 * has been said, and stands whether it could be written down or not.
 */
export async function recordRefusal(context: CliContext, { code, message }: ReportedError): Promise<void> {
  if (!DENIED_CODES.has(code)) return;
  const { attempt } = context;
  try {
    const registry = openRegistry({
      url: context.endpoints().databaseUrl,
      applicationName: 'contender-cli',
      maxConnections: 1,
      statementTimeoutMs: PATIENCE_MS,
      connectTimeoutMs: PATIENCE_MS,
    });
    try {
      await registry.recordRefusedAttempt({
        // Without a token that holds, all that is known is whose terminal it was.
        actor: (attempt.actor === '' ? localActor().subject : attempt.actor).slice(0, 120),
        command: attempt.command.slice(0, 60),
        code,
        model: attempt.model.slice(0, 48),
        reason: message.slice(0, 500),
      });
    } finally {
      await registry.close();
    }
  } catch {
    // Not running, or not reachable.
  }
}
