import { issueToken } from '../../registry/identity/tokens.ts';
import type { CliContext } from '../context.ts';
import { withRegistry } from '../registry.ts';
import { startSystem } from '../system.ts';
import { connectTemporal } from '../temporal.ts';
import { actTaiwan, TAIWAN_MODEL } from './act-taiwan.ts';
import { actUnitedStates, US_MODEL } from './act-us.ts';
import { DemoDesk } from './desk.ts';
import { restEarlierDemos } from './earlier-demos.ts';
import { demoSummary } from './summary.ts';

/** Starts the system, plays both acts in the replay namespace, says what happened, and ends or stays. */
export async function runDemo(
  context: CliContext,
  options: { readonly once: boolean; readonly yes: boolean },
): Promise<void> {
  const { output } = context;
  const started = performance.now();
  const system = await startSystem(context);
  try {
    const { temporalUiUrl } = system.running;
    const runs = `${temporalUiUrl}/namespaces/${context.config().replayNamespace}/workflows`;
    output.line(`Everything is running. Watch the retrains in the Temporal UI: ${runs}`);
    const dashboard = await signInLink(context, system.running.apiUrl);
    output.line(`and on the dashboard: ${dashboard}`);
    output.line('');
    const link = await connectTemporal(context);
    try {
      await withRegistry(context, async (registry) => {
        const desk = new DemoDesk({
          context,
          client: link.replay,
          registry,
          running: system.running,
          yes: options.yes,
        });
        await restEarlierDemos(desk, [US_MODEL, TAIWAN_MODEL]);
        const us = await actUnitedStates(desk);
        output.line('');
        const tw = await actTaiwan(desk);
        output.line('');
        const minutes = (performance.now() - started) / 60_000;
        output.result(
          { unitedStates: us, taiwan: tw, minutes, temporalUi: runs, dashboard: system.running.apiUrl },
          () => `${demoSummary(us, tw)}\n\n${minutes.toFixed(1)} minutes in all.`,
        );
      });
    } finally {
      await link.close();
    }
    if (options.once) return;
    output.line('');
    output.line(`Still running. Temporal UI: ${runs}`);
    output.line(`Dashboard: ${await signInLink(context, system.running.apiUrl)}`);
    for (const [name, url] of Object.entries(system.running.serverUrls)) output.line(`${name}: ${url}`);
    output.line('Ctrl-C stops it.');
    await untilInterrupted(context.interrupted);
  } finally {
    const progress = output.progress('Stopping');
    await system.stop();
    progress.done('Stopped.');
  }
}

/** Signs a quant lead in; what stands behind the # never leaves the browser. Good for an hour. */
async function signInLink(context: CliContext, apiUrl: string): Promise<string> {
  const { token } = await issueToken({
    signingKeyFile: context.config().tokenSigningKeyFile,
    subject: 'visitor',
    roles: ['quant-lead', 'operator'],
    ttlSeconds: 3600,
    now: new Date(),
  });
  return `${apiUrl}/sign-in#token=${token}`;
}

function untilInterrupted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    signal.addEventListener('abort', () => {
      resolve();
    });
  });
}
