import { ContenderError } from '../contracts/error.ts';
import type { ModelSpec } from '../contracts/spec.ts';
import type { ServingTrouble } from '../monitoring/comparison/guard-decision.ts';
import type { ChampionView } from '../registry/champions.ts';
import type { VersionRecord } from '../registry/versions.ts';
import { checkParity } from '../serving/parity.ts';
import type { SessionPredictions } from './paper-track.ts';
import { follow, type Follower, type Rivals, type ShadowTracks, windowSessions } from './reign-comparison.ts';
import { recentPredictions, storeReignScores } from './reign-record.ts';
import { type ScoredSide, scoreSides } from './shadow-scoring.ts';
import type { Workbench } from './workbench.ts';

/** One version on the newest session, and what it has done over the window. */
export interface Scored {
  readonly side: ScoredSide;
  readonly follower: Follower;
}

export interface ReignScores {
  readonly champion: Scored;
  readonly previous: Scored | null;
  readonly frozen: Scored | null;
}

export interface ScoreReignInput {
  readonly view: ChampionView;
  readonly spec: ModelSpec;
  readonly champion: VersionRecord;
  readonly rivals: Rivals;
  readonly shadow: ShadowTracks;
  readonly session: string;
  readonly decisionInstant: string;
}

/** Champion and rivals on the same rows of a session. One that cannot be scored fails alone; its gap is not stored. */
export async function scoreReign(bench: Workbench, input: ScoreReignInput): Promise<ReignScores> {
  const { spec, champion, rivals, shadow, session, decisionInstant } = input;
  const versions = [champion, rivals.previous, rivals.frozen].filter((version) => version !== null);
  const sides = await scoreSides(bench, spec, versions, session, decisionInstant, 0);
  const scored = async (
    version: VersionRecord | null,
    earlier: readonly SessionPredictions[],
  ): Promise<Scored | null> => {
    const side = version === null ? undefined : sides[versions.indexOf(version)];
    if (version === null || side === undefined) return null;
    return { side, follower: await followed(bench, input, version, side, earlier) };
  };
  const mine = await scored(champion, shadow.champion);
  if (mine === null) throw new RangeError('the champion was not scored');
  return {
    champion: mine,
    previous: await scored(rivals.previous, shadow.previous),
    frozen: await scored(rivals.frozen, []),
  };
}

/**
 * A version's predictions over the window, those of its shadow before the reign's; this session's are kept. Between the last
 * session of a shadow and the swap lie those of the approval: the guard scores them first of all, and they belong to it too.
 */
async function followed(
  bench: Workbench,
  { view, spec, session, decisionInstant }: ScoreReignInput,
  version: VersionRecord,
  { failure, symbols, predictions }: ScoredSide,
  earlier: readonly SessionPredictions[],
): Promise<Follower> {
  if (failure === null) await storeReignScores(bench, spec, version, { session, symbols, predictions });
  const last = earlier.at(-1)?.session ?? null;
  const kept = await recentPredictions(bench, {
    ...{ model: view.model, versionId: version.id, toSession: session, limit: windowSessions(spec) },
    fromSession: last ?? view.reign?.businessAt.slice(0, 10) ?? session,
  });
  // A previous champion was scored on the sessions of the shadow by the guard of its own reign as well.
  const days = kept.filter((day) => last === null || day.session > last);
  return await follow(spec, [...earlier, ...days].slice(-windowSessions(spec)), decisionInstant);
}

/** Files that agreed with the native model, by artifact store: neither they nor this process's runtime can change. */
const agreed = new WeakMap<Workbench['artifacts'], Set<string>>();

/**
 * Whether the champion still is what was packaged: its file is whole, it was scored without an error, and it answers bit for bit
 * as its native model on its parity set in the runtime of today. A process compares a file once: a release that changes the
 * runtime is another process, and is noticed on its first session.
 */
export async function servingTrouble(
  { artifacts }: Workbench,
  { manifest }: VersionRecord,
  { failure }: ScoredSide,
): Promise<ServingTrouble | null> {
  if (failure !== null) {
    return { verdict: 'fail', number: 1, reason: `the champion could not be scored: ${failure}` };
  }
  try {
    const known = agreed.get(artifacts) ?? new Set<string>();
    agreed.set(artifacts, known);
    const files = `${manifest.artifacts.onnx.sha256} ${manifest.artifacts.parity.sha256}`;
    // Reading it proves its hash.
    const onnx = await artifacts.get(manifest.artifacts.onnx);
    if (known.has(files)) return null;
    const { rows, mismatches } = await checkParity({
      onnx,
      featureNames: manifest.identity.featureNames,
      parity: { path: await artifacts.localFile(manifest.artifacts.parity) },
    });
    if (mismatches === 0) {
      known.add(files);
      return null;
    }
    const reason = `${String(mismatches)} of ${String(rows)} rows of its parity set differ from the native predictions`;
    return { verdict: 'fail', number: mismatches, reason };
  } catch (error) {
    if (!(error instanceof ContenderError) || error.kind === 'unreachable') throw error;
    const reason = `the parity of the champion cannot be checked: ${error.message}`;
    return { verdict: 'inconclusive', number: null, reason };
  }
}
