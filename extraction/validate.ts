import type { Market } from '../contracts/primitives.ts';
import type { QualityReport } from '../contracts/quality.ts';
import type { SnapshotManifest } from '../contracts/snapshot.ts';
import type { Verdict } from '../contracts/verdict.ts';
import { hashRows } from './canonical-hash.ts';
import type { SnapshotRows } from './columnar-tables.ts';
import type { EngineLimits } from './duckdb.ts';
import { parseFeatureSet } from './feature-set.ts';
import { measureDrift } from './feature-drift.ts';
import { withMarketFolder } from './folder-cache.ts';
import { auditLeaks } from './leak-audit.ts';
import type { LeakReport } from './leak-audit.ts';
import type { MarketFolder } from './market-folder.ts';
import { measureQuality } from './quality/report.ts';
import type { QualityBounds } from './quality/report.ts';
import { lastDecidedIndex, sessionIndex } from './snapshot-span.ts';
import { readRows } from './table-files.ts';

/** One thing that was measured about a snapshot. */
export interface SnapshotCheck {
  readonly name: 'schema' | 'labels' | 'staleness' | 'leak';
  readonly verdict: Verdict;
  readonly number: number | null;
  readonly threshold: number | null;
  readonly reason: string;
}

export interface ValidationReport {
  readonly checks: readonly SnapshotCheck[];
  readonly coverage: {
    /** Members times sessions. */
    readonly memberRows: number;
    /** Share of them with a visible bar. */
    readonly coveredShare: number;
  };
  readonly leak: LeakReport;
  readonly quality: QualityReport;
}

export interface ValidateSnapshotOptions {
  readonly folder: string;
  readonly market: Market;
  readonly manifest: SnapshotManifest;
  readonly rowsPath: string;
  readonly featureSql: string;
  /** Rows of the champion's snapshot; null when there is none. */
  readonly reference: SnapshotRows | null;
  readonly sampleRows: number;
  readonly seed: number;
  readonly bounds: QualityBounds;
  readonly limits?: EngineLimits;
}

/** Calendar days without a new session that no holiday explains: the longest closure of either market is 12 days. */
const MOST_SILENT_DAYS = 14;
const DAY_MS = 86_400_000;

/**
 * Step 2 of a retrain: is the snapshot what its manifest says, is it fresh, what are the data worth that it was made of, and
 * does any value come from the future. Judges the file, not the memory of making it.
 */
export async function validateSnapshot(options: ValidateSnapshotOptions): Promise<ValidationReport> {
  const { manifest } = options;
  const rows = await readRows(options.rowsPath);
  const set = parseFeatureSet(options.featureSql);
  return withMarketFolder(
    options.folder,
    options.market,
    async (folder) => {
      const connection = await folder.connect();
      try {
        const leak = await auditLeaks(connection, folder, {
          set,
          rows,
          label: manifest.identity.label,
          asOf: manifest.identity.asOf,
          sampleRows: options.sampleRows,
          seed: options.seed,
        });
        const { firstSession: first, lastSession: last } = manifest.shape;
        const quality = await measureQuality(
          connection,
          folder,
          {
            asOf: manifest.identity.asOf,
            sessions: { first, last },
            snapshotId: manifest.snapshotId,
            drift: measureDrift(rows, options.reference),
          },
          options.bounds,
        );
        const checks = [
          schemaCheck(manifest, rows, set.codeHash),
          labelCheck(manifest),
          stalenessCheck(folder, manifest),
          leakCheck(leak),
        ];
        return { checks, coverage: coverageOf(manifest), leak, quality };
      } finally {
        connection.closeSync();
      }
    },
    options.limits,
  );
}

function schemaCheck(manifest: SnapshotManifest, rows: SnapshotRows, codeHash: string): SnapshotCheck {
  const faults: string[] = [];
  if (hashRows(rows) !== manifest.identity.rowHash) faults.push('the rows do not hash to the manifest');
  if (codeHash !== manifest.identity.featureCodeHash)
    faults.push('the feature code is not that of the manifest');
  if (rows.featureNames.join(' ') !== manifest.identity.featureNames.join(' '))
    faults.push('other feature names');
  const infinite = rows.features.findIndex((value) => value === Infinity || value === -Infinity);
  if (infinite >= 0) faults.push(`an infinite value in ${nameAt(rows, infinite)}`);
  const unordered = rows.session.findIndex((session, row) => row > 0 && !inOrder(rows, row, session));
  if (unordered >= 0) faults.push(`row ${String(unordered + 1)} is out of order or double`);
  return {
    name: 'schema',
    verdict: faults.length === 0 ? 'pass' : 'fail',
    number: faults.length,
    threshold: 0,
    reason: faults.length === 0 ? 'columns, order and hash are those of the manifest' : faults.join('; '),
  };
}

function inOrder(rows: SnapshotRows, row: number, session: string): boolean {
  const before = rows.session[row - 1] ?? '';
  return before < session || (before === session && (rows.symbol[row - 1] ?? '') < (rows.symbol[row] ?? ''));
}

const nameAt = (rows: SnapshotRows, cell: number): string =>
  `${rows.featureNames[cell % rows.featureNames.length] ?? ''} of row ${String(Math.floor(cell / rows.featureNames.length) + 1)}`;

function labelCheck(manifest: SnapshotManifest): SnapshotCheck {
  const { labelledRows, lastLabelSession } = manifest.shape;
  return {
    name: 'labels',
    verdict: labelledRows > 0 ? 'pass' : 'fail',
    number: labelledRows,
    threshold: 1,
    reason: `${String(labelledRows)} rows have a label, the newest on ${lastLabelSession}`,
  };
}

function coverageOf(manifest: SnapshotManifest): ValidationReport['coverage'] {
  const withoutBar = manifest.provenance.droppedRows['no_visible_bar'] ?? 0;
  const memberRows = manifest.shape.rows + withoutBar;
  return { memberRows, coveredShare: memberRows === 0 ? 0 : manifest.shape.rows / memberRows };
}

function stalenessCheck(folder: MarketFolder, manifest: SnapshotManifest): SnapshotCheck {
  const { asOf } = manifest.identity;
  const { lastSession } = manifest.shape;
  const newest = sessionIndex(folder.calendar, lastSession);
  const missing = lastDecidedIndex(folder.calendar, asOf) - newest;
  const silentDays = (Date.parse(asOf) - Date.parse(folder.calendar.at(newest).closeInstant)) / DAY_MS;
  const stale = missing > 0 || silentDays > MOST_SILENT_DAYS;
  return {
    name: 'staleness',
    verdict: stale ? 'fail' : 'pass',
    number: missing,
    threshold: 0,
    reason: `the newest rows are of ${lastSession}, ${String(missing)} decided sessions and ${silentDays.toFixed(1)} days before the as-of instant`,
  };
}

function leakCheck(leak: LeakReport): SnapshotCheck {
  const [first] = leak.leaks;
  const what =
    first === undefined ? 'none leaks' : `${first.column} of ${first.symbol} on ${first.session} leaks`;
  const verdict = leak.checkedRows === 0 ? 'inconclusive' : leak.leakedRows === 0 ? 'pass' : 'fail';
  return {
    name: 'leak',
    verdict,
    number: leak.leakedRows,
    threshold: 0,
    reason: `all ${String(leak.checkedRows)} rows rebuilt from truncated data, ${String(leak.strictRows)} of them from what was known at their own decision (${String(leak.strictTellingSessions)} of ${String(leak.tellingSessions)} sessions before a change of the past): ${what}`,
  };
}
