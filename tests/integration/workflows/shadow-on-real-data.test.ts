import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type SessionTick, sessionClockActivities } from '../../../activities/session-clock.ts';
import { shadowActivities } from '../../../activities/shadow.ts';
import { readLost, readPairedArtifact } from '../../../activities/shadow-record.ts';
import type { Workbench } from '../../../activities/workbench.ts';
import { type ComputePool, openComputePool } from '../../../compute/pool.ts';
import type { RetrainInput, RetrainResult } from '../../../contracts/retrain.ts';
import { closeMarketFolders } from '../../../extraction/folder-cache.ts';
import { writeSimulatedFolder } from '../../../extraction/simulated-folder.ts';
import { calendarInForce } from '../../../market/calendar-changes.ts';
import { decisionInstant } from '../../../market/rules.ts';
import { shippedCalendar } from '../../../market/shipped-calendar.ts';
import { type SimulatedMarket, simulateMarket } from '../../../market/simulator.ts';
import { FolderArtifactStore } from '../../../registry/artifacts/folder-store.ts';
import { openRegistry, type Registry } from '../../../registry/registry.ts';
import { eventually } from '../../unit/serving/memory-registry.ts';
import { testDatabase } from '../../postgres.ts';
import { seedModel, type SeededModel } from '../serving/seeded-registry.ts';
import { agreeable, gate, INPUT, PLAN, timeSkippingEnvironment, withWorkers } from './retrain-world.ts';

const MODEL = 'tw-alpha';
/** A week before Tomb-sweeping Day 2018: 31 March was a make-up Saturday; the typhoon of the 29th is ours. */
const TYPHOON = '2018-03-29';
const AS_OF = '2018-03-23T12:00:00.000Z';
const LATE_SESSION = '2018-03-28';
const EXPECTED = [
  '2018-03-26',
  '2018-03-27',
  '2018-03-28',
  '2018-03-30',
  '2018-03-31',
  '2018-04-02',
  '2018-04-03',
];
/** The machine goes off after this many sessions and comes back two sessions later. */
const SCORED_BEFORE_THE_OUTAGE = 4;

const FEATURES = ['volatility_20', 'reversal_5', 'momentum_20', 'gap_1', 'liquidity_20', 'location_5'];
const SQL = `-- feature-set: price_volume
-- views: 1
-- lookback: 21
-- bars: open[1], high[5], close[21], ret[20], turnover[20]
-- column reversal_5 rank: return over 4 sessions, reversed
-- column momentum_20: return over 20 sessions, as it is
-- column volatility_20 rank: of the absolute returns
-- column gap_1: open over the close before
-- column location_5: highest high over close
-- column liquidity_20 rank: greatest turnover
SELECT symbol, session_index, -close[-1] / close[-5] AS reversal_5, close[-1] / close[-21] - 1 AS momentum_20,
  mean_of(list_transform(ret, lambda r: abs(r)), 5) AS volatility_20, open[-1] / close[-2] - 1 AS gap_1,
  highest_of(high, 2) / close[-1] AS location_5, highest_of(turnover, 5) AS liquidity_20
FROM windows
`;

/** The market as it went: nothing traded on the day of the typhoon, and one bar came a day late. */
function withTyphoonAndLateBar(market: SimulatedMarket, lateSymbol: string): SimulatedMarket {
  const { prices, calendar } = market;
  const open = [...prices.session_date.keys()].filter((row) => prices.session_date[row] !== TYPHOON);
  const days = [...calendar.session_date.keys()].filter((row) => calendar.session_date[row] !== TYPHOON);
  const text = (column: readonly string[], rows: readonly number[]): string[] =>
    rows.map((row) => column[row] ?? '');
  const numbers = (column: Float64Array): Float64Array => Float64Array.from(open, (row) => column[row] ?? 0);
  const late = (row: number): boolean =>
    prices.symbol[row] === lateSymbol && prices.session_date[row] === LATE_SESSION;
  return {
    ...market,
    prices: {
      ...{ symbol: text(prices.symbol, open), session_date: text(prices.session_date, open) },
      event_ts: text(prices.event_ts, open),
      knowledge_ts: open.map((row) =>
        late(row) ? '2018-03-29T03:00:00.000Z' : (prices.knowledge_ts[row] ?? ''),
      ),
      ...{ open: numbers(prices.open), high: numbers(prices.high), low: numbers(prices.low) },
      ...{ close: numbers(prices.close), volume: numbers(prices.volume) },
      seq: Int32Array.from(open, (row) => prices.seq[row] ?? 0),
      foreign_net_shares: prices.foreign_net_shares === null ? null : numbers(prices.foreign_net_shares),
    },
    calendar: {
      session_date: text(calendar.session_date, days),
      weekday: text(calendar.weekday, days),
      open_ts: text(calendar.open_ts, days),
      close_ts: text(calendar.close_ts, days),
    },
  };
}

