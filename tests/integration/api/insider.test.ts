import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AddressInfo } from 'node:net';
import { Duplex } from 'node:stream';
import { once } from 'node:events';
import { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parseAlertingFile } from '../../../alerting/config-check.ts';
import { shippedCalendar } from '../../../market/shipped-calendar.ts';
import { AlertRouter } from '../../../notifications/alert-router.ts';
import { spec } from '../registry/world.ts';
import { ApiWorld } from './api-world.ts';

/** People with a role of their own, against what is not theirs; and strangers, against the process itself. */
let api: ApiWorld;
let port: number;
let lead: string;
let eve: string;
let mine: string;
let theirs: string;
/** By number: an alert, a silence and a proposal of the model that is not Eve's. */
let alert: number;
let silence: number;
let proposal: number;

const REASON = 'as agreed with the desk';

const aboutModel = (operator: string, value: string) => ({
  matchers: [{ name: 'model', operator, value }],
  startsAt: '2026-01-01T00:00:00.000Z',
  endsAt: '2026-01-02T00:00:00.000Z',
  reason: REASON,
});

async function silenceOf(operator: string, value: string): Promise<number> {
  const made = await api.ask('POST', '/silences', { token: lead, body: aboutModel(operator, value) });
  expect(made.status, made.text).toBe(200);
  return Number(made.body['id']);
}

beforeAll(async () => {
  api = await ApiWorld.open({ liveEveryMs: 3_600_000 });
  await api.api.app.listen({ host: '127.0.0.1', port: 0 });
  api.api.live.attach(api.api.app.server);
  port = (api.api.app.server.address() as AddressInfo).port;
  lead = await api.token('lee', 'quant-lead');
  mine = await api.world.model();
  theirs = await api.world.model();
  eve = await api.token('eve', `quant-lead@${mine}`, `operator@${mine}`);
  await api.registry.raiseAlert({
    ...{
      rule: 'decay-alarm',
      severity: 'CRITICAL',
      model: theirs,
      labels: {},
      summary: `decay of ${theirs}`,
    },
    ...{ description: 'Somebody must look.', session: null, facts: [], actions: [], series: [] },
    ...{ startsAt: new Date().toISOString(), endsAt: null, correlationId: 'test', dedupeKey: 'one' },
  });
  const file = parseAlertingFile(
    {
      receivers: [{ name: 'desk', channels: ['slack'] }],
      route: { receiver: 'desk', group_by: ['alertname'], group_wait: '0s' },
    },
    ['slack'],
    'the test',
  );
  const calendars = (market: 'XTAI' | 'XNYS') => shippedCalendar(market);
  await new AlertRouter({ routing: api.registry.alertRouting, file, calendars }).round(Date.now());
  const listed = await api.ask('GET', `/alerts?model=${theirs}`, { token: lead });
  alert = (listed.body['items'] as readonly { readonly id: number }[])[0]?.id ?? 0;
  silence = await silenceOf('=', theirs);
  const looser = { ...spec(theirs, { gates: { pboMax: 0.4 } }), data: '/data/tw' };
  const proposed = await api.ask('PUT', `/models/${theirs}/spec`, {
    ...{ token: lead, body: { spec: looser, reason: 'a quarter more' } },
  });
  proposal = (proposed.body['proposal'] as { id: number }).id;
});
afterAll(() => api.close());

