import { describe, expect, it } from 'vitest';
import { ModelSpec } from '../../../contracts/spec.ts';
import { storedSpec } from '../../../contracts/stored-spec.ts';
import { Database } from '../../../registry/database.ts';
import { loosenedFields } from '../../../registry/spec-loosening.ts';
import { specOperations } from '../../../registry/specs.ts';

const SPEC = ModelSpec.parse({ model: 'tw-alpha', market: 'XTAI', data: '/data/tw' });
const BROKEN = { ...SPEC, market: 'XMOON', gates: { ...SPEC.gates, dsrMin: 'much' } };

describe('a spec that is none', () => {
  it('is refused before anything is stored, field by field', async () => {
    // Nothing is asked of it, so that it connects to nothing.
    const registry = specOperations(
      new Database({ url: 'postgres://nobody@127.0.0.1:1/none', applicationName: 'test' }),
    );
    const applied = registry.applySpec({
      spec: BROKEN as unknown as ModelSpec,
      actor: { subject: 'sam', roles: ['researcher'] },
      ...{ secondPerson: null, reason: 'a mistake' },
    });
    await expect(applied).rejects.toMatchObject({ code: 'CONTRACT_VIOLATION' });
    await expect(applied).rejects.toThrow(/market: .*gates\.dsrMin: /u);
  });

  it('that is stored all the same is refused by name where it is read', () => {
    expect(() => storedSpec(BROKEN)).toThrow(
      expect.objectContaining({ code: 'STORED_SPEC_INVALID', kind: 'refused' }) as Error,
    );
    expect(() => storedSpec(BROKEN)).toThrow(/market: /u);
    expect(storedSpec({ model: 'tw-alpha', market: 'XTAI', data: '/data/tw' })).toEqual(SPEC);
  });

  it('takes a second person to replace, since nobody can say what it was as strict as', () => {
    expect(loosenedFields(BROKEN as unknown as ModelSpec, SPEC)).toEqual(['spec']);
    expect(loosenedFields(SPEC, SPEC)).toEqual([]);
  });
});
