import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { runCli } from '../../../cli/program.ts';
import { reference, relativeError } from './reference.ts';

class Sink {
  text = '';
  write(text: string): boolean {
    this.text += text;
    return true;
  }
}

async function evaluate(file: string, ...options: string[]) {
  const stdout = new Sink();
  const stderr = new Sink();
  const code = await runCli(['gates', 'evaluate', '--returns', file, ...options], {
    streams: { stdin: Readable.from([]), stdout, stderr },
    interrupted: new AbortController().signal,
    sources: { environment: {}, root: '/nowhere' },
    showStacks: false,
  });
  return { code, out: stdout.text, err: stderr.text };
}

/** Written by tests/golden/oracles/make-gate-oracles.py. */
const unseen = JSON.parse(
  readFileSync(new URL('../data/gates-unseen/expected.json', import.meta.url), 'utf8'),
) as {
  readonly replicates: number;
  readonly panels: Readonly<
    Record<
      string,
      {
        readonly pbo: Readonly<Record<string, { pbo: number; strict: number; slope: number }>>;
        readonly spa: Readonly<Record<string, { statistic: number; p_consistent: number }>>;
      }
    >
  >;
};

const golden = (name: string): string => fileURLToPath(new URL(`../data/gates/${name}.csv`, import.meta.url));

/** The output contract: these keys and no others. */
const Evaluation = z.strictObject({
  spa: z.strictObject({
    statistic: z.number().nullable(),
    pLower: z.number().nullable(),
    pConsistent: z.number().nullable(),
    pUpper: z.number().nullable(),
    interval: z.tuple([z.number(), z.number()]).nullable(),
    replicates: z.int(),
    block: z.number(),
  }),
  stepm: z.strictObject({ alpha: z.number(), rejected: z.array(z.string()) }),
  strategies: z.array(
    z.strictObject({
      name: z.string(),
      sharpe: z.number().nullable(),
      psr0: z.number().nullable(),
      minTrackRecordLength: z.number().nullable(),
    }),
  ),
  dsr: z.strictObject({
    best: z.string().nullable(),
    trials: z.int(),
    expectedMaxSharpe: z.number().nullable(),
    dsr: z.number().nullable(),
  }),
  pbo: z.strictObject({
    splits: z.int(),
    combinations: z.int().nullable(),
    pbo: z.number().nullable(),
    pboStrict: z.number().nullable(),
    slope: z.number().nullable(),
    intercept: z.number().nullable(),
    probabilityOfLoss: z.number().nullable(),
  }),
  verdicts: z.array(
    z.strictObject({
      gate: z.string(),
      verdict: z.enum(['pass', 'fail', 'inconclusive', 'error']),
      number: z.number().nullable(),
      threshold: z.number(),
      reason: z.string(),
    }),
  ),
});

