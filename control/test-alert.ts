import type { NotificationSeverity } from '../contracts/alert.ts';
import type { Registry } from '../registry/registry.ts';

export interface TestAlert {
  readonly severity: NotificationSeverity;
  /** Null: about no model. */
  readonly model: string | null;
  /** Further labels, to try the routes with. */
  readonly labels: Readonly<Record<string, string>>;
  /** The same key is the same test. */
  readonly key: string;
  /** ISO instant. */
  readonly at: string;
}

/** Raises an alert that goes the way of a real one and asks for nothing; the labels by which it is routed. Throws ModelUnknown. */
export async function raiseTestAlert(
  registry: Pick<Registry, 'raiseAlert' | 'currentSpec'>,
  { severity, model, labels, key, at }: TestAlert,
): Promise<Record<string, string>> {
  if (model !== null) await registry.currentSpec({ model });
  const own = { ...labels, test: key.replaceAll(/[^\w-]/gu, '').slice(-8) };
  await registry.raiseAlert({
    ...{ nature: 'occurrence', rule: 'test-alert', severity, model, labels: own },
    summary: 'This is a test of the way of an alert',
    description: 'Somebody asked for it. Nothing has to be done.',
    ...{ session: null, facts: [], actions: [], series: [], link: null, retrain: null },
    ...{ startsAt: at, endsAt: null },
    correlationId: `alerts-test:${key}`.slice(0, 200),
    dedupeKey: `alerts-test:${key}`.slice(0, 300),
  });
  return { alertname: 'test-alert', severity, ...(model === null ? {} : { model }), ...own };
}
