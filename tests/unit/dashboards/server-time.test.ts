import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

/** What the page holds to be the server's time is a module's state: each test reads the page anew. */
const HERE = Date.parse('2025-03-03T12:00:00.000Z');
const THERE = 'Mon, 03 Mar 2025 01:00:00 GMT';
const THERE_MS = Date.parse(THERE);
const HOUR_MS = 3_600_000;

beforeEach(() => {
  vi.resetModules();
  vi.useFakeTimers({ now: HERE });
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

const readAnew = () => import('../../../dashboards/web/src/server-time.ts');
const fresh = (date: string) => new Headers({ date, 'cache-control': 'no-store' });

describe("the server's time", () => {
  it('is this machine’s until an answer tells it, and then the end of the second that the answer names', async () => {
    const { learnServerDate, serverNow } = await readAnew();
    expect(serverNow()).toBe(HERE);
    learnServerDate(fresh(THERE));
    expect(serverNow()).toBe(THERE_MS + 999);
    vi.advanceTimersByTime(HOUR_MS);
    expect(serverNow()).toBe(THERE_MS + 999 + HOUR_MS);
  });

  it('is taken from no answer that may come from a cache, and from none without a time', async () => {
    const { learnServerDate, serverNow } = await readAnew();
    learnServerDate(new Headers({ date: THERE, 'cache-control': 'private, max-age=3600' }));
    learnServerDate(new Headers({ date: THERE }));
    learnServerDate(new Headers({ 'cache-control': 'no-store' }));
    learnServerDate(fresh('yesterday'));
    expect(serverNow()).toBe(HERE);
  });

  it('is what the live view says, whatever an answer said before or says later', async () => {
    const { learnServerDate, learnServerTime, serverNow } = await readAnew();
    learnServerDate(fresh(THERE));
    learnServerTime('2025-03-03T01:00:00.250Z');
    expect(serverNow()).toBe(THERE_MS + 250);
    learnServerDate(fresh('Mon, 03 Mar 2025 05:00:00 GMT'));
    learnServerTime('no time');
    expect(serverNow()).toBe(THERE_MS + 250);
  });

  it('is told by the first call that the dashboard makes, be it a refusal', async () => {
    const asked = vi.fn(() => Promise.resolve(new Response('{}', { status: 401, headers: fresh(THERE) })));
    vi.stubGlobal('fetch', asked);
    const { serverNow } = await readAnew();
    const { answerOf, api } = await import('../../../dashboards/web/src/api/client.ts');
    await expect(answerOf(api.whoAmI())).rejects.toThrow();
    expect(asked).toHaveBeenCalledOnce();
    expect(serverNow()).toBe(THERE_MS + 999);
  });
});