describe('contender gates evaluate', () => {
  const folder = mkdtempSync(join(tmpdir(), 'contender-gates-'));
  const file = join(folder, 'returns.csv');
  // The first call loads the program, which takes longer than any table on a busy machine.
  beforeAll(async () => {
    await evaluate(join(folder, 'nothing.csv'));
  });
  afterAll(() => {
    rmSync(folder, { recursive: true });
  });

  for (const name of [
    'panel_750x20',
    'noise_500x8',
    'skilled_504x12',
    'edge_260x3',
    'dominated_500x8',
  ] as const) {
    it(`prints the reference numbers of ${name} under the documented keys`, async () => {
      const { code, out } = await evaluate(golden(name), '--json');
      expect(code).toBe(0);
      const result = Evaluation.parse(JSON.parse(out));
      const hansen = reference.spa[name]?.['block_10']?.hansen_studentised_B100000;
      if (hansen !== undefined) {
        const p = result.spa.pConsistent ?? NaN;
        const error = Math.sqrt(hansen.mc_se.consistent ** 2 + (p * (1 - p)) / result.spa.replicates);
        expect(Math.abs(p - hansen.p_consistent)).toBeLessThanOrEqual(
          Math.max(4 * error, 2 / result.spa.replicates),
        );
        expect(relativeError(result.spa.statistic ?? NaN, hansen.statistic)).toBeLessThan(1e-9);
      }
      const pbo = reference.pbo[name]?.['S16'];
      if (pbo !== undefined) {
        expect(result.pbo).toMatchObject({
          pbo: pbo.pbo,
          pboStrict: pbo.pbo_strict_lt0,
          combinations: pbo.n_combos,
        });
        expect(result.pbo.slope).toBeCloseTo(pbo.slope, 8);
        expect(result.pbo.intercept).toBeCloseTo(pbo.intercept, 8);
        expect(result.pbo.probabilityOfLoss).toBe(pbo.prob_loss);
      }
      const sharpe = reference.sharpe[name];
      sharpe?.columns.forEach((column, index) => {
        const strategy = result.strategies[index];
        expect(relativeError(strategy?.sharpe ?? NaN, column['sr'] ?? NaN)).toBeLessThan(1e-9);
        expect(relativeError(strategy?.psr0 ?? NaN, column['psr0'] ?? NaN)).toBeLessThan(1e-9);
        expect(
          relativeError(strategy?.minTrackRecordLength ?? NaN, column['mintrl95_vs0'] ?? NaN),
        ).toBeLessThan(1e-9);
      });
      if (sharpe !== undefined) {
        expect(relativeError(result.dsr.dsr ?? NaN, sharpe.dsr_best['raw']?.dsr ?? NaN)).toBeLessThan(1e-9);
        expect(result.dsr.best).toBe(result.strategies[sharpe.best]?.name);
      }
      if (name === 'dominated_500x8' || name === 'edge_260x3') {
        expect(result.verdicts.map((verdict) => verdict.verdict)).not.toContain('pass');
      }
    });
  }

  for (const name of ['odd_307x7', 'pair_121x2', 'tied_203x6', 'wide_187x25', 'scaled_260x9']) {
    it(`prints the numbers of the unseen panel ${name}`, async () => {
      const panel = new URL(`../data/gates-unseen/${name}.csv`, import.meta.url);
      const expected = unseen.panels[name];
      const options = ['--pbo-splits', '10', '--block', '3', '--seed', '4', '--json'];
      const { code, out } = await evaluate(fileURLToPath(panel), ...options);
      expect(code).toBe(0);
      const result = Evaluation.parse(JSON.parse(out));
      const pbo = expected?.pbo['sharpe_10'];
      expect(result.pbo).toMatchObject({ pbo: pbo?.pbo, pboStrict: pbo?.strict, combinations: 252 });
      expect(result.pbo.slope).toBeCloseTo(pbo?.slope ?? NaN, 8);
      const spa = expected?.spa['3'];
      expect(relativeError(result.spa.statistic ?? NaN, spa?.statistic ?? NaN)).toBeLessThan(1e-9);
      const p = spa?.p_consistent ?? NaN;
      const error = Math.sqrt(p * (1 - p) * (1 / unseen.replicates + 1 / result.spa.replicates));
      const tolerance = Math.max(4 * error, 2 / result.spa.replicates);
      expect(Math.abs((result.spa.pConsistent ?? NaN) - p)).toBeLessThanOrEqual(tolerance);
    });
  }

  it('takes dates in the first column, another benchmark and a count of trials', async () => {
    const rows = Array.from({ length: 80 }, (_, row) => {
      const date = new Date(Date.UTC(2024, 0, 1 + row)).toISOString().slice(0, 10);
      return `${date},${String(Math.sin(row) / 100)},${String(Math.cos(row * row) / 100)},${String(Math.sin(3 * row + 1) / 90)}`;
    });
    writeFileSync(file, `date,a,champion,b\n${rows.join('\n')}\n`);
    const options = ['--benchmark', 'champion', '--trials', '40', '--pbo-splits', '8', '--replicates', '500'];
    const { code, out } = await evaluate(file, ...options, '--json');
    expect(code).toBe(0);
    const result = Evaluation.parse(JSON.parse(out));
    expect(result.strategies.map((strategy) => strategy.name)).toEqual(['a', 'b']);
    expect(result.dsr.trials).toBe(40);
    expect((await evaluate(file, ...options)).out).toMatch(
      /strategy +daily Sharpe[^]*beats champion[^]*pbo/u,
    );
    expect((await evaluate(file, ...options, '--json')).out).toBe(out);
  });

  describe('with bad input', () => {
    const good = 'bench,s0\n0.01,0.02\n-0.01,0.01\n0.02,0.01\n';
    const cases: readonly [string, string, readonly string[], RegExp][] = [
      [
        'a ragged line',
        'bench,s0\n0.01,0.02\n0.01\n',
        [],
        /row 3: 1 cells under 2 names: column s0 has no cell/u,
      ],
      ['text in a number column', 'bench,s0\n0.01,abc\n', [], /row 2: column s0 holds \\?"abc/u],
      ['NaN', 'bench,s0\n0.01,nan\n', [], /row 2: column s0/u],
      ['an infinity', 'bench,s0\ninf,0.1\n', [], /row 2: column bench/u],
      [
        'dates out of order',
        'date,bench,s0\n2024-01-03,0,1\n2024-01-02,0,1\n',
        [],
        /row 3: column date goes back/u,
      ],
      ['dates twice', 'date,bench,s0\n2024-01-03,0,1\n2024-01-03,0,1\n', [], /row 3: column date repeats/u],
      ['one column', 'bench\n0.1\n0.2\n', [], /only column of returns is the benchmark bench/u],
      ['more splits than rows', good, ['--block', '2'], /pbo-splits is 16, but there are 3 rows/u],
      ['more splits and a longer block than rows', good, [], /pbo-splits is 16.*3 rows; block is 10/u],
      ['an odd number of splits', good, ['--block', '2', '--pbo-splits', '3'], /even/u],
      ['an unknown benchmark', good, ['--benchmark', 'spy'], /no column spy/u],
      ['a level out of range', good, ['--alpha', '0.9'], /spaAlpha/u],
      ['a bound out of range', good, ['--pbo-max', '1.5'], /pboMax/u],
      ['a block longer than the rows', good, ['--block', '9'], /block is 9/u],
      [
        'a seed that is no integer',
        good,
        ['--seed', '1.5', '--block', '2', '--pbo-splits', '2'],
        /seed is 1.5/u,
      ],
      ['replicates that are no number', good, ['--replicates', 'many'], /--replicates is \\?"many/u],
      [
        'fewer trials than strategies',
        good,
        ['--trials', '0', '--block', '2', '--pbo-splits', '2'],
        /trials is 0/u,
      ],
    ];
    beforeAll(() => {
      writeFileSync(file, good);
    });
    for (const [what, text, options, message] of cases) {
      it(`ends with 2 for ${what} and says where`, async () => {
        writeFileSync(file, text);
        const plain = await evaluate(file, ...options);
        expect(plain.code).toBe(2);
        expect(plain.err).toMatch(message);
        const json = await evaluate(file, ...options, '--json');
        expect(json.code).toBe(2);
        expect(JSON.parse(json.out)).toHaveProperty('error.kind', 'usage');
      });
    }

    it('ends with 2 for a file that is not there, and without a file', async () => {
      expect((await evaluate(join(folder, 'nothing.csv'))).code).toBe(2);
      expect((await evaluate(folder)).code).toBe(2);
    });
  });
});
