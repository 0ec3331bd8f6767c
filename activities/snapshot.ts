import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { canonicalJson } from '../contracts/canonical.ts';
import type { ArtifactRef } from '../contracts/primitives.ts';
import type { QualityReport } from '../contracts/quality.ts';
import type { ModelSpec } from '../contracts/spec.ts';
import { storedSpec } from '../contracts/stored-spec.ts';
import { SnapshotManifest, type SnapshotRef } from '../contracts/snapshot.ts';
import type { GateVerdict } from '../contracts/verdict.ts';
import type { SnapshotRows } from '../extraction/columnar-tables.ts';
import { DataQualityHeld } from '../extraction/errors.ts';
import { qualityPage } from '../extraction/quality/html.ts';
import { heldBy } from '../extraction/quality/report.ts';
import type { Leak } from '../extraction/leak-comparison.ts';
import { extractSnapshot } from '../extraction/snapshot.ts';
import { readRows } from '../extraction/table-files.ts';
import { validateSnapshot } from '../extraction/validate.ts';
import { judgeCoverage, judgeLeak, judgeSchema } from '../gates/operational.ts';
import { withModes } from '../gates/units.ts';
import { SnapshotRefused } from './errors.ts';
import type { RetrainPlan } from './retrain-record.ts';
import type { Workbench } from './workbench.ts';

export interface ExtractSnapshotInput {
  readonly plan: RetrainPlan;
  readonly asOf: string;
  readonly correlationId: string;
}

export interface ValidateSnapshotInput extends ExtractSnapshotInput {
  readonly snapshot: SnapshotRef;
}

export interface ValidationResult {
  /** `leak` and `coverage`; both must pass before anything is trained. */
  readonly verdicts: readonly GateVerdict[];
  readonly summary: string;
}

/** Activities of the `data` queue. */
export interface SnapshotActivities {
  extractSnapshot(input: ExtractSnapshotInput): Promise<SnapshotRef>;
  validateSnapshot(input: ValidateSnapshotInput): Promise<ValidationResult>;
}

export function snapshotActivities(bench: Workbench): SnapshotActivities {
  return {
    extractSnapshot: (input) => extractAndStore(bench, input),
    validateSnapshot: (input) => validate(bench, input),
  };
}

async function extractAndStore(bench: Workbench, { plan, asOf }: ExtractSnapshotInput): Promise<SnapshotRef> {
  const { ref, manifest } = await extractToStore(bench, plan.spec, asOf);
  await bench.registry.recordSnapshot({ ref, manifest, retrainId: plan.retrainId });
  return ref;
}

/** Extracts a snapshot and stores its parts; nothing is recorded. */
export async function extractToStore(
  { artifacts, scratchDir }: Pick<Workbench, 'artifacts' | 'scratchDir'>,
  spec: ModelSpec,
  asOf: string,
): Promise<{ readonly ref: SnapshotRef; readonly manifest: SnapshotManifest }> {
  await mkdir(scratchDir, { recursive: true });
  const outDir = await mkdtemp(join(scratchDir, 'snapshot-'));
  try {
    const extracted = await extractSnapshot({
      folder: spec.data,
      market: spec.market,
      features: { set: spec.features },
      asOf,
      label: spec.label,
      fromSession: null,
      outDir,
    });
    const { manifest } = extracted;
    const ref: SnapshotRef = {
      snapshotId: manifest.snapshotId,
      rows: await artifacts.putFile(extracted.rowsPath, 'application/vnd.apache.parquet'),
      returns: await artifacts.putFile(extracted.returnsPath, 'application/vnd.apache.parquet'),
      manifest: await artifacts.putFile(extracted.manifestPath, 'application/json'),
      featureCode: await artifacts.putFile(extracted.featureSqlPath, 'application/sql'),
      shape: manifest.shape,
      featureNames: manifest.identity.featureNames,
    };
    return { ref, manifest };
  } finally {
    await rm(outDir, { recursive: true, force: true });
  }
}

/** Rows that the leak audit rebuilds from truncated data; whole sessions, so a few hundred more. */
const LEAK_SAMPLE_ROWS = 300;

/**
 * @throws SnapshotRefused when the snapshot is not what it says, has no labels, or is stale
 * @throws DataQualityHeld when the data cross a bound that the spec lets hold a retrain; the report is stored all the same
 */
