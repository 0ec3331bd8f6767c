import { useQuery } from '@tanstack/react-query';
import type { UseQueryResult } from '@tanstack/react-query';
import type { Reading } from '../components/states.tsx';
import { answerOf, api, patience } from './client.ts';
import type { ApiError } from './client.ts';
import { useRows } from './queries.ts';
import type { Rows } from './queries.ts';
import type { ApprovalPage, OpenWaiversPage, SpecProposal, SpecProposalDetail } from './schemas.ts';

/** What waits for a signature is seldom, and seldom for long: often enough that nobody waits for the page. */
const EVERY_MS = 10_000;
const MOST = 200;

/** Decisions that open retrains ask for, of every model that the reader may look at. */
export function useOpenApprovals(): UseQueryResult<ApprovalPage, ApiError> {
  return useQuery({
    queryKey: ['signing', 'approvals'],
    queryFn: () => answerOf(api.listApprovals({ query: { limit: MOST } }, patience())),
    refetchInterval: EVERY_MS,
  });
}

/** Failed gates that may be waived now. */
export function useOpenWaivers(): UseQueryResult<OpenWaiversPage, ApiError> {
  return useQuery({
    queryKey: ['signing', 'waivers'],
    queryFn: () => answerOf(api.listOpenWaivers({ query: { limit: MOST } }, patience())),
    refetchInterval: EVERY_MS,
  });
}

/** Loosened specs, open or decided, newest first. `model` empty: of every one. */
export function useProposals(model: string): Reading<Rows<SpecProposal>> {
  return useRows(['signing', 'proposals', model], (query) =>
    answerOf(api.listSpecProposals({ query: model === '' ? query : { ...query, model } }, patience())),
  );
}

/** One proposal with what it changes. */
export function useProposal(proposal: number): UseQueryResult<SpecProposalDetail, ApiError> {
  return useQuery({
    queryKey: ['signing', 'proposal', proposal],
    queryFn: () => answerOf(api.getSpecProposal({ path: { proposal } }, patience())),
    refetchInterval: ({ state }) => (state.data?.state === 'open' ? 5000 : false),
  });
}
