import { z } from 'zod';
import { RetrainId } from '../contracts/api/text.ts';
import { samePerson } from '../contracts/identity.ts';
import type { ApiParts } from './parts.ts';

type Registry = ApiParts['registry'];

/** What is decided: the decision of a retrain, the waivers at its gates, or a proposed spec. */
export type DecidedAs = 'decision' | 'waivers' | 'proposal';

const OfRetrain = z.object({ retrain: RetrainId });
const OfProposal = z.object({
  proposal: z.coerce
    .number()
    .int()
    .min(1)
    .max(2 ** 31 - 1),
});

/** Whom what is open there names as deputy; null: nobody, or there is nothing of the kind. */
const NAMED: Readonly<Record<DecidedAs, (params: unknown, registry: Registry) => Promise<string | null>>> = {
  decision: async (params, registry) => {
    const path = OfRetrain.safeParse(params);
    if (!path.success) return null;
    return (await registry.approvalOf({ retrainId: path.data.retrain }))?.deputy?.subject ?? null;
  },
  waivers: async (params, registry) => {
    const path = OfRetrain.safeParse(params);
    return path.success ? registry.deputyAtGates({ retrainId: path.data.retrain }) : null;
  },
  proposal: async (params, registry) => {
    const path = OfProposal.safeParse(params);
    return path.success ? registry.deputyOfProposal({ id: path.data.proposal }) : null;
  },
};

/**
 * Whether what the path of a request is about names somebody as deputy. A deputy is a person, not a role: when they may sign is
 * judged where signatures are.
 */
export async function isDeputyOf(
  what: DecidedAs,
  params: unknown,
  subject: string,
  registry: Registry,
): Promise<boolean> {
  const named = await NAMED[what](params, registry);
  return named !== null && samePerson(named, subject);
}