async function validate(bench: Workbench, input: ValidateSnapshotInput): Promise<ValidationResult> {
  const { artifacts } = bench;
  const { plan, snapshot } = input;
  // A plan that was pinned before a section of the spec existed gets its defaults.
  const spec = storedSpec(plan.spec);
  const manifest = SnapshotManifest.parse(
    JSON.parse(Buffer.from(await artifacts.get(snapshot.manifest)).toString('utf8')),
  );
  const report = await validateSnapshot({
    folder: spec.data,
    market: spec.market,
    manifest,
    rowsPath: await artifacts.localFile(snapshot.rows),
    featureSql: Buffer.from(await artifacts.get(snapshot.featureCode)).toString('utf8'),
    reference: await championRows(bench, plan, snapshot),
    sampleRows: LEAK_SAMPLE_ROWS,
    seed: spec.training.seed,
    bounds: { quality: spec.quality, minCoverage: spec.gates.minCoverage },
  });
  const broken = report.checks.filter(
    ({ name, verdict }) => verdict !== 'pass' && ['schema', 'labels', 'staleness'].includes(name),
  );
  if (broken.length > 0) {
    throw new SnapshotRefused(broken.map(({ name, reason }) => `${name}: ${reason}`).join('; '), {
      remedy: 'Look at the market data with: npm run contender -- data check DIR',
    });
  }
  const { leak, coverage, quality } = report;
  const stored = await storeQuality(bench, quality);
  const schema = report.checks.find(({ name }) => name === 'schema');
  const judged = [
    withLeaks(judgeLeak({ checkedRows: leak.checkedRows, leaks: leak.leakedRows }), leak.leaks.slice(0, 5)),
    withQuality(judgeCoverage(coverage, spec.gates), stored, quality),
  ];
  if (schema !== undefined) judged.push(judgeSchema({ violations: 0, finding: schema.reason }));
  const verdicts = withModes(judged, spec.gates);
  const opened = `npm run contender -- data quality --report ${stored.json.sha256} --html quality.html`;
  // A gate that refuses says more than a bound that holds; coverage is such a gate.
  const held = heldBy(quality, spec.quality.holds);
  if (held !== null && verdicts.every(({ enforced, verdict }) => verdict === 'pass' || !enforced)) {
    throw new DataQualityHeld(`${held.message}; quality report ${stored.json.sha256}`, {
      remedy: `Open the report with: ${opened}`,
      details: { ...held.details, report: stored },
    });
  }
  const findings = quality.findings.map(({ measure, verdict }) => `${measure} ${verdict}`).join(', ');
  return {
    verdicts,
    summary: [
      ...report.checks.map(({ name, verdict, reason }) => `${name} ${verdict}: ${reason}`),
      `quality: ${findings}; open it with: ${opened}`,
    ].join('; '),
  };
}

interface StoredReport {
  readonly json: ArtifactRef;
  readonly html: ArtifactRef;
}

/** The report as canonical JSON and as a page; the same data give the same two artifacts. */
async function storeQuality({ artifacts }: Workbench, report: QualityReport): Promise<StoredReport> {
  return {
    json: await artifacts.put(Buffer.from(canonicalJson(report)), 'application/json'),
    html: await artifacts.put(Buffer.from(qualityPage(report)), 'text/html'),
  };
}

/** The verdict on coverage carries where the report lies: verdicts are part of the retrain's record and of its evidence. */
function withQuality(verdict: GateVerdict, stored: StoredReport, report: QualityReport): GateVerdict {
  const crossed = report.findings
    .filter((finding) => finding.verdict !== 'pass')
    .map(({ measure }) => measure);
  return {
    ...verdict,
    details: { ...verdict.details, qualityReport: { ...stored }, qualityBoundsCrossed: crossed },
  };
}

/** Names the first leaks by column and row. */
function withLeaks(verdict: GateVerdict, leaks: readonly Leak[]): GateVerdict {
  const [first] = leaks;
  if (first === undefined) return verdict;
  const reason = `${verdict.reason}; first: ${first.kind} ${first.column} of ${first.symbol} on ${first.session}`;
  return {
    ...verdict,
    reason: reason.slice(0, 500),
    details: { ...verdict.details, leaks: leaks.map((leak) => ({ ...leak })) },
  };
}

/** Rows of the champion's snapshot, for drift; null without a champion or when its features are other ones. */
async function championRows(
  { registry, artifacts }: Workbench,
  plan: RetrainPlan,
  snapshot: SnapshotRef,
): Promise<SnapshotRows | null> {
  if (plan.champion === null) return null;
  const version = await registry.getVersion({ model: plan.spec.model, version: plan.champion.versionId });
  const reference = await registry.getSnapshot({ snapshotId: version.snapshotId });
  if (reference === null || reference.ref.featureCode.sha256 !== snapshot.featureCode.sha256) return null;
  return await readRows(await artifacts.localFile(reference.ref.rows));
}
