import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseAlertingFile } from '../../../alerting/config-check.ts';
import { defaultAlerting } from '../../../alerting/default-config.ts';
import { formatDuration, parseDuration } from '../../../alerting/duration.ts';
import { decideGroup } from '../../../alerting/group-decision.ts';
import { Inhibition } from '../../../alerting/inhibition.ts';
import { matchesAll, parseMatcher } from '../../../alerting/matcher.ts';
import { matchingRoutes, routeTree } from '../../../alerting/route-tree.ts';
import { intervalHolds } from '../../../alerting/time-interval.ts';
import { shippedCalendar } from '../../../market/shipped-calendar.ts';

const base = {
  receivers: [{ name: 'desk', channels: ['log'] }],
  route: { receiver: 'desk' },
};
const parse = (change: object = {}) => parseAlertingFile({ ...base, ...change }, ['log'], 'the test');
const tree = (route: object) => routeTree(parse({ route }).route);
const idsOf = (route: object, labels: Record<string, string>) =>
  matchingRoutes(tree(route), labels).map(({ id }) => id);

describe('durations', () => {
  it.each([
    ['30s', 30_000],
    ['1h30m', 5_400_000],
    ['2d', 172_800_000],
    ['500ms', 500],
    ['0', 0],
  ])('%s', (text, ms) => {
    expect(parseDuration(text)).toBe(ms);
  });
  it.each(['', '5', 'm5', '5m1h', '1.5h', '-1m', '5 m'])('refuse "%s"', (text) => {
    expect(() => parseDuration(text)).toThrow(/not a duration/u);
  });
  it('are read back as they are written', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 10 ** 10 }), (ms) => {
        expect(parseDuration(formatDuration(ms))).toBe(ms);
      }),
    );
  });
});

describe('matchers', () => {
  const labels = { alertname: 'decay-alarm', model: 'tw-alpha' };
  it.each([
    ['model="tw-alpha"', true],
    ['model=tw-alpha', true],
    ['model!="us-alpha"', true],
    ['model=~"tw-.*|us-.*"', true],
    ['model=~"alpha"', false],
    ['model!~"us-.*"', true],
    ['feature=""', true],
    ['feature!=""', false],
    ['feature=~".+"', false],
    ['toString=""', true],
  ])('%s', (text, expected) => {
    expect(matchesAll([parseMatcher(text)], labels)).toBe(expected);
  });
  it.each([
    '',
    'model',
    '=x',
    'model=~"("',
    'model="a',
    'model=a b',
    `model=~"${'a'.repeat(500)}"`,
    'm=~"(?=a)b"',
  ])('refuse %s', (text) => {
    expect(() => parseMatcher(text)).toThrow(/not a matcher/u);
  });
});

describe('the routing tree', () => {
  const route = {
    receiver: 'desk',
    group_wait: '1m',
    routes: [
      { matchers: ['team="a"'], continue: true },
      { matchers: ['team=~"a|b"'], group_wait: '5s', routes: [{ matchers: ['severity="CRITICAL"'] }] },
      { matchers: ['team="b"', 'severity="INFO"'] },
    ],
  };
  it.each([
    [{ team: 'x' }, ['0']],
    [{ team: 'a' }, ['0/0', '0/1']],
    [{ team: 'b', severity: 'CRITICAL' }, ['0/1/0']],
    [{ team: 'b', severity: 'INFO' }, ['0/1']],
  ])('takes %j at %j', (labels, ids) => {
    expect(idsOf(route, labels as Record<string, string>)).toEqual(ids);
  });
  it('hands intervals down, and not matchers', () => {
    expect(tree(route).children[1]?.children[0]?.groupWaitMs).toBe(5000);
    expect(tree(route).children[0]?.groupWaitMs).toBe(60_000);
  });
  it('leaves no alert without a receiver, whatever its labels', () => {
    fc.assert(
      fc.property(
        fc.dictionary(
          fc.constantFrom('team', 'severity', 'x'),
          fc.constantFrom('a', 'b', 'CRITICAL', 'INFO', ''),
        ),
        (labels) => {
          expect(matchingRoutes(tree(route), labels).length).toBeGreaterThan(0);
        },
      ),
    );
  });
});

