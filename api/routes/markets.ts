import { z } from 'zod';
import { SwapHours } from '../../contracts/api/models.ts';
import { Instant, Market } from '../../contracts/primitives.ts';
import { defineRoute } from '../route.ts';
import { NO_BODY, NO_QUERY } from './nothing.ts';

const MarketClock = z
  .strictObject({
    market: Market,
    timeZone: z.string(),
    now: Instant,
    session: z.string().nullable().describe("today's in the market's zone; null on a day without one"),
    state: z.enum(['pre-open', 'open', 'closed', 'holiday']),
    opensAt: Instant.nullable(),
    closesAt: Instant.nullable(),
    nextSession: z.string().nullable().describe('the first after today'),
    calendarReviewedUntil: z.string().describe("last day compared with the exchange's own calendar"),
    swap: SwapHours.describe('for a model whose champion is swapped outside of sessions'),
  })
  .meta({ id: 'MarketClock' });

export const marketRoutes = [
  defineRoute({
    ...{ id: 'getMarketClock', method: 'get', path: '/markets/{market}/clock', tag: 'markets', refusals: [] },
    summary: 'What a market does now: session, holiday, hours',
    access: { kind: 'signed-in' },
    params: z.strictObject({ market: Market }),
    ...{ query: NO_QUERY, body: NO_BODY, answer: MarketClock, about: () => null, repeatable: false },
    handle: ({ params }, { marketClock }) => marketClock(params.market),
  }),
];
