import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parseAlertingFile } from '../../../alerting/config-check.ts';
import { slackPeople } from '../../../api/slack/people.ts';
import type { ReplacedMessage } from '../../../api/slack/slack.ts';
import { shippedCalendar } from '../../../market/shipped-calendar.ts';
import { AlertRouter } from '../../../notifications/alert-router.ts';
import { ApiWorld } from './api-world.ts';
import { acknowledgeBody, SIGNING_SECRET, signedHeaders } from './slack-press.ts';

/** Somebody looks after the alerts of a message by its button. */
let api: ApiWorld;
let router: AlertRouter;
let model: string;
let other: string;
const said: string[] = [];
const replaced: ReplacedMessage[] = [];
const people: string[] = [
  ...[
    'U024LEE01=lee=quant-lead',
    'U024OLGA1=olga=operator',
    'U024VERA1=vera=viewer',
    'U024RITA1=rita=researcher',
  ],
];
beforeAll(async () => {
  api = await ApiWorld.open({
    slack: {
      signingSecret: SIGNING_SECRET,
      people: slackPeople([...people, 'U024EVE01=eve=operator@m-nowhere', 'U024TOM01=tom=operator@XTAI']),
      respond: (_url, text) => {
        said.push(text);
        return Promise.resolve();
      },
      update: (_url, message) => {
        replaced.push(message);
        return Promise.resolve();
      },
    },
  });
  const file = parseAlertingFile(
    {
      receivers: [{ name: 'desk', channels: ['slack'] }],
      route: { receiver: 'desk', group_by: ['alertname'], group_wait: '0s' },
    },
    ['slack'],
    'the test',
  );
  router = new AlertRouter({
    ...{ routing: api.registry.alertRouting, file },
    calendars: (market) => shippedCalendar(market),
  });
  [model, other] = [await api.world.model(), await api.world.model()];
});
afterAll(() => api.close());

let raised = 0;
async function alert(about: string | null): Promise<number> {
  raised += 1;
  const rule = `feed-late-${String(raised)}`;
  await api.registry.raiseAlert({
    ...{
      rule,
      severity: 'ERROR',
      model: about,
      labels: {},
      summary: rule,
      description: 'Somebody must look.',
    },
    ...{
      session: null,
      facts: [],
      actions: [],
      series: [],
      startsAt: new Date().toISOString(),
      endsAt: null,
    },
    ...{ correlationId: 'test', dedupeKey: rule },
  });
  await router.round(Date.now());
  const { body } = await api.ask('GET', '/alerts', { token: await api.token('ada', 'admin') });
  const items = body['items'] as readonly { readonly id: number; readonly rule: string }[];
  const found = items.find((one) => one.rule === rule);
  if (found === undefined) throw new Error('it was not raised');
  return found.id;
}

async function press(body: string, headers = signedHeaders(body)): Promise<number> {
  const answer = await api.api.app.inject({
    ...{ method: 'POST', url: '/api/v1/slack/actions' },
    headers: { host: '127.0.0.1:8080', ...headers },
    payload: body,
  });
  return answer.statusCode;
}
async function heard(body: string): Promise<string> {
  const before = said.length;
  expect(await press(body)).toBe(200);
  await expect.poll(() => said.length, { timeout: 30_000 }).toBe(before + 1);
  return said.at(-1) ?? '';
}
const by = async (id: number): Promise<string | null> =>
  (await api.registry.alertEpisode({ id })).acknowledgedBy;

const BLOCKS = [
  { type: 'header', text: { type: 'plain_text', text: 'alerts' } },
  { type: 'input', block_id: 'reason', element: { type: 'plain_text_input', action_id: 'reason' } },
  { type: 'actions', block_id: 'decision', elements: [{ type: 'button', action_id: 'acknowledge' }] },
];

