import { z } from 'zod';
import { RollbackDrill } from '../drill.ts';
import { pageOf, Reason } from './text.ts';

/** Body of the operation that has the way back rehearsed. */
export const StartDrill = z
  .strictObject({
    reason: Reason.nullable().default(null).describe('null: asked for by hand'),
    until: z
      .enum(['opened', 'ended'])
      .default('ended')
      .describe(
        'when it answers: once the drill is open and the servers are told, or once they have reported; after 20 seconds as it stands',
      ),
  })
  .meta({ id: 'StartDrill' });

export const DrillPage = pageOf(RollbackDrill, 'DrillPage');
