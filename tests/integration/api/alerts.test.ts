import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseAlertingFile } from '../../../alerting/config-check.ts';
import { shippedCalendar } from '../../../market/shipped-calendar.ts';
import { AlertRouter } from '../../../notifications/alert-router.ts';
import { ApiWorld } from './api-world.ts';

const REASON = 'looked at the feed';

let api: ApiWorld;
let lead: string;
let model: string;
let other: string;

beforeAll(async () => {
  api = await ApiWorld.open();
  lead = await api.token('lee', 'quant-lead');
  model = await api.world.model();
  other = await api.world.model();
  for (const [rule, about] of [
    ['decay-alarm', model],
    ['data-fault', model],
    ['decay-alarm', other],
  ] as const) {
    await api.registry.raiseAlert({
      ...{ rule, severity: 'CRITICAL', model: about, labels: {}, summary: `${rule} of ${about}` },
      ...{ description: 'Somebody must look.', session: null, facts: [], actions: [], series: [] },
      ...{ startsAt: new Date().toISOString(), endsAt: null, correlationId: 'test' },
      dedupeKey: `${rule} ${about}`,
    });
  }
  const file = parseAlertingFile(
    {
      receivers: [{ name: 'desk', channels: ['slack', 'email'] }],
      route: { receiver: 'desk', group_by: ['alertname', 'model'], group_wait: '0s' },
    },
    ['slack', 'email'],
    'the test',
  );
  const router = new AlertRouter({
    ...{ routing: api.registry.alertRouting, file },
    calendars: (market) => shippedCalendar(market),
  });
  await router.round(Date.now());
});
afterAll(() => api.close());

async function alertOf(about: string, rule: string): Promise<number> {
  const listed = await api.ask('GET', `/alerts?model=${about}`, { token: lead });
  const items = listed.body['items'] as readonly { readonly id: number; readonly rule: string }[];
  return items.find((item) => item.rule === rule)?.id ?? 0;
}

describe('alerts in the API', () => {
  it('say who was told, by which channel and with what outcome', async () => {
    const id = await alertOf(model, 'decay-alarm');
    const told = await api.ask('GET', `/alerts/${String(id)}/deliveries`, { token: lead });
    expect(told.status, told.text).toBe(200);
    expect(told.body).toMatchObject({
      items: [
        { channel: 'email', state: 'pending', receiver: 'desk', step: 0, firing: 1, model },
        { channel: 'slack', state: 'pending', receiver: 'desk', step: 0, firing: 1, model },
      ],
    });
    expect((await api.ask('GET', '/alerts/999/deliveries', { token: lead })).status).toBe(404);
  });

  it('keep a ledger of their quality per rule, of the models that somebody may look at', async () => {
    const id = await alertOf(model, 'decay-alarm');
    const body = { judgement: 'false', reason: REASON };
    expect((await api.ask('POST', `/alerts/${String(id)}/judgement`, { token: lead, body })).status).toBe(
      200,
    );
    const everything = await api.ask('GET', '/alert-quality', { token: lead });
    expect(everything.status, everything.text).toBe(200);
    expect(everything.body['items']).toEqual([
      {
        ...{ rule: 'decay-alarm', alerts: 2, notified: 2, judgedTrue: 0, judgedFalse: 1, ignored: 0 },
        ...{ precision: 0, medianSecondsToAcknowledge: null },
      },
      {
        ...{ rule: 'data-fault', alerts: 1, notified: 1, judgedTrue: 0, judgedFalse: 0, ignored: 0 },
        ...{ precision: null, medianSecondsToAcknowledge: null },
      },
    ]);
    const narrow = await api.token('nora', `viewer@${other}`);
    const seen = await api.ask('GET', '/alert-quality?days=1', { token: narrow });
    expect(seen.body).toMatchObject({ items: [{ rule: 'decay-alarm', alerts: 1, judgedFalse: 0 }] });
    expect((await api.ask('GET', `/alerts/${String(id)}/deliveries`, { token: narrow })).status).toBe(404);
    expect((await api.ask('GET', '/alert-quality?days=0', { token: lead })).status).toBe(400);
  });
});
