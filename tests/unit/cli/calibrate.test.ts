import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runCli } from '../../../cli/program.ts';

class Sink {
  text = '';
  write(text: string): boolean {
    this.text += text;
    return true;
  }
}

describe('contender gates calibrate', { timeout: 120_000 }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'contender-calibrate-'));
  const spec = join(folder, 'model.yaml');
  const small = ['--spec', spec, '--sessions', '120', '--trials', '8', '--panels', '3'];

  beforeAll(() => {
    writeFileSync(
      spec,
      'model: tw-alpha\nmarket: XTAI\ndata: ./market\ngates: { spaReplicates: 1000, pboSplits: 8 }\n',
    );
  });
  afterAll(() => {
    rmSync(folder, { recursive: true });
  });

  async function calibrate(args: readonly string[], interrupted = new AbortController().signal) {
    const stdout = new Sink();
    const stderr = new Sink();
    const code = await runCli(['gates', 'calibrate', ...args], {
      streams: { stdin: Readable.from([]), stdout, stderr },
      interrupted,
      sources: { environment: {}, root: '/nowhere' },
      showStacks: false,
    });
    return { code, out: stdout.text, err: stderr.text };
  }

  it('gives the same answer on one thread and on two', async () => {
    const one = await calibrate([...small, '--threads', '1', '--json']);
    const two = await calibrate([...small, '--threads', '2', '--json']);
    expect(one.code).toBe(0);
    expect(two.out).toBe(one.out);
    expect(JSON.parse(one.out)).toMatchObject({
      plan: { sessions: 120, trials: 8, route: 'new-recipe' },
      rates: { together: { noise: { of: 3 }, edge: { of: 3 } } },
    });
  });

  it('tells a person each gate, all together, and the frontier', async () => {
    const { code, out } = await calibrate([...small, '--sharpe', '8', '--threads', '1']);
    expect(code).toBe(0);
    for (const part of ['stepm', 'together', 'true Sharpe 8 passes', 'spaAlpha', '95 % Clopper-Pearson']) {
      expect(out).toContain(part);
    }
  });

  it('says how often a second look cries wolf, the same on one thread and on two', async () => {
    const one = await calibrate([...small, '--cautions', '--threads', '1', '--json']);
    const two = await calibrate([...small, '--cautions', '--threads', '2', '--json']);
    expect(one.code).toBe(0);
    expect(two.out).toBe(one.out);
    expect(JSON.parse(one.out)).toMatchObject({ cautions: { any: { noise: { of: 3 }, edge: { of: 3 } } } });
    const { out } = await calibrate([...small, '--cautions', '--threads', '1']);
    for (const part of ['sharpe-too-good', 'any of them', 'one-regime']) expect(out).toContain(part);
  });

  it('runs streams', async () => {
    const args = [...small, '--stream', '--runs', '1', '--retrains', '2', '--threads', '1', '--json'];
    const { code, out } = await calibrate(args);
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({ plan: { retrains: 2 }, rates: { noiseStreams: { of: 1 } } });
  });

  it('ends without a result when it is interrupted', async () => {
    const interruption = new AbortController();
    interruption.abort('SIGINT');
    const { code, out, err } = await calibrate(small, interruption.signal);
    expect([code, out]).toEqual([130, '']);
    expect(err).toContain('INTERRUPTED');
  });

  it.each([
    ['a spec that is not there', ['--spec', '/nowhere/model.yaml'], 'SPEC_UNREADABLE'],
    ['a route that does not exist', [...small, '--route', 'refresh'], '--route'],
    ['a word for a number', [...small, '--sharpe', 'high'], '--sharpe'],
    ['fewer trials than the gates ask for', [...small, '--trials', '3'], 'minTrials'],
    ['no threads', [...small, '--threads', '0'], 'threads'],
    ['two simulations at once', [...small, '--cautions', '--stream'], 'exclude each other'],
    ['half a stream', [...small, '--stream', '--runs', '0.5'], '--runs'],
  ])('refuses %s as wrong usage', async (_, args, named) => {
    const { code, err } = await calibrate(args);
    expect(code).toBe(2);
    expect(err).toContain(named);
  });
});
