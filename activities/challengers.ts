import { SYSTEM_ACTOR } from '../contracts/ids.ts';
import type { ModelSpec } from '../contracts/spec.ts';
import { storedSpec } from '../contracts/stored-spec.ts';
import { concludeShadow } from '../evaluation/shadow-verdict.ts';
import type { Challenger, ChallengerDay } from '../registry/challengers.ts';
import type { VersionRecord } from '../registry/versions.ts';
import { opponentsInShadow } from './reign-comparison.ts';
import { bookGround } from './shadow-book.ts';
import { readBounds } from './shadow-record.ts';
import { type ScoredSide, scoreSides, TIMED_RUNS } from './shadow-scoring.ts';
import { measureSession } from './shadow-session.ts';
import type { Workbench } from './workbench.ts';

export interface ScoreChallengersInput {
  readonly model: string;
  readonly epoch: number;
  readonly session: string;
  readonly decisionInstant: string;
  readonly calendarSha256: string;
}

export interface ScoredChallengers {
  /** One line for each: version, session and what came of it. */
  readonly summaries: readonly string[];
}

/** Activities of the `evaluation` queue: challengers that were named beside those of retrains. */
export interface ChallengerActivities {
  scoreChallengers(input: ScoreChallengersInput): Promise<ScoredChallengers>;
}

export function challengerActivities(bench: Workbench): ChallengerActivities {
  return { scoreChallengers: (input) => scoreChallengers(bench, input) };
}

/**
 * One session of every challenger that is named for the model, on the rows on which the champion is scored at the same instant.
 * It writes shadow records and nothing else; a challenger ends by its own bounds, after its sessions, or with the reign it was
 * held against. Repeated, it adds nothing.
 */
async function scoreChallengers(bench: Workbench, input: ScoreChallengersInput): Promise<ScoredChallengers> {
  const { registry } = bench;
  const { model, epoch, session, decisionInstant } = input;
  const view = await registry.champion({ model });
  const open = (await registry.challengers({ model })).filter(({ end }) => end === null);
  if (view.champion === null || view.epoch !== epoch || open.length === 0) return { summaries: [] };
  const champion = view.champion;
  const spec = storedSpec(view.spec);
  const versions = await Promise.all(
    open.map(({ versionId }) => registry.getVersion({ model, version: versionId })),
  );
  const [rival, ...sides] = await scoreSides(
    bench,
    spec,
    [champion, ...versions],
    session,
    decisionInstant,
    TIMED_RUNS,
  );
  if (rival === undefined) throw new RangeError('the champion was not scored');
  const ground = await bookGround(spec, session, decisionInstant);
  const summaries: string[] = [];
  for (const [at, challenger] of open.entries()) {
    const [version, scored] = [versions[at], sides[at]];
    if (version === undefined || scored === undefined) continue;
    const summary = await scoreOne(bench, input, spec, {
      challenger,
      version,
      scored,
      champion,
      rival,
      ground,
    });
    summaries.push(`challenger version ${String(challenger.version)}: ${summary}`);
  }
  return { summaries };
}

interface One {
  readonly challenger: Challenger;
  readonly version: VersionRecord;
  readonly scored: ScoredSide;
  readonly champion: VersionRecord;
  readonly rival: ScoredSide;
  readonly ground: Awaited<ReturnType<typeof bookGround>>;
}

async function scoreOne(
  bench: Workbench,
  input: ScoreChallengersInput,
  spec: ModelSpec,
  { challenger, version, scored, champion, rival, ground }: One,
): Promise<string> {
  const { registry } = bench;
  const { model, session, decisionInstant, calendarSha256 } = input;
  const { number } = challenger;
  const days = await registry.challengerDays({ model, number });
  if (days.some(({ championId }) => championId !== champion.id)) {
    const reason = `another champion reigns since it began: ${String(days.length)} of ${String(challenger.sessions)} sessions measured`;
    return await end(bench, challenger, 'inconclusive', reason);
  }
  let stored: readonly ChallengerDay[] = days;
  if (!days.some((day) => day.session === session)) {
    const { summary, ...measured } = await measureSession(bench, {
      ...{
        spec,
        challenger: version,
        scored,
        champion: rival,
        ground,
        session,
        decisionInstant,
        calendarSha256,
      },
      days,
      opponents: () => opponentsInShadow(bench, { model, challengerId: version.id, championId: champion.id }),
    });
    await registry.saveChallengerDay({ model, number, session, championId: champion.id, ...measured });
    stored = await registry.challengerDays({ model, number });
    const failed = measured.verdict === 'fail';
    if (!failed && stored.length < challenger.sessions) {
      return `session ${String(stored.length)} of ${String(challenger.sessions)}, ${summary}`;
    }
  }
  const bounds = stored.map(({ numbers }) => readBounds(numbers));
  const { verdict, reason } = concludeShadow(bounds, { ...spec.shadow, sessions: challenger.sessions });
  const finished = verdict === 'fail' || stored.length >= challenger.sessions;
  return finished ? await end(bench, challenger, verdict, reason) : 'scored before';
}

async function end(
  { registry }: Workbench,
  { model, version, number }: Challenger,
  verdict: 'pass' | 'fail' | 'inconclusive' | 'error',
  reason: string,
): Promise<string> {
  await registry.endChallenger({
    ...{ model, version, verdict, reason, actor: SYSTEM_ACTOR },
    idempotencyKey: `challenger:${model}:${String(number)}:end`,
  });
  return `${verdict}: ${reason}`;
}
