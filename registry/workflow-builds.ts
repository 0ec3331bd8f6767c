import { sql } from 'kysely';
import type { ArtifactRef } from '../contracts/primitives.ts';
import { operations } from './database.ts';

export interface WorkflowBuild {
  readonly buildId: string;
  readonly bundle: ArtifactRef;
  /** Wall time at which a worker first ran it; ISO instant. */
  readonly firstSeenAt: string;
}

export const workflowBuildOperations = operations((database) => ({
  /** Remembers the code of a build, or that it is still needed. The first record stands. */
  async rememberWorkflowBuild(input: {
    readonly buildId: string;
    readonly bundle: ArtifactRef;
  }): Promise<WorkflowBuild> {
    return database.run((connection) =>
      connection
        .insertInto('workflowBuilds')
        .values({ buildId: input.buildId, bundle: JSON.stringify(input.bundle) })
        .onConflict((conflict) =>
          conflict.column('buildId').doUpdateSet({ neededAt: sql`clock_timestamp()` }),
        )
        .returning(['buildId', 'bundle', 'firstSeenAt'])
        .executeTakeFirstOrThrow(),
    );
  },

  /** A build as it was remembered, or null; asking says that it is still needed. */
  async workflowBuild({ buildId }: { readonly buildId: string }): Promise<WorkflowBuild | null> {
    const build = await database.run((connection) =>
      connection
        .updateTable('workflowBuilds')
        .set({ neededAt: sql`clock_timestamp()` })
        .where('buildId', '=', buildId)
        .returning(['buildId', 'bundle', 'firstSeenAt'])
        .executeTakeFirst(),
    );
    return build ?? null;
  },
}));
