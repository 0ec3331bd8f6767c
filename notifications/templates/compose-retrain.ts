import type { z } from 'zod';
import type {
  ApprovalAskedEvent,
  ApprovalExpiringEvent,
  RetrainRefusedEvent,
} from '../../contracts/notification.ts';
import { CONTENDER, formatInstant } from './format.ts';
import type { Body, NextAction } from './message.ts';

const ENDINGS = {
  refused: 'was refused',
  rejected: 'was rejected by a quant lead',
  expired: 'expired without approval',
  superseded: 'was superseded by an emergency retrain',
  cancelled: 'was cancelled',
  judged: 'was judged and stopped, as its spec says',
} as const;

/** A retrain that a rule, a lead or the clock ended. */
export function composeRefused(event: z.infer<typeof RetrainRefusedEvent>): Body {
  const stopping = event.verdicts.filter((verdict) => verdict.enforced && verdict.verdict !== 'pass');
  const gates = stopping.length === 1 ? 'gate' : 'gates';
  const count = stopping.length === 0 ? '' : `, ${String(stopping.length)} enforced ${gates} not passed`;
  return {
    headline: `${event.model}: retrain ${ENDINGS[event.outcome]} at step ${event.step}${count}`,
    needed: 'Nothing is needed now: the champion stays. Read the numbers before the next retrain.',
    facts: [
      { label: 'Step', value: event.step },
      { label: 'Code', value: event.code },
    ],
    verdicts: event.verdicts,
    quotes: [{ label: 'Reason', text: event.reason }],
    actions: [
      { label: 'See the versions and their evidence', command: `${CONTENDER} versions ${event.model}` },
    ],
  };
}

const leads = (count: number) => (count === 1 ? 'One quant lead' : `${String(count)} quant leads`);

function decisionActions(event: {
  readonly approveCommand: string;
  readonly rejectCommand: string;
}): readonly NextAction[] {
  return [
    { label: 'Approve', command: event.approveCommand },
    { label: 'Reject', command: event.rejectCommand },
  ];
}

/** Nobody may take the dates of a replay for today's: it stands in the first line, which is all that a short message has. */
const ofReplay = (marketAt: string | null): string =>
  marketAt === null ? '' : ` (replay of ${marketAt.slice(0, 10)})`;
const replayFacts = (marketAt: string | null): Body['facts'] =>
  marketAt === null
    ? []
    : [
        {
          label: 'Replay',
          value: `history is played again as of ${formatInstant(marketAt)}, not today; the deadline alone is in real time`,
        },
      ];

const afterSession = (session: string | null) => (session === null ? '' : ` (after session ${session})`);

function waivedGates(waivers: readonly { readonly gate: string; readonly subject: string }[]): string {
  const gates = [...new Set(waivers.map(({ gate }) => gate))];
  const by = (gate: string): string =>
    waivers
      .filter((waiver) => waiver.gate === gate)
      .map(({ subject }) => subject)
      .join(' and ');
  return gates.map((gate) => `${gate} by ${by(gate)}`).join(', ');
}

/** A signature is wanted. */
export function composeApprovalAsked(event: z.infer<typeof ApprovalAskedEvent>): Body {
  const candidate = `version ${String(event.candidate.number)}`;
  const replaces =
    event.champion === null ? 'as the first champion' : `to replace version ${String(event.champion.number)}`;
  const probation = event.admission === 'probation' ? ' on probation' : '';
  const signers = event.fourEyes
    ? `${leads(event.approvers)} other than ${event.requestedBy} and the last author of the spec`
    : leads(event.approvers);
  return {
    headline: `${event.model}: approval needed for ${candidate}${probation}, ${replaces}${ofReplay(event.marketAt)}`,
    needed: `${signers} must approve or reject before ${formatInstant(event.expiresAt)}${afterSession(event.expiresAfterSession)}.`,
    facts: [
      ...replayFacts(event.marketAt),
      { label: 'Candidate', value: `${candidate} (${event.candidate.id.slice(0, 12)})` },
      {
        label: 'Champion',
        value:
          event.champion === null
            ? 'none'
            : `version ${String(event.champion.number)} (${event.champion.id.slice(0, 12)})`,
      },
      { label: 'Requested by', value: event.requestedBy },
      { label: 'Approvals needed', value: String(event.approvers) },
      { label: 'Expires', value: formatInstant(event.expiresAt) },
      ...(event.deputy === null
        ? []
        : [{ label: 'Deputy', value: `${event.deputy.subject}, from ${formatInstant(event.deputy.from)}` }]),
      { label: 'Evidence', value: event.evidenceHash },
      ...(event.closestCall === '' ? [] : [{ label: 'Closest call', value: event.closestCall }]),
      ...(event.loosened === null
        ? []
        : [{ label: "Looser than the champion's spec", value: event.loosened.join(', ') || 'none' }]),
      ...(event.waivers.length === 0 ? [] : [{ label: 'Waived gates', value: waivedGates(event.waivers) }]),
    ],
    verdicts: event.verdicts,
    // Whoever signs has to see that a gate failed, who accepted it, and why.
    quotes: [
      ...event.waivers.map(({ gate, subject, reason }) => ({
        label: `Gate ${gate} waived by ${subject}`,
        text: reason,
      })),
      ...event.cautions.map((text) => ({ label: 'A second look', text })),
      ...event.shadow.map((text) => ({ label: 'Shadow', text })),
      ...(event.outlook === '' ? [] : [{ label: 'Decay watch', text: event.outlook }]),
    ],
    actions: [...decisionActions(event), ...reportActions(event.retrain)],
  };
}

/** Writes the page of plots; none without a retrain to name. */
function reportActions(retrain: string | null): readonly NextAction[] {
  if (retrain === null) return [];
  const command = `${CONTENDER} gates explain ${retrain} --html report.html`;
  return [{ label: 'Read the gates, with plots', command }];
}

/** The same, with little time left. */
export function composeApprovalExpiring(event: z.infer<typeof ApprovalExpiringEvent>): Body {
  const missing = Math.max(event.approvers - event.approvals, 0);
  const left = event.remainingSessions;
  const when =
    left === null
      ? `at ${formatInstant(event.expiresAt)}`
      : `in ${String(left)} ${left === 1 ? 'session' : 'sessions'}`;
  return {
    headline:
      event.deputy === null
        ? `${event.model}: approval of version ${String(event.candidate.number)} expires ${when}${ofReplay(event.marketAt)}`
        : `${event.model}: ${event.deputy} is asked as deputy, approval of version ${String(event.candidate.number)} expires ${when}${ofReplay(event.marketAt)}`,
    needed: `${leads(missing)}${event.deputy === null ? '' : `, or ${event.deputy} as deputy,`} must still approve or reject before ${formatInstant(event.expiresAt)}; after that the retrain ends without promotion.`,
    facts: [
      ...replayFacts(event.marketAt),
      { label: 'Approvals', value: `${String(event.approvals)} of ${String(event.approvers)}` },
      { label: 'Requested by', value: event.requestedBy },
      {
        label: 'Expires',
        value: `${formatInstant(event.expiresAt)}${afterSession(event.expiresAfterSession)}`,
      },
      { label: 'Evidence', value: event.evidenceHash },
    ],
    verdicts: [],
    quotes: [],
    actions: decisionActions(event),
  };
}
