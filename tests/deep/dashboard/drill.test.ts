import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PROJECT_ROOT } from '../../../config/config.ts';
import { en } from '../../../dashboards/web/src/i18n/en.ts';
import { zhTw } from '../../../dashboards/web/src/i18n/zh-tw.ts';
import { DIFFERS, DrillWorld } from '../../integration/api/drill-world.ts';
import { installedBrowser, seriousFindings, type Visitor, visitor } from './browser.ts';
import { faultsOf, walk } from './keyboard.ts';

/** Somebody who has the way back rehearsed by a button: on the page of a model and on that of an approval. */
const MINUTES = 60_000;
const program = installedBrowser();
const TEXTS = { en, 'zh-TW': zhTw } as const;
const REASON = '連假前演練 before the holidays';

let world: DrillWorld;
let url: string;
beforeAll(async () => {
  if (program === null) return;
  world = await DrillWorld.open({
    webDir: join(PROJECT_ROOT, 'dashboards', 'web', 'dist'),
    liveEveryMs: 500,
  });
  url = await world.api.api.app.listen({ host: '127.0.0.1', port: 0 });
  world.api.api.live.attach(world.api.api.app.server);
}, 3 * MINUTES);
afterAll(async () => {
  if (program !== null) await world.close();
}, MINUTES);

async function enter({ page }: Visitor, subject: string, role: string): Promise<void> {
  if (!page.url().includes('/sign-in')) await page.goto('/sign-in');
  await page.locator('#token').fill(await world.api.token(subject, role));
  await page.locator('form button[type=submit]').click();
  await page.locator('.shell').waitFor();
}

const filled = (text: string, values: Readonly<Record<string, string | number>>): string =>
  text.replaceAll(/\{(\w+)\}/gu, (_, name: string) => String(values[name]));

const drillsOf = (model: string) => world.api.registry.drillPage({ model, before: null, limit: 10 });

/** By keyboard from the beginning of the page, as it is when somebody comes to it. */
async function walked(page: Page): Promise<readonly string[]> {
  await page.reload();
  await page.locator('.drill').waitFor();
  await page.waitForLoadState('networkidle').catch(() => undefined);
  return faultsOf(await walk(page));
}

/** A retrain of the model that asks for a signature, and the address of its page. */
async function approvalOf(model: string): Promise<string> {
  const candidate = await world.api.world.candidate(model, 3);
  await world.api.world.decision(candidate, await world.api.world.shadowed(candidate));
  return `/retrains/${encodeURIComponent(candidate.retrainId)}/approval`;
}

