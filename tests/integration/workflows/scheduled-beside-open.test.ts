import { MockActivityEnvironment } from '@temporalio/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { retrainRecordActivities, type RetrainPlan } from '../../../activities/retrain-record.ts';
import type { Workbench } from '../../../activities/workbench.ts';
import { NotificationEvent } from '../../../contracts/notification.ts';
import type { RetrainInput } from '../../../contracts/retrain.ts';
import { alertOfEvent } from '../../../notifications/alert-of-event.ts';
import { composeMessage } from '../../../notifications/templates/compose.ts';
import { code, openBench, type RegistryBench } from '../registry/registry-bench.ts';

/** A schedule that comes round while a retrain of the model is open: it is refused, and nobody waits for its answer. */
let registry: RegistryBench;
beforeAll(async () => {
  registry = await openBench('scheduled-beside-open');
});
afterAll(() => registry.close());

function begin(input: RetrainInput, retrainId: string): Promise<RetrainPlan> {
  const bench = { registry: registry.registry, now: () => new Date(), temporalUiUrl: null };
  const { beginRetrain } = retrainRecordActivities(bench as unknown as Workbench);
  const begun = { retrainId, input };
  return new MockActivityEnvironment().run<[typeof begun], RetrainPlan, typeof beginRetrain>(
    beginRetrain,
    begun,
  );
}

async function told(model: string): Promise<readonly NotificationEvent[]> {
  const { rows } = await registry.root.query<{ event: unknown }>(
    `select event from outbox where event ->> 'model' = $1 and event ->> 'kind' = 'schedule-missed'`,
    [model],
  );
  return rows.map(({ event }) => NotificationEvent.parse(event));
}

describe('a scheduled retrain beside an open one', () => {
  it('is refused, and people are told once, however often it is tried', async () => {
    const model = await registry.world.model();
    const open = await registry.world.candidate(model, 1);
    const { retrainId, ...scheduled } = registry.world.input(model, { trigger: 'schedule' });
    for (let attempt = 0; attempt < 3; attempt++)
      await expect(begin(scheduled, retrainId)).rejects.toMatchObject(code('RETRAIN_OPEN'));
    const [event, ...more] = await told(model);
    expect(more).toEqual([]);
    expect(event).toMatchObject({
      ...{ severity: 'WARNING', retrain: null, nominalAt: scheduled.asOf, standing: open.retrainId },
      retrainCommand: `npm run contender -- retrain ${model} --as-of ${scheduled.asOf}`,
    });
    if (event === undefined) return;
    expect(alertOfEvent(event)?.rule).toBe('schedule-missed');
    const english = composeMessage(event);
    expect(english.headline).toMatch(/did not begin, another one is open$/u);
    expect(english.facts).toContainEqual({ label: 'Open', value: open.retrainId });
    expect(english.quotes[0]?.text).toContain(`${open.retrainId} of ${model} is open, at step`);
    const chinese = composeMessage(event, { language: 'zh-TW', dashboardUrl: null });
    expect(chinese.headline).toContain('另一個重新訓練進行中');
    expect(chinese.quotes[0]?.text).toContain('進行中，位於');
    expect(JSON.stringify(chinese.actions)).toContain('待進行中的結束後執行');
  });

  it('tells nobody when a person asked, who has the answer, nor when it may begin', async () => {
    const model = await registry.world.model();
    const { retrainId: first, ...alone } = registry.world.input(model, { trigger: 'schedule' });
    expect((await begin(alone, first)).superseded).toBeNull();
    const { retrainId: second, ...asked } = registry.world.input(model, { trigger: 'manual' });
    await expect(begin(asked, second)).rejects.toMatchObject(code('RETRAIN_OPEN'));
    const { retrainId: third, ...decayed } = registry.world.input(model, {
      ...{ trigger: 'decay', emergency: true, reason: 'decay alarm' },
    });
    expect((await begin(decayed, third)).superseded).toBe(first);
    expect(await told(model)).toEqual([]);
  });
});
