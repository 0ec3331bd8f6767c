import { mkdtemp, readFile, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { logChannel } from '../../../notifications/channels/log-channel.ts';
import { numberedEvent, sampleEvent } from '../../unit/notifications/sample-events.ts';
import { ENGLISH } from '../../../notifications/templates/wording.ts';

describe('the log channel', () => {
  let folder: string;
  const announced: string[] = [];
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'contender-notifications-'));
    announced.length = 0;
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  const channel = (keep = 100, path = join(folder, 'new')) =>
    logChannel({
      words: ENGLISH,
      folder: path,
      keep,
      announce: (headline, file) => announced.push(headline, file),
    });
  const deliveryOf = (event = sampleEvent('approval-asked'), createdAt = '2024-03-08T06:30:00.000Z') => ({
    dedupeKey: event.dedupeKey,
    event,
    createdAt,
  });

  it('keeps a message as text and HTML that only the owner can read, and announces it', async () => {
    const outcome = await channel().send(deliveryOf());
    const names = (await readdir(join(folder, 'new'))).sort();
    expect(names).toEqual([
      expect.stringMatching(/^20240308T063000Z-approval-asked-[0-9a-f]{12}\.html$/u),
      expect.stringMatching(/^20240308T063000Z-approval-asked-[0-9a-f]{12}\.txt$/u),
    ]);
    const text = join(folder, 'new', names[1] ?? '');
    expect(outcome).toEqual({ kind: 'sent', receipt: names[1] });
    expect(await readFile(text, 'utf8')).toContain('approval needed for version 4');
    expect((await stat(text)).mode & 0o077).toBe(0);
    expect(announced).toEqual([
      '[WARNING] tw-alpha: approval needed for version 4, to replace version 3',
      text,
    ]);
  });

  it('leaves one message when it is told the same twice', async () => {
    await channel().send(deliveryOf());
    await channel().send(deliveryOf());
    expect(await readdir(join(folder, 'new'))).toHaveLength(2);
  });

  it('keeps no more than it should, the newest, and leaves other files alone', async () => {
    const limited = channel(3, folder);
    await writeFile(join(folder, 'mine.txt'), 'not a message');
    for (let day = 1; day <= 5; day += 1) {
      await limited.send(deliveryOf(numberedEvent(day), `2024-03-0${String(day)}T00:00:00.000Z`));
    }
    const names = await readdir(folder);
    expect(names).toContain('mine.txt');
    expect(names.filter((name) => name.endsWith('.html'))).toHaveLength(3);
    expect(names.filter((name) => /^\d/u.test(name)).every((name) => name >= '20240303')).toBe(true);
  });

  it('tries again later when the folder cannot be written', async () => {
    const file = join(folder, 'file');
    await writeFile(file, '');
    expect(await channel(3, join(file, 'below')).send(deliveryOf())).toEqual({
      kind: 'retry-later',
      reason: 'the notifications folder cannot be written: ENOTDIR',
      at: null,
    });
    expect(announced).toEqual([]);
  });
});