describe.skipIf(program === null)('the button that rehearses the way back', () => {
  it.for([
    { locale: 'en', width: 1440 },
    { locale: 'zh-TW', width: 360 },
  ] as const)(
    'starts one drill, shows who has reported, and names who could not, why and what to do: $locale at $width px',
    { timeout: 4 * MINUTES },
    async ({ locale, width }) => {
      const t = TEXTS[locale];
      const names = [`one-${locale.toLowerCase()}`, `two-${locale.toLowerCase()}`] as const;
      const model = await world.model(names);
      const olga = await visitor({ program: program ?? '', url, locale, width });
      const watcher = await visitor({ program: program ?? '', url, locale, width });
      try {
        await enter(olga, 'olga', 'operator');
        await enter(watcher, 'vera', 'viewer');
        const { page } = olga;
        await page.goto(`/models/${model}`);
        await watcher.page.goto(`/models/${model}`);
        await watcher.page.locator('h1').waitFor();
        await page.locator('#drill-reason').fill(REASON);
        await page.getByRole('button', { name: t['drill.do'], exact: true }).dblclick();
        await expect.poll(async () => (await drillsOf(model)).length, { timeout: MINUTES }).toBe(1);
        const [first] = await drillsOf(model);
        const id = first?.id ?? 0;
        await page.getByText(filled(t['drill.begun'], { id })).waitFor();
        await expect
          .poll(() => page.evaluate("document.activeElement.classList.contains('outcome')"), {
            timeout: MINUTES,
          })
          .toBe(true);
        await page.getByText(filled(t['drill.locked'], { id, who: 'olga' })).waitFor();
        const open = { id, who: 'olga', version: 1, servers: 2 };
        await page.getByText(filled(t['drill.now.open'], { ...open, reported: 0 })).waitFor();
        await world.report(model, names[0]);
        // Whoever only looks sees it by the live view, and has no button.
        for (const one of [page, watcher.page]) {
          await one.getByText(filled(t['drill.now.open'], { ...open, reported: 1 })).waitFor();
          await one.getByText(t['drill.server.waiting']).waitFor();
        }
        expect(await watcher.page.locator('#drill-reason').count()).toBe(0);
        expect(await walked(page)).toEqual([]);
        await olga.shot('drill-open');
        await world.report(model, names[1], DIFFERS);
        const failed = filled(t['drill.now.failed'], { id, version: 1, servers: names[1] });
        for (const one of [page, watcher.page]) {
          await one.getByText(failed).waitFor();
          await one.getByText('RECORDED_ROWS_DIFFER').first().waitFor();
        }
        const said = await page.locator('.drill').innerText();
        expect(said).toContain(locale === 'en' ? DIFFERS.remedy : '請勿回復到這樣的版本');
        expect(said).toContain(REASON);
        expect(said).toContain(locale === 'en' ? '2 of 500' : '500 列紀錄中的 2 列');
        expect(await seriousFindings(page)).toEqual([]);
        expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(width);
        await olga.shot('drill-failed');
        expect(await walked(page)).toEqual([]);

        // Again for the same reason: another drill, from the page of an approval, which keeps what was typed for the decision.
        await page.goto(await approvalOf(model));
        await page.locator('#drill-reason').fill(REASON);
        await page.getByRole('button', { name: t['drill.do'], exact: true }).click();
        await page.getByText(filled(t['drill.begun'], { id: id + 1 })).waitFor();
        for (const name of names) await world.report(model, name);
        await page.getByText(filled(t['drill.now.passed'], { id: id + 1, version: 1, servers: 2 })).waitFor();
        expect(await seriousFindings(page)).toEqual([]);
        expect(await walked(page)).toEqual([]);
        await olga.shot('drill-passed-approval');
        expect((await drillsOf(model)).map(({ result, reason }) => [result, reason])).toEqual([
          ['passed', REASON],
          ['failed', REASON],
        ]);
        // There is no gate report in this world.
        expect([...olga.errors, ...watcher.errors].filter((error) => !error.includes('404'))).toEqual([]);
      } finally {
        await olga.leave();
        await watcher.leave();
      }
    },
  );

  it(
    'after a lost answer and a session that ended: the same press is the same drill, and nothing that was typed is lost',
    { timeout: 3 * MINUTES },
    async () => {
      const model = await world.model(['three']);
      const visit = await visitor({ program: program ?? '', url, locale: 'en', width: 360 });
      const { page } = visit;
      try {
        await enter(visit, 'olga', 'operator');
        await page.goto(`/models/${model}`);
        await page.locator('#reason').fill('not sent yet');
        await page.locator('#drill-reason').fill(REASON);
        await page.context().clearCookies();
        await page.getByRole('button', { name: en['drill.do'], exact: true }).click();
        await page.getByText(en['session.kept']).waitFor();
        expect(await drillsOf(model)).toEqual([]);
        await enter(visit, 'olga', 'operator');
        await page.locator('#drill-reason').waitFor();
        expect(await page.locator('#drill-reason').inputValue()).toBe(REASON);

        let asked = 0;
        await page.route('**/drills', async (route) => {
          if (route.request().method() !== 'POST') return route.continue();
          asked += 1;
          if (asked > 1) return route.continue();
          await route.fetch();
          return route.abort('connectionreset');
        });
        // It would learn from the next reading that the drill is open.
        const reading = '**/drills?*';
        await page.route(reading, (route) => route.abort('connectionreset'));
        await page.getByRole('button', { name: en['drill.do'], exact: true }).click();
        await page.getByText(en['signing.lost']).waitFor();
        await page.getByRole('button', { name: en['drill.do'], exact: true }).click();
        await expect.poll(() => asked, { timeout: MINUTES }).toBe(2);
        const [drill] = await drillsOf(model);
        await page.getByText(filled(en['drill.begun'], { id: drill?.id ?? 0 })).waitFor();
        expect(await drillsOf(model)).toHaveLength(1);
        await page.unroute(reading);
        await world.report(model, 'three');
        await page
          .getByText(filled(en['drill.now.passed'], { id: drill?.id ?? 0, version: 1, servers: 1 }))
          .waitFor();
        // What was sent is no draft any more; what was not is.
        await page.reload();
        await page.locator('#drill-reason').waitFor();
        expect(await page.locator('#drill-reason').inputValue()).toBe('');
        expect(await page.locator('#reason').inputValue()).toBe('not sent yet');
      } finally {
        await visit.leave();
      }
    },
  );

  it(
    'is refused in the reader’s words without a server; without a way back there is none',
    { timeout: 2 * MINUTES },
    async () => {
      const model = await world.model([]);
      const visit = await visitor({ program: program ?? '', url, locale: 'zh-TW', width: 360 });
      const { page } = visit;
      try {
        await enter(visit, 'lee', 'quant-lead');
        await page.goto(`/models/${model}`);
        await page.locator('#drill-reason').fill('為');
        const button = page.getByRole('button', { name: zhTw['drill.do'], exact: true });
        expect(await button.isDisabled()).toBe(true);
        await page.locator('#drill-reason').fill(REASON);
        await button.click();
        await page.getByText('NO_SERVERS').waitFor();
        expect(await page.locator('.outcome').first().innerText()).toContain('請啟動伺服器');
        expect(await drillsOf(model)).toEqual([]);
        const first = await world.api.world.model();
        await world.api.world.champion(first, 9);
        await page.goto(`/models/${first}`);
        await page.getByText(zhTw['drill.nothing'], { exact: true }).waitFor();
        expect(await page.locator('#drill-reason').count()).toBe(0);
      } finally {
        await visit.leave();
      }
    },
  );
});

it.skipIf(program !== null)('left out: no Chromium on this machine', (context) => {
  context.skip('install chromium to run the tests of the dashboard in a browser');
});
