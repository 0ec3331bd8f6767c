import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ApiWorld } from './api-world.ts';

/** What the command line could do and the API could not. */
let api: ApiWorld;
let lee: string;
let kim: string;
let viewer: string;
beforeAll(async () => {
  api = await ApiWorld.open();
  lee = await api.token('lee', 'quant-lead');
  kim = await api.token('kim', 'quant-lead');
  viewer = await api.token('vera', 'viewer');
});
afterAll(() => api.close());

const WEEK = { startsAt: '2031-03-03T00:00:00.000Z', endsAt: '2031-03-10T00:00:00.000Z' };

describe('who is on call', () => {
  test('is changed over HTTP, once however often it is sent, and addresses stay with those who change it', async () => {
    const body = { subject: 'olga', email: 'olga@example.com', phone: '+886912345678', ...WEEK };
    const ask = () => api.ask('POST', '/on-call/shifts', { token: lee, body, key: 'shift-of-olga' });
    const [one, again] = [await ask(), await ask()];
    expect(one.status, one.text).toBe(200);
    expect(again.body['id']).toBe(one.body['id']);
    const shown = await api.ask('GET', '/on-call', { token: viewer });
    expect(shown.body['shifts']).toHaveLength(1);
    expect(shown.text).not.toContain('example.com');
    const removal = `/on-call/shifts/${String(one.body['id'])}/removal`;
    expect((await api.ask('POST', removal, { token: viewer })).status).toBe(403);
    expect((await api.ask('POST', removal, { token: lee })).body).toMatchObject({ removed: true });
    expect((await api.ask('GET', '/on-call', { token: viewer })).body['shifts']).toEqual([]);
    const unknown = await api.ask('POST', '/on-call/shifts/999999/removal', { token: lee });
    expect([unknown.status, unknown.body['code']]).toEqual([404, 'SHIFT_UNKNOWN']);
  });

  test('has to be somebody who can be reached, for a time that has an order', async () => {
    for (const wrong of [
      { subject: 'olga', email: null, phone: null, ...WEEK },
      { subject: 'olga', email: 'no address', phone: null, ...WEEK },
      {
        subject: 'olga',
        email: 'olga@example.com',
        phone: null,
        startsAt: WEEK.endsAt,
        endsAt: WEEK.startsAt,
      },
    ]) {
      const answer = await api.ask('POST', '/on-call/shifts', { token: lee, body: wrong });
      expect([answer.status, answer.body['code']], answer.text).toEqual([400, 'REQUEST_INVALID']);
    }
  });
});

test('a test alert goes the way of a real one', async () => {
  const model = await api.world.model();
  const sent = await api.ask('POST', '/alert-tests', { token: lee, body: { severity: 'CRITICAL', model } });
  expect(sent.status, sent.text).toBe(200);
  expect(sent.body['labels']).toMatchObject({ alertname: 'test-alert', severity: 'CRITICAL', model });
  const nobody = await api.ask('POST', '/alert-tests', { token: lee, body: { model: 'no-such-model' } });
  expect([nobody.status, nobody.body['code']]).toEqual([404, 'MODEL_UNKNOWN']);
});

test('a runbook is read by its rule, and a rule without one, or a path, gives none', async () => {
  const known = await api.ask('GET', '/runbooks/decay-alarm', { token: viewer });
  expect(known.body).toMatchObject({ rule: 'decay-alarm', language: 'en' });
  expect(known.body['text']).toContain('## What it means');
  const chinese = await api.ask('GET', '/runbooks/decay-alarm?language=zh-TW', { token: viewer });
  expect(chinese.body).toMatchObject({ rule: 'decay-alarm', language: 'zh-TW' });
  expect(chinese.body['text']).toContain('## 代表什麼');
  expect((await api.ask('GET', '/runbooks/decay-alarm?language=fr', { token: viewer })).status).toBe(400);
  for (const query of ['', '?language=zh-TW']) {
    const none = await api.ask('GET', `/runbooks/no-such-rule${query}`, { token: viewer });
    expect(none.body).toMatchObject({ text: null, language: 'en' });
  }
  for (const wrong of ['..%2f..%2fpackage', '%2e%2e', 'Decay-Alarm.md', 'a'.repeat(200)]) {
    const { status } = await api.ask('GET', `/runbooks/${wrong}`, { token: viewer });
    expect([400, 404], wrong).toContain(status);
  }
});

