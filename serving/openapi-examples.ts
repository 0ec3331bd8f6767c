const provenance = {
  model: 'tw-alpha',
  version: 12,
  versionHash: '3f1d0c5f6f0a4a6f9d7f0d5c1b2a39485766554433221100ffeeddccbbaa9988',
  epoch: 7,
  freshUntil: '2024-01-05T05:31:00.000Z',
  stale: false,
  override: null,
  side: { action: 'serve', reason: '', epoch: 0 },
  answeredAs: 'champion',
};
const LOADED = { version: 12, versionHash: provenance.versionHash, state: 'loaded', reason: '' };
const MODEL = {
  ...provenance,
  state: 'serving',
  registryEpoch: 7,
  onStale: 'serve',
  features: [{ name: 'momentum_20', missingAllowed: true }],
  champion: LOADED,
  previous: [],
  challenger: null,
  pinned: [],
};

/** Examples of what stands in paths, by name. */
export const PATH_EXAMPLES = { name: 'tw-alpha', id: '0d3f7c1e-5b0a-4c6e-9d42-7c1b2a394857' } as const;

/** Examples of answers, by operation; a test holds them against the contracts. */
export const EXAMPLES: Readonly<Record<string, unknown>> = {
  predict: { ...provenance, predictions: [0.0125], confidence: ['HIGH'], confidenceBasis: 'training' },
  batchPredict: {
    ...provenance,
    predictions: [0.0125, -0.004],
    confidence: ['HIGH', 'LOW'],
    confidenceBasis: 'training',
  },
  score: {
    ...provenance,
    session: '2024-01-05',
    asOf: '2024-01-05T05:30:10.000Z',
    symbols: ['2317', '2330'],
    predictions: [-0.004, 0.0125],
    confidence: ['LOW', 'HIGH'],
    confidenceBasis: 'training',
    skipped: [{ symbol: '9999', reason: 'gap_1 is missing, and this version has never seen it missing' }],
  },
  explanation: {
    id: PATH_EXAMPLES.id,
    model: 'tw-alpha',
    version: 12,
    versionHash: provenance.versionHash,
    epoch: 7,
    status: 'done',
    rows: [
      {
        prediction: 0.0125,
        base: 0.001,
        top: [{ feature: 'momentum_20', value: 0.4, contribution: 0.0095 }],
        others: 0.002,
      },
    ],
  },
  models: { models: [MODEL] },
  model: MODEL,
  reload: { models: [{ model: 'tw-alpha', epoch: 7 }] },
  health: { status: 'ready', server: 'server-a', models: [{ ...provenance, state: 'serving' }] },
  probe: { status: 'ready', server: 'server-a', models: [{ ...provenance, state: 'serving' }] },
};
