import { NotificationSeverity } from '../contracts/alert.ts';
import type { RollbackDrill } from '../contracts/drill.ts';
import { RecordedGateReport } from '../contracts/gate-report.ts';
import type { ModelSpec } from '../contracts/spec.ts';
import { ContenderError } from '../contracts/error.ts';
import { MARKET_ZONE } from '../market/zone.ts';
import type { ArtifactStore } from '../registry/artifacts/artifact-store.ts';
import { EvidenceMissing } from '../registry/errors.ts';
import type { Registry } from '../registry/registry.ts';
import type { Language, ReportDocument } from './document.ts';
import { incidentReport } from './incident-report.ts';
import { monthlyReport } from './monthly-report.ts';
import { firstDecided, lastOfMonth, loosenedIn, marketFactsOf, positionChange } from './regulatory.ts';
import { figuresOf, retrainReport } from './retrain-report.ts';

export interface ReportSources {
  readonly registry: Registry;
  readonly artifacts: ArtifactStore;
  readonly language: Language;
}

/** The epoch named was not opened by a rollback, or there never was one. */
export class NoIncident extends ContenderError {
  readonly code = 'NO_INCIDENT';
  readonly kind = 'refused';
}

/** Throws RetrainUnknown. */
export async function retrainReportOf(sources: ReportSources, retrainId: string): Promise<ReportDocument> {
  const { registry, artifacts, language } = sources;
  const retrain = await registry.getRetrain({ retrainId });
  const { spec } = await registry.specByNumber({ model: retrain.model, number: retrain.specNumber });
  const stored = await registry.latestGateReport({ retrainId }).catch((error: unknown) => {
    if (error instanceof EvidenceMissing) return null;
    throw error;
  });
  const page =
    stored === null || stored.page === null
      ? ''
      : Buffer.from(await artifacts.get(stored.page)).toString('utf8');
  const evidence = await registry.evidenceOf({ retrainId });
  const dossier =
    retrain.versionId === null
      ? null
      : await registry.versionDossier({ model: retrain.model, version: retrain.versionId });
  const promotedAt =
    dossier?.reigns.find((reign) => reign.retrainId === retrainId && reign.cause !== 'rollback')
      ?.businessAt ?? null;
  const own = new Set(evidence.map(({ hash }) => hash));
  return retrainReport({
    language,
    timeZone: timeZoneOf(spec),
    retrain,
    version: dossier?.version.number ?? null,
    report: stored === null ? null : RecordedGateReport.parse(JSON.parse(stored.body)),
    figures: figuresOf(page),
    shadowDays: await registry.shadowDays({ retrainId }),
    signatures: (dossier?.signatures ?? []).filter(({ evidenceHash }) => own.has(evidenceHash)),
    evidence: evidence.map(({ hash }) => hash),
    marketFacts: marketFactsOf(
      spec,
      promotedAt === null ? null : firstDecided(spec, promotedAt),
      localDate(retrain.asOf, timeZoneOf(spec)),
    ),
    positions: positionChange(evidence),
    loosened: loosenedIn(evidence),
    drill: await drillBefore(registry, retrain.model, retrain.finishedAt),
  });
}

const MOST_DRILLS = 500;

/** As the report was when the retrain ended: asked again later, it says the same. `at` null: now. */
async function drillBefore(
  registry: Registry,
  model: string,
  at: string | null,
): Promise<RollbackDrill | null> {
  const drills = await registry.drillPage({ model, before: null, limit: MOST_DRILLS });
  const heard = drills.find(
    ({ result, endedAt }) =>
      (result === 'passed' || result === 'failed') && endedAt !== null && (at === null || endedAt <= at),
  );
  return heard ?? null;
}

const MOST_RETRAINS = 1000;
const MOST_ALERTS = 10_000;

