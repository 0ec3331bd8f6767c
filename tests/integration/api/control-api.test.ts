import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { notificationEvent } from '../../../contracts/notification.ts';
import type { SwapOutcome } from '../../../registry/swaps.ts';
import { ApiWorld } from './api-world.ts';
import type { Answer } from './api-world.ts';
import { sampleEvent } from '../../unit/notifications/sample-events.ts';
import { spec } from '../registry/world.ts';

let api: ApiWorld;
let viewer: string;
let ana: string;
let lee: string;
let kim: string;
let olga: string;
beforeAll(async () => {
  api = await ApiWorld.open();
  viewer = await api.token('vera', 'viewer');
  ana = await api.token('ana', 'researcher');
  lee = await api.token('lee', 'quant-lead');
  kim = await api.token('kim', 'quant-lead');
  olga = await api.token('olga', 'operator');
});
afterAll(() => api.close());

describe('what the control API tells', () => {
  test('a model with everything that happened to it', async () => {
    const model = await api.world.model();
    const first = await api.world.champion(model, 1);
    await api.world.champion(model, 2);
    await api.world.rollback(model);
    const candidate = await api.world.candidate(model, 3);
    await api.registry.setRetrainStep({ retrainId: candidate.retrainId, step: 'approve' });
    const opened = await api.world.decision(candidate, await api.world.shadowed(candidate));

    const list = await api.ask('GET', '/models', { token: viewer });
    expect(list.status, list.text).toBe(200);
    const items = list.body['items'] as { readonly model: string }[];
    expect(items.find((item) => item.model === model)).toMatchObject({
      ...{ model, epoch: 3, champion: { number: 1, id: first.versionId }, challenger: { number: 3 } },
      approval: { evidenceHash: opened.evidenceHash, needed: 1, barred: ['ana'] },
    });
    for (const path of [
      '',
      '/champion',
      '/champion?at=2019-02-02T00:00:00.000Z',
      '/reigns',
      '/servers',
      '/side',
      '/freeze',
      '/spec',
      '/specs',
      '/specs/1',
      '/versions',
      '/versions/1',
      `/versions/${first.versionId}`,
      '/trials',
      '/results',
      '/pins',
      '/audit',
      '/audit/verification',
    ]) {
      const answer = await api.ask('GET', `/models/${model}${path}`, { token: viewer });
      expect(answer.status, `${path} ${answer.text}`).toBe(200);
    }
    const figure = `/models/${model}/versions/1/figures`;
    const missing = await api.ask('GET', `${figure}/gain`, { token: viewer });
    expect(missing.status, missing.text).toBe(404);
    expect(missing.text).toContain('was made before plots were drawn');
    expect((await api.ask('GET', `${figure}/colour`, { token: viewer })).status).toBe(400);
    expect((await api.ask('GET', `${figure}/gain`)).status).toBe(401);
    const narrow = await api.ask('GET', `${figure}/gain?language=zh-TW&size=narrow`, { token: viewer });
    expect(narrow.status, narrow.text).toBe(404);
    const giant = await api.ask('GET', `${figure}/gain?size=giant`, { token: viewer });
    expect(giant.status, giant.text).toBe(400);
    for (const path of ['', '/evidence']) {
      const answer = await api.ask('GET', `/retrains/${encodeURIComponent(candidate.retrainId)}${path}`, {
        token: viewer,
      });
      expect(answer.status, `${path} ${answer.text}`).toBe(200);
    }
    for (const path of [
      '/retrains',
      '/approvals',
      '/alerts',
      '/spec-proposals',
      '/health',
      '/session',
      '/openapi.json',
    ]) {
      const answer = await api.ask('GET', path, { token: viewer });
      expect(answer.status, `${path} ${answer.text}`).toBe(200);
    }
    const away = await api.ask('GET', `/retrains/${encodeURIComponent(candidate.retrainId)}/state`, {
      token: viewer,
    });
    expect(away.status, away.text).toBe(503);
  });

  test('pages that follow one another, and the same answer as 304', async () => {
    const model = await api.world.model();
    for (const seed of [1, 2, 3]) await api.world.champion(model, seed);
    const first = await api.ask('GET', `/models/${model}/versions?limit=2`, { token: viewer });
    expect(first.body).toMatchObject({
      items: [
        { number: 3, role: 'champion' },
        { number: 2, role: 'previous' },
      ],
      next: '2',
    });
    const second = await api.ask('GET', `/models/${model}/versions?limit=2&cursor=2`, { token: viewer });
    expect(second.body).toMatchObject({ items: [{ number: 1, role: 'former' }], next: null });
    const again = await api.ask('GET', `/models/${model}/versions?limit=2`, {
      token: viewer,
      headers: { 'if-none-match': String(first.headers['etag']) },
    });
    expect([again.status, again.text]).toEqual([304, '']);
  });
});

