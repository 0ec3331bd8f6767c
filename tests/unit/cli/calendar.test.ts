import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runCli } from '../../../cli/program.ts';

let root = '';

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'contender-calendar-'));
  await mkdir(join(root, '.contender', 'calendars'), { recursive: true });
});
afterAll(async () => {
  await rm(root, { recursive: true, force: true });
});

async function run(...argv: string[]): Promise<{ code: number; out: string; err: string }> {
  let out = '';
  let err = '';
  const code = await runCli(argv, {
    streams: {
      stdin: new PassThrough(),
      stdout: { write: (text: string) => (out += text) },
      stderr: { write: (text: string) => (err += text) },
    },
    interrupted: new AbortController().signal,
    sources: { environment: {}, root },
    showStacks: false,
  });
  return { code, out, err };
}

const json = async (...argv: string[]): Promise<Record<string, unknown>> =>
  JSON.parse((await run(...argv, '--json')).out) as Record<string, unknown>;
const changes = (market: string, text: string): Promise<void> =>
  writeFile(join(root, '.contender', 'calendars', `${market}.csv`), text);

describe('contender calendar', () => {
  it('lists sessions with hours, early closes and settlement', async () => {
    const { sessions } = await json('calendar', 'XNYS', '--from', '2024-11-27', '--to', '2024-12-01');
    expect(sessions).toMatchObject([
      {
        session: '2024-11-27',
        closeInstant: '2024-11-27T21:00:00.000Z',
        earlyClose: false,
        settles: '2024-11-29',
      },
      {
        session: '2024-11-29',
        closeInstant: '2024-11-29T18:00:00.000Z',
        earlyClose: true,
        settles: '2024-12-02',
      },
    ]);
  });

  it('answers next, previous, add and what an instant is', async () => {
    expect((await run('calendar', 'XTAI', '--next', '2019-01-30')).out).toBe('2019-02-11\n');
    expect((await run('calendar', 'xtai', '--previous', '2019-02-11')).out).toBe('2019-01-30\n');
    expect(await json('calendar', 'XTAI', '--session', '2018-12-21', '--add', '2')).toMatchObject({
      session: '2018-12-24',
    });
    expect(await json('calendar', 'XTAI', '--at', '2018-12-22T11:15:00+08:00')).toMatchObject({
      phase: 'regular',
      session: '2018-12-22',
      progress: 0.5,
    });
  });

  it('takes a closure from a file, at once and without a release, and its hash says so', async () => {
    const before = await json('calendar', 'XTAI', '--from', '2026-12-01');
    await changes('XTAI', 'date,kind,closes,reason\n2026-12-02,closed,,typhoon\n');
    const after = await json('calendar', 'XTAI', '--from', '2026-12-01');
    expect((await run('calendar', 'XTAI', '--next', '2026-12-01')).out).toBe('2026-12-03\n');
    expect(after['changes']).toEqual([
      { date: '2026-12-02', kind: 'closed', closes: null, reason: 'typhoon' },
    ]);
    expect(after['sha256']).not.toBe(before['sha256']);
  });

  it('refuses a broken file by name and row, as wrong usage', async () => {
    await changes(
      'XTAI',
      'date,kind,closes,reason\n2026-12-02,closed,,typhoon\n2026-12-99,closed,,typhoon\n',
    );
    const { code, err } = await run('calendar', 'XTAI', '--next', '2026-12-01');
    expect(code).toBe(2);
    expect(err).toMatch(/XTAI\.csv, row 3: "2026-12-99" is not a date/u);
    await changes('XTAI', 'date,kind,closes,reason\n');
  });

  it.each([
    [['XLON'], 'no market'],
    [['XTAI', '--from', '2031-01-01'], 'outside the XTAI calendar'],
    [['XTAI', '--from', '2024-02-02', '--to', '2024-02-01'], 'lies after'],
    [['XTAI', '--next', '2024-02-30'], 'has to be a date'],
    [['XTAI', '--add', '2'], 'belong together'],
    [['XTAI', '--next', '2024-02-01', '--previous', '2024-02-01'], 'one question a time'],
    [['XTAI', '--session', '2024-02-03', '--add', '1'], 'not a session'],
    [['XTAI', '--at', '2024-02-01T10:00:00'], 'with its zone'],
  ])('is wrong usage: %j', async (argv, message) => {
    const { code, err } = await run('calendar', ...argv);
    expect(code).toBe(2);
    expect(err).toContain(message);
  });

  it('is refused beyond its end', async () => {
    expect((await run('calendar', 'XTAI', '--next', '2027-12-31')).code).toBe(1);
  });
});

