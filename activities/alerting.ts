import type { AlertingFile } from '../alerting/config.ts';
import { MAX_ALERT_ITEMS } from '../contracts/notification.ts';
import type { Market } from '../contracts/primitives.ts';
import type { SessionCalendar } from '../market/calendar.ts';
import { localTimeMs, MARKET_ZONE } from '../market/zone.ts';
import { escalationMessages } from '../notifications/escalation.ts';
import type { Registry } from '../registry/registry.ts';

export interface EscalationPlan {
  /** Milliseconds after the first message, one for each step. */
  readonly afterMs: readonly number[];
}

export interface ResultsDeadline {
  readonly session: string;
  /** Wall instant by which results are due. */
  readonly at: string;
}

/** What the timers of alerts do when they run out. */
export interface AlertingActivities {
  /** The steps of a policy as the alerting file has them now; none when the policy is gone. */
  planEscalation(input: { readonly policy: string }): Promise<EscalationPlan>;
  /** Sends a step unless everything is acknowledged or over; tells whether the escalation has ended. */
  escalateAlert(input: {
    readonly notificationId: number;
    readonly step: number;
  }): Promise<{ readonly ended: boolean }>;
  endEscalation(input: { readonly notificationId: number }): Promise<void>;
  /** The next time a dead-man switch looks, after a session; null: the alerting file has no such switch. */
  nextResultsDeadline(input: {
    readonly name: string;
    readonly after: string | null;
  }): Promise<ResultsDeadline | null>;
  /** Alarms for every model without results of the session; ends the alarm of those that have them. */
  checkResults(input: { readonly name: string; readonly session: string; readonly at: string }): Promise<{
    readonly missing: readonly string[];
  }>;
}

export interface AlertingGround {
  readonly registry: Registry;
  readonly file: AlertingFile;
  readonly calendar: (market: Market) => Promise<SessionCalendar>;
  readonly now: () => Date;
}

export function alertingActivities(ground: AlertingGround): AlertingActivities {
  const { registry, file } = ground;
  const policyOf = (name: string) => file.escalations.find((policy) => policy.name === name);
  return {
    planEscalation: ({ policy }) =>
      Promise.resolve({ afterMs: (policyOf(policy)?.steps ?? []).map(({ after }) => after) }),

    escalateAlert: async ({ notificationId, step }) => {
      const facts = await registry.escalationFacts({ notificationId, limit: MAX_ALERT_ITEMS });
      if (facts === null || facts.endedAt !== null) return { ended: true };
      if (facts.unacknowledged === 0) {
        // Held back by a silence or a mute time counts as looked after: somebody said so.
        await registry.endEscalation({
          notificationId,
          endedBy: facts.firing === 0 ? 'resolved' : 'acknowledged',
        });
        return { ended: true };
      }
      const rule = policyOf(facts.policy)?.steps[step - 1];
      if (rule === undefined) return { ended: false };
      const now = ground.now().toISOString();
      const people = await registry.onCall({ at: now });
      const messages = escalationMessages(facts, step, rule, people, now);
      await registry.sendEscalationStep({ facts, step, messages });
      return { ended: false };
    },

    endEscalation: ({ notificationId }) => registry.endEscalation({ notificationId, endedBy: 'exhausted' }),

    nextResultsDeadline: async ({ name, after }) => {
      const rule = file.dead_man_switches.find((candidate) => candidate.name === name);
      if (rule === undefined) return null;
      const calendar = await ground.calendar(rule.market);
      const nowMs = ground.now().getTime();
      const dueMs = (session: string): number => localTimeMs(MARKET_ZONE[rule.market], session, rule.by);
      const today = new Date(nowMs - 2 * 86_400_000).toISOString().slice(0, 10);
      let session = calendar.next(after ?? today);
      // Looked at once: what lies behind at the first start was nobody's to watch.
      while (after === null && dueMs(session) <= nowMs) session = calendar.next(session);
      return { session, at: new Date(dueMs(session)).toISOString() };
    },

    checkResults: async ({ name, session, at }) => {
      const rule = file.dead_man_switches.find((candidate) => candidate.name === name);
      if (rule === undefined) return { missing: [] };
      const states = await registry.resultsOfSession({ market: rule.market, session, expects: rule.expects });
      const watched = states.filter(({ model }) => rule.models === null || rule.models.includes(model));
      for (const { model, there } of watched) await report(ground, { rule, model, there, session, at });
      return { missing: watched.filter(({ there }) => !there).map(({ model }) => model) };
    },
  };
}

const EXPECTED = { 'live-results': 'live results', predictions: 'predictions' } as const;

async function report(
  { registry, now }: AlertingGround,
  facts: {
    readonly rule: AlertingFile['dead_man_switches'][number];
    readonly model: string;
    readonly there: boolean;
    readonly session: string;
    readonly at: string;
  },
): Promise<void> {
  const { rule, model, there, session, at } = facts;
  const what = EXPECTED[rule.expects];
  const instant = now().toISOString();
  if (there) {
    const open = await registry.listAlerts({ model, rule: 'no-results', firingOnly: true, limit: 1 });
    if (open.length === 0) return;
  }
  await registry.raiseAlert({
    rule: 'no-results',
    severity: rule.severity,
    model,
    labels: { switch: rule.name },
    summary: `${model}: no ${what} of session ${session} by ${rule.by}`,
    description: there
      ? `There are ${what} of session ${session}.`
      : `The operator on call must find out why nothing was scored: the worker, the market data, or the registry. Until then nobody knows how the champion does.`,
    session,
    facts: [
      { label: 'Expected by', value: at },
      { label: 'Dead-man switch', value: rule.name },
    ],
    actions: [
      { label: 'See what runs', command: 'npm run contender -- doctor' },
      { label: 'See where the model stands', command: `npm run contender -- status --model ${model}` },
    ],
    series: [],
    startsAt: at,
    endsAt: there ? instant : null,
    correlationId: `dead-man:${rule.name}:${session}`,
    dedupeKey: `no-results:${rule.name}:${model}:${session}:${there ? 'over' : 'missing'}`,
  });
}
