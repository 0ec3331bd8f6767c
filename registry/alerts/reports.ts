import { AlertInput, labelsOf } from '../../contracts/alert.ts';
import type { AlertContent, AlertReport, NotificationSeverity } from '../../contracts/alert.ts';
import { operations } from '../database.ts';
import type { Sql } from '../database.ts';

/** Adds a report inside the caller's transaction; the same key is the same report. True when it was new. */
export async function insertAlert(connection: Sql, input: AlertReport): Promise<boolean> {
  const alert = AlertInput.parse(input);
  const { nature, summary, description, session, facts, actions, series, link, retrain } = alert;
  const content: AlertContent = {
    ...{ nature, summary, description, session, facts, actions, series, link, retrain },
  };
  const added = await connection
    .insertInto('alerts')
    .values({
      dedupeKey: alert.dedupeKey,
      model: alert.model,
      severity: alert.severity,
      kind: alert.rule,
      body: `${summary}\n${description}`,
      labels: JSON.stringify(labelsOf(alert)),
      content: JSON.stringify(content),
      startsAt: alert.startsAt,
      endsAt: alert.endsAt,
      correlationId: alert.correlationId,
    })
    .onConflict((conflict) => conflict.column('dedupeKey').doNothing())
    .returning('id')
    .execute();
  return added.length > 0;
}

/** `BREAK_GLASS_REFUSED` -> `break-glass-refused`: codes of servers as names of rules. */
const ruleOf = (kind: string): string => {
  const name = kind
    .toLowerCase()
    .replace(/[^a-z0-9]+/gu, '-')
    .replace(/^[^a-z]+/u, '')
    .slice(0, 64);
  return name.length < 2 ? `alert-${name}` : name;
};

const oneLine = (text: string): string =>
  text.replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ').slice(0, 300) || 'no text';

export const alertReportOperations = operations((database) => ({
  /**
   * Hands an alert to the router; repeated under the same key, it changes nothing. Throws ZodError for what does not fit the
   * contract.
   */
  async raiseAlert(alert: AlertReport): Promise<{ readonly recorded: boolean }> {
    return { recorded: await database.run((connection) => insertAlert(connection, alert)) };
  },

  /** The same for whoever has only a code and a sentence, as a server. */
  async recordAlert(input: {
    readonly model: string;
    readonly severity: NotificationSeverity;
    readonly kind: string;
    readonly text: string;
    readonly dedupeKey: string;
  }): Promise<{ readonly recorded: boolean }> {
    const { model, severity, kind, text, dedupeKey } = input;
    return this.raiseAlert({
      rule: ruleOf(kind),
      severity,
      model,
      labels: {},
      summary: oneLine(`${model}: ${text}`),
      description: text.slice(0, 4000) || 'no text',
      session: null,
      facts: [],
      actions: [],
      series: [],
      startsAt: new Date().toISOString(),
      endsAt: null,
      correlationId: dedupeKey.slice(0, 200),
      dedupeKey,
    });
  },

  /** Newest first. */
  async alerts(input: { readonly model: string; readonly limit: number }): Promise<
    readonly {
      readonly severity: NotificationSeverity;
      readonly kind: string;
      readonly body: string;
      readonly recordedAt: string;
    }[]
  > {
    return database.run((connection) =>
      connection
        .selectFrom('alerts')
        .select(['severity', 'kind', 'body', 'recordedAt'])
        .where('model', '=', input.model)
        .orderBy('id', 'desc')
        .limit(input.limit)
        .execute(),
    );
  },
}));
