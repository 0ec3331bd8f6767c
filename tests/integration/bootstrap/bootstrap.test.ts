import { chmodSync, readdirSync, utimesSync, writeFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { isRunning } from '../../../supervisor/process-table.ts';
import { waitUntil } from '../supervisor/fixture-system.ts';
import { FakeClone } from './fake-clone.ts';
import type { SetupRun } from './fake-clone.ts';

let clone: FakeClone;
beforeEach(() => {
  clone = new FakeClone();
});
afterEach(() => {
  clone.delete();
});

/** One sentence with a remedy, exit code 3, no stack, nothing half done. */
function expectRefusal({ code, out, err }: SetupRun, sentence: RegExp): void {
  expect(err).toMatch(sentence);
  const lines = err
    .trim()
    .split('\n')
    .filter((line) => !line.startsWith('Setting up'));
  expect(lines).toHaveLength(2);
  expect(lines[0]).toMatch(/^Set-up failed: /u);
  expect(lines[1]).toMatch(/^ {2}\S/u);
  expect(err).not.toMatch(/^\s+at /mu);
  expect(out).toBe('');
  expect(code).toBe(3);
  expect(clone.has('.contender/bootstrap.lock')).toBe(false);
}

/** What is there is complete, which its stamp says; what failed is not there at all. */
function expectNothingHalfDone(): void {
  for (const name of ['node_modules', '.venv']) {
    expect(clone.has(name), name).toBe(clone.has(`${name}/.contender-stamp.json`));
  }
  expect(clone.has('node_modules') && clone.has('.venv')).toBe(false);
}

describe('the first start', () => {
  it('installs both kinds of packages and runs the command line with the arguments', async () => {
    const { code, out } = await clone.run({}, ['status', '--json', 'a b']);
    expect(out).toBe('ran status --json a b\n');
    expect(code).toBe(0);
    expect(clone.has('node_modules/whole')).toBe(true);
    expect(clone.log()).toMatch(/npm ci .*--include=dev/u);
    expect(clone.log()).toMatch(/uv pip install .*--require-hashes .*-r sidecar\/requirements\.lock/u);
  });

  it('puts the installer in with the system`s pip where the distribution has split ensurepip off', async () => {
    expect((await clone.run({ FAKE_VENV: 'no-ensurepip' })).code).toBe(0);
  });

  it('makes an environment with a pip of its own where the system has none', async () => {
    const { code } = await clone.run({ FAKE_PIP: 'none' });
    expect(code).toBe(0);
    expect(clone.log()).toMatch(/-m venv (?!--without-pip)/u);
  });

  it('uses a cache of its own when the user`s npm cache belongs to root', async () => {
    expect((await clone.run({ FAKE_NPM: 'cache' })).code).toBe(0);
    expect(clone.log().match(/npm ci/gu)).toHaveLength(2);
  });
});

describe('the second start', () => {
  it('installs nothing and asks no program', async () => {
    await clone.run();
    const before = clone.log();
    expect((await clone.run()).code).toBe(0);
    expect(clone.log()).toBe(before);
  });

  it('installs again what a changed lock, a moved clone or an interrupted set-up asks for', async () => {
    await clone.run();
    clone.write('sidecar/requirements.lock', 'changed');
    await clone.run();
    expect(clone.log().match(/npm ci/gu)).toHaveLength(1);
    expect(clone.log().match(/^uv /gmu)).toHaveLength(2);
    clone.remove('node_modules/.contender-stamp.json');
    await clone.run();
    expect(clone.log().match(/npm ci/gu)).toHaveLength(2);
    clone.move();
    await clone.run();
    expect(clone.log().match(/npm ci/gu)).toHaveLength(3);
    expect(clone.log().match(/^uv /gmu)).toHaveLength(3);
  });

  it('adds the packages of the tests to an environment that has only the others', async () => {
    await clone.run();
    await clone.run({}, ['--install']);
    expect(clone.log()).toMatch(/uv pip install .*-r sidecar\/requirements-dev\.lock/u);
    expect(clone.log().match(/-m venv/gu)).toHaveLength(1);
  });
});

describe('a set-up that cannot go on', () => {
  it('names the Python that is too old', async () => {
    expectRefusal(
      await clone.run({ FAKE_VERSION: '3.9' }),
      /Python 3\.11 or newer is needed, and python3 is 3\.9\./u,
    );
    expectNothingHalfDone();
  });

  it('says that there is no Python', async () => {
    clone.remove('../bin/python3');
    expectRefusal(await clone.run(), /there is none on the search path/u);
    expectNothingHalfDone();
  });

  it.each([
    ['venv', { FAKE_VENV: 'no-venv' }],
    ['ensurepip, and the system has no pip', { FAKE_VENV: 'no-ensurepip', FAKE_PIP: 'none' }],
  ])('says how to get the missing module: %s', async (_, fakes) => {
    const run = await clone.run(fakes);
    expectRefusal(run, /venv or ensurepip module is missing/u);
    expect(run.err).toContain('apt install python3-venv');
    expectNothingHalfDone();
  });

  it.each([
    ['npm', { FAKE_NPM: 'npm error code ENOSPC\nnpm error nospc' }, /disk is full/u],
    ['pip', { FAKE_PIP: 'OSError: [Errno 28] No space left on device' }, /disk is full/u],
    ['npm', { FAKE_NPM: 'npm error code ENOTFOUND' }, /registry for the Node packages cannot be reached/u],
    [
      'pip',
      { FAKE_PIP: 'NewConnectionError: refused' },
      /registry for the Python packages cannot be reached/u,
    ],
    ['npm', { FAKE_NPM: 'npm error code EUSAGE' }, /lock file of the Node packages is damaged/u],
    [
      'pip',
      { FAKE_PIP: 'THESE PACKAGES DO NOT MATCH THE HASHES' },
      /lock file of the Python packages is damaged/u,
    ],
    ['npm', { FAKE_NPM: 'npm error something new' }, /the installer said: npm error something new/u],
  ])('says what %s ran into: %j', async (_, fakes, sentence) => {
    expectRefusal(await clone.run(fakes), sentence);
    expectNothingHalfDone();
  });

  it.each(['node_modules', '.venv', '.contender'])(
    'does not touch a file in the place of %s',
    async (name) => {
      clone.write(name, 'precious');
      expectRefusal(await clone.run(), /is in the way: it is not a folder/u);
      expect(clone.log()).toBe('');
    },
  );

  // Nothing is forbidden to root, so root has nothing to see here.
  if (process.getuid?.() !== 0) {
    it('says which folder cannot be written', async () => {
      clone.write('.venv/x', '');
      chmodSync(clone.path('.venv'), 0o500);
      const run = await clone.run();
      chmodSync(clone.path('.venv'), 0o700);
      expectRefusal(run, /\.venv cannot be written by this user/u);
    });
  }

  it('names the damaged lock', async () => {
    clone.write('package-lock.json', '{"name": "contender", ');
    expectRefusal(await clone.run(), /package-lock\.json is damaged/u);
    expectNothingHalfDone();
  });

  it('names the missing lock', async () => {
    clone.remove('sidecar/requirements.lock');
    expectRefusal(await clone.run(), /sidecar\/requirements\.lock is missing/u);
    expectNothingHalfDone();
  });

  it('ends the other installation with the one that failed', async () => {
    const run = await clone.run({ FAKE_NPM: 'slow', FAKE_VERSION: '3.9' });
    expectRefusal(run, /Python 3\.11 or newer/u);
    expect(run.milliseconds).toBeLessThan(30_000);
    expectNothingHalfDone();
  });

  it('keeps nothing half done when it is interrupted', async () => {
    const { pid, ended } = clone.start({ FAKE_NPM: 'slow' });
    await waitUntil('npm runs', () => clone.has('node_modules/half'));
    process.kill(pid, 'SIGINT');
    expectRefusal(await ended, /It was interrupted/u);
    expectNothingHalfDone();
  });
});

describe('two set-ups of one clone at once', () => {
  it('share one installation', async () => {
    const [first, second] = await Promise.all([clone.run(), clone.run()]);
    expect([first.code, second.code]).toEqual([0, 0]);
    expect(clone.log().match(/npm ci/gu)).toHaveLength(1);
  });

  it('do not wait for one that was killed, and end what it left at work', async () => {
    const gone = clone.start({ FAKE_NPM: 'slow' });
    await waitUntil('npm runs', () => clone.has('node_modules/half'));
    process.kill(gone.pid, 'SIGKILL');
    await waitUntil('it is gone', () => !isRunning(gone.pid));
    const abandoned = Number(/npm ci .* as (\d+)/u.exec(clone.log())?.[1]);
    expect(isRunning(abandoned)).toBe(true);
    expect((await clone.run()).code).toBe(0);
    expect(isRunning(abandoned)).toBe(false);
    expect(clone.has('node_modules/whole')).toBe(true);
    const left = readdirSync(clone.path('.contender'));
    expect(left.filter((name) => name.startsWith('bootstrap.lock'))).toEqual([]);
  });

  it('do not wait for one that was killed before it said who it is', async () => {
    clone.write('.contender/bootstrap.lock', '');
    const aWhileAgo = new Date(Date.now() - 60_000);
    utimesSync(clone.path('.contender/bootstrap.lock'), aWhileAgo, aWhileAgo);
    expect((await clone.run()).code).toBe(0);
    expect(readdirSync(clone.path('.contender'))).not.toContain('bootstrap.lock');
  });

  it('share one installation behind one that was killed', async () => {
    clone.write('.contender/bootstrap.lock', '1073741824');
    const runs = await Promise.all([1, 2, 3, 4].map(() => clone.run()));
    expect(runs.map(({ code }) => code)).toEqual([0, 0, 0, 0]);
    expect(clone.log().match(/npm ci/gu)).toHaveLength(1);
  });

  it('wait for one that is at work, and say so', async () => {
    clone.write('.contender/bootstrap.lock', String(process.pid));
    const { ended } = clone.start();
    await delay(100);
    expect(clone.log()).toBe('');
    writeFileSync(clone.path('.contender/bootstrap.lock'), '1073741824');
    expect((await ended).code).toBe(0);
  });
});
