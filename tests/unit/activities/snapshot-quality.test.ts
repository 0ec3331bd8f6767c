import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RetrainPlan } from '../../../activities/retrain-record.ts';
import { snapshotActivities } from '../../../activities/snapshot.ts';
import type { Workbench } from '../../../activities/workbench.ts';
import { canonicalJson } from '../../../contracts/canonical.ts';
import type { ArtifactRef } from '../../../contracts/primitives.ts';
import { QualityReport } from '../../../contracts/quality.ts';
import type { SnapshotRef } from '../../../contracts/snapshot.ts';
import { ModelSpec } from '../../../contracts/spec.ts';
import { closeMarketFolders } from '../../../extraction/folder-cache.ts';
import { FolderArtifactStore } from '../../../registry/artifacts/folder-store.ts';
import { rowsOf, simulatedFolder, temporaryFolder, TINY_FEATURES } from '../extraction/small-market.ts';

let scratch = '';
let data = '';
let asOf = '';
/** Every test validates the same snapshot. */
let extracted: Promise<SnapshotRef> | null = null;

beforeAll(async () => {
  scratch = await temporaryFolder();
  data = await simulatedFolder(join(scratch, 'market'), { sessions: 140 });
  // What the report says of the data does not depend on the features; a small set leaves the audit little to compute.
  await mkdir(join(data, 'features'));
  await writeFile(join(data, 'features', 'tiny.sql'), TINY_FEATURES);
  const [session] = await rowsOf(
    `SELECT strftime(max(event_ts) + INTERVAL 1 HOUR, '%Y-%m-%dT%H:%M:%S.%gZ') AS decided
     FROM '${join(data, 'prices.parquet')}'`,
  );
  asOf = String(session?.['decided']);
});

afterAll(async () => {
  await closeMarketFolders();
  await rm(scratch, { recursive: true, force: true });
});

/** Steps 1 and 2 of a retrain, with a registry that only listens. */
async function validated(quality: object) {
  const artifacts = new FolderArtifactStore(join(scratch, 'artifacts'));
  const registry = { recordSnapshot: () => Promise.resolve() };
  const bench = { artifacts, registry, scratchDir: join(scratch, 'work') } as unknown as Workbench;
  const spec = ModelSpec.parse({ model: 'sim-alpha', market: 'XTAI', data, features: 'tiny', quality });
  const plan: RetrainPlan = {
    retrainId: 'retrain:sim-alpha',
    correlationId: 'c',
    specNumber: 1,
    spec,
    champion: null,
    epoch: 0,
    superseded: null,
  };
  const activities = snapshotActivities(bench);
  const input = { plan, asOf, correlationId: 'c' };
  extracted ??= activities.extractSnapshot(input);
  const snapshot = await extracted;
  return { artifacts, snapshot, result: activities.validateSnapshot({ ...input, snapshot }) };
}

interface Stored {
  readonly json: ArtifactRef;
  readonly html: ArtifactRef;
}

async function openReport(artifacts: FolderArtifactStore, stored: Stored): Promise<QualityReport> {
  const text = Buffer.from(await artifacts.get(stored.json)).toString('utf8');
  const report = QualityReport.parse(JSON.parse(text));
  expect(text).toBe(canonicalJson(report));
  expect(Buffer.from(await artifacts.get(stored.html)).toString('utf8')).toContain(report.asOf);
  return report;
}

describe('the validation of a retrain', { timeout: 180_000 }, () => {
  it('stores the quality report, and the verdict on coverage and the note of the step lead to it', async () => {
    const { artifacts, snapshot, result } = await validated({});
    const { verdicts, summary } = await result;
    const coverage = verdicts.find(({ gate }) => gate === 'coverage');
    const stored = coverage?.details['qualityReport'] as unknown as Stored;
    const report = await openReport(artifacts, stored);
    expect(report.snapshotId).toBe(snapshot.snapshotId);
    // Two routes to one figure: the rows of the snapshot, and the bars of the folder.
    expect(report.findings[0]).toMatchObject({ measure: 'coverage', counted: snapshot.shape.rows });
    expect(coverage?.number).toBeCloseTo(report.findings[0]?.number ?? NaN, 12);
    expect(summary).toContain(`data quality --report ${stored.json.sha256}`);
  });

  it('is held by a bound that the spec names, with the figure and a report that can be opened', async () => {
    const { artifacts, result } = await validated({ maxLateBars: 0, holds: ['late-bars'] });
    const error = await result.then(
      () => {
        throw new Error('nothing was held');
      },
      (reason: unknown) => reason as { code: string; message: string; details: { report: Stored } },
    );
    expect(error.code).toBe('DATA_QUALITY_HELD');
    expect(error.message).toMatch(
      /^the data are held: late-bars: \d+ of \d+ bars came after .* where <= 0 is needed; quality report/u,
    );
    const report = await openReport(artifacts, error.details.report);
    expect(report.findings.filter(({ verdict }) => verdict === 'hold').map(({ measure }) => measure)).toEqual(
      ['late-bars'],
    );
  });

  it('only warns when the spec does not let the bound hold', async () => {
    const { result } = await validated({ maxLateBars: 0, holds: [] });
    expect((await result).summary).toContain('late-bars warn');
  });
});
