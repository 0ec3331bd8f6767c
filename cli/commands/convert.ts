import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Command } from 'commander';
import { z } from 'zod';
import { Sha256 } from '../../contracts/primitives.ts';
import type { CliContext } from '../context.ts';
import { ConversionInexact, ConversionRefused, PartMissing, UsageError } from '../errors.ts';

interface ConvertOptions {
  readonly rows: string;
  readonly out: string;
  readonly trusted?: boolean;
  readonly python?: string;
}

const Refused = z.object({ code: z.string(), message: z.string() });
const Converted = z.object({
  estimator: z.string(),
  sklearn: z.string(),
  features: z.array(z.string()).min(1),
  trees: z.int().min(1),
  takesMissing: z.boolean(),
  onnxSha256: Sha256,
  parityRows: z.int().min(1),
});
type Converted = z.infer<typeof Converted>;

/** Reading a large forest and predicting 100,000 rows one library call at a time. */
const PATIENCE_MS = 30 * 60 * 1000;
const INSTALL =
  'python3 -m venv .contender/sklearn && .contender/sklearn/bin/python -m pip install --require-hashes -r sidecar/requirements-sklearn.lock';

export function register(program: Command, context: CliContext): void {
  program
    .command('convert')
    .argument('<model>', 'a fitted scikit-learn regressor, stored by joblib or pickle')
    .description(
      'turn a scikit-learn model into the file that servers run, if it predicts the same to the last bit',
    )
    .requiredOption('--rows <file>', 'Parquet, one column of numbers per feature in the order of the model')
    .requiredOption('--out <folder>', 'where model.onnx, parity.parquet and conversion.json go')
    .option('--trusted', 'the file is your own: reading a pickle runs what is in it')
    .option(
      '--python <path>',
      'interpreter with the extra; default .contender/sklearn, then that of the sidecar',
    )
    .addHelpText(
      'after',
      `
Examples:
  contender convert model.joblib --rows recent.parquet --out converted --trusted
  contender convert model.joblib --rows recent.parquet --out converted --trusted --json

Sums of trees only: decision trees, gradient boosting, histogram boosting, forests of 2, 4, 8, ... trees. The extra:
  ${INSTALL}`,
    )
    .action((model: string, options: ConvertOptions) => convert(context, model, options));
}

async function convert(context: CliContext, model: string, options: ConvertOptions): Promise<void> {
  if (options.trusted !== true) {
    throw new UsageError('reading a stored scikit-learn model runs what is in it', {
      remedy: 'Give --trusted if the file is your own.',
    });
  }
  for (const path of [model, options.rows]) {
    if (!existsSync(path)) throw new UsageError(`there is no file ${path}`);
  }
  const config = context.config();
  const own = join(config.dataDir, 'sklearn', 'bin', 'python');
  const python = options.python ?? (existsSync(own) ? own : config.pythonPath);
  const out = resolve(options.out);
  const progress = context.output.progress('Converting, and predicting every row in both libraries');
  try {
    const found = await runConverter(python, join(config.root, 'sidecar'), [
      resolve(model),
      ...['--rows', resolve(options.rows), '--out', out],
    ]);
    const parity = await compare(out, found);
    const parityBytes = await readFile(join(out, 'parity.parquet'));
    const conversion = {
      ...found,
      ...{ library: 'scikit-learn', libraryVersion: found.sklearn },
      paritySha256: createHash('sha256').update(parityBytes).digest('hex'),
      parity: { ...parity, tolerance: 0 },
    };
    await writeFile(join(out, 'conversion.json'), `${JSON.stringify(conversion, undefined, 2)}\n`);
    context.output.result(
      { folder: out, ...conversion },
      () =>
        `${found.estimator} of ${String(found.trees)} trees: ${String(parity.rows)} rows, every threshold with its neighbours among them, are the same to the last bit.\n${join(out, 'model.onnx')} (${found.onnxSha256})\nMake it a version: contender register MODEL ${options.out} --snapshot FOLDER --reason WHY`,
    );
  } finally {
    progress.done();
  }
}

/** The same comparison that gates a version: the kernel that serves and onnxruntime against the library, bit for bit. */
async function compare(out: string, { features }: Converted) {
  const { checkParity } = await import('../../serving/parity.ts');
  const file = join(out, 'model.onnx');
  const result = await checkParity({
    onnx: new Uint8Array(await readFile(file)),
    featureNames: features,
    parity: { path: join(out, 'parity.parquet') },
  });
  const { rows, mismatches, firstMismatch, byKind } = result;
  if (mismatches === 0) return { rows, byKind };
  await rm(file);
  throw new ConversionInexact(
    `${String(mismatches)} of ${String(rows)} rows differ from scikit-learn: row ${String(firstMismatch?.row)} is ${String(firstMismatch?.actual)} instead of ${String(firstMismatch?.expected)}`,
    {
      remedy:
        'The model was not kept; its parity set is there to look at. Report it with the version of scikit-learn.',
      details: { rows, mismatches, byKind, firstMismatch },
    },
  );
}

function runConverter(python: string, sidecar: string, more: readonly string[]): Promise<Converted> {
  return new Promise((resolved, rejected) => {
    execFile(
      python,
      ['-m', 'contender_sidecar.convert_sklearn', ...more],
      { cwd: sidecar, timeout: PATIENCE_MS, maxBuffer: 16 * 1024 * 1024 },
      (error, stdout, stderr) => {
        if (error === null) {
          resolved(Converted.parse(JSON.parse(stdout)));
          return;
        }
        const refusal = Refused.safeParse(parsed(stdout));
        const missing = /No module named|ENOENT/u.test(stderr + error.message);
        rejected(
          refusal.success
            ? new ConversionRefused(refusal.data.message, {
                remedy: 'docs/packaging.md lists what converts exactly.',
                details: { reason: refusal.data.code },
              })
            : missing
              ? new PartMissing('the extra for scikit-learn is not installed', { remedy: INSTALL })
              : new ConversionRefused(`the model could not be read: ${lastLine(stderr)}`, {
                  cause: error,
                  remedy: 'Store it by joblib with the version of scikit-learn that the extra has.',
                }),
        );
      },
    );
  });
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

const lastLine = (text: string): string => text.trim().split('\n').at(-1) ?? '';
