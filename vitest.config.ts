import { defineConfig } from 'vitest/config';
import { SlowestFirst } from './tests/slowest-first.ts';

/**
 * Three projects: `fast` needs nothing but the sources, `system` gets a real Postgres and the Temporal binaries from its
 * global setup, which vitest runs only when a file of that project is selected. `deep` is what takes long: processes
 * killed in many places, storms, whole systems on a replay clock. `npm test` leaves it to `npm run test:deep`.
 *
 *   npx vitest run tests/unit/stats          one area
 *   npx vitest run --project system          everything that needs a database
 */
const sharedByAll = {
  pool: 'forks',
  // Two cores are the smallest machine promised; more workers only make timeouts tight.
  maxWorkers: 2,
  environment: 'node',
  restoreMocks: true,
  unstubEnvs: true,
} as const;

export default defineConfig({
  test: {
    sequence: { sequencer: SlowestFirst },
    projects: [
      {
        test: {
          ...sharedByAll,
          name: 'fast',
          // Importing the same modules for every file anew took a third of their processor time. What replaces a module for itself
          // alone (vi.mock) or changes the process belongs to `system`.
          isolate: false,
          include: ['tests/{unit,property,golden,types}/**/*.test.ts'],
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      {
        test: {
          ...sharedByAll,
          name: 'system',
          include: ['tests/{integration,replay,e2e}/**/*.test.ts'],
          globalSetup: ['tests/global-setup.ts'],
          testTimeout: 60_000,
          hookTimeout: 120_000,
        },
      },
      {
        test: {
          ...sharedByAll,
          name: 'deep',
          include: ['tests/{deep,chaos}/**/*.test.ts'],
          globalSetup: ['tests/global-setup.ts'],
          testTimeout: 600_000,
          hookTimeout: 120_000,
        },
      },
    ],
  },
});
