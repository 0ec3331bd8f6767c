import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { slackPeople } from '../../../api/slack/people.ts';
import { requireSlackSignature } from '../../../api/slack/signature.ts';
import { ApiWorld } from './api-world.ts';
import { pressBody, SIGNING_SECRET, signedHeaders } from './slack-press.ts';

const RETRAIN = 'retrain:tw-alpha:2019-06-28T19:00:00.000Z';
const BODY = pressBody({ user: 'U024BE7LH', retrain: RETRAIN, evidenceHash: 'a'.repeat(64) });

let api: ApiWorld;
const said: string[] = [];
beforeAll(async () => {
  api = await ApiWorld.open({
    slack: {
      signingSecret: SIGNING_SECRET,
      people: slackPeople(['U024BE7LH=lee=quant-lead', 'U024VERA1=vera=viewer']),
      respond: (_url, text) => {
        said.push(text);
        return Promise.resolve();
      },
    },
  });
});
afterAll(() => api.close());

async function press(
  body: string,
  headers: Readonly<Record<string, string>> = signedHeaders(body),
): Promise<number> {
  const answer = await api.api.app.inject({
    method: 'POST',
    url: '/api/v1/slack/actions',
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

describe('a button in Slack', () => {
  test('has the signature that Slack documents for its example', () => {
    const body =
      'token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c';
    const signature = 'v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503';
    expect(() => {
      requireSlackSignature(
        { body, timestamp: '1531420618', signature },
        { secret: SIGNING_SECRET, nowMs: 1_531_420_618_000 },
      );
    }).not.toThrow();
  });

  test.each([
    ['without a signature', {}],
    ['signed with another secret', signedHeaders(BODY, { secret: 'another-secret-of-32-characters!' })],
    ['recorded six minutes ago', signedHeaders(BODY, { atMs: Date.now() - 360_000 })],
    ['of six minutes ahead', signedHeaders(BODY, { atMs: Date.now() + 360_000 })],
    ['whose body was changed by a byte', signedHeaders(`${BODY} `)],
    ['without a time', { ...signedHeaders(BODY), 'x-slack-request-timestamp': 'soon' }],
  ])('%s is refused, and heard of by nobody', async (_what, headers) => {
    const before = said.length;
    expect(await press(BODY, { 'content-type': 'application/x-www-form-urlencoded', ...headers })).toBe(401);
    expect(said).toHaveLength(before);
  });

  test('of something else than an approval message is refused', async () => {
    for (const body of [
      'payload=%7B%7D',
      'payload=nothing',
      '',
      pressBody({ user: 'U1', retrain: 'x', evidenceHash: 'y' }),
    ]) {
      expect(await press(body)).toBe(400);
    }
  });

  test('of an account that is nobody here, or of whoever may not sign, signs nothing and is written down', async () => {
    const press = { retrain: RETRAIN, evidenceHash: 'a'.repeat(64) };
    expect(await heard(pressBody({ ...press, user: 'U0STRANGER' }))).toContain('is nobody here');
    expect(await heard(pressBody({ ...press, user: 'U024VERA1' }))).toContain('vera is no quant lead');
    await api.api.refusals.flushed();
    const token = await api.token('olga', 'operator');
    const { body } = await api.ask('GET', '/refused-attempts', { token });
    const logged = (body['items'] as { actor: string; command: string }[]).map(
      ({ actor, command }) => `${actor} ${command}`,
    );
    expect(logged).toEqual(expect.arrayContaining(['slack:U0STRANGER slackAction', 'vera slackAction']));
  });

  test.each(['', 'x'.repeat(2001), 'read \u202Etcejer'])(
    'with the reason "%s" signs nothing and says why',
    async (reason) => {
      const body = pressBody({ user: 'U024BE7LH', retrain: RETRAIN, evidenceHash: 'a'.repeat(64), reason });
      expect(await heard(body)).toContain('Nothing was signed. Write a reason');
    },
  );

  test('while Temporal is away says that nothing was signed', async () => {
    expect(await heard(BODY)).toMatch(/^Not signed: /u);
  });

  test('leaves every other route refusing forms', async () => {
    const answer = await api.api.app.inject({
      method: 'POST',
      url: '/api/v1/session',
      headers: { host: '127.0.0.1:8080', 'content-type': 'application/x-www-form-urlencoded' },
      payload: 'token=x',
    });
    expect(answer.statusCode).toBe(415);
  });

  test('is not offered without a signing secret', async () => {
    const without = await ApiWorld.open();
    try {
      const answer = await without.api.app.inject({
        method: 'POST',
        url: '/api/v1/slack/actions',
        headers: { host: '127.0.0.1:8080', ...signedHeaders(BODY) },
        payload: BODY,
      });
      expect([400, 404]).toContain(answer.statusCode);
    } finally {
      await without.close();
    }
  });
});

describe('people of Slack accounts', () => {
  test('add up their grants, and are one person each', () => {
    expect(slackPeople(['U024BE7LH=lee=quant-lead@XTAI', 'U024BE7LH=lee=viewer']).get('U024BE7LH')).toEqual({
      subject: 'lee',
      grants: ['quant-lead@XTAI', 'viewer'],
    });
  });

  test.each(['lee', 'U024BE7LH=lee', 'U024BE7LH=lee=king', 'u1=lee=viewer', 'U024BE7LH=system=admin'])(
    'are refused as %s',
    (entry) => {
      expect(() => slackPeople([entry])).toThrow(/slackPeople holds/u);
    },
  );

  test('are refused when two people share an account', () => {
    expect(() => slackPeople(['U024BE7LH=lee=viewer', 'U024BE7LH=mia=viewer'])).toThrow(/slackPeople holds/u);
  });
});
