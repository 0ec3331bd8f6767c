import type { ModelSpec } from '../contracts/spec.ts';
import { marketRules } from '../market/rules.ts';
import { evaluateDecay } from '../monitoring/decay-rule.ts';
import type { VersionRecord } from '../registry/versions.ts';
import { backtestReference } from './backtest-reference.ts';
import { folderCalendar } from './scoring-ground.ts';
import type { Workbench } from './workbench.ts';

export interface Alarmed {
  readonly alarm: boolean;
  readonly reason: string;
  readonly number: number | null;
  readonly threshold: number;
}

/**
 * The decay rule on the sessions that have matured, as they were recorded; evidence starts anew after an emergency retrain,
 * which has a cooldown.
 *
 * @param ic of the champion since its reign began, by session
 */
export async function judgeDecay(
  bench: Workbench,
  spec: ModelSpec,
  champion: VersionRecord,
  ic: readonly { readonly session: string; readonly ic: number }[],
  session: string,
): Promise<Alarmed> {
  const retrains = await bench.registry.listRetrains({ model: spec.model, limit: 50 });
  const last = retrains.find((retrain) => retrain.trigger === 'decay');
  const lastSession = last?.asOf.slice(0, 10) ?? '';
  const restart = last === undefined ? -1 : ic.findIndex((day) => day.session > lastSession);
  const evaluation = evaluateDecay({
    ic: Float64Array.from(ic, (day) => day.ic),
    referenceIc: Float64Array.from((await backtestReference(bench, champion)).rankIc),
    // The backtest ends before the shadow and the approval; the reign begins after them.
    adjacent: false,
    falseAlarmsPerYear: spec.decay.falseAlarmsPerYear,
    annualSessions: marketRules(spec.market).annualSessions,
    restarts: restart < 0 ? [] : [restart],
  });
  const { statistic: number, reason } = evaluation;
  const threshold = evaluation.threshold ?? 0;
  if (last === undefined || !evaluation.alarm) return { alarm: evaluation.alarm, reason, number, threshold };
  const calendar = await folderCalendar(spec);
  const since = calendar.between(lastSession, session).length - 1;
  const cooling = since < spec.decay.cooldownSessions;
  const rest = cooling
    ? `; cooldown, ${String(since)} of ${String(spec.decay.cooldownSessions)} sessions`
    : '';
  return { alarm: !cooling, reason: `${reason}${rest}`, number, threshold };
}
