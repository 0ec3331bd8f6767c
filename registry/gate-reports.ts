import { canonicalJson } from '../contracts/canonical.ts';
import type { ArtifactRef } from '../contracts/primitives.ts';
import { operations } from './database.ts';
import { EvidenceMissing } from './errors.ts';
import { hashText } from './hash.ts';
import { newestRun } from './retrains.ts';

type Facts = Readonly<Record<string, unknown>>;

export interface StoredGateReport {
  readonly hash: string;
  /** Canonical JSON, byte for byte as it was hashed. */
  readonly body: string;
  readonly versionId: string;
  readonly recordedAt: string;
  /** The page of plots; null when none was made. */
  readonly page: ArtifactRef | null;
}

export const gateReportOperations = operations((database) => ({
  /** Stores a gate report under the hash of its canonical JSON; the same report twice is one. */
  async saveGateReport(input: {
    readonly retrainId: string;
    readonly versionId: string;
    readonly report: Facts;
  }): Promise<{ readonly hash: string }> {
    const body = canonicalJson(input.report);
    const hash = hashText(body);
    await database.transaction(async (transaction) => {
      const { run } = await newestRun(transaction, input.retrainId);
      await transaction
        .insertInto('gateReports')
        .values({ hash, run, versionId: input.versionId, body })
        .onConflict((conflict) => conflict.doNothing())
        .execute();
    });
    return { hash };
  },

  /** Remembers where the plots of a report lie; the first page stands. */
  async saveGatePage(input: { readonly reportHash: string; readonly page: ArtifactRef }): Promise<void> {
    await database.run((connection) =>
      connection
        .insertInto('gatePages')
        .values({ reportHash: input.reportHash, page: JSON.stringify(input.page) })
        .onConflict((conflict) => conflict.doNothing())
        .execute(),
    );
  },

  /** The newest gate report of a retrain's newest run. Throws RetrainUnknown, EvidenceMissing. */
  async latestGateReport({ retrainId }: { readonly retrainId: string }): Promise<StoredGateReport> {
    const row = await database.run(async (connection) => {
      const { run } = await newestRun(connection, retrainId);
      return connection
        .selectFrom('gateReports as r')
        .leftJoin('gatePages as p', 'p.reportHash', 'r.hash')
        .select(['r.hash', 'r.body', 'r.versionId', 'r.recordedAt', 'p.page'])
        .where('r.run', '=', run)
        .orderBy('r.recordedAt', 'desc')
        .executeTakeFirst();
    });
    if (row !== undefined) return row;
    throw new EvidenceMissing(
      `${retrainId} has no gate report: it did not come to the gates, or still runs`,
      {
        remedy: `Where it stands: npm run contender -- status ${retrainId}`,
      },
    );
  },
}));