describe('what the control API changes', () => {
  test('a rollback happens once, however often it is sent', async () => {
    const model = await api.world.model();
    await api.world.champion(model, 1);
    await api.world.champion(model, 2);
    const sent = { token: olga, key: 'the-very-same-key', body: { reason: 'drawdown', expectedEpoch: 2 } };
    const [one, other] = await Promise.all([
      api.ask('POST', `/models/${model}/rollbacks`, sent),
      api.ask('POST', `/models/${model}/rollbacks`, sent),
    ]);
    expect([one.status, other.status].sort(), one.text + other.text).toEqual([200, 409]);
    const after = await api.ask('POST', `/models/${model}/rollbacks`, sent);
    expect(after.body).toMatchObject({ fromVersion: 2, toVersion: 1, epoch: 3 });
    expect(await api.registry.champion({ model })).toMatchObject({ epoch: 3 });
    const reused = await api.ask('POST', `/models/${model}/rollbacks`, {
      ...sent,
      body: { reason: 'something else' },
    });
    expect([reused.status, reused.body['code']]).toEqual([409, 'IDEMPOTENCY_KEY_REUSED']);
    const late = await api.ask('POST', `/models/${model}/rollbacks`, {
      token: olga,
      body: { reason: 'again', expectedEpoch: 2 },
    });
    expect([late.status, late.body['code']]).toEqual([409, 'EPOCH_MOVED']);
  });

  test('a side is set only as long as it is as it was read', async () => {
    const model = await api.world.model();
    const path = `/models/${model}/side`;
    const read = await api.ask('GET', path, { token: olga });
    const headers = { 'if-match': String(read.headers['etag']) };
    const set = await api.ask('PUT', path, {
      token: olga,
      headers,
      body: { action: 'halt', reason: 'bad data' },
    });
    expect(set.body).toMatchObject({ action: 'halt', subject: 'olga' });
    const stale = await api.ask('PUT', path, {
      token: olga,
      headers,
      body: { action: 'serve', reason: 'fine again' },
    });
    expect([stale.status, stale.body['code']]).toEqual([412, 'RESOURCE_CHANGED']);
  });

  test('the deputy whom the spec names gets as far as a lead, and nobody else without the role', async () => {
    const model = await api.world.model({ approval: { deputy: 'dora' } });
    const candidate = await api.world.candidate(model, 1);
    const deputyFrom = new Date(Date.now() - 60_000).toISOString();
    const opened = await api.world.decision(candidate, await api.world.shadowed(candidate), { deputyFrom });
    const path = `/retrains/${encodeURIComponent(candidate.retrainId)}/decision`;
    const body = { decision: 'approve', evidenceHash: opened.evidenceHash, reason: 'read it' };
    const decide = async (subject: string, ...roles: string[]): Promise<unknown> => {
      const answer = await api.ask('POST', path, { token: await api.token(subject, ...roles), body });
      return [answer.status, answer.body['code']];
    };
    // Temporal is away here: whoever is let in is told so.
    expect(await decide('Dora', `viewer@${model}`)).toEqual([503, 'PART_UNREACHABLE']);
    expect(await decide('vic', `viewer@${model}`)).toEqual([403, 'NOT_ALLOWED']);
    expect(await decide('dora', 'viewer@other-model')).toEqual([404, 'MODEL_UNKNOWN']);
    const shown = await api.ask('GET', `/retrains/${encodeURIComponent(candidate.retrainId)}`, {
      token: viewer,
    });
    expect(shown.body).toMatchObject({ approval: { deputy: { subject: 'dora', from: deputyFrom } } });
  });

  test('the deputy gets as far as a lead also at the gates and on a proposal, and nobody else does', async () => {
    const approval = { deputy: 'dora' };
    const model = await api.world.model({ approval });
    const candidate = await api.world.candidate(model, 1);
    const { retrainId } = candidate;
    const looser = { ...spec(model, { approval, gates: { pboMax: 0.4 } }), data: '/data/tw' };
    const proposed = await api.ask('PUT', `/models/${model}/spec`, {
      ...{ token: ana, body: { spec: looser, reason: 'a quarter at 0.4' } },
    });
    const { id, deputy } = proposed.body['proposal'] as { id: number; deputy: { from: string } };
    expect(Date.parse(deputy.from)).toBeGreaterThan(Date.now());
    const ask = async (subject: string, role: string, path: string, body: unknown): Promise<unknown> => {
      const answer = await api.ask('POST', path, { token: await api.token(subject, role), body });
      return [answer.status, answer.body['code']];
    };
    const agree = { decision: 'agree', reason: 'seen the numbers' };
    const decision = `/spec-proposals/${String(id)}/decision`;
    expect(await ask('Dora', `viewer@${model}`, decision, agree)).toEqual([409, 'DEPUTY_NOT_YET']);
    expect(await ask('vic', `viewer@${model}`, decision, agree)).toEqual([403, 'NOT_ALLOWED']);
    expect(await ask('dora', 'viewer@other-model', decision, agree)).toEqual([404, 'PROPOSAL_UNKNOWN']);
    expect((await api.registry.currentSpec({ model })).number).toBe(1);

    const waivers = `/retrains/${encodeURIComponent(retrainId)}/waivers`;
    const waiver = { gate: 'spa', evidenceHash: 'a'.repeat(64), reason: 'a known regime' };
    expect(await ask('dora', `viewer@${model}`, waivers, waiver)).toEqual([403, 'NOT_ALLOWED']);
    await api.registry.openGateHold({
      ...{ retrainId, round: 1, cause: 'waivable-fail' },
      objections: [{ gate: 'spa', code: 'FAIL', reason: 'below' }],
      expiresAt: new Date(Date.now() + 600_000).toISOString(),
      deputy: { subject: 'dora', from: new Date().toISOString() },
      notification: sampleEvent('gates-held'),
    });
    // Temporal is away here: whoever is let in is told so.
    expect(await ask('dora', `viewer@${model}`, waivers, waiver)).toEqual([503, 'PART_UNREACHABLE']);
    expect(await ask('vic', `viewer@${model}`, waivers, waiver)).toEqual([403, 'NOT_ALLOWED']);
    const no = { evidenceHash: waiver.evidenceHash, reason: 'tried too often' };
    expect(await ask('dora', `viewer@${model}`, `${waivers}/refusal`, no)).toEqual([503, 'PART_UNREACHABLE']);
    expect(await ask('vic', `viewer@${model}`, `${waivers}/refusal`, no)).toEqual([403, 'NOT_ALLOWED']);
    for (const bad of [
      { ...no, reason: '' },
      { ...no, evidenceHash: 'x' },
      { ...no, gate: 'spa' },
    ]) {
      expect(await ask('dora', `viewer@${model}`, `${waivers}/refusal`, bad)).toEqual([
        400,
        'REQUEST_INVALID',
      ]);
    }
    const shown = await api.ask('GET', `/retrains/${encodeURIComponent(retrainId)}`, { token: viewer });
    expect(shown.body).toMatchObject({ holds: [{ deputy: { subject: 'dora' } }] });
  });

  test('an objection holds the swap until two others overrule it, and its reign can be objected to', async () => {
    const model = await api.world.model();
    const candidate = await api.world.candidate(model, 1);
    const evidenceHash = await api.world.approved(candidate);
    const path = `/retrains/${encodeURIComponent(candidate.retrainId)}`;
    const body = { evidenceHash, reason: 'the drawdown of March' };
    const ask = async (token: string, sub: string, sent: unknown, key: string = randomUUID()) =>
      api.ask('POST', `${path}${sub}`, { token, body: sent, key });
    const refused = await ask(olga, '/objections', body);
    expect([refused.status, refused.body['code']]).toEqual([403, 'NOT_ALLOWED']);
    const raised = await ask(kim, '/objections', body, 'the-objection-of-kim');
    expect(raised.status, raised.text).toBe(200);
    expect(raised.body).toMatchObject({ subject: 'kim', state: 'open', epoch: null, version: 1 });
    const again = await ask(kim, '/objections', body, 'the-objection-of-kim');
    expect(again.body['id']).toBe(raised.body['id']);
    await expect(api.world.promote(candidate, evidenceHash)).rejects.toMatchObject({
      code: 'OBJECTION_OPEN',
    });

    const answers = `/objections/${String(raised.body['id'])}/answers`;
    const overrule = { answer: 'overrule', reason: 'a fault of the data' };
    const own = await ask(kim, answers, overrule);
    expect([own.status, own.body['code']]).toEqual([403, 'FOUR_EYES']);
    expect((await ask(lee, answers, overrule)).body).toMatchObject({ state: 'open' });
    expect((await ask(await api.token('mia', 'quant-lead'), answers, overrule)).body).toMatchObject({
      state: 'overruled',
    });
    const late = await ask(await api.token('nia', 'quant-lead'), answers, overrule);
    expect([late.status, late.body['code']]).toEqual([409, 'ALREADY_DECIDED']);
    const nothing = await ask(lee, '/objections/999999/answers', overrule);
    expect([nothing.status, nothing.body['code']]).toEqual([404, 'OBJECTION_UNKNOWN']);

    await api.world.promote(candidate, evidenceHash);
    await api.world.finish(candidate);
    const after = await ask(kim, '/objections', { ...body, reason: 'it does what I said' });
    expect(after.body).toMatchObject({ state: 'open', epoch: 1 });
    const shown = await api.ask('GET', path, { token: viewer });
    const { objections } = shown.body as { readonly objections: readonly { readonly state: string }[] };
    expect(objections.map(({ state }) => state)).toEqual(['overruled', 'open']);
  });

  test('how long the last rollback took is what its announcement recorded, else nothing', async () => {
    const model = await api.world.model();
    const { swap } = await api.world.champion(model, 1);
    const measured = async (): Promise<unknown> =>
      (await api.ask('GET', `/models/${model}/servers`, { token: viewer })).body['measured'];
    // Announced, and nobody waited for the servers: no time is made up.
    expect(await measured()).toEqual({ rollback: null, promotion: null });
    const waitedFor = (
      kind: 'swapped' | 'rolled-back',
      { epoch, toVersion, versionId, fromVersion, fromVersionId, committedAt }: SwapOutcome,
      tookMs: number,
    ): Promise<void> => {
      const from =
        fromVersion === null || fromVersionId === null ? null : { number: fromVersion, id: fromVersionId };
      const to = { number: toVersion, id: versionId };
      const shared = {
        ...{ model, retrain: null, run: null, asOf: null, session: null, temporalUrl: null },
        ...{ occurredAt: committedAt, correlationId: 'test', severity: 'INFO' as const },
        ...{ to, epoch, tookMs, acknowledged: [{ server: 's-1', epoch }] },
      };
      const event =
        kind === 'rolled-back' && from !== null
          ? notificationEvent({
              ...shared,
              ...{ kind: 'rolled-back', from, cause: 'manual', requestedBy: 'ops', reason: 'it misbehaves' },
            })
          : notificationEvent({ ...shared, kind: 'swapped', from, rollbackCommand: 'contender rollback' });
      return api.registry.enqueueNotification({ event });
    };
    await waitedFor('swapped', swap, 18);
    const promotion = { epoch: 1, at: swap.committedAt, tookMs: 18, servers: 1 };
    expect(await measured()).toEqual({ rollback: null, promotion });
    await api.world.champion(model, 2);
    const back = await api.world.rollback(model);
    await waitedFor('rolled-back', back, 23.5);
    expect(await measured()).toEqual({
      rollback: { epoch: 3, at: back.committedAt, tookMs: 23.5, servers: 1 },
      promotion,
    });
  });

  test('pins and approvals come in pages, filtered, with the same answer as 304', async () => {
    const model = await api.world.model();
    await api.world.champion(model, 1);
    const pin = (consumer: string, purpose: string): Promise<Answer> =>
      api.ask('PUT', `/models/${model}/pins/${consumer}`, {
        token: olga,
        body: { version: 1, purpose, reason: 'as agreed' },
      });
    for (const consumer of ['risk', 'desk', 'audit']) {
      const set = await pin(consumer, consumer === 'risk' ? 'fallback' : 'pin');
      expect(set.status, set.text).toBe(200);
    }
    const list = async (query: string): Promise<[readonly string[], unknown]> => {
      const { status, body, text } = await api.ask('GET', `/models/${model}/pins${query}`, { token: viewer });
      expect(status, text).toBe(200);
      const items = body['items'] as readonly { readonly consumer: string }[];
      return [items.map(({ consumer }) => consumer), body['next']];
    };
    expect(await list('?limit=2')).toEqual([['audit', 'desk'], '2']);
    expect(await list('?limit=2&cursor=2')).toEqual([['risk'], null]);
    expect(await list('?limit=2&cursor=9')).toEqual([[], null]);
    expect(await list('?purpose=fallback')).toEqual([['risk'], null]);
    expect(await list('?consumer=desk&version=1')).toEqual([['desk'], null]);
    expect(await list('?version=2')).toEqual([[], null]);
    const first = await api.ask('GET', `/models/${model}/pins`, { token: viewer });
    const again = await api.ask('GET', `/models/${model}/pins`, {
      token: viewer,
      headers: { 'if-none-match': String(first.headers['etag']) },
    });
    expect(again.status).toBe(304);
    const approvals = await api.ask('GET', `/approvals?model=${model}`, { token: viewer });
    expect(approvals.body).toEqual({ items: [], next: null });
    const challengers = await api.ask('GET', `/models/${model}/challengers?open=true`, { token: viewer });
    expect(challengers.body).toEqual({ items: [], next: null });
  });

  test('what changes something needs a key', async () => {
    const model = await api.world.model();
    const answer = await api.ask('PUT', `/models/${model}/freeze`, {
      ...{ token: olga, key: null, body: { frozen: true, reason: 'look at it' } },
    });
    expect([answer.status, answer.body['code']]).toEqual([400, 'IDEMPOTENCY_KEY_MISSING']);
  });
});

