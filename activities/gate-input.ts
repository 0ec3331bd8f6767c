import { ShadowSpec } from '../contracts/shadow-spec.ts';
import { GatesSpec } from '../contracts/spec.ts';
import type { BenchmarkReturns, JudgeInput, RecoveryClaim, TradingNumbers } from '../gates/judge-input.ts';
import { noPosition } from '../gates/open-claim.ts';
import { marketRules } from '../market/rules.ts';
import { compareArtifact } from './artifact-comparison.ts';
import { measureBook } from './book-measures.ts';
import { grantedLevel } from './error-budget.ts';
import { TrialsUnpaired } from './errors.ts';
import type { GateSubject } from './judging.ts';
import { ledgerCount } from './ledger-count.ts';
import { TrialScores, type TrialScore } from './trial-scores.ts';
import type { Workbench } from './workbench.ts';

/** Collects everything the gates are told about one candidate. Throws TrialsUnpaired, and what the stores throw. */
export async function gateInput(bench: Workbench, subject: GateSubject): Promise<JudgeInput> {
  const { artifacts } = bench;
  const { plan, selection, trialPlan } = subject;
  const { spec } = plan;
  const text = Buffer.from(await artifacts.get(selection.scores)).toString('utf8');
  const scores = TrialScores.parse(JSON.parse(text));
  const candidate = scores.trials.findIndex((trial) => trial.trialId === selection.selectedTrialId);
  const chosen = scores.trials[candidate];
  if (chosen === undefined) throw new TrialsUnpaired('the chosen trial has no score');
  // A spec that an earlier release stored lacks the fields of this one: they get their defaults here, and are pinned.
  const gates = GatesSpec.parse(spec.gates);
  return {
    gates,
    route: selection.route,
    sessionsPerYear: marketRules(spec.market).annualSessions,
    holdSessions: spec.portfolio.holdSessions,
    sessions: scores.sessions,
    trials: {
      names: scores.trials.map((trial) => trial.trialId.slice(0, 8)),
      netReturns: scores.trials.map((trial) => trial.netReturns),
      candidate,
    },
    candidateTrading: tradingNumbers(chosen),
    benchmark: benchmarkReturns(scores, trialPlan.championTrialId),
    ledger: await ledgerCount(bench, spec.model, scores),
    errorBudget: await grantedLevel(bench, spec.model, gates, selection.scores.sha256),
    artifactComparison: selection.route === 'refresh' ? await compareArtifact(bench, subject) : null,
    championOnProbation: plan.champion?.probation ?? false,
    recovery: await recoveryClaim(bench, subject),
    rankIc: {
      values: chosen.rankIc,
      sessions: chosen.rankIcSessions,
      sessionsWithout: chosen.sessionsWithoutRankIc,
      overlapSessions: spec.label.horizonSessions,
    },
    operational: {
      ...{ leak: null, coverage: null, parity: null, latency: null, finalFit: null },
      ...{ schema: null, resources: null },
    },
    ...(await measureBook(bench, subject, gates)),
    shadow: ShadowSpec.parse(spec.shadow),
    earlier: subject.earlier,
    seed: spec.training.seed,
  };
}

/** Only a retrain that a decay alarm started has something to recover from. */
async function recoveryClaim({ registry }: Workbench, { plan }: GateSubject): Promise<RecoveryClaim | null> {
  const { trigger, model, asOf } = await registry.getRetrain({ retrainId: plan.retrainId });
  if (trigger !== 'decay') return null;
  const record = await registry.watchRecordAt({ model, decidedAt: asOf });
  return { onset: record?.onset ?? null };
}

function tradingNumbers(trial: TrialScore): TradingNumbers {
  const { annualisedTurnover, annualisedCost, meanRankIc } = trial;
  return { annualisedTurnover, annualisedCost, meanRankIc };
}

function benchmarkReturns(scores: TrialScores, championTrialId: string | null): BenchmarkReturns {
  const champion = scores.trials.find((trial) => trial.trialId === championTrialId);
  if (champion !== undefined) {
    return {
      name: "the champion's recipe",
      netReturns: champion.netReturns,
      trading: tradingNumbers(champion),
    };
  }
  return noPosition(scores.sessions.length);
}
