import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type SlackApi, slackApi } from './slack-api.ts';
import { contender, tokenFor } from '../../e2e/command-line.ts';
import { pressBody, signedHeaders } from '../../integration/api/slack-press.ts';
import { CLOCK, decidedAt, type Retrain, SmallWorld, until } from '../../e2e/small-world.ts';

/**
 * A decision through every entrance of a real system: HTTP, command line, workflow, registry. What is refused at one is
 * refused at all, is written down, and changes nothing; what is signed counts once.
 */
const MINUTES = 60_000;
const MODEL = 'tw-own';
const REASON = 'margins and shadow read';

interface Answer {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}

let world: SmallWorld;
let slack: SlackApi;
let retrain: Retrain;
let hash: string;

beforeAll(async () => {
  world = await SmallWorld.start();
  slack = slackApi(world);
  await world.givenModel(MODEL);
  await world.promoted(MODEL, decidedAt(265));
  retrain = await world.startRetrain(MODEL, decidedAt(300), {
    clock: CLOCK,
    requester: { subject: 'rita', roles: ['researcher', 'quant-lead'] },
  });
  ({ evidenceHash: hash } = await world.askedForApproval(retrain));
}, 8 * MINUTES);
afterAll(async () => {
  await slack.close();
  await world.stop();
}, MINUTES);

