import { createHash } from 'node:crypto';
import { canonicalJson } from '../../contracts/canonical.ts';
import type { RetrainResult } from '../../contracts/retrain.ts';
import { query } from '../e2e/registry-state.ts';
import type { SmallWorld } from '../e2e/small-world.ts';

/** Where a system keeps its record. */
export type Recorded = Pick<SmallWorld, 'registry'> & {
  readonly running: Pick<SmallWorld['running'], 'databaseUrl'>;
};

/** What a retrain leaves behind, without what must differ between two models: names, times and measured latencies. */
export interface FinalState {
  readonly outcome: string;
  readonly verdict: string | null;
  /** Id that the version would have if the model bore the name of the undisturbed one. */
  readonly versionIdAs: string;
  readonly verdicts: readonly unknown[];
  readonly shadow: readonly unknown[];
  readonly ledger: readonly unknown[];
  readonly reigns: readonly unknown[];
  /** Rows of the audit chain in order: who did what. */
  readonly audit: readonly string[];
  readonly counts: Readonly<Record<string, unknown>>;
}

/** Measured in milliseconds on a machine that also restarts processes. */
const MEASURED_TIME = 'latency';

export async function finalState(
  world: Recorded,
  model: string,
  result: RetrainResult,
  named: string,
): Promise<FinalState> {
  const { registry } = world;
  const version = await registry.getVersion({ model, version: result.versionId ?? '' });
  const days = await registry.shadowDays({ retrainId: result.retrainId });
  const ledger = await registry.ledger({ model });
  const reigns = await registry.reigns({ model });
  const audit = await registry.auditTrail({ model, limit: 100 });
  const identity = { ...version.manifest.identity, model: named };
  const [counts] = await query(
    world,
    `select (select count(*)::int from reigns where model = $1) as reigns,
       (select count(*)::int from versions where model = $1) as versions,
       (select count(distinct trial_id)::int from trials where model = $1) as trials,
       (select count(*)::int from retrains where model = $1) as retrains,
       (select count(*)::int from retrains where model = $1 and status = 'open') as open_retrains,
       (select count(*)::int from decisions d join retrains r on r.run = d.run where r.model = $1) as decisions,
       (select count(*)::int from gate_reports g join retrains r on r.run = g.run where r.model = $1) as gate_reports,
       (select count(*)::int from evidence e join retrains r on r.run = e.run where r.model = $1) as evidence,
       (select count(*)::int from approvals a join decisions d on d.hash = a.evidence_hash
          join retrains r on r.run = d.run where r.model = $1) as approvals,
       (select count(*)::int from outbox where event ->> 'model' = $1 and channel = 'route') as messages`,
    [model],
  );
  return {
    outcome: result.outcome,
    verdict: result.verdict,
    versionIdAs: createHash('sha256').update(canonicalJson(identity)).digest('hex'),
    verdicts: result.verdicts.filter(({ gate }) => gate !== MEASURED_TIME),
    shadow: days.map(({ session, rows, pairedRows, verdict, predictions }) => ({
      ...{ session, rows, pairedRows, verdict },
      predictions: predictions?.sha256 ?? null,
    })),
    ledger: ledger.recipes
      .map(({ trialId, predictions }) => ({ trialId, predictions: predictions?.sha256 ?? null }))
      .sort((a, b) => (a.trialId < b.trialId ? -1 : 1)),
    reigns: reigns.map(({ epoch, cause, actor, businessAt, version: number }) => ({
      ...{ epoch, cause, actor, businessAt, number },
    })),
    audit: audit.map(({ seq, command, actor }) => `${String(seq)} ${command} ${actor}`),
    counts: counts ?? {},
  };
}
