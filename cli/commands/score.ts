import { randomUUID } from 'node:crypto';
import { mkdir, rename, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Command } from 'commander';
import { ContractViolation } from '../../contracts/error.ts';
import { ScoreInput, type ScoreResult } from '../../contracts/score.ts';
import { openArtifactStore } from '../../registry/artifacts/open-store.ts';
import type { Registry } from '../../registry/registry.ts';
import { SCORE_FILES, type ScoreRun } from '../../registry/score-runs.ts';
import { startScoring } from '../../control/start-scoring.ts';
import { translateFailure } from '../../control/temporal-link.ts';
import type { CliContext } from '../context.ts';
import { UsageError } from '../errors.ts';
import { actorFromToken, localActor } from '../identity.ts';
import { table } from '../output.ts';
import { withRegistry } from '../registry.ts';
import { connectTemporal } from '../temporal.ts';

interface ScoreOptions {
  readonly session?: string;
  readonly modelVersion?: string;
  readonly out: string;
  readonly list?: boolean;
  readonly token?: string;
}

const LOOK_EVERY_MS = 500;
const BAR_CELLS = 24;
const LISTED_RUNS = 20;

export function register(program: Command, context: CliContext): void {
  program
    .command('score')
    .argument('<model>', 'name of the model')
    .description('score the whole universe of a session; interrupted, it goes on where it was')
    .option('--session <date>', 'YYYY-MM-DD; default the newest session that is decided')
    .option('--model-version <n>', 'number of a version; default the champion')
    .option('--out <folder>', 'where predictions_D.csv, skipped_D.csv and report_D.txt are written', '.')
    .option('--list', 'the newest runs of the model instead')
    .option('--token <token>', 'identity token of who asks; default CONTENDER_TOKEN, else your user name')
    .addHelpText(
      'after',
      `
Examples:
  contender score tw-alpha --session 2019-06-28
  contender score tw-alpha --session 2019-06-28 --model-version 3 --out ./scores --json
  contender score tw-alpha --list

A version scores a session once: asked again, the same files are written again. Applying a spec puts a schedule in
force that does this after every session (scoring.schedule).`,
    )
    .action((model: string, options: ScoreOptions) =>
      options.list === true ? list(context, model) : score(context, model, options),
    );
}

async function score(context: CliContext, model: string, options: ScoreOptions): Promise<void> {
  const actor = (await actorFromToken(context, options.token)) ?? localActor();
  const input = scoreInput(model, options, actor.subject);
  await withRegistry(context, async (registry) => {
    const result = await runWorkflow(context, registry, input);
    const files = result.run === null ? [] : await writeFiles(context, registry, result.run, options.out);
    context.output.result({ ...result, files }, () => resultText(result, files));
  });
}

/** Starts the run, or joins the one that is under way, and follows it to its end. */
async function runWorkflow(context: CliContext, registry: Registry, input: ScoreInput): Promise<ScoreResult> {
  const { model } = input;
  const link = await connectTemporal(context);
  try {
    const handle = await startScoring(link, input);
    const progress = context.output.progress(`${model}: finding the session`);
    let looking = false;
    const look = async (): Promise<void> => {
      const { run } = await handle.query<{ readonly run: number | null }>('progress');
      if (run !== null) progress.update(progressText(await registry.scoreRun({ run })));
    };
    const watching = setInterval(() => {
      if (looking) return;
      looking = true;
      // What cannot be seen now is seen at the next look; the result does not depend on it.
      look()
        .catch(() => undefined)
        .finally(() => {
          looking = false;
        });
    }, LOOK_EVERY_MS);
    try {
      return await handle.result();
    } finally {
      clearInterval(watching);
      progress.done();
    }
  } catch (error) {
    throw translateFailure(error);
  } finally {
    await link.close();
  }
}

/** A bar of what is done; before the features are there, nobody knows of how many. */
export function progressText({ model, session, symbols, done }: ScoreRun): string {
  if (symbols === null) return `${model} ${session}: extracting features`;
  const filled = Math.floor((BAR_CELLS * done) / symbols);
  const bar = `${'#'.repeat(filled)}${'-'.repeat(BAR_CELLS - filled)}`;
  const share = String(Math.floor((100 * done) / symbols)).padStart(3);
  return `${model} ${session} [${bar}] ${share} %, ${String(done)} of ${String(symbols)} symbols`;
}

async function writeFiles(
  context: CliContext,
  registry: Registry,
  id: number,
  out: string,
): Promise<string[]> {
  const { files, session } = await registry.scoreRun({ run: id });
  if (files === null) return [];
  const artifacts = openArtifactStore(context.config());
  const folder = resolve(out);
  await mkdir(folder, { recursive: true });
  const written: string[] = [];
  for (const file of SCORE_FILES) {
    const path = join(folder, `${file}_${session}.${file === 'report' ? 'txt' : 'csv'}`);
    const unfinished = `${path}.${randomUUID()}`;
    await writeFile(unfinished, await artifacts.get(files[file]));
    await rename(unfinished, path);
    written.push(path);
  }
  return written;
}

async function list(context: CliContext, model: string): Promise<void> {
  const runs = await withRegistry(context, (registry) => registry.scoreRuns({ model, limit: LISTED_RUNS }));
  context.output.result(runs, () =>
    runs.length === 0
      ? `No universe of ${model} was scored yet.`
      : table(
          ['session', 'version', 'epoch', 'symbols', 'scored', 'skipped', 'asked for', 'state'],
          runs.map((run) => [
            ...[run.session, run.version, run.epoch, run.symbols ?? 0],
            ...[run.done - run.skipped, run.skipped, run.trigger],
            run.completedAt === null ? 'open' : `complete ${run.completedAt}`,
          ]),
        ),
  );
}

function resultText(result: ScoreResult, files: readonly string[]): string {
  if (result.outcome !== 'scored') return `${result.outcome}: ${result.reason}`;
  const resumed = result.resumed === 0 ? '' : `, ${String(result.resumed)} of them before`;
  return [
    `${result.model} ${result.session ?? ''}, version ${String(result.version)}, epoch ${String(result.epoch)}: ${String(result.scored)} scored, ${String(result.skipped)} skipped${resumed}`,
    ...files.map((file) => `  ${file}`),
  ].join('\n');
}

function scoreInput(model: string, options: ScoreOptions, requestedBy: string): ScoreInput {
  const version = options.modelVersion === undefined ? null : Number(options.modelVersion);
  if (version !== null && !(Number.isInteger(version) && version >= 1)) {
    throw new UsageError(`--model-version is a number from 1, not ${options.modelVersion ?? ''}`);
  }
  const parsed = ScoreInput.safeParse({
    ...{ model, version, trigger: 'manual', requestedBy },
    session: options.session ?? null,
    correlationId: `score:${model}:${randomUUID().slice(0, 8)}`,
  });
  if (parsed.success) return parsed.data;
  const first = parsed.error.issues[0];
  throw new ContractViolation(`${first?.path.join('.') ?? 'input'}: ${first?.message ?? 'is not valid'}`, {
    details: { issues: parsed.error.issues },
  });
}
