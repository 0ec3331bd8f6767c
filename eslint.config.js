import { defineConfig, globalIgnores } from 'eslint/config';
import tseslint from 'typescript-eslint';

/** Nothing in these folders may depend on when, where or how often it runs. */
const PURE = ['contracts', 'stats', 'gates', 'market', 'evaluation', 'monitoring', 'alerting', 'workflows'];

const member = (object, property, message) => ({ object, property, message });
const CLOCK = 'Time enters as an argument or a clock.';
const CHANCE = 'Randomness enters as a seeded generator.';
const ENVIRONMENT = 'config/ is the only reader of the environment.';

const NO_ENVIRONMENT = member('process', 'env', ENVIRONMENT);
const NO_NON_NULL = {
  selector: 'TSNonNullExpression',
  message: 'Narrow the type; a non-null assertion hides the case that will happen.',
};
const NO_ARGUMENTLESS_DATE = {
  selector: "NewExpression[callee.name='Date'][arguments.length=0]",
  message: CLOCK,
};

export default defineConfig(
  globalIgnores([
    'node_modules',
    '.venv',
    '.contender',
    'contracts/generated',
    'clients/typescript/control-api.ts',
    'sidecar',
    'coverage',
    'dashboards/web/dist',
    'dashboards/web/vite.config.ts',
  ]),
  {
    files: ['**/*.ts', '**/*.tsx'],
    extends: [tseslint.configs.strictTypeChecked],
    languageOptions: {
      parserOptions: {
        project: ['./tsconfig.json', './dashboards/web/tsconfig.json'],
        tsconfigRootDir: import.meta.dirname,
      },
    },
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    rules: {
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'separate-type-imports' }],
      '@typescript-eslint/consistent-type-exports': 'error',
      '@typescript-eslint/no-import-type-side-effects': 'error',
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': 'error',
      '@typescript-eslint/promise-function-async': 'off',
      '@typescript-eslint/require-await': 'error',
      '@typescript-eslint/return-await': ['error', 'error-handling-correctness-only'],
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true },
      ],
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: false }],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      '@typescript-eslint/explicit-module-boundary-types': 'error',
      eqeqeq: 'error',
      'no-console': 'error',
      'no-restricted-properties': ['error', NO_ENVIRONMENT],
      'no-restricted-syntax': ['error', NO_NON_NULL],
      'max-lines': ['error', { max: 500, skipBlankLines: false, skipComments: false }],
    },
  },
  {
    files: PURE.map((folder) => `${folder}/**/*.ts`),
    rules: {
      'no-restricted-imports': [
        'error',
        { patterns: [{ regex: '^node:', message: 'A pure folder has no access to the machine.' }] },
      ],
      'no-restricted-globals': [
        'error',
        ...[
          'process',
          'Buffer',
          'setTimeout',
          'setInterval',
          'setImmediate',
          'fetch',
          'performance',
          '__dirname',
        ].map((name) => ({ name, message: 'A pure folder has no access to the machine.' })),
      ],
      'no-restricted-properties': [
        'error',
        NO_ENVIRONMENT,
        member('Date', 'now', CLOCK),
        member('Math', 'random', CHANCE),
        member('crypto', 'randomUUID', CHANCE),
        member('crypto', 'getRandomValues', CHANCE),
      ],
      'no-restricted-syntax': ['error', NO_NON_NULL, NO_ARGUMENTLESS_DATE],
    },
  },
  {
    // Temporal replaces these inside a workflow by ones that are the same in every replay.
    files: ['workflows/**/*.ts'],
    rules: { 'no-restricted-globals': ['error', 'process', 'Buffer', 'fetch', 'performance'] },
  },
  { files: ['config/**/*.ts'], rules: { 'no-restricted-properties': 'off' } },
  {
    // Programs for a terminal.
    files: ['scripts/**/*.ts', 'bench/**/*.ts'],
    rules: { 'no-console': 'off' },
  },
  {
    files: ['tests/**/*.ts', 'vitest.config.ts'],
    rules: {
      'no-console': 'off',
      'no-restricted-properties': 'off',
      '@typescript-eslint/explicit-module-boundary-types': 'off',
      // Expectations are statements; fakes keep the shape of what they stand for.
      '@typescript-eslint/unbound-method': 'off',
      '@typescript-eslint/require-await': 'off',
      '@typescript-eslint/no-empty-function': 'off',
    },
  },
);
