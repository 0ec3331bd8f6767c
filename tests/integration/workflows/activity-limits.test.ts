import { beforeAll, describe, expect, it, vi } from 'vitest';
import { UNIT_RULES } from '../../../contracts/gate-catalogue.ts';
import { GatesSpec } from '../../../contracts/spec.ts';
import { TrainingSpec } from '../../../contracts/training-spec.ts';

interface Options {
  readonly taskQueue: string;
  readonly startToCloseTimeout: string;
  readonly scheduleToCloseTimeout: string;
  readonly heartbeatTimeout?: string;
  readonly retry: { readonly maximumInterval: string; readonly maximumAttempts?: number };
}

/** Every set of options that workflows hand to the SDK. */
const proxied: { readonly name: string; readonly options: Options }[] = [];

vi.mock('@temporalio/workflow', () => ({
  proxyActivities: (options: Options) => {
    proxied.push({ name: `${options.taskQueue} ${String(proxied.length)}`, options });
    return {};
  },
}));

const HEARTBEATING = new Set(['data', 'training', 'evaluation']);
const UNITS: Readonly<Record<string, number>> = {
  millisecond: 0.001,
  second: 1,
  minute: 60,
  hour: 3600,
  day: 86_400,
};

function seconds(text: string): number {
  const [, amount = '', unit = ''] = /^(\d+) (\w+?)s?$/u.exec(text) ?? [];
  const size = UNITS[unit];
  if (size === undefined) throw new Error(`${text} is no duration this test reads`);
  return Number(amount) * size;
}

beforeAll(async () => {
  const proxies = await import('../../../workflows/activity-proxies.ts');
  for (const unit of Object.keys(UNIT_RULES) as (keyof typeof UNIT_RULES)[]) {
    // The bounds of gates.timeLimitSeconds, the default, and both sides of the heartbeat.
    for (const limit of [1, 20, 21, GatesSpec.parse({}).timeLimitSeconds, 7200])
      proxies.gateUnit(unit, limit);
  }
  for (const minutes of [1, TrainingSpec.parse({}).maxMinutes, 1440]) {
    proxies.trainingWithin(proxies.limitsOfStep(60 * minutes));
    proxies.trainingWithin(proxies.limitsOfFit(60 * minutes));
  }
});

describe('time limits of activities', () => {
  it('are all here: a queue without options would be a workflow that waits for ever', () => {
    expect(new Set(proxied.map(({ options }) => options.taskQueue))).toEqual(
      new Set(['control', 'data', 'training', 'evaluation']),
    );
    expect(proxied.length).toBeGreaterThan(12);
  });

  it('lie in order: heartbeat, one attempt, all attempts', () => {
    for (const { name, options } of proxied) {
      const attempt = seconds(options.startToCloseTimeout);
      const heartbeat = seconds(options.heartbeatTimeout ?? '0 seconds');
      expect(heartbeat, name).toBeLessThan(attempt);
      expect(attempt, name).toBeLessThan(seconds(options.scheduleToCloseTimeout));
      expect(seconds(options.retry.maximumInterval), name).toBeLessThan(
        seconds(options.scheduleToCloseTimeout),
      );
    }
  });

  it('notice a killed worker within half a minute wherever an attempt may take longer than a write', () => {
    for (const { name, options } of proxied) {
      const long = HEARTBEATING.has(options.taskQueue) || seconds(options.startToCloseTimeout) > 60;
      // An attempt that may not take longer shows it by its end.
      const shown = seconds(options.heartbeatTimeout ?? options.startToCloseTimeout);
      if (long) expect(shown, name).toBeLessThanOrEqual(30);
    }
  });

  it('bound retries, by number or by time', () => {
    for (const { name, options } of proxied) {
      // Two days of fits; a week for what nobody would start again (control).
      const days = options.taskQueue === 'control' ? 7 : 2;
      expect(seconds(options.scheduleToCloseTimeout), name).toBeLessThanOrEqual(days * 86_400 + 120);
      if (options.taskQueue !== 'control') expect(options.retry.maximumAttempts, name).toBeGreaterThan(0);
    }
  });

  it('let the sidecar stop a fit before Temporal gives it up, and end the trials before the step ends', async () => {
    const { limitsOfStep, limitsOfFit } = await import('../../../workflows/activity-proxies.ts');
    // Half a minute is the least that is left for a later generation of trials.
    for (const limits of [0.5, 1, 30, 1440].flatMap((minutes) => [
      limitsOfStep(60 * minutes),
      limitsOfFit(60 * minutes),
    ])) {
      const order = [
        20,
        limits.fitSeconds,
        limits.startToCloseSeconds,
        limits.scheduleToCloseSeconds,
        limits.stepSeconds,
      ];
      expect(order).toEqual(order.toSorted((a, b) => a - b));
      expect(new Set(order).size).toBe(order.length);
    }
  });
});
