import { WorkflowNotFoundError } from '@temporalio/client';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { runCli } from '../../../cli/program.ts';
import type { DrillWorld } from '../api/drill-world.ts';

export interface Printed {
  readonly exitCode: number;
  readonly out: string;
  readonly err: string;
}

/** The command line against the registry and the Temporal of a world. `environment`: instead of those. */
export async function commandIn(
  world: DrillWorld,
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Promise<Printed> {
  const { api } = world;
  let [out, err] = ['', ''];
  const folder = join(api.signingKeyFile, '..');
  const exitCode = await runCli(args, {
    streams: {
      stdin: Readable.from([]),
      stdout: { write: (text: string) => (out += text) },
      stderr: { write: (text: string) => (err += text) },
    },
    interrupted: new AbortController().signal,
    sources: {
      environment: {
        CONTENDER_DATABASE_URL: api.database.url,
        CONTENDER_TEMPORAL_ADDRESS: world.environment.address,
        CONTENDER_TEMPORAL_NAMESPACE: 'default',
        // The server of a test has one namespace.
        CONTENDER_REPLAY_NAMESPACE: 'default',
        CONTENDER_TOKEN_SIGNING_KEY_FILE: api.signingKeyFile,
        ...environment,
      },
      root: folder,
    },
    showStacks: false,
  });
  return { exitCode, out, err };
}

/** Ends what was started: nobody takes its steps here, and its server would have them tried again all the while. */
export async function endStarted({ environment: { client } }: DrillWorld): Promise<void> {
  for await (const { workflowId } of client.workflow.list({ query: 'ExecutionStatus = "Running"' })) {
    await client.workflow.getHandle(workflowId).terminate('the test is over').catch(ignoreEnded);
  }
}

function ignoreEnded(error: unknown): void {
  if (!(error instanceof WorkflowNotFoundError)) throw error;
}