describe('inhibition', () => {
  const rules = parse({
    inhibit_rules: [
      {
        source_matchers: ['severity="CRITICAL"'],
        target_matchers: ['severity=~"WARNING|CRITICAL"'],
        equal: ['model'],
      },
    ],
  }).inhibit_rules;
  const critical = { severity: 'CRITICAL', model: 'm' };
  it('holds the target back, of the same model only, and nobody who is a source as well', () => {
    const inhibition = new Inhibition(rules);
    inhibition.add([{ id: 7, labels: critical }]);
    expect(inhibition.inhibitorOf({ severity: 'WARNING', model: 'm' })).toBe(7);
    expect(inhibition.inhibitorOf({ severity: 'WARNING', model: 'other' })).toBeNull();
    expect(inhibition.inhibitorOf(critical)).toBeNull();
  });
  it('takes labels that are missing on both sides for equal', () => {
    const inhibition = new Inhibition(rules);
    inhibition.add([{ id: 7, labels: { severity: 'CRITICAL' } }]);
    expect(inhibition.inhibitorOf({ severity: 'WARNING' })).toBe(7);
  });
});

describe('whether a group is told', () => {
  const facts = {
    firing: 1,
    newFiring: 0,
    newResolved: 0,
    unacknowledged: 1,
    toldFiring: true,
    notifiedMs: 0,
    repeatIntervalMs: 1000,
    sendResolved: true,
    nowMs: 500,
  };
  it.each([
    [{ notifiedMs: null }, 'notify'],
    [{ notifiedMs: null, firing: 0 }, 'nothing'],
    [{}, 'nothing'],
    [{ newFiring: 1 }, 'notify'],
    [{ nowMs: 1001 }, 'notify'],
    [{ nowMs: 1001, unacknowledged: 0 }, 'nothing'],
    [{ newResolved: 1 }, 'notify'],
    [{ newResolved: 1, sendResolved: false }, 'nothing'],
    [{ firing: 0, newResolved: 1 }, 'notify'],
    [{ firing: 0, newResolved: 1, sendResolved: false }, 'forget'],
    [{ firing: 0, toldFiring: false, nowMs: 9999 }, 'nothing'],
  ])('%j: %s', (change, kind) => {
    expect(decideGroup({ ...facts, ...change }).kind).toBe(kind);
  });
});

describe('time intervals', () => {
  const holds = (part: object, instant: string): boolean =>
    intervalHolds(
      parse({ time_intervals: [{ name: 't', time_intervals: [part] }] }).time_intervals[0]?.time_intervals ??
        [],
      Date.parse(instant),
      (market) => shippedCalendar(market),
    );
  it.each([
    [
      { times: [{ start_time: '09:00', end_time: '17:00' }], location: 'Asia/Taipei' },
      '2024-03-08T01:00:00.000Z',
      true,
    ],
    [
      { times: [{ start_time: '09:00', end_time: '17:00' }], location: 'Asia/Taipei' },
      '2024-03-08T09:00:00.000Z',
      false,
    ],
    [{ weekdays: ['monday:friday'] }, '2024-03-08T12:00:00.000Z', true],
    [{ weekdays: ['saturday', 'sunday'] }, '2024-03-08T12:00:00.000Z', false],
    [{ weekdays: ['saturday'], location: 'Asia/Taipei' }, '2024-03-08T17:00:00.000Z', true],
    [{ days_of_month: ['-1'] }, '2024-02-29T12:00:00.000Z', true],
    [{ days_of_month: ['1:7'], months: ['march'] }, '2024-03-08T12:00:00.000Z', false],
    [{ years: ['2024:2025'] }, '2024-03-08T12:00:00.000Z', true],
    [{ market: 'XTAI', session: 'open' }, '2024-03-08T02:00:00.000Z', true],
    [{ market: 'XTAI', session: 'open' }, '2024-03-08T06:00:00.000Z', false],
    [{ market: 'XTAI', session: 'closed' }, '2024-03-08T06:00:00.000Z', true],
    [{ market: 'XTAI', session: 'no-session-today' }, '2024-02-12T02:00:00.000Z', true],
    [{ market: 'XTAI', session: 'no-session-today' }, '2024-03-08T02:00:00.000Z', false],
  ])('%j at %s: %s', (part, instant, expected) => {
    expect(holds(part, instant)).toBe(expected);
  });
});