describe('a structural change', () => {
  const body = { reason: 'another vendor of data since March' };

  test('takes the token of a second quant lead, who is somebody else', async () => {
    const model = await api.world.model();
    const path = `/models/${model}/structural-changes`;
    const declare = (token: string, secondToken: string) =>
      api.ask('POST', path, { token, body: { ...body, secondToken } });
    const refusals: [string, number, string][] = [
      [lee, 403, 'SECOND_PERSON_NEEDED'],
      [viewer, 403, 'SECOND_PERSON_NEEDED'],
      [await api.token('LEE', 'quant-lead'), 403, 'SECOND_PERSON_NEEDED'],
      [await api.token('mia', 'quant-lead@another-model'), 403, 'SECOND_PERSON_NEEDED'],
      ['no token at all', 401, 'TOKEN_INVALID'],
    ];
    for (const [second, status, code] of refusals) {
      const refused = await declare(lee, second);
      expect([refused.status, refused.body['code']], refused.text).toEqual([status, code]);
    }
    expect((await declare(viewer, kim)).status).toBe(403);
    const declared = await declare(lee, kim);
    expect(declared.status, declared.text).toBe(200);
    expect(declared.body).toMatchObject({ number: 1, actor: 'lee', secondPerson: 'kim' });
    expect(declared.text).not.toContain(kim);
    const listed = await api.ask('GET', path, { token: viewer });
    expect(listed.body['items']).toEqual([declared.body]);
  });

  test('is refused with a token that was called back', async () => {
    const model = await api.world.model();
    const lost = await api.token('mia', 'quant-lead');
    const [, claims = ''] = lost.split('.');
    const { jti } = JSON.parse(Buffer.from(claims, 'base64url').toString()) as { jti: string };
    const admin = await api.token('ada', 'admin');
    const called = await api.ask('POST', '/revoked-tokens', {
      ...{ token: admin, body: { tokenId: jti, reason: 'laptop stolen' } },
    });
    expect(called.status, called.text).toBe(200);
    const answer = await api.ask('POST', `/models/${model}/structural-changes`, {
      ...{ token: lee, body: { ...body, secondToken: lost } },
    });
    expect([answer.status, answer.body['code']], answer.text).toEqual([403, 'SECOND_PERSON_NEEDED']);
  });
});

test('the error budget and the watched sessions of a model are read', async () => {
  const off = await api.world.model();
  const on = await api.world.model({ gates: { errorBudget: 'lord', errorBudgetLevel: 0.1 } });
  expect((await api.ask('GET', `/models/${off}/error-budget`, { token: viewer })).body).toMatchObject({
    ...{ budget: null, tests: [] },
  });
  const budget = await api.ask('GET', `/models/${on}/error-budget`, { token: viewer });
  expect(budget.body).toMatchObject({ budget: { method: 'lord', level: 0.1, test: 1, discoveries: 0 } });
  const watched = await api.ask('GET', `/models/${on}/watched-sessions?decisions=true`, { token: viewer });
  expect([watched.status, watched.body]).toEqual([200, { items: [], next: null }]);
});

describe('reports', () => {
  test('are pages and documents, in both languages, for whoever may read what they are about', async () => {
    const model = await api.world.model();
    const { retrainId } = await api.world.champion(model, 1);
    const get = (path: string, token: string) =>
      api.api.app.inject({
        ...{ method: 'GET', url: `/api/v1${path}` },
        headers: { authorization: `Bearer ${token}`, host: '127.0.0.1' },
      });
    const path = `/retrains/${encodeURIComponent(retrainId)}/report`;
    const page = await get(`${path}?language=zh-TW`, viewer);
    expect(page.statusCode, page.body).toBe(200);
    expect(page.headers['content-type']).toBe('text/html; charset=utf-8');
    expect(page.headers['content-security-policy']).toContain("default-src 'none'");
    expect(page.body).toContain('<html lang="zh');
    const printed = await get(`${path}?form=pdf`, viewer);
    expect([printed.statusCode, printed.headers['content-type']]).toEqual([200, 'application/pdf']);
    expect(printed.rawPayload.subarray(0, 5).toString()).toBe('%PDF-');
    const month = await get(`/models/${model}/reports/monthly?month=2019-02`, viewer);
    expect(month.statusCode, month.body).toBe(200);

    const none = await get(`/models/${model}/reports/incident`, viewer);
    expect([none.statusCode, none.json<{ code: string }>().code]).toEqual([409, 'NO_INCIDENT']);
    const foreign = await api.token('eve', 'viewer@another-model');
    expect((await get(path, foreign)).statusCode).toBe(404);
    expect((await get(path, 'no token')).statusCode).toBe(401);
    for (const wrong of ['?form=docx', '?language=fr', '?month=2019-02']) {
      expect((await get(`${path}${wrong}`, viewer)).statusCode).toBe(400);
    }
    expect((await get(`/models/${model}/reports/monthly`, viewer)).statusCode).toBe(400);
  });
});
