import { describe, expect, it } from 'vitest';
import { ModelName } from '../../../contracts/primitives.ts';
import { ScheduleKind } from '../../../contracts/schedule.ts';
import type { ScheduleView } from '../../../dashboards/web/src/api/schemas.ts';
import { en } from '../../../dashboards/web/src/i18n/en.ts';
import {
  actionsOf,
  actOf,
  actText,
  alreadySo,
  besideOpen,
  SCHEDULE_ROLES,
} from '../../../dashboards/web/src/schedule-act.ts';
import { ROUTES } from '../../../api/routes/all.ts';

const row = (changes: Partial<ScheduleView> = {}): ScheduleView => ({
  ...{ model: 'tw-alpha', kind: 'drill', field: 'drill.cron', cron: '0 6 * * 6', zone: 'Asia/Taipei' },
  ...{ paused: false, note: '', next: [], recent: [], missedCatchup: 0, last: null },
  ...changes,
});
const open = { at: '2026-01-01T00:00:00.000Z', outcome: 'open', reason: '', reference: '7' } as const;

describe('what an address asks to be done to a schedule', () => {
  const rows = [row(), row({ kind: 'retrain' }), row({ model: 'us-beta', kind: 'scoring' })];

  it('comes back as it was written, of every kind and action', () => {
    for (const one of rows) {
      for (const action of ['pause', 'resume', 'trigger'] as const) {
        expect(actOf(actText({ action, ...one }), rows)).toEqual({ action, row: one });
      }
    }
    // What parts it stands in no name of a model.
    expect(ModelName.safeParse('tw.alpha').success).toBe(false);
  });

  it.each([
    ...['', '.', '..', 'pause', 'pause.drill', 'pause.drill.', 'pause.drill.tw-alpha.more'],
    ...['delete.drill.tw-alpha', 'pause.decay.tw-alpha', 'pause.drill.tw-other', 'PAUSE.drill.tw-alpha'],
    ...['pause.scoring.tw-alpha', '<script>.drill.tw-alpha', 'constructor.drill.tw-alpha'],
  ])('is nothing where it names none that is shown: %j', (text) => {
    expect(actOf(text, rows)).toBeNull();
  });
});

describe('the buttons of a schedule', () => {
  it('pause what is active and resume what is paused, and start either', () => {
    expect(actionsOf(row())).toEqual(['pause', 'trigger']);
    expect(actionsOf(row({ paused: true }))).toEqual(['resume', 'trigger']);
  });

  it('say that somebody else was first', () => {
    expect(alreadySo('pause', row({ paused: true }))).toBe('schedules.pause.already');
    expect(alreadySo('resume', row())).toBe('schedules.resume.already');
    for (const paused of [true, false]) expect(alreadySo('trigger', row({ paused }))).toBeNull();
    expect(alreadySo('pause', row())).toBeNull();
    expect(alreadySo('resume', row({ paused: true }))).toBeNull();
  });

  it('say what becomes of a start beside what runs, for every kind', () => {
    for (const kind of ScheduleKind.options) {
      const text = besideOpen('trigger', row({ kind, last: open })) ?? '';
      expect(text).toBe(`schedules.trigger.beside.${kind}`);
      expect(text in en).toBe(true);
      expect(besideOpen('pause', row({ kind, last: open }))).toBeNull();
      expect(besideOpen('trigger', row({ kind, last: { ...open, outcome: 'passed' } }))).toBeNull();
      expect(besideOpen('trigger', row({ kind }))).toBeNull();
    }
  });

  it('are for whom the control API lets command a schedule', () => {
    const access = ROUTES.find(({ id }) => id === 'commandSchedule')?.access;
    expect(access?.kind === 'roles' ? [...access.roles].sort() : []).toEqual([...SCHEDULE_ROLES].sort());
  });
});
