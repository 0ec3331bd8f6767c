import { describe, expect, it } from 'vitest';
import {
  decayEconomics,
  decayProbability,
  decideDecay,
  type DecisionInput,
  RELEASE_MARGIN,
} from '../../../monitoring/decay-decision.ts';
import { type DiagnosisInput, diagnoseDecay } from '../../../monitoring/decay-diagnosis.ts';

const ORDINARY: DiagnosisInput = {
  data: [],
  parityMismatches: 0,
  rescoredDifference: 0,
  predictions: { missing: 0, constant: false },
  codeChanged: false,
  driftedShare: 0.05,
  regime: { now: 'bull', usual: ['bull', 'bear'] },
  turnover: { now: 0.1, backtest: 0.1 },
  previousIc: -0.01,
};

describe('the diagnosis', () => {
  it('is true decay when every other cause is ruled out, with what was looked at for each', () => {
    const { cause, findings, retrainHelps } = diagnoseDecay(ORDINARY);
    expect({ cause, retrainHelps }).toEqual({ cause: 'true-decay', retrainHelps: true });
    expect(findings).toHaveLength(7);
    expect(findings.every(({ evidence }) => evidence.length > 10)).toBe(true);
  });

  it.each([
    ['data-fault', { data: [{ check: 'rows', number: 3, bound: 36, text: '3 rows' }] }, false],
    ['parity-break', { parityMismatches: 2 }, false],
    ['parity-break', { rescoredDifference: 1e-9 }, false],
    ['bug', { predictions: { missing: 0, constant: true } }, false],
    ['bug', { predictions: { missing: 0.4, constant: false } }, false],
    ['feature-drift', { driftedShare: 0.6 }, true],
    ['regime', { regime: { now: 'high-volatility', usual: ['bull'] } }, true],
    ['crowding', { turnover: { now: 0.3, backtest: 0.1 } }, true],
  ] as const)('finds %s', (expected, change, helps) => {
    const { cause, retrainHelps } = diagnoseDecay({ ...ORDINARY, ...change });
    expect({ cause, retrainHelps }).toEqual({ cause: expected, retrainHelps: helps });
  });

  it('names a fault of the data before whatever follows from it', () => {
    const data = [{ check: 'stale', number: 1, bound: 0.9, text: 'the feed stands still' }] as const;
    expect(diagnoseDecay({ ...ORDINARY, data, driftedShare: 1 }).cause).toBe('data-fault');
  });

  it('says unknown, and never no, where nothing was there to look at', () => {
    const nothing = {
      parityMismatches: null,
      driftedShare: null,
      regime: null,
      turnover: null,
      codeChanged: null,
    };
    const { findings } = diagnoseDecay({ ...ORDINARY, ...nothing });
    expect(findings.filter(({ found }) => found === 'unknown').map(({ cause }) => cause)).toEqual([
      ...['parity-break', 'bug', 'feature-drift', 'regime', 'crowding'],
    ]);
  });
});

const ALARM: DecisionInput = {
  alarm: true,
  standing: false,
  statistic: 8,
  threshold: 6,
  diagnosis: diagnoseDecay(ORDINARY),
  sessionsSinceEmergency: null,
  cooldownSessions: 20,
  emergencyOpen: false,
  economics: null,
};

describe('the decision', () => {
  it('retrains on an alarm that no fault explains', () => {
    expect(decideDecay(ALARM)).toMatchObject({ decision: 'retrain', standing: true });
  });

  it('asks for a repair instead, with or without an alarm, while data or software are at fault', () => {
    const data = [{ check: 'rows', number: 3, bound: 36, text: '3 rows' }] as const;
    const diagnosis = diagnoseDecay({ ...ORDINARY, data });
    expect(decideDecay({ ...ALARM, diagnosis })).toMatchObject({ decision: 'repair-data', standing: true });
    expect(decideDecay({ ...ALARM, alarm: false, diagnosis })).toMatchObject({
      ...{ decision: 'repair-data', standing: false },
    });
  });

  it('starts nothing inside the cooldown and again at its end', () => {
    expect(decideDecay({ ...ALARM, sessionsSinceEmergency: 19 }).decision).toBe('cooldown');
    expect(decideDecay({ ...ALARM, sessionsSinceEmergency: 20 }).decision).toBe('retrain');
  });

  it('starts no second emergency beside an open one', () => {
    expect(decideDecay({ ...ALARM, emergencyOpen: true }).decision).toBe('standing');
  });

  it('keeps an alarm until the evidence has fallen by the margin, and then releases it', () => {
    const before = { ...ALARM, alarm: false, standing: true, diagnosis: null };
    expect(decideDecay({ ...before, statistic: 6 - RELEASE_MARGIN + 0.1 })).toMatchObject({
      ...{ decision: 'standing', standing: true },
    });
    expect(decideDecay({ ...before, statistic: 6 - RELEASE_MARGIN - 0.1 })).toMatchObject({
      ...{ decision: 'released', standing: false },
    });
  });

  it('does not pay more for a retrain than it is expected to save, and says so', () => {
    const cheap = { probability: 0.3, sessions: 21, lossOfHolding: 0.001, counterfactual: 'as it is' };
    expect(decideDecay({ ...ALARM, economics: { ...cheap, costOfRetraining: 0.002 } }).decision).toBe(
      'not-worth',
    );
    expect(decideDecay({ ...ALARM, economics: { ...cheap, costOfRetraining: 0.0005 } }).decision).toBe(
      'retrain',
    );
  });
});

describe('what an alarm is worth', () => {
  const INPUT = {
    statistic: 7,
    annualSessions: 250,
    backtestReturn: 0.001,
    referenceIc: 0.04,
    recentIc: -0.01,
    sessionsToSchedule: 21,
    swapTurnover: 1,
    tradingCost: 0.006,
  };

  it('weighs the loss of staying by the chance that it is true against the swap and a false alarm', () => {
    const probability = decayProbability(7, 250);
    const found = decayEconomics(INPUT);
    expect(found?.lossOfHolding).toBeCloseTo(probability * 0.001 * 1.25 * 21, 12);
    expect(found?.costOfRetraining).toBeCloseTo(0.006 + (1 - probability) * 0.1 * 0.001 * 21, 12);
    expect(found?.counterfactual).toContain(' bp of the book');
  });

  it('has odds of the statistic times the chance of decay in a session', () => {
    expect(decayProbability(Math.log(1000), 250)).toBeCloseTo(0.5, 12);
    expect(decayProbability(-Infinity, 250)).toBe(0);
    expect(decayProbability(1e6, 250)).toBe(1);
  });

  it('says nothing without a return to lose', () => {
    expect(decayEconomics({ ...INPUT, backtestReturn: null })).toBeNull();
    expect(decayEconomics({ ...INPUT, backtestReturn: -0.001 })).toBeNull();
  });
});
