import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { canonicalJson } from '../../../contracts/canonical.ts';
import { ChainWalk } from '../../../registry/audit-chain.ts';
import type { ChainRow } from '../../../registry/audit-chain.ts';
import type { AuditHead } from '../../../registry/audit.ts';
import { BinaryRows, instantOf, integerOf } from '../../../registry/binary-rows.ts';

const sha = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');

interface Said {
  readonly actor: string;
  readonly command: string;
  readonly facts: Record<string, unknown>;
  readonly businessAt: string | null;
}

/** Chains as the registry writes them, from what was said in each row. */
function chains(said: ReadonlyMap<string, readonly Said[]>): ChainRow[] {
  return [...said].flatMap(([model, rows]) => {
    let prev = '0'.repeat(64);
    return rows.map((row, index) => {
      const seq = index + 1;
      const idempotencyKey = `${model}:${String(seq)}`;
      const recordedAt = new Date(Date.UTC(2026, 0, 1) + seq * 1000).toISOString();
      const body = Buffer.from(
        canonicalJson({ schema: 1, model, seq, prev, idempotencyKey, recordedAt, ...row }),
      );
      const hash = sha(body);
      const { actor, command, businessAt } = row;
      const written = {
        model,
        seq,
        prevHash: prev,
        hash,
        body,
        actor,
        command,
        idempotencyKey,
        businessAt,
        recordedAt,
      };
      prev = hash;
      return written;
    });
  });
}

function walked(rows: readonly ChainRow[], anchor: readonly AuditHead[]): ChainWalk {
  const walk = new ChainWalk(anchor);
  for (const row of rows) walk.row(row);
  walk.end();
  return walk;
}

const anyText = fc.string({ unit: 'grapheme', maxLength: 12 });
const anySaid = fc.record({
  actor: anyText,
  command: fc.constantFrom('promote', 'rollback', 'apply-spec', 'start-retrain'),
  facts: fc.dictionary(anyText, fc.oneof(anyText, fc.integer(), fc.boolean(), fc.constant(null))),
  businessAt: fc.constantFrom(null, '2019-06-30T00:00:00.000Z'),
});
const anyChains = fc
  .array(fc.array(anySaid, { minLength: 1, maxLength: 12 }), { minLength: 1, maxLength: 4 })
  .map((all) => chains(new Map(all.map((rows, index) => [`m-${String(index)}`, rows]))));

test('chains as they were written verify, and give their heads', () => {
  fc.assert(
    fc.property(anyChains, (rows) => {
      const { fault, heads, rows: counted } = walked(rows, []);
      expect(fault).toBeNull();
      expect(counted).toBe(rows.length);
      expect(walked(rows, heads).fault).toBeNull();
    }),
    { numRuns: 200 },
  );
});

/** What somebody with the rights of the owner may do to rows; each changes something. */
const FORGERIES = {
  'flips a bit of a text': (rows, at, bit) => {
    const row = at(rows);
    const body = Buffer.from(row.body);
    body[bit % body.length] = (body[bit % body.length] ?? 0) ^ (1 << (bit % 8));
    return rows.map((other) => (other === row ? { ...row, body } : other));
  },
  'edits a text and makes its hash fit': (rows, at, bit) => {
    const row = at(rows);
    const body = Buffer.from(
      row.body.toString('utf8').replace('"schema":1', `"schema":${String(2 + (bit % 7))}`),
    );
    return rows.map((other) => (other === row ? { ...row, body, hash: sha(body) } : other));
  },
  'edits a column': (rows, at, bit) => {
    const row = at(rows);
    const edits: readonly Partial<ChainRow>[] = [
      { actor: `${row.actor}x` },
      { command: `${row.command}x` },
      { idempotencyKey: `${row.idempotencyKey}x` },
      { businessAt: row.businessAt === null ? '2019-06-30T00:00:00.000Z' : null },
      { recordedAt: '2020-01-01T00:00:00.000Z' },
    ];
    return rows.map((other) => (other === row ? { ...row, ...edits[bit % edits.length] } : other));
  },
  'removes a row': (rows, at) => {
    const row = at(rows);
    return rows.filter((other) => other !== row);
  },
  'removes a row and closes the gap in the numbers': (rows, at) => {
    const row = at(rows);
    return rows
      .filter((other) => other !== row)
      .map((other) =>
        other.model === row.model && other.seq > row.seq ? { ...other, seq: other.seq - 1 } : other,
      );
  },
  'doubles a row': (rows, at) => {
    const row = at(rows);
    return rows.flatMap((other) => (other === row ? [row, row] : [other]));
  },
  'exchanges two rows': (rows, at) => {
    const row = at(rows);
    const next = rows.find((other) => other.model === row.model && other.seq === row.seq + 1);
    if (next === undefined) return rows.filter((other) => other !== row);
    return rows.map((other) =>
      other === row ? { ...next, seq: row.seq } : other === next ? { ...row, seq: next.seq } : other,
    );
  },
  'cuts a chain off': (rows, at) => {
    const row = at(rows);
    return rows.filter((other) => other.model !== row.model || other.seq < row.seq);
  },
  'writes a chain anew from its beginning': (rows, at, bit) => {
    const { model } = at(rows);
    const own = rows.filter((row) => row.model === model);
    const said = own.map(({ actor, command, businessAt }) => ({
      actor,
      command,
      businessAt,
      facts: { forged: bit },
    }));
    return [...rows.filter((row) => row.model !== model), ...chains(new Map([[model, said]]))];
  },
} satisfies Record<
  string,
  (rows: readonly ChainRow[], at: (rows: readonly ChainRow[]) => ChainRow, bit: number) => readonly ChainRow[]
