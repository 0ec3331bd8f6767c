import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CalendarFileInvalid } from '../../../market/errors.ts';
import { watchedCalendar } from '../../../workers/live-calendar.ts';

const HEADER = 'date,kind,closes,reason\n';
let folder = '';
let lines: string[] = [];
const log = {
  warn: (_: unknown, message?: string) => lines.push(`warn ${message ?? ''}`),
  error: (_: unknown, message?: string) => lines.push(`error ${message ?? ''}`),
};
const at = (instant: string) => () => new Date(instant);
const write = (text: string): Promise<void> => writeFile(join(folder, 'XTAI.csv'), HEADER + text);

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'contender-live-calendar-'));
  lines = [];
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

describe('the calendar of the session clock', () => {
  it('knows a closure from the moment it is written, and forgets it when it is withdrawn', async () => {
    const calendar = await watchedCalendar(folder, log, at('2026-11-20T00:00:00.000Z'));
    expect((await calendar('XTAI')).has('2026-12-02')).toBe(true);
    await write('2026-12-02,closed,,typhoon\n');
    expect((await calendar('XTAI')).has('2026-12-02')).toBe(false);
    await rm(join(folder, 'XTAI.csv'));
    expect((await calendar('XTAI')).has('2026-12-02')).toBe(true);
    expect(lines).toEqual([]);
  });

  it('stays with the calendar it knew while the file cannot be read, and says so each time', async () => {
    await write('2026-12-02,closed,,typhoon\n');
    const calendar = await watchedCalendar(folder, log, at('2026-11-20T00:00:00.000Z'));
    await write('2026-12-02,clsoed,,typhoon\n');
    expect((await calendar('XTAI')).has('2026-12-02')).toBe(false);
    expect((await calendar('XTAI')).has('2026-12-02')).toBe(false);
    expect(lines).toHaveLength(2);
    expect(lines[0]).toMatch(/^error .*XTAI\.csv, row 2: "clsoed" .* stays in force$/u);
  });

  it('does not begin with a file that cannot be read', async () => {
    await write('tomorrow,closed,,typhoon\n');
    await expect(watchedCalendar(folder, log, at('2026-11-20T00:00:00.000Z'))).rejects.toThrow(
      CalendarFileInvalid,
    );
  });

  it('asks for a review once a day when the last reviewed day comes near', async () => {
    let now = new Date('2026-12-15T02:00:00.000Z');
    const calendar = await watchedCalendar(folder, log, () => now);
    await calendar('XTAI');
    await calendar('XTAI');
    await calendar('XNYS');
    expect(lines).toHaveLength(1);
    now = new Date('2026-12-16T02:00:00.000Z');
    await calendar('XTAI');
    expect(lines).toHaveLength(2);
    expect(lines[1]).toContain('reviewed through 2026-12-31, in 15 days');
  });
});
