import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { ContenderError } from '../../../contracts/error.ts';
import { told } from '../../../contracts/wording/told.ts';
import * as errors from '../../../registry/errors.ts';
import { isLostConnection, translateError } from '../../../registry/translate-error.ts';

const MIGRATIONS = join(import.meta.dirname, '../../../migrations');
const fault = (fields: Record<string, unknown>, message = 'it broke') =>
  Object.assign(new Error(message), fields);

describe('errors of the database', () => {
  test.each([
    ['refused connection', fault({ code: 'ECONNREFUSED' })],
    ['server shut down', fault({ code: '57P01' })],
    ['server starting up', fault({ code: '57P03' })],
    ['too many connections', fault({ code: '53300' })],
    ['disk of the server full', fault({ code: '53100' })],
    ['connection failure', fault({ code: '08006' })],
    ['a driver that says so in words', fault({}, 'Connection terminated unexpectedly')],
    ['no connection to be had', fault({}, 'timeout exceeded when trying to connect')],
    ['several addresses refused', new AggregateError([fault({ code: 'ECONNREFUSED' })], '')],
  ])('%s is unreachable, and retried', (_, error) => {
    const translated = translateError(error);
    expect(translated).toBeInstanceOf(errors.RegistryUnreachable);
    expect(translated).toMatchObject({ kind: 'unreachable', cause: error });
  });

  test.each(['57014', '55P03', '40001', '40P01', '25P03'])('SQLSTATE %s is busy, and retried', (code) => {
    expect(translateError(fault({ code }))).toMatchObject({ code: 'REGISTRY_BUSY', kind: 'unreachable' });
  });

  test('a refusal keeps its code, its sentence and its facts', () => {
    const error = fault(
      { code: 'ZC000', hint: 'EPOCH_MOVED', detail: '{"currentEpoch": 7}' },
      'epoch 6 was expected',
    );
    expect(translateError(error)).toMatchObject({
      code: 'EPOCH_MOVED',
      message: 'epoch 6 was expected',
      details: { currentEpoch: 7 },
    });
  });

  test('a refusal with broken facts is still a refusal', () => {
    const error = fault({ code: 'ZC000', hint: 'NOT_APPROVED', detail: '{' });
    expect(translateError(error)).toMatchObject({ code: 'NOT_APPROVED', details: {} });
  });

  test('constraints that a person can run into have names of their own; the others are our defect', () => {
    const violated = (constraint: string) => translateError(fault({ code: '23514', constraint }));
    expect(violated('four_eyes_apart')).toBeInstanceOf(errors.FourEyes);
    expect(violated('a_quant_lead_decides')).toBeInstanceOf(errors.RoleMissing);
    expect(violated('never_for_integrity')).toBeInstanceOf(errors.GateNotWaivable);
    expect(violated('something_else')).toMatchObject({ code: 'REGISTRY_CONSTRAINT', kind: 'bug' });
  });

  test.each([
    ['a_quant_lead_decides', 'or the deputy once asked, approves or rejects'],
    ['a_quant_lead_waives', 'or the deputy once asked, waives a failed gate'],
    ['a_quant_lead_refuses', 'or the deputy once asked, refuses to waive'],
    ['a_quant_lead_objects', 'objects to a promotion'],
    ['a_quant_lead_answers', 'withdraws or overrules an objection'],
  ])('%s says what only a quant lead does, and in Chinese', (constraint, what) => {
    const translated = translateError(fault({ code: '23514', constraint }));
    expect(translated).toMatchObject({ code: 'ROLE_MISSING', kind: 'refused' });
    const { message } = translated as Error;
    expect(message).toMatch(/^only a quant lead/u);
    expect(message.endsWith(what)).toBe(true);
    expect(told(message, 'zh-TW').language).toBe('zh-TW');
  });

  test('every constraint on who may is one of those that the migrations make', () => {
    const made = new Set(
      readdirSync(MIGRATIONS).flatMap((file) =>
        [
          ...readFileSync(join(MIGRATIONS, file), 'utf8').matchAll(/constraint (a_quant_lead_\w+) check/gu),
        ].map(([, name = '']) => name),
      ),
    );
    expect(made.size).toBe(5);
    for (const constraint of made) {
      expect(translateError(fault({ code: '23514', constraint })), constraint).toBeInstanceOf(
        errors.RoleMissing,
      );
    }
  });

  test('a name that every object has is no constraint on who may', () => {
    for (const constraint of ['constructor', 'toString', '__proto__']) {
      expect(translateError(fault({ code: '23514', constraint }))).toMatchObject({
        code: 'REGISTRY_CONSTRAINT',
      });
    }
  });

  test('what is not of the database passes as it is', () => {
    const bug = new TypeError('undefined is not a function');
    expect(translateError(bug)).toBe(bug);
    const ours = new errors.NotApproved('no', {});
    expect(translateError(ours)).toBe(ours);
    expect(translateError('text')).toBe('text');
  });

  test('only a connection that was there can be lost', () => {
    expect(isLostConnection(fault({ code: '57P01' }))).toBe(true);
    expect(isLostConnection(fault({ code: 'ECONNRESET' }))).toBe(true);
    expect(isLostConnection(fault({ code: 'ECONNREFUSED' }))).toBe(false);
    expect(isLostConnection(fault({ code: '23505' }))).toBe(false);
  });

  test('every class has a code of its own', () => {
    const made = Object.values(errors).map((kind) => new kind('x', {}));
    expect(made.every((error) => error instanceof ContenderError)).toBe(true);
    expect(new Set(made.map(({ code }) => code)).size).toBe(made.length);
  });
});
