import { spawn, type ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import { z } from 'zod';
import type { ArtifactRef } from '../contracts/primitives.ts';
import { ExplainerUnavailable, ExplanationInexact, NotExplainable } from './errors.ts';
import type { ExplainedRow, Explainer, ExplainJob } from './explainer.ts';
import { verifyHash } from './model-file.ts';
import type { ServingRegistry } from './ports.ts';

export interface SidecarExplainerOptions {
  readonly python: string;
  /** The folder that holds the sidecar's package. */
  readonly sidecarFolder: string;
  readonly registry: Pick<ServingRegistry, 'readArtifact'>;
}

/** Features named per row. */
const TOP_FEATURES = 10;
/** Of one answer: a hundred rows of a large model take a few seconds. */
const ANSWER_TIMEOUT_MS = 120_000;

const Answer = z.discriminatedUnion('ok', [
  z.object({
    ok: z.literal(true),
    rows: z
      .array(
        z.object({
          prediction: z.number(),
          base: z.number(),
          top: z.array(z.tuple([z.int(), z.number()])),
          others: z.number(),
        }),
      )
      .default([]),
  }),
  z.object({ ok: z.literal(false), code: z.string(), message: z.string() }),
]);

interface Waiting {
  readonly resolve: (line: string) => void;
  readonly reject: (error: Error) => void;
}

/**
 * LightGBM's own contributions (`pred_contrib`), from a process of the sidecar that is started with the first question and
 * answers one at a time. When it dies, what it was asked is refused and the next question starts another.
 */
export class SidecarExplainer implements Explainer {
  readonly #options: SidecarExplainerOptions;
  #child: ChildProcess | null = null;
  #waiting: Waiting | null = null;
  /** Models that the running process holds or held; asked for one it has dropped, it says so. */
  readonly #loaded = new Set<string>();

  constructor(options: SidecarExplainerOptions) {
    this.#options = options;
  }

  async explain({ version, batch, rows, scores }: ExplainJob): Promise<readonly ExplainedRow[]> {
    const { featureNames, nativeModel } = version;
    if (nativeModel === null) throw new NotExplainable(version.number);
    const values = new Float32Array(batch.subarray(0, rows * featureNames.length));
    const question = {
      kind: 'explain',
      model: nativeModel.sha256,
      features: featureNames.length,
      rows: Buffer.from(values.buffer).toString('base64'),
      top: TOP_FEATURES,
    };
    if (this.#child === null || !this.#loaded.has(question.model))
      await this.#load(version.number, nativeModel);
    let answer = await this.#ask(question);
    if (!answer.ok && answer.code === 'MODEL_NOT_LOADED') {
      await this.#load(version.number, nativeModel);
      answer = await this.#ask(question);
    }
    if (!answer.ok) throw refusal(answer);
    if (answer.rows.length !== rows)
      throw new ExplainerUnavailable('the sidecar explained other rows than asked for');
    return answer.rows.map((row, at) => {
      // The native model and the served file are one model: the same bits, or one of them is not what its name says.
      if (!Object.is(row.prediction, scores[at])) {
        throw new ExplanationInexact(
          `the native model gives ${String(row.prediction)} for row ${String(at)}, ${String(scores[at])} was answered`,
        );
      }
      const top = row.top.map(([feature, contribution]) => {
        const value = values[at * featureNames.length + feature] ?? Number.NaN;
        return {
          feature: featureNames[feature] ?? '',
          value: Number.isNaN(value) ? null : value,
          contribution,
        };
      });
      return { ...row, top };
    });
  }

  async close(): Promise<void> {
    const child = this.#child;
    if (child === null) return;
    const ended = new Promise<void>((resolve) =>
      child.once('close', () => {
        resolve();
      }),
    );
    child.kill('SIGTERM');
    await ended;
  }

  async #load(number: number, nativeModel: ArtifactRef): Promise<void> {
    const bytes = await this.#options.registry.readArtifact(nativeModel);
    verifyHash(bytes, nativeModel.sha256, `native model of version ${String(number)}`);
    const text = new TextDecoder().decode(bytes);
    const answer = await this.#ask({ kind: 'load', model: nativeModel.sha256, text });
    if (!answer.ok) throw refusal(answer);
    this.#loaded.add(nativeModel.sha256);
  }

  async #ask(question: Readonly<Record<string, unknown>>): Promise<z.infer<typeof Answer>> {
    const child = (this.#child ??= this.#start());
    const late = setTimeout(() => child.kill('SIGKILL'), ANSWER_TIMEOUT_MS);
    try {
      const line = await new Promise<string>((resolve, reject) => {
        this.#waiting = { resolve, reject };
        child.stdin?.write(`${JSON.stringify(question)}\n`);
      });
      return Answer.parse(JSON.parse(line));
    } finally {
      clearTimeout(late);
      this.#waiting = null;
    }
  }

  #start(): ChildProcess {
    const { python, sidecarFolder } = this.#options;
    const child = spawn(python, ['-m', 'contender_sidecar.explain'], {
      cwd: sidecarFolder,
      env: { PYTHONPATH: sidecarFolder, PYTHONUNBUFFERED: '1', OMP_NUM_THREADS: '1' },
      stdio: ['pipe', 'pipe', 'ignore'],
    });
    const gone = (cause: unknown): void => {
      if (this.#child === child) {
        this.#child = null;
        this.#loaded.clear();
      }
      this.#waiting?.reject(
        new ExplainerUnavailable('the process that explains predictions ended', {
          cause,
          remedy: 'Ask again; `contender doctor` checks the Python environment.',
        }),
      );
    };
    child.once('error', gone);
    child.once('close', gone);
    // A process that is gone says so by ending, not by a broken pipe.
    child.stdin.on('error', () => undefined);
    createInterface({ input: child.stdout }).on('line', (line) => this.#waiting?.resolve(line));
    return child;
  }
}

function refusal({ code, message }: { readonly code: string; readonly message: string }): Error {
  return code === 'INEXACT'
    ? new ExplanationInexact(message)
    : new ExplainerUnavailable(`${code}: ${message}`);
}