describe('somebody who counts through the numbers of what others own', () => {
  const NOBODYS = 900_000;
  test.each([
    ['an alert', 'GET', '/alerts/N', () => alert, undefined],
    ['who was told of it', 'GET', '/alerts/N/deliveries', () => alert, undefined],
    ['an acknowledgement', 'POST', '/alerts/N/acknowledgement', () => alert, { reason: REASON }],
    ['a judgement', 'POST', '/alerts/N/judgement', () => alert, { reason: REASON, judgement: 'false' }],
    ['the end of a silence', 'POST', '/silences/N/expiry', () => silence, undefined],
    ['a proposal', 'GET', '/spec-proposals/N', () => proposal, undefined],
    [
      'the decision on a proposal',
      'POST',
      '/spec-proposals/N/decision',
      () => proposal,
      { decision: 'agree', reason: REASON },
    ],
  ] as const)(
    'learns of %s no more than of one that is not there',
    async (_what, method, path, number, body) => {
      const ask = async (id: number) => {
        const address = path.replace('N', String(id));
        const answer = await api.ask(method, address, { token: eve, body });
        const { status, body: problem } = answer;
        // Alike but for the number that was asked for and the instance of the answer.
        const said = JSON.stringify({ ...problem, instance: '' }).replaceAll(
          new RegExp(`\\b${String(id)}\\b`, 'gu'),
          'N',
        );
        return { status, said };
      };
      const real = await ask(number());
      expect(number()).toBeGreaterThan(0);
      expect(real.status).toBe(404);
      expect(real.said).not.toContain(theirs);
      expect(real).toEqual(await ask(NOBODYS));
    },
  );

  test('sees the silences that may concern a model of theirs, and no other', async () => {
    const own = await silenceOf('=', mine);
    const both = await silenceOf('=~', `${mine}|${theirs}`);
    const foreign = await silenceOf('=~', `${theirs}.*`);
    const answer = await api.ask('GET', '/silences?all=true', { token: eve });
    const seen = (answer.body['items'] as readonly { readonly id: number }[]).map(({ id }) => id);
    expect(seen).toEqual([both, own]);
    expect(seen).not.toContain(foreign);
    const everything = await api.ask('GET', '/silences?all=true', { token: lead });
    expect((everything.body['items'] as readonly unknown[]).length).toBe(4);
  });

  test('silences nothing but their own model, by name or by expression', async () => {
    for (const [operator, value] of [
      ['=', theirs],
      ['=~', '.*'],
      ['=~', mine],
      ['!=', 'nothing'],
      ['!~', 'nothing'],
    ] as const) {
      const answer = await api.ask('POST', '/silences', { token: eve, body: aboutModel(operator, value) });
      expect([operator, value, answer.status], answer.text).toEqual([
        operator,
        value,
        value === theirs ? 404 : 403,
      ]);
    }
  });
});

describe('an expression that would keep the teller of alerts busy for ever', () => {
  test.each(['(?=(a+)+$)', '(a)\\1', '((a{900}){900}){900}', '(', '\\p{L}+'])(
    '%s is refused by name',
    async (value) => {
      const answer = await api.ask('POST', '/silences', { token: lead, body: aboutModel('=~', value) });
      expect([answer.status, answer.body['code']], answer.text).toEqual([400, 'ALERT_MATCHER_INVALID']);
    },
  );

  test.each(['(a|a)*b', '(([a-z-]+)+)+!'])('%s is matched in no time, as any other', async (value) => {
    const id = await silenceOf('=~', value);
    await api.registry.raiseAlert({
      ...{ rule: 'data-fault', severity: 'CRITICAL', model: mine, labels: { feature: 'a'.repeat(60) } },
      ...{ summary: 'a fault', description: 'Look.', session: null, facts: [], actions: [], series: [] },
      ...{ startsAt: new Date().toISOString(), endsAt: null, correlationId: 'test', dedupeKey: value },
    });
    expect(id).toBeGreaterThan(0);
    // Whoever is limited reads the list through the same matching.
    expect((await api.ask('GET', '/silences?all=true', { token: eve })).status).toBe(200);
  });
});

describe('a cookie that somebody planted before a person signed in', () => {
  test('opens nothing afterwards: signing in makes a secret of its own', async () => {
    const planted = `contender-session=${'p'.repeat(43)}`;
    const answer = await api.ask('POST', '/session', {
      ...{ cookie: planted, key: null, body: { token: await api.token('olga', 'operator') } },
    });
    expect(answer.status, answer.text).toBe(200);
    const given = String(answer.headers['set-cookie']).split(';')[0] ?? '';
    expect(given).toMatch(/^contender-session=[\w-]{43}$/u);
    expect(given).not.toBe(planted);
    expect((await api.ask('GET', '/session', { cookie: planted })).status).toBe(401);
    expect((await api.ask('GET', '/session', { cookie: given })).status).toBe(200);
  });
});

