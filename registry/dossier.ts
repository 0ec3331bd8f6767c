import { sql } from 'kysely';
import { reignJson } from './champions.ts';
import type { ReignRecord } from './champions.ts';
import { operations } from './database.ts';
import type { EvidenceRecord } from './evidence.ts';
import { findVersion } from './versions.ts';
import type { VersionRecord } from './versions.ts';

export interface SignatureRecord {
  readonly evidenceHash: string;
  readonly subject: string;
  readonly decision: 'approve' | 'reject';
  readonly reason: string;
  readonly decidedAt: string;
}

/** Everything the registry knows of one version: where it comes from, what was found, who signed, when it reigned. */
export interface VersionDossier {
  readonly version: VersionRecord;
  /** Why it cannot be deleted now; null when it can. */
  readonly keptBecause: string | null;
  /** Retrains that made this very version, oldest first. */
  readonly retrains: readonly {
    readonly retrainId: string;
    readonly asOf: string;
    readonly trigger: string;
    readonly requester: string;
    readonly specNumber: number;
    readonly status: string;
  }[];
  readonly evidence: readonly EvidenceRecord[];
  readonly signatures: readonly SignatureRecord[];
  readonly reigns: readonly ReignRecord[];
}

export const dossierOperations = operations((database) => ({
  /** By number or id. Throws VersionUnknown. */
  async versionDossier(input: {
    readonly model: string;
    readonly version: number | string;
  }): Promise<VersionDossier> {
    return database.run(async (connection) => {
      const version = await findVersion(connection, input.model, input.version);
      const retrains = await connection
        .selectFrom('versionLinks as l')
        .innerJoin('retrains as r', 'r.run', 'l.run')
        .select(['r.id as retrainId', 'r.asOf', 'r.trigger', 'r.requester', 'r.specNumber', 'r.status'])
        .where('l.versionId', '=', version.id)
        .orderBy('l.run')
        .execute();
      const evidence = await connection
        .selectFrom('evidence')
        .select(['hash', 'kind', 'parent', 'verdict', 'versionId', 'body', 'recordedAt'])
        .where('versionId', '=', version.id)
        .orderBy('recordedAt')
        .execute();
      const signatures = await connection
        .selectFrom('approvals as a')
        .innerJoin('decisions as d', 'd.hash', 'a.evidenceHash')
        .select(['a.evidenceHash', 'a.subject', 'a.decision', 'a.reason', 'a.decidedAt'])
        .where('d.versionId', '=', version.id)
        .orderBy('a.decidedAt')
        .execute();
      const { rows } = await sql<{ reign: ReignRecord }>`
        select ${reignJson} as reign from reigns g where g.version_id = ${version.id} order by g.epoch desc`.execute(
        connection,
      );
      const { rows: kept } = await sql<{ because: string | null }>`
        select contender_deletion_blocker(${version.id}) as because`.execute(connection);
      return {
        version,
        keptBecause: kept[0]?.because ?? null,
        retrains,
        evidence: evidence.map((row) => ({ ...row, body: JSON.parse(row.body) as EvidenceRecord['body'] })),
        signatures,
        reigns: rows.map(({ reign }) => reign),
      };
    });
  },
}));
