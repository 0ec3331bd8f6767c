import { powerCard } from '../../../evaluation/power-card.ts';
import { judge } from '../../../gates/judge.ts';
import { renderGatePage } from '../../../gates/plots/gate-page.ts';
import { passingInput } from '../../unit/gates/judge-fixture.ts';
import type { ApiWorld } from '../../integration/api/api-world.ts';

const HASH = 'a'.repeat(64);

/** A retrain that asks for a signature, with all that its gates, its shadow and its decision leave. */
export async function judgedRetrain({ world, registry, artifacts }: ApiWorld): Promise<string> {
  const model = await world.model();
  await world.champion(model, 1);
  const candidate = await world.candidate(model, 2);
  const { retrainId, versionId } = candidate;
  const input = passingInput();
  const report = {
    ...judge(input),
    codeVersion: HASH,
    inputs: {
      judged: { sha256: HASH, bytes: 1, mediaType: 'application/json' },
      ...{ snapshotId: HASH, scores: HASH, specNumber: 1, loosened: [], secondPerson: null },
    },
    ...{ unitErrors: [], round: 1 },
  };
  const { hash } = await registry.saveGateReport({ retrainId, versionId, report });
  const html = renderGatePage(input, report, retrainId);
  await registry.saveGatePage({
    reportHash: hash,
    page: await artifacts.put(Buffer.from(html), 'text/html'),
  });
  const gates = await registry.saveEvidence({
    ...{ kind: 'gate', retrainId, versionId, verdict: 'pass', verdicts: report.verdicts },
    facts: { report: hash },
  });
  const card = powerCard({
    ...{ sessions: 7, sessionsPerYear: 252, horizonSessions: 5, entryDelaySessions: 1 },
  });
  const shadow = await registry.saveEvidence({
    ...{ kind: 'shadow', retrainId, versionId, parentHash: gates.evidenceHash, verdict: 'pass' },
    facts: { powerCard: { ...card }, transition: TRANSITION, bounds: [PAPER_LOSS] },
  });
  await world.decision(candidate, shadow.evidenceHash, {
    expiresAt: new Date(Date.now() + 26 * 3_600_000).toISOString(),
    facts: { specDifference: [], loosened: [] },
  });
  return retrainId;
}

const TRANSITION = {
  ...{ session: '2024-02-05', names: 4, kept: 2, turnover: 0.5 },
  ...{ entering: ['2303', '2317'], leaving: ['1101'], staying: ['2330', '2454'] },
};
/** So small that three decimals would write it as nothing. */
const PAPER_LOSS = {
  ...{ bound: 'paper-loss', number: 0.000285, threshold: 0.08, verdict: 'pass', session: '2024-02-05' },
  reason: 'paper loss 0.03 % over 7 sessions, bound 8.00 %',
};
