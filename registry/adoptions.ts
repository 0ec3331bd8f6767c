import { sql } from 'kysely';
import { z } from 'zod';
import { canonicalJson } from '../contracts/canonical.ts';
import { storedSpec } from '../contracts/stored-spec.ts';
import { GateVerdict } from '../contracts/verdict.ts';
import { challengerOfVersion } from './challengers.ts';
import { runCommand } from './command.ts';
import { operations, type Sql } from './database.ts';
import { ChallengerNotPromotable } from './errors.ts';
import { openRetrain, type RetrainRecord } from './retrains.ts';
import { findVersion } from './versions.ts';

export interface AdoptChallengerInput {
  /** The open retrain that asks for the version. */
  readonly retrainId: string;
  /** Number of the version. */
  readonly version: number;
  /** ISO instant: gates of a retrain as of an earlier one are too old to rest on. */
  readonly oldestAsOf: string;
}

/** What a retrain that makes nothing rests on. */
export interface AdoptedChallenger {
  readonly versionId: string;
  readonly version: number;
  /** Its number among the challengers of the model. */
  readonly number: number;
  /** The retrain that made it, and what its gates said there. */
  readonly source: {
    readonly retrainId: string;
    readonly asOf: string;
    readonly gateEvidence: string;
    readonly report: string;
    readonly verdicts: readonly GateVerdict[];
  };
  /** Sessions of its shadow, in order. */
  readonly sessions: readonly string[];
}

const Judged = z.object({
  verdicts: z.array(GateVerdict),
  facts: z.object({ report: z.string().default('') }),
});

/** Sections of a spec that decide what the gates say; another one of them since means other gates. */
const JUDGED = ['market', 'data', 'features', 'label', 'portfolio', 'gates'] as const;

export const adoptionOperations = operations((database) => ({
  /**
   * Takes a challenger that passed its shadow into an open retrain: its version, the gates that judged it, and its sessions as
   * those of the retrain's shadow. The database holds that the champion is the same throughout, that the gates and the shadow
   * passed, and that no rollback withdrew it; the specs are compared here. Repeating it changes nothing.
   * Throws ChallengerNotPromotable, VersionWithdrawn, VersionDeleted, VersionUnknown, RetrainFinished.
   */
  async adoptChallenger(input: AdoptChallengerInput): Promise<AdoptedChallenger> {
    const retrain = await database.run((connection) => openRetrain(connection, input.retrainId));
    const { model, run, requester, asOf: businessAt } = retrain;
    const command = {
      ...{ model, actor: requester, command: 'adopt-challenger', key: `adopt:${String(run)}`, businessAt },
      request: { run, version: input.version },
    };
    const { repeated: _, ...adopted } = await runCommand<AdoptedChallenger>(
      database,
      command,
      async (transaction) => {
        const found = await promotable(transaction, retrain, input);
        const { versionId, number, source, sourceRun } = found;
        await transaction
          .insertInto('adoptions')
          .values({ run, model, number, versionId, sourceRun, gateEvidence: source.gateEvidence })
          .execute();
        await transaction.updateTable('retrains').set({ versionId }).where('run', '=', run).execute();
        await sql`insert into shadow_days (run, session, version_id, champion_id, rows, paired_rows, verdict, reason, predictions, numbers)
          select ${run}, session, ${versionId}, champion_id, rows, paired_rows, verdict, reason, predictions, numbers
          from challenger_days where model = ${model} and number = ${number}`.execute(transaction);
        const { sourceRun: _run, ...result } = found;
        const { retrainId, gateEvidence } = source;
        const facts = { retrainId: input.retrainId, run, version: input.version, number, gateEvidence };
        return { result, facts: { ...facts, versionId, madeBy: retrainId } };
      },
    );
    return adopted;
  },
}));

