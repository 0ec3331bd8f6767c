import { parentPort, workerData } from 'node:worker_threads';
import { ContenderError } from '../contracts/error.ts';
import { examineModel, type ExaminationInput } from './model-examination.ts';

/** One examination on a thread of its own; started by examine-aside.ts and by nothing else. */
export type ExaminationAnswer =
  | { readonly ok: true; readonly found: Awaited<ReturnType<typeof examineModel>> }
  | { readonly ok: false; readonly code: string; readonly message: string; readonly reason: string };

async function answer(): Promise<ExaminationAnswer> {
  try {
    return { ok: true, found: await examineModel(workerData as ExaminationInput) };
  } catch (error) {
    const known = error instanceof ContenderError;
    const reason = known && typeof error.details['reason'] === 'string' ? error.details['reason'] : '';
    const message = error instanceof Error ? error.message : String(error);
    return { ok: false, code: known ? error.code : '', message, reason };
  }
}

parentPort?.postMessage(await answer());
