import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Revocations, revocationsFile, revokeHere } from '../../../registry/identity/revocations.ts';

const ISSUER = 'contender';
let folder: string;
let file: string;
let said: string[];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'contender-revocations-'));
  file = revocationsFile(join(folder, 'data'));
  said = [];
});
afterEach(() => rm(folder, { recursive: true }));

const listOf = (read: () => Promise<readonly string[]>): Revocations =>
  new Revocations({
    file,
    read,
    onUnread: (reason) => {
      said.push(reason);
    },
  });
const away = (): Promise<never> => Promise.reject(new Error('the registry is away'));

describe('tokens that were called back', () => {
  test('are refused by what the registry said, also after a restart while it is away', async () => {
    const before = listOf(() => Promise.resolve([`${ISSUER} one`, 'https://login.example two']));
    await before.refresh();
    expect([before.has(ISSUER, 'one'), before.has(ISSUER, 'two')]).toEqual([true, false]);
    const after = listOf(away);
    await after.refresh();
    expect([after.has(ISSUER, 'one'), after.has('https://login.example', 'two')]).toEqual([true, true]);
    expect(said).toEqual(['the registry is away']);
  });

  test('on this machine, while the registry is away, are refused by the next question', async () => {
    const list = listOf(away);
    await list.refresh();
    await expect(list.require(ISSUER, 'one')).resolves.toBeUndefined();
    await revokeHere(file, ISSUER, 'one');
    await expect(list.require(ISSUER, 'one')).rejects.toMatchObject({ code: 'TOKEN_REVOKED' });
    await expect(list.require(ISSUER, 'other')).resolves.toBeUndefined();
  });

  test('are kept once, however often they are read', async () => {
    const list = listOf(() => Promise.resolve([`${ISSUER} one`]));
    await list.refresh();
    await list.refresh();
    await listOf(() => Promise.resolve([`${ISSUER} one`])).refresh();
    expect(await readFile(file, 'utf8')).toBe(`\n${ISSUER} one\n`);
  });

  test('that could not be written down are written by a later reading, behind half a line as well', async () => {
    const list = listOf(() => Promise.resolve([`${ISSUER} one`]));
    await mkdir(join(folder, 'data'), { recursive: true });
    await symlink(join(folder, 'nowhere', 'else'), file);
    await list.refresh();
    expect(list.has(ISSUER, 'one')).toBe(true);
    expect(said).toHaveLength(1);
    await rm(file);
    await writeFile(file, 'contender ha');
    await list.refresh();
    const after = listOf(away);
    await after.refresh();
    expect(after.has(ISSUER, 'one')).toBe(true);
  });

  test('on this machine are not lost behind half a line', async () => {
    await mkdir(join(folder, 'data'), { recursive: true });
    await writeFile(file, 'contender ha');
    await revokeHere(file, ISSUER, 'one');
    await expect(listOf(away).require(ISSUER, 'one')).rejects.toMatchObject({ code: 'TOKEN_REVOKED' });
  });

  test('stay refused when the file was damaged since, and lines of no meaning call nothing back', async () => {
    const list = listOf(() => Promise.resolve([`${ISSUER} one`]));
    await list.refresh();
    await writeFile(file, 'torn\n\n  \ncontender\nthree words here\n');
    await list.require(ISSUER, 'three');
    expect(list.has(ISSUER, 'one')).toBe(true);
  });
});