/** Members with a bar of the session, both as known when it was decided, by plain loops over the tables. */
function knownRows({ prices, membership }: SimulatedMarket, session: string, decided: string): string[] {
  const inTime = (instant: string | undefined): boolean => Date.parse(instant ?? '') <= Date.parse(decided);
  const bars = [...prices.symbol.keys()].filter(
    (row) => prices.session_date[row] === session && inTime(prices.knowledge_ts[row]),
  );
  const isMember = (symbol: string | undefined): boolean => {
    const events = [...membership.symbol.keys()]
      .filter((row) => membership.symbol[row] === symbol && inTime(membership.knowledge_ts[row]))
      .filter((row) => (membership.effective_date[row] ?? '') <= session)
      .sort((a, b) => ((membership.effective_date[a] ?? '') < (membership.effective_date[b] ?? '') ? -1 : 1));
    return membership.action[events.at(-1) ?? -1] === 'add';
  };
  return [...new Set(bars.map((row) => prices.symbol[row] ?? ''))].filter(isMember).sort();
}

describe('a shadow through a typhoon, a make-up Saturday, a machine that was off, and a late bar', () => {
  let environment: TestWorkflowEnvironment;
  let database: Awaited<ReturnType<typeof testDatabase>>;
  let folder: string;
  let registry: Registry;
  let seeded: SeededModel;
  let bench: Workbench;
  let compute: ComputePool;
  let market: SimulatedMarket;
  let lateSymbol: string;
  const retrainId = `retrain:${MODEL}:${AS_OF}`;

  beforeAll(async () => {
    environment = await timeSkippingEnvironment();
    database = await testDatabase();
    folder = await mkdtemp(join(tmpdir(), 'contender-shadow-'));
    const raw = simulateMarket({
      ...{ symbols: 40, sessions: 160, from: '2017-09-01', flipSession: null },
      ...{ lateShare: 0, wrongShare: 0, restatedShare: 0, haltedShare: 0 },
    });
    lateSymbol = raw.symbols.symbol[3] ?? '';
    market = withTyphoonAndLateBar(raw, lateSymbol);
    await writeSimulatedFolder({ outDir: join(folder, 'market'), market });
    const artifacts = new FolderArtifactStore(join(folder, 'artifacts'));
    registry = openRegistry({ url: database.url, applicationName: 'shadow test' });
    seeded = await seedModel(database.url, artifacts, {
      ...{ model: MODEL, dataFolder: join(folder, 'market'), fixtures: ['a', 'b'] },
      features: { sql: SQL, names: FEATURES },
    });
    compute = openComputePool({ threads: 1 });
    bench = {
      ...{
        registry,
        artifacts,
        compute,
        scratchDir: folder,
        championBackupDir: folder,
        trainingThreads: 1,
        temporalUiUrl: null,
      },
      now: () => new Date(),
    };
  }, 180_000);
  afterAll(async () => {
    await compute.close();
    await closeMarketFolders();
    await registry.close();
    await database.drop();
    await environment.teardown();
    await rm(folder, { recursive: true, force: true });
  });

  /** The candidate as steps 1 to 5 leave it: made by this retrain, its gates passed. */
  async function judged(versionId: string): Promise<string> {
    const client = new pg.Client({ connectionString: database.url });
    await client.connect();
    try {
      await client.query(
        'insert into version_links (version_id, run) select $1, run from retrains where id = $2',
        [versionId, retrainId],
      );
    } finally {
      await client.end();
    }
    const { evidenceHash } = await registry.saveEvidence({
      ...{ kind: 'gate', retrainId, versionId, verdict: 'pass', facts: {} },
      verdicts: [gate('dsr')],
    });
    return evidenceHash;
  }

  it('scores the right sessions once and in order, each on the rows that were known at its decision', async () => {
    const challenger = seeded.manifests[0]?.versionId ?? '';
    const real = shadowActivities(bench);
    // Business time is 2018, the test server's is now: the clock is asked in the one and sleeps in the other.
    let shift = (await environment.currentTimeMs()) - Date.parse(AS_OF);
    let nowMs = Date.parse(AS_OF);
    const named: SessionTick[] = [];
    const scored: string[] = [];
    const source = {
      calendar: () => {
        const closed = named.some(({ session }) => session === TYPHOON) ? `${TYPHOON},closed,,typhoon\n` : '';
        const text = `date,kind,closes,reason\n${closed}`;
        return Promise.resolve(calendarInForce('XTAI', text, 'XTAI.csv').calendar);
      },
      pin: () => Promise.resolve('4'.repeat(64)),
    };
    const clock = sessionClockActivities(source, () => new Date(nowMs));
    const calls: string[] = [];
    const world = agreeable(calls, () => 0);
    const input: RetrainInput = {
      ...INPUT,
      asOf: AS_OF,
      clock: { mode: 'live' },
      correlationId: randomUUID(),
    };
    const activities: typeof world = {
      ...world,
      beginRetrain: async () => {
        const { specNumber, spec, champion, epoch } = await registry.createRetrain({ ...input, retrainId });
        return { ...PLAN, retrainId, specNumber, spec, champion, epoch, superseded: null };
      },
      packageVersion: async (...given) => ({
        ...(await world.packageVersion(...given)),
        ...{ versionId: challenger, number: 1 },
      }),
      concludeGates: async (...given) => ({
        ...(await world.concludeGates(...given)),
        gateEvidenceHash: await judged(challenger),
      }),
      nextSession: async (request) => {
        nowMs = (await environment.currentTimeMs()) - shift;
        const tick = await clock.nextSession(request);
        named.push(tick);
        return { ...tick, wakeAt: new Date(Date.parse(tick.wakeAt) + shift).toISOString() };
      },
      planShadow: (given) => real.planShadow(given),
      scoreShadowSession: async (given) => {
        const answer = await real.scoreShadowSession(given);
        scored.push(given.session);
        return answer;
      },
      concludeShadow: (given) => real.concludeShadow(given),
      openApproval: () => Promise.reject(new Error('the test ends with the shadow')),
    };

    const asleepUntil = async (session: string): Promise<void> => {
      await eventually(`asleep until ${session}`, () => named.at(-1)?.session === session, 120_000);
    };
    const wakeUpFor = async (session: string): Promise<void> => {
      const target = Date.parse(decisionInstant(shippedCalendar('XTAI'), session)) + shift + 60_000;
      const ahead = target - (await environment.currentTimeMs());
      if (ahead > 0) await environment.sleep(ahead);
    };

    await withWorkers(environment, activities, async () => {
      await environment.client.workflow.start<(given: RetrainInput) => Promise<RetrainResult>>(
        'retrainModel',
        {
          ...{ workflowId: retrainId, taskQueue: 'control', args: [input] },
        },
      );
      for (const session of [
        ...EXPECTED.slice(0, 3),
        TYPHOON,
        ...EXPECTED.slice(3, SCORED_BEFORE_THE_OUTAGE),
      ]) {
        await asleepUntil(session);
        await wakeUpFor(session);
        if (session === TYPHOON) continue;
        await eventually(`${session} scored`, () => scored.includes(session), 120_000);
      }
      const [missed = '', next = ''] = EXPECTED.slice(SCORED_BEFORE_THE_OUTAGE);
      await asleepUntil(missed);
      // The machine stands still while the world goes on: when it is back, two sessions are overdue.
      const calendar = shippedCalendar('XTAI');
      shift -= Date.parse(decisionInstant(calendar, next)) - Date.parse(decisionInstant(calendar, missed));
      await wakeUpFor(next);
      await asleepUntil(EXPECTED.at(-1) ?? '');
      expect(scored).toEqual(EXPECTED.slice(0, -1));
      await wakeUpFor(EXPECTED.at(-1) ?? '');
      await eventually(
        'concluded',
        async () => (await registry.evidenceOf({ retrainId })).length === 2,
        60_000,
      );
      await environment.client.workflow.getHandle(retrainId).terminate('the test ends with the shadow');
    });

    const days = await registry.shadowDays({ retrainId });
    expect(days.map(({ session }) => session)).toEqual(EXPECTED);
    expect(scored).toEqual(EXPECTED);
    for (const day of days) {
      if (day.predictions === null) throw new Error(`${day.session} has no predictions`);
      const stored = await readPairedArtifact(bench, day.predictions);
      const decided = decisionInstant(shippedCalendar('XTAI'), day.session);
      expect(stored.symbols, day.session).toEqual(knownRows(market, day.session, decided));
      expect(stored.symbols.includes(lateSymbol), day.session).toBe(day.session !== LATE_SESSION);
      expect([day.rows, day.pairedRows]).toEqual([stored.symbols.length, stored.symbols.length]);
      expect(readLost(day.numbers)).toEqual([]);
    }
    const [, evidence] = await registry.evidenceOf({ retrainId });
    expect(evidence?.kind).toBe('shadow');
    const facts = evidence?.body['facts'] as { sessions: unknown[]; bounds: { bound: string }[] };
    expect(facts.sessions).toHaveLength(7);
    expect(facts.bounds).toHaveLength(14);
  }, 480_000);
});