/** `month`: `YYYY-MM`, in the market's time. Throws ModelUnknown. */
export async function monthlyReportOf(
  sources: ReportSources,
  model: string,
  month: string,
): Promise<ReportDocument> {
  const { registry, language } = sources;
  const { spec } = await registry.currentSpec({ model });
  const timeZone = timeZoneOf(spec);
  const within = (iso: string): boolean => localDate(iso, timeZone).startsWith(month);
  const all = await registry.reigns({ model });
  const reigns = all.filter(({ businessAt }) => within(businessAt)).toReversed();
  const reign = all.find(({ businessAt }) => localDate(businessAt, timeZone).slice(0, 7) <= month) ?? null;
  const retrains = await registry.listRetrains({ model, limit: MOST_RETRAINS });
  const results = await registry.liveResults({ model, versionId: null });
  const alerts = await registry.listAlerts({ model, rule: null, firingOnly: false, limit: MOST_ALERTS });
  const counts = new Map<string, number>();
  for (const { severity, startedAt } of alerts) {
    if (within(startedAt)) counts.set(severity, (counts.get(severity) ?? 0) + 1);
  }
  return monthlyReport({
    language,
    timeZone,
    model,
    month,
    reign,
    reigns,
    retrains: retrains.filter(({ asOf }) => within(asOf)).toReversed(),
    results: results.filter(({ session, role }) => role === 'champion' && session.startsWith(month)),
    alerts: NotificationSeverity.options
      .toReversed()
      .map((severity) => ({ severity, count: counts.get(severity) ?? 0 }))
      .filter(({ count }) => count > 0),
    marketFacts: marketFactsOf(spec, lastOfMonth(spec, month), `${month}-01`),
  });
}

const AROUND_MS = 86_400_000;
const MOST_AUDIT = 500;
const MOST_MEASUREMENTS = 20;

/** `epoch` null: the newest rollback. Throws NoIncident. */
export async function incidentReportOf(
  sources: ReportSources,
  model: string,
  epoch: number | null,
): Promise<ReportDocument> {
  const { registry, language } = sources;
  const { spec } = await registry.currentSpec({ model });
  const reigns = await registry.reigns({ model });
  const rollbacks = reigns.filter(({ cause }) => cause === 'rollback');
  const reign = epoch === null ? rollbacks[0] : rollbacks.find((one) => one.epoch === epoch);
  if (reign === undefined) {
    throw new NoIncident(
      epoch === null
        ? `${model} was never rolled back`
        : `epoch ${String(epoch)} of ${model} was not opened by a rollback`,
      { remedy: `See its reigns with: npm run contender -- champion ${model}` },
    );
  }
  const at = Date.parse(reign.recordedAt);
  const marketAt = reign.businessAt;
  const audit = await registry.auditTrail({ model, limit: MOST_AUDIT });
  const measurements = await registry.guardMeasurements({
    model,
    epoch: reign.epoch - 1,
    limit: MOST_MEASUREMENTS,
  });
  const ended = reigns.find((one) => one.epoch === reign.epoch - 1);
  const promotedBy = ended?.retrainId ?? null;
  const evidence = promotedBy === null ? [] : await registry.evidenceOf({ retrainId: promotedBy });
  const timeZone = timeZoneOf(spec);
  return incidentReport({
    language,
    timeZone,
    reign,
    // Of a replay.
    marketAt: Math.abs(Date.parse(marketAt) - at) <= AROUND_MS ? null : marketAt,
    promotedBy: ended?.decisionHash ?? null,
    marketFacts: marketFactsOf(spec, firstDecided(spec, marketAt), localDate(marketAt, timeZone)),
    positions: positionChange(evidence),
    servers: await registry.swapStatus({ model, epoch: reign.epoch }),
    measurements: measurements.toReversed(),
    timeline: audit.filter((row) => Math.abs(Date.parse(row.recordedAt) - at) <= AROUND_MS).toReversed(),
  });
}

const timeZoneOf = ({ market }: ModelSpec): string => MARKET_ZONE[market];

function localDate(iso: string, timeZone: string): string {
  return new Date(iso).toLocaleDateString('sv-SE', { timeZone });
}
