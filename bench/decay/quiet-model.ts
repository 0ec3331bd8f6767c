import { readDecay } from '../../activities/watch-decay.ts';
import { ModelSpec } from '../../contracts/spec.ts';
import { shippedCalendar } from '../../market/shipped-calendar.ts';
import { decideDecay } from '../../monitoring/decay-decision.ts';
import { type SimulatedIc, simulateIc } from '../../monitoring/ic-simulation.ts';
import type { LiveResult } from '../../registry/results.ts';
import type { WatchRecord } from '../../registry/watch-records.ts';

export interface QuietModel {
  readonly simulated: SimulatedIc;
  readonly seed: number;
  readonly stream: number;
  readonly quietSessions: number;
}

export interface QuietReign {
  readonly falseAlarmsPerYear: number;
  /** Emergency retrains that were started. */
  readonly emergencies: number;
  /** Alarms that began to stand, and that were released again. */
  readonly episodes: number;
  readonly released: number;
  readonly standingSessions: number;
  /** Sessions on which the cooldown held an emergency back. */
  readonly cooldown: number;
}

const REFERENCE = 250;
const SPEC = ModelSpec.parse({ model: 'tw-quiet', market: 'XTAI', data: '.' });
const LABEL_LAG = SPEC.label.horizonSessions + SPEC.label.entryDelaySessions;
const CALENDAR = shippedCalendar('XTAI');

/**
 * A reign of a model in order, session by session as the control plane decides it, less the scoring: the IC is simulated. Its
 * backtest has no return to weigh, so that every alarm is acted on. Sessions before an alarm are decided in one go: the rule
 * looks back only, so that the first alarm of the whole series is the first alarm of each of its beginnings.
 */
export function watchQuietModel({ simulated, seed, stream, quietSessions }: QuietModel): QuietReign {
  // A correlation: the heavy tails of a wide deviation reach beyond one now and then.
  const ic = simulateIc(simulated, REFERENCE + quietSessions, seed, stream).map((value) =>
    Math.max(-1, Math.min(1, value)),
  );
  const reference = { rankIc: [...ic.slice(0, REFERENCE)], netReturn: null, annualisedTurnover: null };
  const dates = CALENDAR.between('2015-01-05', '2027-12-31').slice(0, quietSessions + LABEL_LAG);
  const results = Array.from(ic.slice(REFERENCE), (rankIc, row) => resultOf(dates[row] ?? '', rankIc));
  const records: WatchRecord[] = [];
  const reign = { emergencies: 0, episodes: 0, released: 0, standingSessions: 0, cooldown: 0 };
  let lastEmergency: number | null = null;
  let standing = false;
  for (let at = LABEL_LAG; at < quietSessions + LABEL_LAG; at += 1) {
    if (!standing) {
      const { session } = readDecay(SPEC, reference, results, records).evaluation;
      if (session === null) break;
      at = Math.max(at, session + LABEL_LAG);
    }
    const known = at - LABEL_LAG;
    const reading = readDecay(SPEC, reference, results.slice(0, known + 1), records);
    const { alarm } = reading;
    const { threshold } = reading.evaluation;
    const decided = decideDecay({
      ...{ alarm, threshold, standing, statistic: reading.standing.current },
      ...{ diagnosis: null, economics: null, emergencyOpen: false },
      sessionsSinceEmergency: lastEmergency === null ? null : at - lastEmergency,
      cooldownSessions: SPEC.decay.cooldownSessions,
    });
    records.unshift(recordOf(dates[at] ?? '', dates[known] ?? '', decided.decision));
    if (decided.standing && !standing) reign.episodes += 1;
    if (decided.decision === 'retrain') {
      reign.emergencies += 1;
      lastEmergency = at;
    }
    if (decided.decision === 'released') reign.released += 1;
    if (decided.decision === 'cooldown') reign.cooldown += 1;
    standing = decided.standing;
    if (standing) reign.standingSessions += 1;
  }
  return { falseAlarmsPerYear: SPEC.decay.falseAlarmsPerYear, ...reign };
}

const resultOf = (session: string, rankIc: number): LiveResult => ({
  ...{ model: SPEC.model, versionId: '', session, epoch: 1, role: 'champion', status: 'matured' },
  ...{ rankIc, netReturn: null, turnover: null, numbers: { dataFault: false } },
});

const recordOf = (session: string, knownThrough: string, decision: WatchRecord['decision']): WatchRecord => ({
  ...{ model: SPEC.model, epoch: 1, session, decidedAt: session, versionId: '', knownThrough, decision },
  ...{ alarm: true, standing: true, statistic: null, threshold: null, onset: null, diagnosis: null },
  ...{ action: 'none', reason: '', health: null, state: null },
});