describe('an address that somebody else says they have', () => {
  test('is not written down for theirs', async () => {
    await api.ask('GET', '/models', {
      ...{ token: 'garbage', headers: { 'x-forwarded-for': '203.0.113.9', forwarded: 'for=203.0.113.9' } },
    });
    await api.api.refusals.flushed();
    const log = await api.ask('GET', '/refused-attempts', { token: await api.token('root', 'admin') });
    expect(log.text).toContain('anonymous@127.0.0.1');
    expect(log.text).not.toContain('203.0.113.9');
  });
});

describe('what an answer is kept under', () => {
  test('is nobody else’s: nothing is kept, and what is the same for one person is not for another', async () => {
    const first = await api.ask('GET', '/models', { token: lead });
    const tag = String(first.headers['etag']);
    expect(first.headers['cache-control']).toBe('no-store');
    const again = await api.ask('GET', '/models', { token: lead, headers: { 'if-none-match': tag } });
    expect(again.status).toBe(304);
    // The tag of what another person saw says nothing about what Eve sees.
    const hers = await api.ask('GET', '/models', { token: eve, headers: { 'if-none-match': tag } });
    expect(hers.status, hers.text).toBe(200);
    expect(hers.text).not.toContain(theirs);
    const stranger = await api.ask('GET', '/models', { headers: { 'if-none-match': tag } });
    expect(stranger.status).toBe(401);
  });
});

describe('a way out of the folder of the pages', () => {
  const outside = mkdtempSync(join(tmpdir(), 'contender-web-'));
  const pages = join(outside, 'dist');
  let web: ApiWorld;
  beforeAll(async () => {
    mkdirSync(join(pages, 'assets'), { recursive: true });
    writeFileSync(join(pages, 'index.html'), '<title>the pages</title>');
    writeFileSync(join(outside, 'secret.txt'), 'the key of the installation');
    web = await ApiWorld.open({ webDir: pages });
  });
  afterAll(async () => {
    await web.close();
    rmSync(outside, { recursive: true });
  });

  test.each([
    '/../secret.txt',
    '/..%2fsecret.txt',
    '/%2e%2e/secret.txt',
    '/assets/../../secret.txt',
    '/assets/..%2f..%2fsecret.txt',
    '/assets/%2e%2e%2f%2e%2e%2fsecret.txt',
    '/..%5csecret.txt',
    '//secret.txt',
    '/secret.txt%00.html',
    '/assets/..%252f..%252fsecret.txt',
  ])('%s leads nowhere', async (path) => {
    const answer = await web.api.app.inject({ method: 'GET', url: path, headers: { host: 'localhost' } });
    expect([200, 404]).toContain(answer.statusCode);
    expect(answer.body).not.toContain('the key');
  });
});

describe('a body that never ends', () => {
  test('is given up: its line is answered and closed, and others go on', { timeout: 60_000 }, async () => {
    const slow = await ApiWorld.open();
    try {
      // As in production but for the patience itself: nobody waits a minute here.
      Object.assign(slow.api.app.server, { headersTimeout: 400, requestTimeout: 500 });
      await slow.api.app.listen({ host: '127.0.0.1', port: 0 });
      const { port: own } = slow.api.app.server.address() as AddressInfo;
      const line = connect(own, '127.0.0.1').on('error', () => undefined);
      let heard = '';
      line.on('data', (chunk: Buffer) => (heard += chunk.toString('utf8')));
      const over = new Promise((done) => line.once('close', done));
      line.write(
        [
          'POST /api/v1/session HTTP/1.1',
          `host: 127.0.0.1:${String(own)}`,
          'content-type: application/json',
          'content-length: 1000',
          '',
          '{"token":"',
        ].join('\r\n'),
      );
      await over;
      expect(heard).toMatch(/^HTTP\/1\.1 408 /u);
      expect(heard).toContain('HTTP_TIMED_OUT');
      expect((await fetch(`http://127.0.0.1:${String(own)}/health`)).status).toBe(200);
    } finally {
      await slow.close();
    }
  });
});

