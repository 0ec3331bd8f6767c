import { join } from 'node:path';
import { parseAlertingFile } from '../../../alerting/config-check.ts';
import { PROJECT_ROOT } from '../../../config/config.ts';
import { shippedCalendar } from '../../../market/shipped-calendar.ts';
import { AlertRouter } from '../../../notifications/alert-router.ts';
import type { SpecProposal } from '../../../registry/spec-proposals.ts';
import { ApiWorld } from '../../integration/api/api-world.ts';
import { ANA, gate, spec } from '../../integration/registry/world.ts';
import { sampleEvent } from '../../unit/notifications/sample-events.ts';
import { type Visitor, visitor, type VisitorOptions } from './browser.ts';

const DAY_MS = 86_400_000;

/** The pages before a real control API and database, with what people are asked for. Temporal is away. */
export class Desk {
  readonly api: ApiWorld;
  readonly url: string;

  private constructor(api: ApiWorld, url: string) {
    this.api = api;
    this.url = url;
  }

  static async open(): Promise<Desk> {
    const api = await ApiWorld.open({ webDir: join(PROJECT_ROOT, 'dashboards', 'web', 'dist') });
    const url = await api.api.app.listen({ host: '127.0.0.1', port: 0 });
    api.api.live.attach(api.api.app.server);
    return new Desk(api, url);
  }

  close(): Promise<void> {
    return this.api.close();
  }

  async visit(
    options: Omit<VisitorOptions, 'url' | 'program'> & { readonly program: string },
  ): Promise<Visitor> {
    return visitor({ ...options, url: this.url });
  }

  /** Signs in on the page that is shown, or on that of the sign-in. */
  async enter({ page }: Visitor, subject: string, role = 'quant-lead'): Promise<void> {
    if (!page.url().includes('/sign-in')) await page.goto('/sign-in');
    await page.locator('#token').fill(await this.api.token(subject, role));
    await page.locator('form button[type=submit]').click();
    await page.locator('.shell').waitFor();
  }

  /** Ana loosens the spec of a new model. */
  async proposal(
    changes: Readonly<Record<string, unknown>> = { gates: { pboMax: 0.4 } },
  ): Promise<SpecProposal> {
    const model = await this.api.world.model({ gates: { pboMax: 0.1 } });
    const outcome = await this.api.registry.applyOrProposeSpec({
      spec: spec(model, changes),
      ...{ actor: ANA, reason: 'the regime of the last four quarters', expectedNumber: null },
      deadline: () => Promise.resolve(new Date(Date.now() + DAY_MS).toISOString()),
    });
    if (outcome.kind === 'applied') throw new Error('nothing was loosened');
    return outcome.proposal;
  }

  /** A retrain that asks for a signature. */
  async asked(): Promise<string> {
    const { world } = this.api;
    const model = await world.model();
    await world.champion(model, 1);
    const candidate = await world.candidate(model, 2);
    await world.decision(candidate, await world.shadowed(candidate));
    return candidate.retrainId;
  }

  /** A retrain whose failed gates may be waived. */
  async held(): Promise<string> {
    const { world, registry } = this.api;
    const candidate = await world.candidate(await world.model(), 3);
    const { retrainId, versionId } = candidate;
    const verdicts = [gate('leak'), gate('spa', 'fail'), gate('dsr', 'fail')];
    await registry.saveEvidence({ kind: 'gate', retrainId, versionId, verdict: 'fail', verdicts, facts: {} });
    await registry.openGateHold({
      ...{ retrainId, round: 1, cause: 'waivable-fail', deputy: null },
      objections: ['spa', 'dsr'].map((name) => ({
        gate: name,
        code: 'GATE_FAILED',
        reason: `${name} is below`,
      })),
      expiresAt: new Date(Date.now() + DAY_MS).toISOString(),
      notification: sampleEvent('gates-held'),
    });
    return retrainId;
  }

  /** Somebody has to look. */
  async alert(): Promise<void> {
    await this.api.registry.raiseAlert({
      ...{
        rule: 'data-fault',
        severity: 'CRITICAL',
        model: null,
        labels: {},
        summary: 'somebody has to look',
      },
      ...{ description: 'Somebody has to look.', session: null, facts: [], actions: [], series: [] },
      ...{ startsAt: new Date().toISOString(), endsAt: null, correlationId: 'test', dedupeKey: 'desk' },
    });
    const file = parseAlertingFile(
      { receivers: [{ name: 'desk', channels: ['slack'] }], route: { receiver: 'desk', group_wait: '0s' } },
      ['slack'],
      'the test',
    );
    const calendars = (market: Parameters<typeof shippedCalendar>[0]) => shippedCalendar(market);
    const { alertRouting: routing } = this.api.registry;
    await new AlertRouter({ routing, file, calendars }).round(Date.now());
  }
}
