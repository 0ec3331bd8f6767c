import { defineConfig } from 'vitest/config';

/** The tests of the pure folders that are mutated, without those that simulate for long or start the program. */
export default defineConfig({
  test: {
    environment: 'node',
    restoreMocks: true,
    include: ['tests/{unit,property,golden}/{stats,evaluation,gates}/**/*.test.ts'],
    exclude: ['**/calibration/**', 'tests/golden/gates/gates-command.test.ts'],
    testTimeout: 60_000,
  },
});
