import { fillPanel } from '../evaluation/panel.ts';
import { simulatePortfolio } from '../evaluation/portfolio.ts';
import { readPredictions } from '../extraction/table-files.ts';
import type { ArtifactComparison } from '../gates/judge-input.ts';
import type { GateSubject } from './judging.ts';
import { scoreRows } from './row-scoring.ts';
import { loadGround } from './scoring-ground.ts';
import type { Workbench } from './workbench.ts';

/**
 * The champion as it answers today against the candidate's recipe walked forward, on the test sessions after the
 * champion's last label plus purge and embargo: the only sessions on which the champion's own file has seen nothing.
 * Null when there are none, or when the champion reads features of another code: then nothing can be compared.
 */
export async function compareArtifact(
  bench: Workbench,
  input: GateSubject,
): Promise<ArtifactComparison | null> {
  const { plan, snapshot, selection } = input;
  const { spec, champion } = plan;
  if (champion === null) return null;
  const version = await bench.registry.getVersion({ model: spec.model, version: champion.versionId });
  if (version.manifest.identity.featureCodeHash !== snapshot.featureCode.sha256) return null;
  const { ground, rows } = await loadGround(bench, spec, snapshot);
  const predictions = await readPredictions(await bench.artifacts.localFile(selection.predictions));
  const candidate = fillPanel(ground.axes, predictions, predictions.prediction);

  const lastLabel = version.manifest.provenance['lastLabelSession'];
  const seen = typeof lastLabel === 'string' ? (ground.axes.sessionAt.get(lastLabel) ?? -1) : -1;
  const gap = spec.label.horizonSessions + spec.label.entryDelaySessions + spec.training.embargoSessions;
  const width = ground.axes.symbols.length;
  const fromCell = (seen + gap + 1) * width;
  if (seen < 0 || fromCell >= candidate.length) return null;

  const all = fillPanel(ground.axes, rows, await scoreRows(bench, version.manifest, rows));
  // The same rows for both: a name counts on a session only when both have scored it.
  const mine = new Float64Array(candidate.length).fill(Number.NaN);
  const theirs = new Float64Array(candidate.length).fill(Number.NaN);
  let paired = 0;
  for (let cell = fromCell; cell < candidate.length; cell += 1) {
    const [a, b] = [candidate[cell] ?? Number.NaN, all[cell] ?? Number.NaN];
    if (!Number.isFinite(a) || !Number.isFinite(b)) continue;
    mine[cell] = a;
    theirs[cell] = b;
    paired += 1;
  }
  if (paired === 0) return null;
  const candidatePath = simulatePortfolio({ ...ground, predictions: mine });
  const championPath = simulatePortfolio({ ...ground, predictions: theirs });
  return {
    sessions: candidatePath.sessions,
    candidateNetReturns: candidatePath.netReturns,
    championNetReturns: championPath.netReturns,
  };
}
