import { sql } from 'kysely';
import type { ModelOrigin, VersionIdentity, VersionManifest } from '../contracts/version.ts';
import { operations } from './database.ts';
import { SnapshotAmbiguous, SnapshotUnknown } from './errors.ts';
import { findVersion } from './versions.ts';

export interface SnapshotFacts {
  readonly id: string;
  readonly market: string;
  readonly asOf: string;
  readonly recordedAt: string;
  /** When garbage collection took its bytes; null while they are there. */
  readonly collectedAt: string | null;
}

/** Everything a version was made of. */
export interface VersionLineage {
  readonly model: string;
  readonly version: number;
  readonly versionId: string;
  readonly state: string;
  readonly snapshot: SnapshotFacts;
  readonly recipeHash: string;
  readonly featureCodeHash: string;
  /** How a retrain made it; null for a version that somebody registered. */
  readonly seed: number | null;
  readonly environment: Extract<VersionIdentity, { schema: 1 }>['environment'] | null;
  /** Who fitted a registered version; null for one of a retrain. */
  readonly origin: ModelOrigin | null;
  readonly artifacts: VersionManifest['artifacts'];
  /** Retrains that made this very version, oldest first, each with its spec and what its ledger holds. */
  readonly retrains: readonly {
    readonly retrainId: string;
    readonly run: number;
    readonly status: string;
    readonly requester: string;
    readonly specNumber: number;
    readonly specHash: string;
    readonly specAuthor: string;
    readonly trials: number;
    /** Trials of the version's own recipe. */
    readonly ownTrials: readonly string[];
  }[];
}

/** Everything that was made of a snapshot. */
export interface SnapshotLineage {
  readonly snapshot: SnapshotFacts;
  readonly versions: readonly {
    readonly model: string;
    readonly version: number;
    readonly versionId: string;
    readonly state: string;
    readonly champion: boolean;
    readonly reigns: number;
  }[];
  readonly retrains: readonly {
    readonly model: string;
    readonly retrainId: string;
    readonly run: number;
    readonly status: string;
  }[];
}

const snapshotJson = sql<SnapshotFacts>`jsonb_build_object('id', s.id, 'market', s.market,
  'asOf', contender_instant(s.as_of), 'recordedAt', contender_instant(s.recorded_at),
  'collectedAt', contender_instant(s.collected_at))`;

const FEW = 2;

export const lineageOperations = operations((database) => ({
  /** What a version came from. By number or id. Throws VersionUnknown. */
  async versionLineage(input: {
    readonly model: string;
    readonly version: number | string;
  }): Promise<VersionLineage> {
    return database.run(async (connection) => {
      const version = await findVersion(connection, input.model, input.version);
      const { identity, artifacts } = version.manifest;
      const { rows } = await sql<Pick<VersionLineage, 'snapshot' | 'retrains'>>`
        select (select ${snapshotJson} from snapshots s where s.id = ${version.snapshotId}) as snapshot,
          coalesce((select jsonb_agg(jsonb_build_object('retrainId', r.id, 'run', r.run, 'status', r.status,
              'requester', r.requester, 'specNumber', r.spec_number, 'specHash', p.hash, 'specAuthor', p.author,
              'trials', (select count(distinct t.trial_id) from trials t where t.model = r.model and t.run = r.run),
              'ownTrials', coalesce((select jsonb_agg(distinct t.trial_id) from trials t where t.model = r.model
                and t.run = r.run and t.recipe_hash = ${version.recipeHash}), '[]')) order by r.run)
            from version_links l join retrains r using (run)
              join specs p on p.model = r.model and p.number = r.spec_number
            where l.version_id = ${version.id}), '[]') as retrains`.execute(connection);
      const [found] = rows;
      if (found === undefined) throw unknownSnapshot(version.snapshotId);
      return {
        ...{ model: version.model, version: version.number, versionId: version.id, state: version.state },
        ...{ recipeHash: version.recipeHash, featureCodeHash: identity.featureCodeHash, artifacts },
        ...(identity.schema === 1
          ? { seed: identity.seed, environment: identity.environment, origin: null }
          : { seed: null, environment: null, origin: identity.origin }),
        ...found,
      };
    });
  },

  /** What came of a snapshot, by its id or the beginning of it. Throws SnapshotUnknown, SnapshotAmbiguous. */
  async snapshotLineage({ snapshot }: { readonly snapshot: string }): Promise<SnapshotLineage> {
    const { rows } = await database.run((connection) =>
      sql<SnapshotLineage>`
        select ${snapshotJson} as snapshot,
          coalesce((select jsonb_agg(jsonb_build_object('model', v.model, 'version', v.number, 'versionId', v.id,
              'state', v.state, 'champion', exists (select from champions c where c.champion_id = v.id),
              'reigns', (select count(*) from reigns g where g.version_id = v.id)) order by v.model, v.number)
            from versions v where v.snapshot_id = s.id), '[]') as versions,
          coalesce((select jsonb_agg(jsonb_build_object('model', r.model, 'retrainId', r.id, 'run', r.run, 'status', r.status) order by r.run)
            from retrains r where r.snapshot_id = s.id), '[]') as retrains
        from snapshots s where starts_with(s.id, ${snapshot}) order by s.id limit ${FEW}`.execute(connection),
    );
    const [found, other] = rows;
    if (found === undefined) throw unknownSnapshot(snapshot);
    if (other !== undefined) {
      throw new SnapshotAmbiguous(`more than one snapshot begins with ${snapshot}`, {
        remedy: 'Give more of its id.',
      });
    }
    return found;
  },
}));

const unknownSnapshot = (snapshot: string): SnapshotUnknown =>
  new SnapshotUnknown(`there is no snapshot ${snapshot}`, {
    remedy: 'Versions name theirs: contender lineage MODEL VERSION',
  });