async function promotable(
  connection: Sql,
  retrain: RetrainRecord,
  { version: number, oldestAsOf }: AdoptChallengerInput,
): Promise<AdoptedChallenger & { readonly sourceRun: number }> {
  const { model } = retrain;
  const version = await findVersion(connection, model, number);
  const challenger = await challengerOfVersion(connection, model, number);
  if (challenger === null) throw notPromotable(model, number, 'was never named as a challenger');
  if (challenger.end === null) throw notPromotable(model, number, 'is still in its shadow');
  if (challenger.end.verdict !== 'pass') {
    throw notPromotable(
      model,
      number,
      `ended its shadow as ${challenger.end.verdict}: ${challenger.end.reason}`,
    );
  }
  const source = await judgedBy(connection, retrain, version.id);
  if (source === null) {
    throw notPromotable(
      model,
      number,
      'was not passed by the gates of a retrain that held it against the champion in force',
    );
  }
  if (Date.parse(source.asOf) < Date.parse(oldestAsOf)) {
    throw notPromotable(
      model,
      number,
      `was judged as of ${source.asOf}, which is longer ago than shadow.maxGateAgeSessions`,
    );
  }
  const changed = await changedSince(connection, retrain, source.specNumber, challenger.recordedAt);
  if (changed !== null) throw notPromotable(model, number, `was measured under another spec: ${changed}`);
  const days = await connection
    .selectFrom('challengerDays')
    .select('session')
    .where('model', '=', model)
    .where('number', '=', challenger.number)
    .orderBy('session')
    .execute();
  const { run: sourceRun, id: retrainId, asOf, hash: gateEvidence, body } = source;
  const { verdicts, facts } = Judged.parse(body);
  return {
    ...{ versionId: version.id, version: number, number: challenger.number, sourceRun },
    source: { retrainId, asOf, gateEvidence, report: facts.report, verdicts },
    sessions: days.map(({ session }) => session),
  };
}

/** The newest retrain that made the version against the champion in force, with the gates that passed it; null: there is none. */
async function judgedBy(connection: Sql, { championId }: RetrainRecord, versionId: string) {
  const rows = await connection
    .selectFrom('versionLinks as l')
    .innerJoin('retrains as r', 'r.run', 'l.run')
    .innerJoin('evidence as e', 'e.run', 'r.run')
    .select(['r.run', 'r.id', 'r.asOf', 'r.specNumber', 'e.hash', 'e.verdict', 'e.body'])
    .where('l.versionId', '=', versionId)
    .where('e.versionId', '=', versionId)
    .where('e.kind', '=', 'gate')
    .where('r.championId', '=', championId)
    .orderBy('r.run', 'desc')
    .orderBy('e.recordedAt', 'desc')
    .limit(1)
    .execute();
  const [newest] = rows;
  if (newest?.verdict !== 'pass') return null;
  return { ...newest, body: JSON.parse(newest.body) as unknown };
}

/** The section of the spec that changed since the version was judged, or since it was named; null: none. */
async function changedSince(
  connection: Sql,
  { model, specNumber }: RetrainRecord,
  judgedUnder: number,
  namedAt: string,
): Promise<string | null> {
  const rows = await connection
    .selectFrom('specs')
    .select(['number', 'spec', 'recordedAt'])
    .where('model', '=', model)
    .where('number', '<=', specNumber)
    .orderBy('number')
    .execute();
  const specs = rows.map(({ spec, ...row }) => ({ ...row, spec: storedSpec(spec) }));
  const inForce = specs.at(-1)?.spec;
  const judged = specs.find(({ number }) => number === judgedUnder)?.spec;
  if (inForce === undefined || judged === undefined) return 'the one it was judged under is not known';
  const section = JUDGED.find((name) => canonicalJson(inForce[name]) !== canonicalJson(judged[name]));
  if (section !== undefined) return `${section} changed since its gates`;
  const named = specs.findLastIndex(({ recordedAt }) => Date.parse(recordedAt) <= Date.parse(namedAt));
  const bounds = canonicalJson(inForce.shadow);
  const sameBounds = specs
    .slice(Math.max(0, named))
    .every(({ spec }) => canonicalJson(spec.shadow) === bounds);
  return sameBounds ? null : 'shadow changed since it was named';
}

const notPromotable = (model: string, version: number, what: string): ChallengerNotPromotable =>
  new ChallengerNotPromotable(`version ${String(version)} of ${model} ${what}`, {
    remedy: 'Start a retrain: what it makes is judged and shadowed anew.',
    details: { model, version },
  });
