import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { en } from '../../../dashboards/web/src/i18n/en.ts';
import { zhTw } from '../../../dashboards/web/src/i18n/zh-tw.ts';
import { tokenFor } from '../../e2e/command-line.ts';
import { CLOCK, decidedAt, LEAD, type Retrain, SmallWorld, until } from '../../e2e/small-world.ts';
import { installedBrowser, seriousFindings, type Visitor, visitor } from './browser.ts';

/**
 * People before real pages of a real system: one asks for a retrain and may not sign it, another signs, both see the swap,
 * and it is taken back. In both languages, on a phone and at a desk.
 */
const MINUTES = 60_000;
const program = installedBrowser();
const TEXTS = { en, 'zh-TW': zhTw } as const;

const STORIES = [
  { locale: 'en', width: 1440 },
  { locale: 'zh-TW', width: 360 },
] as const;

let world: SmallWorld;

beforeAll(async () => {
  if (program === null) return;
  world = await SmallWorld.start();
}, 5 * MINUTES);
afterAll(async () => {
  if (program !== null) await world.stop();
}, MINUTES);

async function enter(visit: Visitor, subject: string, role: string): Promise<void> {
  const token = await tokenFor(world.dataDir, subject, role);
  await visit.page.goto('/sign-in');
  await visit.page.locator('#token').fill(token);
  await visit.page.locator('form button[type=submit]').click();
  await visit.page.locator('.shell').waitFor();
}

async function awaitingSignature(model: string, position: number): Promise<Retrain> {
  const retrain = await world.startRetrain(model, decidedAt(position), {
    clock: CLOCK,
    requester: { subject: 'rita', roles: ['researcher', 'quant-lead'] },
  });
  await world.askedForApproval(retrain);
  return retrain;
}

/** What the leads were sent: the first line is all that some of them see. */
async function askedAsReplay(model: string): Promise<boolean> {
  const folder = join(world.dataDir, 'notifications');
  const names = (await readdir(folder)).filter((name) => /-approval-asked-.*\.txt$/u.test(name));
  const texts = await Promise.all(names.map((name) => readFile(join(folder, name), 'utf8')));
  return texts.some(
    (text) => text.includes(`${model}: approval needed`) && text.includes('(replay of 2019-'),
  );
}

