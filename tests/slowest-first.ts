import { BaseSequencer } from 'vitest/node';
import type { TestSpecification } from 'vitest/node';

/** What takes longest, by the last whole run: begun last, one of them would be waited for alone. */
const SLOWEST = [
  'tests/e2e/reign.test.ts',
  'tests/integration/workflows/guard-champion.test.ts',
  'tests/integration/workflows/retrain-model.test.ts',
  'tests/unit/extraction/leak-audit.test.ts',
  'tests/unit/extraction/bad-input-command.test.ts',
  'tests/integration/workflows/gates.test.ts',
  'tests/integration/metrics/prometheus.test.ts',
  'tests/unit/extraction/feature-check.test.ts',
  'tests/golden/extraction/oracle-seeds.test.ts',
  'tests/integration/workers/stuck-workflows.test.ts',
  'tests/deep/training/same-version.test.ts',
  'tests/deep/training/reproduce.test.ts',
  'tests/chaos/retrain-points.test.ts',
  'tests/deep/e2e/trial-ledger.test.ts',
  'tests/deep/production/separate-processes.test.ts',
  'tests/deep/upgrade/open-retrain.test.ts',
  'tests/deep/e2e/decay-emergency.test.ts',
  'tests/deep/dashboard/people.test.ts',
  'tests/deep/production/silent-lines.test.ts',
  'tests/chaos/machine-restart.test.ts',
  'tests/deep/dashboard/bad-input.test.ts',
];

/** On a fresh clone no file has a time yet, and their sizes say little about it. */
export class SlowestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const rank = ({ moduleId }: TestSpecification): number => {
      const place = SLOWEST.findIndex((file) => moduleId.endsWith(file));
      return place === -1 ? SLOWEST.length : place;
    };
    return sorted.toSorted((one, other) => rank(one) - rank(other));
  }
}
