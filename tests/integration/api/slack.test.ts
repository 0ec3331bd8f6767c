import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { slackPeople } from '../../../api/slack/people.ts';
import { answeredMessage } from '../../../api/slack/message.ts';
import { requireSlackSignature } from '../../../api/slack/signature.ts';
import type { ReplacedMessage } from '../../../api/slack/slack.ts';
import { ApiWorld } from './api-world.ts';
import { pressBody, SIGNING_SECRET, signedHeaders } from './slack-press.ts';

const RETRAIN = 'retrain:tw-alpha:2019-06-28T19:00:00.000Z';
const BODY = pressBody({ user: 'U024BE7LH', retrain: RETRAIN, evidenceHash: 'a'.repeat(64) });

let api: ApiWorld;
const said: string[] = [];
const replaced: ReplacedMessage[] = [];
let slackIsAway = false;
beforeAll(async () => {
  api = await ApiWorld.open({
    slack: {
      signingSecret: SIGNING_SECRET,
      people: slackPeople([
        'U024BE7LH=lee=quant-lead',
        'U024KIM01=kim=quant-lead',
        'U024VERA1=vera=viewer',
        'U024DORA1=dora=viewer',
      ]),
      respond: (_url, text) => {
        said.push(text);
        return Promise.resolve();
      },
      update: (_url, message) => {
        if (slackIsAway) return Promise.reject(new Error('Slack answered 500'));
        replaced.push(message);
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

  test('is answered in the language of its message', async () => {
    const press = { user: 'U024BE7LH', retrain: RETRAIN, evidenceHash: 'a'.repeat(64), language: 'zh-TW' };
    expect(await heard(pressBody({ ...press, reason: '' }))).toBe(
      '尚未簽核。請先在按鈕上方填寫理由：太短：至少 3 個字元。',
    );
    expect(await heard(pressBody({ ...press, user: 'U0STRANGER' }))).toBe(
      '未簽核：此系統中沒有 Slack 帳號 U0STRANGER [NOT_ALLOWED] 請管理員將此帳號加入 `slackPeople`，並給予 quant-lead 角色。',
    );
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

describe('an objection by button', () => {
  const BLOCKS = [
    { type: 'section', text: { type: 'mrkdwn', text: 'approval needed' } },
    { type: 'input', block_id: 'reason', element: { type: 'plain_text_input', action_id: 'reason' } },
    {
      ...{ type: 'actions', block_id: 'decision' },
      elements: ['approve', 'reject', 'object'].map((action) => ({ type: 'button', action_id: action })),
    },
  ];
  const asked = async (changes: Record<string, unknown> = {}) => {
    const candidate = await api.world.candidate(await api.world.model(changes), 1);
    return { ...candidate, evidenceHash: await api.world.approved(candidate) };
  };
  const objection = (of: { retrainId: string; evidenceHash: string }, user = 'U024KIM01', more = {}) =>
    pressBody({
      ...{ user, retrain: of.retrainId, evidenceHash: of.evidenceHash, action: 'object', blocks: BLOCKS },
      ...{ reason: 'the drawdown of March', ...more },
    });

  test('holds the swap without Temporal, stands once however often it is pressed, and shows under the message', async () => {
    const candidate = await asked();
    expect(await heard(objection(candidate))).toMatch(/^kim objects \(objection \d+\): the swap is held\.$/u);
    await heard(objection(candidate));
    const [one, ...others] = await api.registry.objectionsOf(candidate);
    expect([one?.subject, one?.reason, others]).toEqual(['kim', 'the drawdown of March', []]);
    await expect(api.world.promote(candidate, candidate.evidenceHash)).rejects.toMatchObject({
      code: 'OBJECTION_OPEN',
    });
    const { blocks } = replaced.at(-1) ?? { blocks: [] };
    // Others may still sign, and object.
    expect(blocks.slice(0, 3)).toEqual(BLOCKS);
    expect(JSON.stringify(blocks[3])).toContain('kim objects');
  });

  test('is told in Chinese under a message in Chinese', async () => {
    const candidate = await asked();
    expect(await heard(objection(candidate, 'U024KIM01', { language: 'zh-TW' }))).toMatch(
      /^kim 提出異議（編號 \d+）：暫停換版。$/u,
    );
    expect(JSON.stringify(replaced.at(-1)?.blocks)).toContain('kim 提出異議');
  });

  test('is of leads alone: a viewer and a deputy are refused and written down', async () => {
    const candidate = await asked({ approval: { deputy: 'dora' } });
    for (const user of ['U024VERA1', 'U024DORA1']) {
      expect(await heard(objection(candidate, user))).toContain('is no quant lead of');
    }
    expect(await heard(objection(candidate, 'U0STRANGER'))).toContain('is nobody here');
    expect(await api.registry.objectionsOf(candidate)).toEqual([]);
  });

  test('needs a reason, and speaks against the evidence of its message alone', async () => {
    const candidate = await asked();
    expect(await heard(objection(candidate, 'U024KIM01', { reason: '' }))).toContain('Write a reason');
    const other = { ...candidate, evidenceHash: 'b'.repeat(64) };
    expect(await heard(objection(other))).toMatch(/^Not recorded: .*EVIDENCE_CHANGED/u);
    await api.world.finish(candidate, 'refused');
    expect(await heard(objection(candidate))).toContain('RETRAIN_FINISHED');
    expect(await api.registry.objectionsOf(candidate)).toEqual([]);
  });

  test('says so when the message cannot be changed, or came without one', async () => {
    const candidate = await asked();
    slackIsAway = true;
    expect(await heard(objection(candidate))).toContain('could not be changed');
    slackIsAway = false;
    expect(await heard(objection(candidate, 'U024BE7LH', { blocks: undefined }))).toContain('could not be');
    expect((await api.registry.objectionsOf(candidate)).map(({ subject }) => subject)).toEqual([
      'kim',
      'lee',
    ]);
  });

  test('of a message that is none is refused', async () => {
    const candidate = await asked();
    const many = Array.from({ length: 51 }, () => BLOCKS[0]);
    for (const blocks of [many, [{ type: 7 }], [{ block_id: 'decision' }]]) {
      expect(await press(objection(candidate, 'U024KIM01', { blocks }))).toBe(400);
    }
  });

  test('a decided message keeps the objection after a signature, and no button after a rejection', () => {
    const after = (...left: readonly string[]) =>
      JSON.stringify(
        answeredMessage([...BLOCKS], 'lee signed <!channel>', (action) => left.includes(action)),
      );
    expect(after('object')).not.toContain('"approve"');
    expect(after('object')).toContain('"object"');
    expect(after()).not.toContain('action');
    // Plain text: nobody is mentioned.
    expect(after()).toContain('"type":"plain_text"');
    expect(
      answeredMessage(
        Array.from({ length: 50 }, () => ({ type: 'divider' })),
        'x',
        () => true,
      ),
    ).toHaveLength(50);
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