describe('addresses, methods and names that nobody offered', () => {
  test('become no series: the metrics are as many as before', async () => {
    const names = async (): Promise<ReadonlySet<string>> => {
      const page = await api.ask('GET', '/metrics', {});
      const scraped = await fetch(`http://127.0.0.1:${String(port)}/metrics`);
      expect(page.status).toBe(404);
      const lines = (await scraped.text()).split('\n').filter((line) => line.startsWith('contender_api_'));
      return new Set(lines.map((line) => line.slice(0, line.lastIndexOf(' '))));
    };
    const tries = async (mark: string): Promise<void> => {
      for (const path of [`/models/${mark}`, `/${mark}`, `/retrains/${mark}`, `/models/a%0a${mark}/spec`]) {
        await api.ask('GET', path, { token: lead });
        await api.ask('GET', `${path}?${mark}=${mark}`, { token: mark });
        await api.ask('PATCH', path, { token: lead });
        await api.ask('POST', path, { token: lead, body: { [mark]: mark }, key: mark });
      }
      await fetch(`http://127.0.0.1:${String(port)}/${mark}`, { method: 'PROPFIND' });
    };
    // Until whoever guesses tokens is slowed down, and the scrape itself is among what was asked for.
    for (let index = 0; index < 16; index += 1) await tries(`first-${String(index)}`);
    await names();
    const before = await names();
    for (let index = 0; index < 12; index += 1) await tries(`mark-${String(index)}`);
    const after = await names();
    expect([...after].filter((name) => !before.has(name))).toEqual([]);
    expect([...after].some((name) => name.includes('mark-'))).toBe(false);
  });
});

describe('a line that breaks while a live view is opened', () => {
  const opening = (query: string, path = `/api/v1/live?${query}`): string =>
    [
      `GET ${path} HTTP/1.1`,
      `host: 127.0.0.1:${String(port)}`,
      'connection: Upgrade',
      'upgrade: websocket',
      'sec-websocket-version: 13',
      'sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==',
      '\r\n',
    ].join('\r\n');

  async function alive(): Promise<void> {
    const answer = await fetch(`http://127.0.0.1:${String(port)}/health`);
    expect(answer.status).toBe(200);
  }

  const closing = (line: Duplex): Promise<void> =>
    new Promise((done) => {
      line.once('close', () => {
        done();
      });
    });

  /** Whose own errors are nobody's business here. */
  async function lineTo(where: number): Promise<Socket> {
    const line = connect(where, '127.0.0.1').on('error', () => undefined);
    await once(line, 'connect');
    return line;
  }

  /** A line on which nothing can be sent any more, as after a reset that nobody has heard of yet. */
  class BrokenLine extends Duplex {
    override _read(): void {
      // Nothing comes.
    }
    override _write(_chunk: unknown, _encoding: string, done: (error: Error) => void): void {
      done(Object.assign(new Error('write EPIPE'), { code: 'EPIPE' }));
    }
  }

  test('ends that line and not the process', async () => {
    const line = new BrokenLine();
    const broken = closing(line);
    const request = new IncomingMessage(new Socket());
    request.url = '/api/v1/live?ticket=made-up';
    request.headers = { host: `127.0.0.1:${String(port)}` };
    api.api.app.server.emit('upgrade', request, line, Buffer.alloc(0));
    await broken;
    await alive();
  });

  test('and neither do a hundred strangers who reset theirs', async () => {
    const lines = Array.from({ length: 100 }, async (_each, index) => {
      const line = await lineTo(port);
      const closed = closing(line);
      line.write(opening(`ticket=${String(index)}`), () => {
        line.resetAndDestroy();
      });
      await closed;
    });
    await Promise.all(lines);
    await alive();
  });

  test.each(['//', '/%', '/api/v1/live/../../x', '/api/v1/liveness', '/'])(
    'nor an address like %s, which gets no answer of ours',
    async (path) => {
      const line = await lineTo(port);
      let heard = '';
      line.on('data', (chunk: Buffer) => (heard += chunk.toString('utf8')));
      const closed = closing(line);
      line.write(opening('', path));
      await closed;
      expect(heard).not.toMatch(/^HTTP\/1\.1 5/u);
      await alive();
    },
  );
});