describe('contender market', () => {
  it('gives the rules of a date, limit prices and what an order costs', async () => {
    expect(await json('market', 'XTAI', '--on', '2015-05-29', '--reference', '100')).toMatchObject({
      priceLimit: 0.07,
      limits: { low: 93, high: 107 },
      order: null,
    });
    const order = ['--price', '580', '--shares', '1500', '--side', 'sell', '--discount', '0.4'];
    const answer = await json('market', 'XTAI', '--on', '2024-03-04', ...order);
    // 0.6 x 0.1425 % of 580,000 and of 290,000, each rounded down; 0.3 % of 870,000.
    expect(answer).toMatchObject({
      tick: 1,
      lot: 1000,
      order: { brokerage: 495 + 247, tax: 2610, oddShares: 500 },
    });
    expect((await run('market', 'XTAI', '--on', '2024-03-04')).out).toContain('0.1425 %, at least 20 TWD');
  });

  it('knows a ban on short sales, and the volume of half a day', async () => {
    expect(await json('market', 'XTAI', '--on', '2008-10-20', '--symbol', '2330')).toMatchObject({
      shortSaleBan: { symbols: null },
    });
    expect(await json('market', 'XTAI', '--on', '2009-02-02', '--symbol', '2330')).toMatchObject({
      shortSaleBan: null,
    });
    expect(await json('market', 'XNYS', '--on', '2024-11-29', '--volume', '3500000')).toMatchObject({
      volume: { perHour: 1_000_000, ofRegularSession: 6_500_000 },
    });
  });

  it.each([
    [['--price', '0'], 'above zero'],
    [['--shares', '10'], '--shares wants --price'],
    [['--price', '10', '--shares', '1.5'], 'shares is 1.5'],
    [['--price', '10', '--shares', '10', '--discount', '2'], 'brokerageDiscount is 2'],
    [['--on', '2024-03-03', '--volume', '10'], 'not a session'],
    [['--side', 'short'], 'Allowed choices'],
  ])('is wrong usage: %j', async (argv, message) => {
    const { code, err } = await run('market', 'XTAI', ...argv);
    expect(code).toBe(2);
    expect(err).toContain(message);
  });
});

describe('the comparison of a folder with the calendar of its market', () => {
  it('names sessions that only one of the two has', async () => {
    const folder = join(root, 'folder');
    await mkdir(folder);
    const days = ['2018-12-20', '2018-12-21', '2018-12-23', '2018-12-24'];
    const tables: Record<string, string[]> = {
      calendar: ['session_date,open_ts,close_ts', ...days.map((d) => `${d},${d}T01:00:00Z,${d}T05:30:00Z`)],
      symbols: ['symbol,listed_date,delisted_date,delisting_knowledge_ts', '2330,2000-01-03,,'],
      membership: [
        'symbol,effective_date,action,knowledge_ts,seq',
        '2330,2018-12-20,add,2018-12-01T00:00:00Z,1',
      ],
      prices: [
        'symbol,session_date,event_ts,knowledge_ts,open,high,low,close,volume,seq',
        ...days.map(
          (d, at) => `2330,${d},${d}T05:30:00Z,${d}T06:00:00Z,100,101,99,100,1000,${String(at + 1)}`,
        ),
      ],
    };
    for (const [name, lines] of Object.entries(tables)) {
      await writeFile(join(folder, `${name}.csv`), `${lines.join('\n')}\n`);
    }
    await writeFile(
      join(folder, 'source.json'),
      JSON.stringify({ source: 'test', licence: 'none', market: 'XTAI' }),
    );
    const report = await json('data', 'check', folder);
    const found = (report['findings'] as { code: string; message: string }[]).filter(
      ({ code }) => code === 'CALENDAR_DIFFERS',
    );
    expect(found.map(({ message }) => message)).toEqual([
      '2018-12-23 is a session here and none of XTAI',
      '2018-12-22 is a session of XTAI and none here',
    ]);
    await changes(
      'XTAI',
      'date,kind,closes,reason\n2018-12-22,closed,,as a test has it\n2018-12-23,session,,as a test has it\n',
    );
    expect(((await json('data', 'check', folder))['findings'] as unknown[]).length).toBe(
      (report['findings'] as unknown[]).length - 2,
    );
  });
});
