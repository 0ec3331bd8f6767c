import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseAlertingFile } from '../../../alerting/config-check.ts';
import { PROJECT_ROOT } from '../../../config/config.ts';
import { en } from '../../../dashboards/web/src/i18n/en.ts';
import { zhTw } from '../../../dashboards/web/src/i18n/zh-tw.ts';
import { shippedCalendar } from '../../../market/shipped-calendar.ts';
import { AlertRouter } from '../../../notifications/alert-router.ts';
import { ApiWorld } from '../../integration/api/api-world.ts';
import { installedBrowser, seriousFindings, visitor } from './browser.ts';

/** The page of alerts before a real API and database: what is quiet, what was told, and what people make of it. */
const MINUTES = 60_000;
const program = installedBrowser();
const HOUR_MS = 3_600_000;

let api: ApiWorld;
let url: string;
let lead: string;

beforeAll(async () => {
  if (program === null) return;
  api = await ApiWorld.open({ webDir: join(PROJECT_ROOT, 'dashboards', 'web', 'dist') });
  url = await api.api.app.listen({ host: '127.0.0.1', port: 0 });
  api.api.live.attach(api.api.app.server);
  lead = await api.token('lee', 'quant-lead');
  const file = parseAlertingFile(
    {
      receivers: [{ name: 'desk', channels: ['slack'] }],
      route: { receiver: 'desk', group_by: ['alertname', 'model'], group_wait: '0s' },
    },
    ['slack'],
    'the test',
  );
  for (const rule of ['decay-alarm', 'data-fault']) {
    await api.registry.raiseAlert({
      ...{ rule, severity: 'CRITICAL', model: null, labels: {}, summary: `${rule}: somebody has to look` },
      ...{ description: 'Somebody has to look.', session: null, facts: [], actions: [], series: [] },
      ...{ startsAt: new Date().toISOString(), endsAt: null, correlationId: 'test', dedupeKey: rule },
    });
  }
  const calendars = (market: Parameters<typeof shippedCalendar>[0]) => shippedCalendar(market);
  await new AlertRouter({ routing: api.registry.alertRouting, file, calendars }).round(Date.now());
}, 3 * MINUTES);
afterAll(async () => {
  if (program !== null) await api.close();
}, MINUTES);

async function silence(reason: string): Promise<void> {
  const made = await api.ask('POST', '/silences', {
    token: lead,
    body: {
      matchers: [{ name: 'alertname', operator: '=', value: 'feature-drift' }],
      startsAt: new Date().toISOString(),
      endsAt: new Date(Date.now() + HOUR_MS).toISOString(),
      reason,
    },
  });
  expect(made.status, made.text).toBe(200);
}

describe.skipIf(program === null)('the page of alerts', () => {
  it.for([
    { locale: 'en', width: 1440, t: en, rule: 'decay-alarm' },
    { locale: 'zh-TW', width: 360, t: zhTw, rule: 'data-fault' },
  ] as const)(
    'ends a silence, shows who was told, judges and counts: $locale at $width px',
    { timeout: 5 * MINUTES },
    async ({ locale, width, t, rule }) => {
      await silence(`moved, ${locale}`);
      const visit = await visitor({ program: program ?? '', url, locale, width });
      try {
        const { page } = visit;
        await page.goto('/sign-in');
        await page.locator('#token').fill(lead);
        await page.locator('form button[type=submit]').click();
        await page.locator('.shell').waitFor();
        await page.goto('/alerts');

        await page.getByText(`moved, ${locale}`).waitFor();
        await page.getByRole('button', { name: t['silences.end'], exact: true }).first().click();
        await page.getByText(t['silences.none']).waitFor();

        const history = page.getByRole('region', { name: t['alerts.history'] });
        const row = history.getByRole('row').filter({ hasText: rule });
        await row.getByRole('button', { name: t['alerts.judge'], exact: true }).click();
        await page.getByText(t['alerts.delivery.pending'].replace('{channel}', 'slack')).waitFor();
        await page.locator('#reason').fill('a holiday in the reference');
        await page.getByRole('dialog').getByRole('button', { name: t['alerts.false'], exact: true }).click();
        await page.getByText(t['done']).waitFor();
        await page.getByRole('button', { name: t['dialog.close'] }).click();
        await row.getByText(t['alerts.false']).waitFor();
        const quality = page.getByRole('region', { name: t['alerts.quality'] });
        await quality.getByRole('row').filter({ hasText: rule }).waitFor();

        expect(await seriousFindings(page)).toEqual([]);
        await visit.shot('alerts');
        const wider = await page.evaluate('document.documentElement.scrollWidth > window.innerWidth');
        expect(wider).toBe(false);

        // The address that messages lead to: judged, with its runbook, and one that there is not.
        await row.getByRole('link', { name: rule }).click();
        await page.getByRole('heading', { level: 2, name: t['alert.runbook'] }).waitFor();
        await page
          .getByRole('heading', { name: locale === 'zh-TW' ? '代表什麼' : 'What it means' })
          .waitFor();
        await page.getByText(t['alerts.delivery.pending'].replace('{channel}', 'slack')).waitFor();
        await page.getByText(t['alerts.false'], { exact: true }).waitFor();
        expect(new URL(page.url()).pathname).toMatch(/^\/alerts\/\d+$/u);
        expect(await seriousFindings(page)).toEqual([]);
        await visit.shot('alert');
        const alertWider = await page.evaluate('document.documentElement.scrollWidth > window.innerWidth');
        expect(alertWider).toBe(false);
        expect(visit.errors).toEqual([]);
        for (const nowhere of ['999999', 'seven', '0']) {
          await page.goto(`/alerts/${nowhere}`);
          await page.getByText(t['alert.unknown']).waitFor();
        }
      } finally {
        await visit.leave();
      }
    },
  );
});

it.skipIf(program !== null)(
  'left out: no Chromium on this machine, so nobody looked at the alerts',
  (context) => {
    context.skip('install chromium to run the tests of the dashboard in a browser');
  },
);
