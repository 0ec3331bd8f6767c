import { defineConfig } from 'vitest/config';

/**
 * Two projects: `fast` needs nothing but the sources, `system` gets a real Postgres and the Temporal binaries from its
 * global setup, which vitest runs only when a file of that project is selected.
 *
 *   npx vitest run tests/unit/stats          one area
 *   npx vitest run --project system          everything that needs a database
 */
const sharedByBoth = {
  pool: 'forks',
  // Two cores are the smallest machine promised; more workers only make timeouts tight.
  maxWorkers: 2,
  environment: 'node',
  restoreMocks: true,
  unstubEnvs: true,
} as const;

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          ...sharedByBoth,
          name: 'fast',
          include: ['tests/{unit,property,golden,types}/**/*.test.ts'],
          testTimeout: 20_000,
          hookTimeout: 60_000,
        },
      },
      {
        test: {
          ...sharedByBoth,
          name: 'system',
          include: ['tests/{integration,replay,chaos,e2e}/**/*.test.ts'],
          globalSetup: ['tests/global-setup.ts'],
          testTimeout: 60_000,
          hookTimeout: 120_000,
        },
      },
    ],
  },
});