describe.skipIf(program === null)('people at the dashboard', () => {
  it.for(STORIES)(
    'watch, may not sign their own, sign as another, see the swap and roll back: $locale at $width px',
    { timeout: 12 * MINUTES },
    async ({ locale, width }) => {
      const t = TEXTS[locale];
      const model = `tw-${locale.slice(0, 2)}`;
      await world.givenModel(model);
      await world.promoted(model, decidedAt(265));
      const retrain = await awaitingSignature(model, 300);
      const options = { program: program ?? '', url: world.running.apiUrl, locale, width };
      await until('the question to the quant leads, told as a replay', () => askedAsReplay(model));

      const rita = await visitor(options);
      try {
        await enter(rita, 'rita', 'quant-lead');
        const { page } = rita;
        await page.getByRole('link', { name: model, exact: true }).first().waitFor();
        await rita.shot('overview');
        await page.getByRole('link', { name: t['approval.open'] }).first().click();
        await page.getByText(t['approval.you-are-barred']).waitFor();
        await page.locator('#reason').fill('my own work');
        expect(
          await page.getByRole('button', { name: t['approval.approve'], exact: true }).isDisabled(),
        ).toBe(true);
        await rita.shot('approval-barred');
      } finally {
        await rita.leave();
      }

      const lee = await visitor(options);
      try {
        await enter(lee, 'lee', 'quant-lead');
        const { page } = lee;
        await page.goto(`/retrains/${encodeURIComponent(retrain.workflowId)}/approval`);
        await page.locator('#reason').waitFor();
        // The small world plays the past again: nobody may take its dates for today's.
        await page.getByText(t['replay.title'], { exact: true }).waitFor();
        await until(
          'figures',
          async () =>
            await page.evaluate<boolean>(
              "Array.from(document.images).some((image) => { image.loading = 'eager'; return image.complete && image.naturalWidth > 0; })",
            ),
        );
        await lee.shot('approval');
        expect(await seriousFindings(page)).toEqual([]);
        await page.locator('#reason').fill('margins read, effects on the book are small');
        await page.getByRole('button', { name: t['approval.approve'], exact: true }).dblclick();
        await page.getByText(t['approval.approved']).waitFor();
        expect(await world.result(retrain)).toMatchObject({ outcome: 'promoted', epoch: 2 });
        await world.endGuard(model, 2);
        await page.goto(`/retrains/${encodeURIComponent(retrain.workflowId)}`);
        await page.getByText(t['status.promoted'], { exact: true }).first().waitFor();
        await lee.shot('retrain-promoted');
        expect(await seriousFindings(page)).toEqual([]);

        await page.getByRole('button', { name: t['rollback.button'] }).first().click();
        const dialog = page.getByRole('dialog');
        await dialog.locator('select').selectOption(model);
        await dialog.locator('#rollback-reason').fill('taken back by hand');
        await dialog.getByRole('button', { name: t['rollback.do'] }).click();
        await dialog.getByRole('status').waitFor();
        await lee.shot('rolled-back');
        expect(await seriousFindings(page)).toEqual([]);
      } finally {
        await lee.leave();
      }

      const reigns = await world.registry.reigns({ model });
      expect(reigns.map(({ cause }) => cause).reverse()).toEqual(['swap', 'swap', 'rollback']);
      expect([...rita.errors, ...lee.errors]).toEqual([]);
    },
  );

  it(
    'every page is readable: no serious finding, in the light and in the dark',
    { timeout: 8 * MINUTES },
    async () => {
      await sayMarkup();
      for (const dark of [false, true]) {
        const visit = await visitor({
          ...{
            program: program ?? '',
            url: world.running.apiUrl,
            locale: 'en',
            width: dark ? 360 : 1440,
            dark,
          },
        });
        try {
          expect(await findingsAt(visit, '/sign-in')).toEqual([]);
          await enter(visit, 'lee', 'quant-lead');
          const [first] = await world.registry.reigns({ model: 'tw-en' });
          const pages = [
            '/',
            '/models/tw-en',
            `/models/tw-en/versions/${String(first?.version ?? 1)}`,
            '/retrains',
          ];
          for (const path of [...pages, '/wall', '/alerts', '/schedules', '/audit?model=tw-en', '/nowhere']) {
            expect(await findingsAt(visit, path), path).toEqual([]);
            await visit.shot(`page-${path.replaceAll(/[^a-z0-9]+/gu, '-')}`);
          }
          // What people wrote stands there as they wrote it, and has become no element and run nothing.
          await visit.page.goto('/alerts');
          await visit.page.getByText(MARKUP).first().waitFor();
          expect(await visit.page.locator('img[src="x"], main script, main iframe').count()).toBe(0);
          expect(await visit.page.evaluate("'ran' in window")).toBe(false);
          expect(visit.errors).toEqual([]);
        } finally {
          await visit.leave();
        }
      }
    },
  );
});

const MARKUP = '<img src=x onerror="window.ran=1"><script>window.ran=1</script>{{7*7}}';

/** Whatever a person can write that a page shows: an alert, and a silence with its reason. */
async function sayMarkup(): Promise<void> {
  await world.registry.raiseAlert({
    ...{ rule: 'data-fault', severity: 'WARNING', model: 'tw-en', labels: { feature: MARKUP } },
    ...{ summary: MARKUP, description: MARKUP, session: null, facts: [], actions: [], series: [] },
    ...{ startsAt: new Date().toISOString(), endsAt: null, correlationId: 'markup', dedupeKey: 'markup' },
  });
  const hour = Date.now() + 3_600_000;
  await world.registry.createSilence({
    ...{ matchers: [{ name: 'feature', operator: '=', value: MARKUP }], actor: LEAD, reason: MARKUP },
    ...{ startsAt: new Date().toISOString(), endsAt: new Date(hour).toISOString() },
    idempotencyKey: 'markup-of-the-test',
  });
  await until('the alert', async () => {
    const shown = await world.registry.listAlerts({
      model: 'tw-en',
      rule: null,
      firingOnly: true,
      limit: 10,
    });
    return shown.some(({ summary }) => summary === MARKUP);
  });
}

async function findingsAt({ page }: Visitor, path: string): Promise<readonly string[]> {
  await page.goto(path);
  await page.locator('h1, .state strong').first().waitFor();
  await page.waitForLoadState('networkidle').catch(() => undefined);
  return seriousFindings(page);
}

it.skipIf(program !== null)(
  'left out: no Chromium on this machine, so nobody looked at the pages',
  (context) => {
    context.skip('install chromium to run the tests of the dashboard in a browser');
  },
);