describe('a spec that loosens something', () => {
  test('waits for a second quant lead, who is not its author', async () => {
    const model = await api.world.model();
    const path = `/models/${model}/spec`;
    const looser = { ...spec(model, { gates: { pboMax: 0.4 } }), data: '/data/tw' };
    const proposed = await api.ask('PUT', path, {
      token: lee,
      body: { spec: looser, reason: 'a quarter at 0.4' },
    });
    expect(proposed.status, proposed.text).toBe(200);
    expect(proposed.body).toMatchObject({
      kind: 'proposed',
      proposal: { loosened: ['gates.pboMax'], state: 'open' },
    });
    expect((await api.registry.currentSpec({ model })).number).toBe(1);
    const { id } = proposed.body['proposal'] as { id: number };
    const decision = `/spec-proposals/${String(id)}/decision`;
    const body = { decision: 'agree', reason: 'seen the numbers' };

    const own = await api.ask('POST', decision, { token: lee, body });
    expect([own.status, own.body['code']], own.text).toEqual([403, 'SECOND_PERSON_NEEDED']);
    const spelled = await api.ask('POST', decision, { token: await api.token('LEE', 'quant-lead'), body });
    expect(spelled.status, spelled.text).toBe(403);
    const researcher = await api.ask('POST', decision, { token: ana, body });
    expect([researcher.status, researcher.body['code']]).toEqual([403, 'NOT_ALLOWED']);
    expect((await api.registry.currentSpec({ model })).number).toBe(1);

    await api.ask('POST', decision, { token: kim, body });
    expect(await api.registry.currentSpec({ model })).toMatchObject({
      number: 2,
      author: 'lee',
      secondPerson: 'kim',
    });
    const late = await api.ask('POST', decision, {
      token: await api.token('mia', 'quant-lead'),
      body: { ...body, decision: 'reject' },
    });
    expect([late.status, late.body['code']], late.text).toEqual([409, 'ALREADY_DECIDED']);
  });

  test('is void when another spec came into force meanwhile', async () => {
    const model = await api.world.model();
    const path = `/models/${model}/spec`;
    const looser = { ...spec(model, { gates: { pboMax: 0.4 } }), data: '/data/tw' };
    const proposed = await api.ask('PUT', path, { token: lee, body: { spec: looser, reason: 'a quarter' } });
    const { id } = proposed.body['proposal'] as { id: number };
    await api.registry.applySpec({
      ...{ spec: spec(model, { training: { trials: 30 } }), actor: { subject: 'ana', roles: [] } },
      ...{ secondPerson: null, reason: 'more trials' },
    });
    const answer = await api.ask('POST', `/spec-proposals/${String(id)}/decision`, {
      ...{ token: kim, body: { decision: 'agree', reason: 'fine' } },
    });
    expect([answer.status, answer.body['code']], answer.text).toEqual([409, 'SPEC_OUTRUN']);
  });
});
