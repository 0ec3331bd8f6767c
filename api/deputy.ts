import { z } from 'zod';
import { RetrainId } from '../contracts/api/text.ts';
import { samePerson } from '../contracts/identity.ts';
import type { ApiParts } from './parts.ts';

const OfRetrain = z.object({ retrain: RetrainId });

/**
 * Whether the decision that the retrain of a path asks for names somebody as deputy. A deputy is a person, not a role: when
 * they may sign is judged where signatures are.
 */
export async function isDeputyOf(
  params: unknown,
  subject: string,
  registry: ApiParts['registry'],
): Promise<boolean> {
  const path = OfRetrain.safeParse(params);
  if (!path.success) return false;
  const { deputy = null } = (await registry.approvalOf({ retrainId: path.data.retrain })) ?? {};
  return deputy !== null && samePerson(deputy.subject, subject);
}