describe('the button that acknowledges alerts', () => {
  test('does so for all of its message and no other, once however often it is pressed, and goes', async () => {
    const [one, two, later] = [await alert(model), await alert(null), await alert(model)];
    const body = acknowledgeBody({ user: 'U024OLGA1', alerts: [one, two], blocks: BLOCKS });
    const line = `olga looks after them (alerts ${String(one)}, ${String(two)}).`;
    expect(await heard(body)).toBe(line);
    expect(await heard(body)).toBe(line);
    expect([await by(one), await by(two), await by(later)]).toEqual(['olga', 'olga', null]);
    expect(replaced.at(-1)?.blocks.map(({ type }) => type)).toEqual(['header', 'context']);
    expect(replaced.at(-1)?.text).toBe(line);
  });

  test('leaves who was first: of some of them, and of all', async () => {
    const [one, two] = [await alert(model), await alert(other)];
    await heard(acknowledgeBody({ user: 'U024LEE01', alerts: [one] }));
    const both = { alerts: [one, two], language: 'zh-TW' };
    expect(await heard(acknowledgeBody({ user: 'U024OLGA1', ...both }))).toContain(
      `由 olga 處理警示 ${String(two)}；其餘先前已由 lee 確認。`,
    );
    expect(await heard(acknowledgeBody({ user: 'U024LEE01', alerts: [two] }))).toContain(
      'olga had acknowledged them before.',
    );
    expect([await by(one), await by(two)]).toEqual(['lee', 'olga']);
  });

  test('is of whoever may on each of them, by model or market; others are refused and written down', async () => {
    const [one, everywhere] = [await alert(model), await alert(null)];
    for (const user of ['U024VERA1', 'U024RITA1', 'U024EVE01']) {
      expect(await heard(acknowledgeBody({ user, alerts: [one] }))).toContain(
        `may not acknowledge alert ${String(one)} [NOT_ALLOWED]`,
      );
    }
    // Of all or of none: what is about no model is for roles that hold everywhere.
    const mixed = acknowledgeBody({ user: 'U024TOM01', alerts: [one, everywhere] });
    expect(await heard(mixed)).toContain(`tom may not acknowledge alert ${String(everywhere)}`);
    expect(await heard(acknowledgeBody({ user: 'U0STRANGER', alerts: [one] }))).toContain('is nobody here');
    expect([await by(one), await by(everywhere)]).toEqual([null, null]);
    expect(await heard(acknowledgeBody({ user: 'U024TOM01', alerts: [one] }))).toContain('tom looks after');
    await api.api.refusals.flushed();
    const { body } = await api.ask('GET', '/refused-attempts', { token: await api.token('ada', 'admin') });
    const actors = (body['items'] as { actor: string }[]).map(({ actor }) => actor);
    expect(actors).toEqual(expect.arrayContaining(['vera', 'rita', 'eve', 'tom', 'slack:U0STRANGER']));
  });

  test.each(['', '  ', 'ok', 'x'.repeat(2001), 'read \u202Etcejer'])(
    'needs a reason, and says so: %j',
    async (reason) => {
      const one = await alert(model);
      expect(await heard(acknowledgeBody({ user: 'U024OLGA1', alerts: [one], reason }))).toContain(
        'Nothing was recorded. Write a reason above the buttons first',
      );
      expect(await by(one)).toBeNull();
    },
  );

  test('says that there is no such alert, and acknowledges none beside it', async () => {
    const one = await alert(model);
    expect(await heard(acknowledgeBody({ user: 'U024OLGA1', alerts: [one, 999_999] }))).toContain(
      'ALERT_UNKNOWN',
    );
    expect(await by(one)).toBeNull();
  });

  test.each([
    ...[[], [0], [-1], [1.5], ['1'], [1, 1], [Number.MAX_SAFE_INTEGER + 2]].map((alerts) => ({ alerts })),
    ...['1', 1, null, {}, undefined].map((alerts) => ({ alerts })),
    { alerts: Array.from({ length: 21 }, (_, index) => index + 1) },
  ])('that holds no numbers of alerts is none of ours: $alerts', async ({ alerts }) => {
    const before = said.length;
    expect(await press(acknowledgeBody({ user: 'U024OLGA1', alerts }))).toBe(400);
    expect(said).toHaveLength(before);
  });

  test('counts as signed by Slack alone, and does not sign a decision', async () => {
    const one = await alert(model);
    const body = acknowledgeBody({ user: 'U024OLGA1', alerts: [one] });
    expect(await press(body, signedHeaders(body, { secret: 'another-secret-of-32-characters!' }))).toBe(401);
    expect(await press(body, signedHeaders(`${body} `))).toBe(401);
    // The value of one kind of button under the action of another.
    expect(await press(acknowledgeBody({ user: 'U024LEE01', alerts: [one], action: 'approve' }))).toBe(400);
    expect(await by(one)).toBeNull();
  });
});
