import { z } from 'zod';
import { RollbackDrill } from '../drill.ts';
import { pageOf, Reason } from './text.ts';

/** Body of the operation that has the way back rehearsed. */
export const StartDrill = z
  .strictObject({
    reason: Reason.nullable().default(null).describe('null: asked for by hand'),
  })
  .meta({ id: 'StartDrill' });

export const DrillPage = pageOf(RollbackDrill, 'DrillPage');
