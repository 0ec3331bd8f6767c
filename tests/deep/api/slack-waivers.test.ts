import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { notificationEvent } from '../../../contracts/notification.ts';
import { renderEvent } from '../../../notifications/templates/render.ts';
import { withDecision } from '../../../notifications/templates/slack-decision.ts';
import { renderSlack } from '../../../notifications/templates/slack.ts';
import { ENGLISH } from '../../../notifications/templates/wording.ts';
import { CLOCK, decidedAt, type Retrain, smallSpec, SmallWorld } from '../../e2e/small-world.ts';
import { pressBody, signedHeaders } from '../../integration/api/slack-press.ts';
import { sampleDrafts } from '../../unit/notifications/sample-events.ts';
import { slackApi, type SlackApi } from './slack-api.ts';

/** Buttons under the message about failed gates, before a real Temporal and registry: one gate failed that may be waived. */
const MINUTES = 60_000;
const LEE = 'U024LEE01';
const RITA = 'U024RITA1';
const KIM = 'U024KIM01';
const DORA = 'U024DORA1';
const VERA = 'U024VERA1';

let world: SmallWorld;
let slack: SlackApi;
beforeAll(async () => {
  world = await SmallWorld.start();
  slack = slackApi(world, [`${KIM}=kim=quant-lead`, `${DORA}=dora=viewer`, `${VERA}=vera=viewer`]);
}, 5 * MINUTES);
afterAll(async () => {
  await slack.close();
  await world.stop();
}, MINUTES);

class Asked {
  readonly retrain: Retrain;
  readonly evidenceHash: string;
  readonly blocks: readonly unknown[];

  private constructor(retrain: Retrain, evidenceHash: string) {
    this.retrain = retrain;
    this.evidenceHash = evidenceHash;
    const event = notificationEvent({
      ...sampleDrafts['gates-held'],
      ...{ cause: 'waivable-fail', evidenceHash, retrain: retrain.workflowId },
      objections: [{ gate: 'rank-ic', code: 'GATE_FAILED', reason: 'below' }],
    });
    this.blocks = withDecision(renderEvent(event, ENGLISH, renderSlack), event, ENGLISH).blocks;
  }

  static async of(model: string): Promise<Asked> {
    const { gates } = smallSpec(model, world.marketFolder);
    await world.givenModel(model, {
      gates: { ...gates, rankIcMin: 0.99, waiverSessions: 20 },
      approval: { deputy: 'dora', deputyAfterSessions: 10, remindSessions: 1, expiresSessions: 20 },
    });
    const requester = { subject: 'rita', roles: ['researcher' as const, 'quant-lead' as const] };
    const clock = { ...CLOCK, approvalSecondsPerSession: 60 };
    const retrain = await world.startRetrain(model, decidedAt(265), { clock, requester });
    const { hold } = await world.stateWhen(retrain, (state) => state.hold !== null || state.finished);
    return new Asked(retrain, hold?.evidenceHash ?? '');
  }

  /** What the person is told; `changes`: of what the button holds. */
  press(user: string, action: string, changes: Readonly<Record<string, string>> = {}): Promise<string> {
    const { workflowId } = this.retrain;
    const body = pressBody({
      ...{ user, retrain: workflowId, evidenceHash: this.evidenceHash, action, blocks: this.blocks },
      ...changes,
    });
    return slack.press(body, signedHeaders(body));
  }

  async waived(): Promise<readonly string[]> {
    const waivers = await world.registry.waiversOf({ retrainId: this.retrain.workflowId });
    return waivers.map(({ gate, subject, reason }) => `${gate} ${subject}: ${reason}`);
  }
}

const shown = (): string => JSON.stringify(slack.messages.at(-1)?.blocks);

describe('a button under the message about failed gates', () => {
  test(
    'waives as whoever pressed, once each, refuses who may not, and goes when nothing is missing',
    { timeout: 8 * MINUTES },
    async () => {
      const asked = await Asked.of('tw-slack-waived');
      expect(JSON.stringify(asked.blocks)).toContain('"waive:rank-ic"');
      const never: readonly [string, string, string][] = [
        ['U0STRANGER', 'waive:rank-ic', 'is nobody here'],
        [VERA, 'waive:rank-ic', 'vera is no quant lead'],
        [RITA, 'waive:rank-ic', 'FOUR_EYES'],
        [RITA, 'refuse', 'FOUR_EYES'],
        [DORA, 'waive:rank-ic', 'DEPUTY_NOT_YET'],
        [DORA, 'refuse', 'DEPUTY_NOT_YET'],
        [KIM, 'waive:leak', 'GATE_NOT_WAIVABLE'],
        [KIM, 'waive:dsr', 'GATE_NOT_WAIVABLE'],
      ];
      for (const [user, action, answer] of never) {
        expect(await asked.press(user, action), `${user} ${action}`).toContain(answer);
      }
      for (const action of ['waive:rank-ic', 'refuse']) {
        expect(await asked.press(KIM, action, { reason: '' })).toContain('Write a reason');
        expect(await asked.press(KIM, action, { evidenceHash: 'c'.repeat(64) })).toMatch(
          /^Not recorded: .*EVIDENCE_CHANGED/u,
        );
      }
      expect(await asked.waived()).toEqual([]);
      expect(slack.messages).toEqual([]);

      const twice = await Promise.all([
        asked.press(KIM, 'waive:rank-ic'),
        asked.press(KIM, 'waive:rank-ic', { reason: 'pressed again' }),
      ]);
      for (const told of twice) expect(told).toBe('kim waived rank-ic: 1 of 2 people.');
      expect(await asked.waived()).toHaveLength(1);
      expect(shown()).toContain('waive:rank-ic');
      expect(shown()).toContain('refuse');
      expect(await asked.press(LEE, 'waive:rank-ic')).toBe(
        'lee waived rank-ic: nothing is missing, the retrain goes on.',
      );
      expect(shown()).not.toContain('action_id');
      expect(await asked.waived()).toHaveLength(2);
      await world.askedForApproval(asked.retrain);
      expect(await asked.press(LEE, 'refuse')).toContain('WAIVERS_NOT_OPEN');
    },
  );

  test('refuses for everybody, once, and the retrain ends', { timeout: 8 * MINUTES }, async () => {
    const asked = await Asked.of('tw-slack-refused');
    await asked.press(LEE, 'waive:rank-ic');
    const told = await asked.press(KIM, 'refuse', { reason: 'tried too often', language: 'zh-TW' });
    expect(told).toBe('kim 拒絕豁免：重新訓練結束。');
    expect(shown()).not.toContain('action_id');
    const { outcome, reason } = await world.result(asked.retrain);
    expect([outcome, reason]).toEqual([
      'refused',
      expect.stringMatching(/^kim refused to waive \(tried too often\); rank-ic: /u),
    ]);
    for (const action of ['refuse', 'waive:rank-ic']) {
      expect(await asked.press(LEE, action)).toContain('WAIVERS_NOT_OPEN');
    }
    const holds = await world.registry.gateHolds({ retrainId: asked.retrain.workflowId });
    expect(holds.map(({ answer }) => [answer?.answer, answer?.subject])).toEqual([['refused', 'kim']]);
  });
});
