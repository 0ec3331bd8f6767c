import { escalationOperations } from './alerts/escalations.ts';
import { alertLedgerOperations } from './alerts/ledger.ts';
import { alertPeopleOperations } from './alerts/people.ts';
import { alertReportOperations } from './alerts/reports.ts';
import { alertRouting } from './alerts/routing.ts';
import { apiRequestOperations } from './api-requests.ts';
import { apiSessionOperations } from './api-sessions.ts';
import { approvalOperations } from './approvals.ts';
import { auditOperations } from './audit.ts';
import { breakGlassOperations } from './break-glass.ts';
import { restoreOperations } from './backup/reconcile.ts';
import { budgetTestOperations } from './budget-tests.ts';
import { adoptionOperations } from './adoptions.ts';
import { challengerOperations } from './challengers.ts';
import { championOperations } from './champions.ts';
import { Database, operations } from './database.ts';
import type { RegistryOptions } from './database.ts';
import { dossierOperations } from './dossier.ts';
import { drillOperations } from './drills.ts';
import { evidenceOperations } from './evidence.ts';
import { gateHoldOperations } from './gate-holds.ts';
import { gateReportOperations } from './gate-reports.ts';
import { guardMeasurementOperations } from './guard-measurements.ts';
import { importOperations } from './imports.ts';
import { lineageOperations } from './lineage.ts';
import { modelControlOperations } from './model-controls.ts';
import { objectionOperations } from './objections.ts';
import { outboxOperations, outboxPort } from './outbox.ts';
import { overviewOperations } from './overview.ts';
import { pageOperations } from './pages.ts';
import { retentionOperations } from './retention.ts';
import { resultOperations } from './results.ts';
import { retrainOperations } from './retrains.ts';
import { scheduleOperations } from './schedules.ts';
import { scoreRunOperations } from './score-runs.ts';
import { serverOperations } from './servers.ts';
import { specProposalOperations } from './spec-proposals.ts';
import { specOperations } from './specs.ts';
import { structuralChangeOperations } from './structural-changes.ts';
import { listenerOperations } from './swap-listener.ts';
import { swapOperations } from './swaps.ts';
import { trialOperations } from './trials.ts';
import { versionOperations } from './versions.ts';
import { watchRecordOperations } from './watch-records.ts';
import { waiverOperations } from './waivers.ts';
import { workflowBuildOperations } from './workflow-builds.ts';

/**
 * The registry: who is champion, why, and everything that led to it. Every operation takes one object and gives one;
 * what the database refuses comes back as one of the classes in errors.ts, and whatever writes can be repeated.
 * Connects with the first operation; a lost database is RegistryUnreachable until it is back.
 */
export function openRegistry(options: RegistryOptions): Registry {
  const database = new Database(options);
  return {
    ...operationsOf(database),
    outbox: outboxPort(database),
    alertRouting: alertRouting(database),
    ping: () => database.ping(),
    close: () => database.close(),
  };
}

const operationsOf = operations((database) => ({
  ...specOperations(database),
  ...retrainOperations(database),
  ...versionOperations(database),
  ...importOperations(database),
  ...trialOperations(database),
  ...structuralChangeOperations(database),
  ...budgetTestOperations(database),
  ...evidenceOperations(database),
  ...gateReportOperations(database),
  ...waiverOperations(database),
  ...workflowBuildOperations(database),
  ...gateHoldOperations(database),
  ...approvalOperations(database),
  ...objectionOperations(database),
  ...swapOperations(database),
  ...drillOperations(database),
  ...scheduleOperations(database),
  ...championOperations(database),
  ...dossierOperations(database),
  ...lineageOperations(database),
  ...serverOperations(database),
  ...listenerOperations(database),
  ...outboxOperations(database),
  ...resultOperations(database),
  ...scoreRunOperations(database),
  ...alertReportOperations(database),
  ...alertLedgerOperations(database),
  ...escalationOperations(database),
  ...alertPeopleOperations(database),
  ...modelControlOperations(database),
  ...challengerOperations(database),
  ...adoptionOperations(database),
  ...guardMeasurementOperations(database),
  ...watchRecordOperations(database),
  ...auditOperations(database),
  ...restoreOperations(database),
  ...retentionOperations(database),
  ...breakGlassOperations(database),
  ...overviewOperations(database),
  ...pageOperations(database),
  ...specProposalOperations(database),
  ...apiSessionOperations(database),
  ...apiRequestOperations(database),
}));

export type Registry = ReturnType<typeof operationsOf> & {
  /** The side of the notification dispatcher. */
  readonly outbox: ReturnType<typeof outboxPort>;
  /** The side of the alert router. */
  readonly alertRouting: ReturnType<typeof alertRouting>;
  /** Throws RegistryUnreachable. */
  ping(): Promise<void>;
  /** Closes the connections of the pool; listeners are closed by themselves. */
  close(): Promise<void>;
};
export type { DatabaseRole, RegistryOptions } from './database.ts';
