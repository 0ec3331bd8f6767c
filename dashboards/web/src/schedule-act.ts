import type { ScheduleView } from './api/schemas.ts';
import type { TextId } from './i18n/text-id.ts';

export type ScheduleAction = 'pause' | 'resume' | 'trigger';

/** What somebody is about to do to a schedule: stands in the address, so that a session that ends comes back to it. */
export interface ScheduleAct {
  readonly action: ScheduleAction;
  readonly kind: ScheduleView['kind'];
  readonly model: string;
}

/** As the control API allows it. */
export const SCHEDULE_ROLES: readonly string[] = ['quant-lead', 'operator', 'admin'];

export interface ChosenSchedule {
  readonly action: ScheduleAction;
  readonly row: ScheduleView;
}

const ACTIONS: readonly string[] = ['pause', 'resume', 'trigger'] satisfies readonly ScheduleAction[];

/** `pause.drill.tw-alpha`: no name of a model holds a full stop. */
export const actText = ({ action, kind, model }: ScheduleAct): string => `${action}.${kind}.${model}`;

/** The act that an address names, and the schedule it is about; null: none of those that are shown. */
export function actOf(text: string, rows: readonly ScheduleView[]): ChosenSchedule | null {
  const [action = '', kind, model, ...more] = text.split('.');
  const row = rows.find((one) => one.kind === kind && one.model === model);
  if (row === undefined || !ACTIONS.includes(action) || more.length > 0) return null;
  return { action: action as ScheduleAction, row };
}

/** A schedule is paused or it is not; what it starts may be started now in either case. */
export const actionsOf = ({ paused }: ScheduleView): readonly ScheduleAction[] => [
  paused ? 'resume' : 'pause',
  'trigger',
];

/** Why there is nothing to do: somebody else did it meanwhile. Null: there is. */
export function alreadySo(action: ScheduleAction, { paused }: ScheduleView): TextId | null {
  if (action === 'pause') return paused ? 'schedules.pause.already' : null;
  if (action === 'resume') return paused ? null : 'schedules.resume.already';
  return null;
}

/** What becomes of a run that is started while the last one has not ended. Null: it has. */
export const besideOpen = (action: ScheduleAction, { kind, last }: ScheduleView): TextId | null =>
  action === 'trigger' && last?.outcome === 'open' ? `schedules.trigger.beside.${kind}` : null;