describe('an alerting file', () => {
  it('has a default that is in order', () => {
    expect(parseAlertingFile(defaultAlerting(['log']), ['log'], 'the default').receivers).toHaveLength(1);
  });
  it.each([
    ['an unknown field', { colour: 'red' }, 'colour'],
    ['an unknown channel', { receivers: [{ name: 'desk', channels: ['pager'] }] }, 'no channel pager'],
    ['an unknown receiver', { route: { receiver: 'nobody' } }, 'no receiver nobody'],
    ['a root without a receiver', { route: {} }, 'the root needs a receiver'],
    ['a root with matchers', { route: { receiver: 'desk', matchers: ['a="b"'] } }, 'takes every alert'],
    ['a duration that is none', { route: { receiver: 'desk', group_wait: 'soon' } }, 'not a duration'],
    [
      'a matcher that is none',
      { route: { receiver: 'desk', routes: [{ matchers: ['severity'] }] } },
      'not a matcher',
    ],
    [
      'matchers that contradict each other',
      { route: { receiver: 'desk', routes: [{ matchers: ['model="a"', 'model="b"'] }] } },
      'never hold together',
    ],
    [
      'a route that is never reached',
      { route: { receiver: 'desk', routes: [{ matchers: [] }, { matchers: ['model="a"'] }] } },
      'never reached',
    ],
    [
      'an unknown time interval',
      { route: { receiver: 'desk', routes: [{ mute_time_intervals: ['nights'] }] } },
      'nights',
    ],
    [
      'an interval that both mutes and activates',
      {
        time_intervals: [{ name: 'n', time_intervals: [{ weekdays: ['monday'] }] }],
        route: { receiver: 'desk', routes: [{ mute_time_intervals: ['n'], active_time_intervals: ['n'] }] },
      },
      'nobody is ever told',
    ],
    [
      'a weekday that is none',
      { time_intervals: [{ name: 'n', time_intervals: [{ weekdays: ['noday'] }] }] },
      'noday',
    ],
    [
      'a zone that is none',
      { time_intervals: [{ name: 'n', time_intervals: [{ location: 'Mars' }] }] },
      'time zone',
    ],
    [
      'times the wrong way round',
      {
        time_intervals: [
          { name: 'n', time_intervals: [{ times: [{ start_time: '09:00', end_time: '08:00' }] }] },
        ],
      },
      'not before',
    ],
    [
      'an alert that inhibits itself',
      { inhibit_rules: [{ source_matchers: ['a="b"'], target_matchers: ['a="b"'] }] },
      'the same alerts',
    ],
    [
      'a repeat sooner than the group interval',
      { route: { receiver: 'desk', group_interval: '5m', repeat_interval: '1m' } },
      'has no effect',
    ],
    [
      'an escalation that goes back in time',
      {
        route: { receiver: 'desk', escalation: 'e' },
        escalations: [
          {
            name: 'e',
            steps: [
              { after: '5m', channels: ['log'] },
              { after: '5m', channels: ['log'] },
            ],
          },
        ],
      },
      'does not come after',
    ],
    [
      'an escalation that nobody uses',
      { escalations: [{ name: 'e', steps: [{ after: '5m', channels: ['log'] }] }] },
      'no route uses it',
    ],
    [
      'an escalation to who is on call by a channel without persons',
      {
        route: { receiver: 'desk', escalation: 'e' },
        escalations: [{ name: 'e', steps: [{ after: '5m', channels: ['log'], oncall: true }] }],
      },
      'cannot be addressed',
    ],
    ['two receivers of one name', { receivers: [base.receivers[0], base.receivers[0]] }, 'there twice'],
  ])('is refused for %s, by name', (_name, change, words) => {
    expect(() => parse(change)).toThrow(words);
  });
});
