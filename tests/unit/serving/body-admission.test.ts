import { describe, expect, it } from 'vitest';
import { BodyAdmission, TurnGuard } from '../../../serving/body-admission.ts';
import { QueueFull } from '../../../serving/errors.ts';

const BODY = 336_000;

function setUp(maxBytes = 128 * 1024 * 1024): {
  bodies: BodyAdmission;
  clock: { nowMs: number };
} {
  const clock = { nowMs: 0 };
  return { bodies: new BodyAdmission({ maxBytes, maxWaitMs: 50, nowMs: () => clock.nowMs }), clock };
}

/** Answers one body after the other, each in `ms`. */
function answer({ bodies, clock }: ReturnType<typeof setUp>, times: number, ms: number): void {
  for (let turn = 0; turn < times; turn += 1) {
    const body = bodies.admit(BODY, 'large');
    clock.nowMs += ms;
    body.done(true);
  }
}

/** Bodies let in one after the other while none is answered. */
function held({ bodies }: ReturnType<typeof setUp>): number {
  for (let count = 0; count < 1000; count += 1) {
    try {
      bodies.admit(BODY, 'large');
    } catch (error) {
      expect(error).toBeInstanceOf(QueueFull);
      return count;
    }
  }
  return 1000;
}

describe('the admission of large bodies', () => {
  it('holds as many as are answered within the bound, by what answers have taken lately', () => {
    const quick = setUp();
    answer(quick, 200, 5);
    expect(held(quick)).toBe(10);
    const slow = setUp();
    answer(slow, 200, 40);
    expect(held(slow)).toBe(2);
  });

  it('lets one in whatever the last ones took: an idle server never refuses', () => {
    const { bodies, clock } = setUp();
    answer({ bodies, clock }, 50, 10_000);
    expect(() => bodies.admit(BODY, 'large')).not.toThrow();
  });

  it('does not count the time in which nothing was asked for', () => {
    const parts = setUp();
    answer(parts, 100, 10);
    parts.clock.nowMs += 3_600_000;
    answer(parts, 1, 10);
    expect(held(parts)).toBe(5);
  });

  it('learns nothing from bodies that were refused, or whose length nobody stated', () => {
    const parts = setUp();
    answer(parts, 200, 40);
    for (let turn = 0; turn < 100; turn += 1) {
      parts.bodies.admit(BODY, 'large').done(false);
      parts.bodies.admit(16_000_000, 'unstated').done(true);
    }
    expect(held(parts)).toBe(2);
  });

  it('never holds more bytes than it may, stated or not', () => {
    const { bodies } = setUp(1_000_000);
    bodies.admit(800_000, 'unstated');
    expect(() => bodies.admit(300_000, 'large')).toThrow(QueueFull);
    expect(() => bodies.admit(300_000, 'small')).toThrow(QueueFull);
  });

  it('lets small bodies pass while large ones are held', () => {
    const parts = setUp();
    answer(parts, 200, 40);
    held(parts);
    expect(() => parts.bodies.admit(500, 'small')).not.toThrow();
  });

  it('counts a body off once, however often it is done', () => {
    const { bodies } = setUp(1_000_000);
    const body = bodies.admit(900_000, 'large');
    body.done(false);
    body.done(false);
    bodies.admit(900_000, 'large');
    expect(() => bodies.admit(900_000, 'large')).toThrow(QueueFull);
  });
});

describe('the guard of a turn of the event loop', () => {
  it('refuses what comes beyond its number in one turn, and nothing in the next', async () => {
    const guard = new TurnGuard(3);
    const enter = (): void => {
      guard.enter();
    };
    for (let request = 0; request < 3; request += 1) enter();
    expect(enter).toThrow(QueueFull);
    await new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
    expect(enter).not.toThrow();
  });
});