>;

test.each(Object.entries(FORGERIES))('an anchor in hand shows who %s', (_, forge) => {
  fc.assert(
    fc.property(anyChains, fc.nat(), fc.nat(), (rows, place, bit) => {
      const anchor = walked(rows, []).heads;
      const at = (all: readonly ChainRow[]): ChainRow => {
        const row = all[place % all.length];
        if (row === undefined) throw new Error('no row');
        return row;
      };
      expect(walked(forge(rows, at, bit), anchor).fault).not.toBeNull();
    }),
    { numRuns: 150 },
  );
});

test('rows are the same however their bytes were cut into chunks', () => {
  const field = fc.option(
    fc.uint8Array({ maxLength: 20 }).map((bytes) => Buffer.from(bytes)),
    { nil: null },
  );
  fc.assert(
    fc.property(
      fc.array(fc.array(field, { maxLength: 4 }), { maxLength: 8 }),
      fc.integer({ min: 1, max: 40 }),
      (rows, size) => {
        const parts: Buffer[] = [Buffer.from('PGCOPY\n\xff\r\n\0', 'latin1'), Buffer.alloc(8)];
        for (const row of rows) {
          const count = Buffer.alloc(2);
          count.writeInt16BE(row.length);
          parts.push(count);
          for (const bytes of row) {
            const length = Buffer.alloc(4);
            length.writeInt32BE(bytes?.length ?? -1);
            parts.push(length, bytes ?? Buffer.alloc(0));
          }
        }
        const whole = Buffer.concat([...parts, Buffer.from([0xff, 0xff])]);
        const read: (string | null)[][] = [];
        const reader = new BinaryRows((fields) => {
          read.push(fields.map((bytes) => bytes?.toString('hex') ?? null));
        });
        // One memory for every chunk, as the driver has it.
        const memory = Buffer.alloc(size);
        for (let at = 0; at < whole.length; at += size) {
          const length = whole.copy(memory, 0, at, at + size);
          reader.push(memory.subarray(0, length));
        }
        expect(read).toEqual(rows.map((row) => row.map((bytes) => bytes?.toString('hex') ?? null)));
      },
    ),
    { numRuns: 200 },
  );
});

test('instants and numbers are read as Postgres writes them', () => {
  fc.assert(
    fc.property(
      fc.date({ min: new Date('1990-01-01'), max: new Date('2285-01-01'), noInvalidDate: true }),
      fc.maxSafeNat(),
      (time, n) => {
        const bytes = Buffer.alloc(8);
        bytes.writeBigInt64BE(BigInt(time.getTime() - Date.UTC(2000, 0, 1)) * 1000n + 999n);
        expect(instantOf(bytes)).toBe(time.toISOString());
        bytes.writeBigInt64BE(BigInt(n));
        expect(integerOf(bytes)).toBe(n);
      },
    ),
  );
});
