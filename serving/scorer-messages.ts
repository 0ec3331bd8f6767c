import type { TreeImage } from './tree-image.ts';

/** What the main thread and a scoring thread say to each other. Every request is answered exactly once, by its id. */
export type WorkerRequest =
  /** Checks a model file and lays its trees out; keeps nothing. */
  | {
      readonly kind: 'read';
      readonly id: number;
      readonly onnx: Uint8Array;
      readonly featureNames: readonly string[];
    }
  /** Trees that the loading thread has read. */
  | { readonly kind: 'adopt'; readonly id: number; readonly session: number; readonly image: TreeImage }
  | {
      readonly kind: 'score';
      readonly id: number;
      readonly session: number;
      readonly batch: Float32Array;
      readonly rows: number;
    }
  | { readonly kind: 'release'; readonly id: number; readonly session: number }
  /** Finish what came before, release everything, and end by itself. */
  | { readonly kind: 'close'; readonly id: number };

export type WorkerAnswer =
  | {
      readonly id: number;
      readonly ok: true;
      readonly kind: 'scores';
      readonly scores: Float64Array<ArrayBuffer>;
    }
  | { readonly id: number; readonly ok: true; readonly kind: 'image'; readonly image: TreeImage }
  | { readonly id: number; readonly ok: true; readonly kind: 'done' }
  | {
      readonly id: number;
      readonly ok: false;
      readonly code: string;
      readonly message: string;
      readonly reason: string;
    };
