import type { RecordedHistory } from '../../swap/invariants.ts';
import { query } from '../../../e2e/registry-state.ts';
import { until } from '../../swap/swap-fleet.ts';
import { judgedRetrain } from '../judged-retrain.ts';
import { always, type Fault } from './fault.ts';
import type { FaultyFleet } from './faulty-fleet.ts';

/** Nobody outside can be told of anything while the retrain runs; everything is told once, when they can again. */
const channelsDown: Fault = {
  names: ['fault/slack-and-mail-down'],
  impossible: always,
  run: ({ fleet, surroundings }) =>
    judgedRetrain(fleet, 'fault/slack-and-mail-down', async ({ model, start }) => {
      const { slack, mail } = surroundings.lines;
      const lines = [slack, mail];
      for (const line of lines) line.become({ kind: 'down' });
      let waiting = 0;
      try {
        const retrain = await start();
        await until('the end', async () =>
          (await retrain.describe()).status.name === 'RUNNING' ? null : true,
        );
        waiting = await messagesOf(fleet.world, model, 'pending');
      } finally {
        for (const line of lines) line.become({ kind: 'open' });
      }
      const overAt = performance.now();
      await until('everything told', async () =>
        (await messagesOf(fleet.world, model, 'pending')) === 0 ? true : null,
      );
      const sent = await messagesOf(fleet.world, model, 'sent');
      const deliveries = deliveredTo(surroundings, model);
      if (waiting === 0) throw new Error('nothing was waiting for the channels');
      if (deliveries.length !== sent) {
        throw new Error(`${String(sent)} recorded as sent, ${String(deliveries.length)} arrived`);
      }
      const atFault = `${String(waiting)} messages waited, ${String(sent)} arrived`;
      return { atFault, overAt, deliveries };
    }),
};

async function messagesOf(
  world: FaultyFleet['fleet']['world'],
  model: string,
  state: 'pending' | 'sent',
): Promise<number> {
  const [row] = await query(
    world,
    `select count(*)::int as messages from outbox
     where event ->> 'model' = $1 and channel <> 'route' and state = $2`,
    [model, state],
  );
  return Number(row?.['messages'] ?? 0);
}

/** Mails by their Message-ID, Slack messages by their text. */
function deliveredTo(
  { slack, mail }: FaultyFleet['surroundings'],
  model: string,
): RecordedHistory['deliveries'] {
  const about = new RegExp(String.raw`\b${model}\b(?!\d)`, 'u');
  return [
    ...slack.received.filter(({ raw }) => about.test(raw)).map(({ raw }) => `slack ${raw}`),
    ...mail.received
      .filter(({ headers }) => about.test(headers.get('subject') ?? ''))
      .map(({ headers }) => `mail ${headers.get('message-id') ?? ''}`),
  ].map((key) => ({ key, outcome: 'sent' }));
}

export const CHANNEL_FAULTS: readonly Fault[] = [channelsDown];