async function ask(
  subject: string,
  role: string,
  path: string,
  { body, key = randomUUID() }: { readonly body?: unknown; readonly key?: string } = {},
): Promise<Answer> {
  const answer = await fetch(`${world.running.apiUrl}/api/v1${path}`, {
    method: body === undefined ? 'GET' : 'POST',
    headers: {
      authorization: `Bearer ${await tokenFor(world.dataDir, subject, role)}`,
      ...(body === undefined ? {} : { 'content-type': 'application/json', 'idempotency-key': key }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return { status: answer.status, body: (await answer.json()) as Answer['body'] };
}

const decide = (
  subject: string,
  role: string,
  change: Readonly<Record<string, unknown>> = {},
  key = randomUUID(),
): Promise<Answer> =>
  ask(subject, role, `/retrains/${encodeURIComponent(retrain.workflowId)}/decision`, {
    body: { decision: 'approve', evidenceHash: hash, reason: REASON, ...change },
    key,
  });

async function signatures(): Promise<readonly string[]> {
  return (await world.registry.approvalState({ evidenceHash: hash })).approvedBy;
}

describe('a decision on one’s own work', () => {
  test.each([
    ['rita', 'who asked for the retrain'],
    ['RITA', 'the same person in capitals, whom the workflow lets pass and the database does not'],
    ['sam', 'who wrote its spec'],
  ])('is refused over HTTP to %s, %s', async (subject) => {
    expect(await decide(subject, 'quant-lead')).toMatchObject({ status: 403, body: { code: 'FOUR_EYES' } });
    expect(await signatures()).toEqual([]);
  });

  test('is refused at the command line, with the exit code of a refusal', async () => {
    const token = await tokenFor(world.dataDir, 'rita', 'quant-lead');
    const own = ['approve', retrain.workflowId, '--reason', REASON, '--token', token];
    expect(await contender(world.dataDir, ...own)).toMatchObject({
      exitCode: 1,
      answer: { error: { code: 'FOUR_EYES' } },
    });
    expect(await signatures()).toEqual([]);
  });

  test('is refused by a button in Slack, and the person is told', async () => {
    const body = pressBody({ user: 'U024RITA1', retrain: retrain.workflowId, evidenceHash: hash });
    expect(await slack.press(body, signedHeaders(body))).toContain('FOUR_EYES');
    expect(await signatures()).toEqual([]);
  });

  test('is refused by the workflow to whoever goes round the API', async () => {
    const actor = { subject: 'rita', roles: ['quant-lead' as const] };
    await expect(world.decide(retrain, hash, { actor })).rejects.toMatchObject({
      cause: { type: 'FOUR_EYES' },
    });
  });

  test('is refused by the database to whoever goes round the workflow', async () => {
    const actor = { subject: 'rita', roles: ['quant-lead' as const] };
    const decision = { decision: 'approve', actor, evidenceHash: hash, reason: REASON } as const;
    await expect(
      world.registry.recordApproval({ retrainId: retrain.workflowId, decision }),
    ).rejects.toMatchObject({ code: 'FOUR_EYES' });
  });
});

describe('a decision that may not be', () => {
  test('is refused to whoever may only look, before any workflow is asked', async () => {
    expect(await decide('vera', 'viewer')).toMatchObject({ status: 403, body: { code: 'NOT_ALLOWED' } });
    expect(await decide('nora', 'quant-lead@us-other')).toMatchObject({ status: 404 });
  });

  test('is refused under evidence that has changed since it was read', async () => {
    expect(await decide('lee', 'quant-lead', { evidenceHash: 'a'.repeat(64) })).toMatchObject({
      status: 409,
      body: { code: 'EVIDENCE_CHANGED' },
    });
    expect(await signatures()).toEqual([]);
  });

  test.each([
    ['of ten thousand characters', 'x'.repeat(10_000)],
    ['that turns the writing direction', 'approve \u202Etcejer'],
    ['that hides a control character', 'approve\u0007 it'],
    ['of half a character', 'approve \uD83D'],
    ['of blanks', '      '],
  ])('is refused with a reason %s', async (_what, reason) => {
    const { status, body } = await decide('lee', 'quant-lead', { reason });
    expect([status, body['code']]).toEqual([400, 'REQUEST_INVALID']);
    expect(await signatures()).toEqual([]);
  });

  test('stands in the log of refused attempts, by whichever entrance it came', async () => {
    const attempts = await until('the log', async () => {
      const { body } = await ask('olga', 'operator', '/refused-attempts');
      const items = body['items'] as { actor: string; command: string; code: string; model: string }[];
      return items.some(({ actor }) => actor === 'vera') ? items : null;
    });
    const logged = attempts.map(({ actor, command, code }) => `${actor} ${command} ${code}`);
    expect(logged).toEqual(
      expect.arrayContaining([
        'rita decideRetrain FOUR_EYES',
        'RITA decideRetrain FOUR_EYES',
        'sam decideRetrain FOUR_EYES',
        'rita approve FOUR_EYES',
        'rita slackAction FOUR_EYES',
        'vera decideRetrain NOT_ALLOWED',
      ]),
    );
    expect(attempts.filter(({ model }) => model !== MODEL)).toEqual([]);
  });
});

describe('a decision of two who may', () => {
  test('is not taken from a button of a message about other evidence', async () => {
    const old = pressBody({
      ...{ user: 'U024LEE01', retrain: retrain.workflowId, evidenceHash: 'c'.repeat(64) },
    });
    expect(await slack.press(old, signedHeaders(old))).toContain('EVIDENCE_CHANGED');
    expect(await signatures()).toEqual([]);
  });

  test('counts once each, however often and however much at once it is sent', async () => {
    const key = randomUUID();
    const body = pressBody({ user: 'U024LEE01', retrain: retrain.workflowId, evidenceHash: hash });
    const pressed = slack.press(body, signedHeaders(body));
    const answers = await Promise.all([
      decide('lee', 'quant-lead', {}, key),
      decide('lee', 'quant-lead', {}, key),
      decide('lee', 'quant-lead'),
      decide('mia', 'quant-lead'),
    ]);
    // One signature was needed: whoever came after it is told so.
    for (const { status, body } of answers) {
      expect([200, 409], JSON.stringify(body)).toContain(status);
      if (status === 409) {
        expect(['REQUEST_IN_PROGRESS', 'APPROVAL_NOT_OPEN', 'RETRAIN_FINISHED']).toContain(body['code']);
      }
    }
    const inSlack = await pressed;
    expect(inSlack).toMatch(/lee signed|APPROVAL_NOT_OPEN/u);
    expect(answers.some(({ status }) => status === 200) || inSlack.includes('signed')).toBe(true);
    expect(await world.result(retrain)).toMatchObject({ outcome: 'promoted', epoch: 2 });
    const signed = await signatures();
    expect(new Set(signed).size).toBe(signed.length);
    const reigns = await world.registry.reigns({ model: MODEL });
    expect(reigns.map(({ epoch }) => epoch)).toEqual([2, 1]);
    const trail = await world.registry.auditTrail({ model: MODEL, limit: 200 });
    expect(trail.filter(({ command }) => command === 'approve')).toHaveLength(signed.length + 1);
    await world.endGuard(MODEL, 2);
  });

  test('comes too late once it is over, and says so', async () => {
    expect(await decide('mia', 'quant-lead')).toMatchObject({
      status: 409,
      body: { code: 'APPROVAL_NOT_OPEN' },
    });
  });
});
