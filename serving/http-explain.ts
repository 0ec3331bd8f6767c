import type { FastifyInstance } from 'fastify';
import type { z } from 'zod';
import type { ExplanationAnswer } from '../contracts/serving.ts';
import type { Explanations } from './explanations.ts';

export const EXPLANATIONS_PATH = '/api/v1/explanations';

/** Results of `explain`, by the id that the prediction gave. */
export function addExplain(app: FastifyInstance, explanations: Explanations): void {
  app.get<{ Params: { id: string } }>(
    `${EXPLANATIONS_PATH}/:id`,
    async ({ params }): Promise<z.input<typeof ExplanationAnswer>> => {
      const { id, provenance, state } = explanations.get(params.id);
      const { model, version, versionHash, epoch } = provenance;
      const known = { id, model, version, versionHash, epoch, status: state.status };
      if (state.status === 'done') {
        const rows = state.rows.map((row) => ({ ...row, top: row.top.map((each) => ({ ...each })) }));
        return Promise.resolve({ ...known, rows });
      }
      if (state.status !== 'failed') return Promise.resolve(known);
      const { code, message, remedy, details } = state.error;
      return Promise.resolve({ ...known, error: { code, message, remedy, details: { ...details } } });
    },
  );
}
