/**
 * Who may import whom: the table of docs/architecture.md as rules. Type-only imports count like any other, except where a
 * row says "types".
 */

const PURE = ['contracts', 'stats', 'market', 'evaluation', 'gates', 'monitoring', 'alerting'];
const STATE = ['extraction', 'registry', 'notifications', 'streaming'];
const DRIVERS = Symbol('any package of its own');

const FROM_NPM = ['npm', 'npm-dev', 'npm-optional', 'npm-peer', 'npm-bundled', 'npm-no-pkg', 'npm-unknown'];

/** From a folder: the folders beside itself, and the packages. */
const TABLE = {
  contracts: { folders: [], packages: ['zod'] },
  // The one thing beyond numbers: the root class of all errors.
  stats: { folders: ['contracts/error.ts'], packages: ['ml-matrix', 'simple-statistics'] },
  market: { folders: ['contracts'], packages: [] },
  evaluation: { folders: ['contracts', 'stats', 'market'], packages: [] },
  ...Object.fromEntries(
    ['gates', 'monitoring', 'risk', 'portfolio'].map((folder) => [
      folder,
      { folders: ['contracts', 'stats', 'market', 'evaluation'], packages: [] },
    ]),
  ),
  alerting: { folders: ['contracts', 'market'], packages: ['zod'] },
  // The pure folders on threads of their own.
  compute: { folders: PURE, packages: DRIVERS },
  workflows: { folders: ['contracts'], types: ['activities'], packages: ['@temporalio/workflow'] },
  ...Object.fromEntries(
    STATE.map((folder) => [folder, { folders: ['contracts', 'market'], packages: DRIVERS }]),
  ),
  notifications: { folders: ['contracts', 'market', 'alerting'], packages: DRIVERS },
  // Traces for whoever is given a collector; whoever records them knows nothing of what they are about.
  tracing: { folders: ['contracts', 'config'], packages: DRIVERS },
  // What both HTTP servers answer alike: faults, problem documents, bodies of JSON.
  http: { folders: ['contracts'], packages: DRIVERS },
  serving: {
    folders: ['contracts', 'market', 'extraction', 'registry', 'tracing', 'http'],
    packages: DRIVERS,
  },
  activities: {
    folders: [...PURE, ...STATE, 'compute', 'serving', 'risk', 'portfolio', 'execution'],
    packages: DRIVERS,
  },
  // Made from the document of the API; whoever takes one of its files takes nothing else.
  clients: { folders: [], packages: [] },
  // Reports for people, from the record alone.
  reports: { folders: ['contracts', 'market', 'gates', 'monitoring', 'registry'], packages: DRIVERS },
  // What people command of a running system and read of it, behind the command line and the API alike.
  control: {
    folders: ['contracts', 'market', 'monitoring', 'registry', 'gates/error-budget.ts'],
    types: ['config'],
    packages: DRIVERS,
  },
  api: {
    // Recorded figures in the words of whoever looks.
    folders: [
      ...['contracts', 'registry', 'control', 'monitoring', 'alerting', 'tracing', 'http'],
      ...['gates/closeness.ts', 'gates/judged-size.ts', 'gates/plots/retold-figure.ts'],
    ],
    types: ['config'],
    packages: DRIVERS,
  },
  // `serve` is the entry point of a server; `up`, `demo` and `doctor` drive the supervisor (docs/adr/0001).
  cli: {
    folders: [
      ...[...PURE, 'compute', 'control', 'registry', 'extraction', 'config', 'supervisor', 'serving'],
      // `alerts check` makes the channels of a file to see whether they can be made.
      ...['reports', 'tracing', 'notifications/file-channels.ts'],
    ],
    packages: DRIVERS,
  },
  config: { folders: ['contracts'], packages: DRIVERS },
  supervisor: { folders: ['config', 'contracts'], packages: DRIVERS },
};

/** Every folder with sources of the project; a new one belongs into the table. */
const FOLDERS = [...Object.keys(TABLE), 'workers', 'scripts', 'tests', 'bench', 'dashboards', 'execution'];

const anyOf = (names) => `^(?:${names.join('|')})/`;

function folderRules([from, { folders, types = [] }]) {
  const forbidden = FOLDERS.filter((folder) => folder !== from && !folders.includes(folder));
  const files = folders.filter((name) => name.includes('/'));
  const asTypes = {
    name: `${from}-imports-types-only`,
    severity: 'error',
    comment: `${from} may import ${types.join(', ')} as types only`,
    from: { path: `^${from}/` },
    to: { path: anyOf(types), dependencyTypesNot: ['type-only'] },
  };
  return [
    {
      name: `${from}-imports`,
      severity: 'error',
      comment: `${from} may import ${folders.join(', ') || 'no other folder'}`,
      from: { path: `^${from}/` },
      to: {
        path: anyOf(forbidden.filter((folder) => !types.includes(folder))),
        ...(files.length === 0 ? {} : { pathNot: files.map((file) => `^${file.replaceAll('.', '\\.')}$`) }),
      },
    },
    ...(types.length === 0 ? [] : [asTypes]),
  ];
}

function packageRules([from, { packages }]) {
  if (packages === DRIVERS) return [];
  const allowed = packages.map((name) => `(?:^|/)node_modules/${name}/`);
  return [
    {
      name: `${from}-packages`,
      severity: 'error',
      comment: `${from} may import the packages: ${packages.join(', ') || 'none'}`,
      from: { path: `^${from}/` },
      to: { dependencyTypes: FROM_NPM, ...(allowed.length === 0 ? {} : { pathNot: allowed }) },
    },
    {
      name: `${from}-no-builtins`,
      severity: 'error',
      comment: `${from} has no access to the machine`,
      from: { path: `^${from}/` },
      to: { dependencyTypes: ['core'] },
    },
  ];
}

module.exports = {
  forbidden: [
    ...Object.entries(TABLE).flatMap(folderRules),
    ...Object.entries(TABLE).flatMap(packageRules),
    {
      name: 'nothing-imports-workers',
      severity: 'error',
      comment: 'workers are composition roots',
      from: { pathNot: ['^workers/', '^tests/'] },
      to: { path: '^workers/' },
    },
    {
      name: 'nothing-imports-tests',
      severity: 'error',
      comment: 'benches may use the fixtures of tests',
      from: { pathNot: ['^tests/', '^bench/', '^vitest\\.config\\.ts$'] },
      to: { path: '^tests/' },
    },
    {
      name: 'no-cycles',
      severity: 'error',
      comment: 'at run time; two files may know each other by type',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'resolvable',
      severity: 'error',
      comment: 'an import that leads nowhere',
      from: {},
      to: { couldNotResolve: true },
    },
    {
      name: 'no-development-packages',
      severity: 'error',
      comment: 'what runs in production may not need a package of tests and lint',
      from: { path: anyOf(FOLDERS.filter((folder) => !['tests', 'scripts', 'bench'].includes(folder))) },
      to: { dependencyTypes: ['npm-dev'], dependencyTypesNot: ['type-only'] },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^(?:node_modules/.*/node_modules|\\.venv|\\.contender|dashboards/web/dist)' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default', 'types'],
    },
  },
};
