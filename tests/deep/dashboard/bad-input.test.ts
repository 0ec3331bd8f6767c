import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { en } from '../../../dashboards/web/src/i18n/en.ts';
import { issueToken } from '../../../registry/identity/tokens.ts';
import { tokenFor } from '../../e2e/command-line.ts';
import { CLOCK, decidedAt, type Retrain, SmallWorld } from '../../e2e/small-world.ts';
import { installedBrowser, type Visitor, visitor } from './browser.ts';

/** What goes wrong at the approval page: nothing happens twice, and the page says what did. */
const MINUTES = 60_000;
const MODEL = 'tw-bad-input';
const program = installedBrowser();

let world: SmallWorld;
let retrain: Retrain;
let visit: Visitor;

beforeAll(async () => {
  if (program === null) return;
  world = await SmallWorld.start();
  await world.givenModel(MODEL);
  await world.promoted(MODEL, decidedAt(265));
  retrain = await world.startRetrain(MODEL, decidedAt(300), { clock: CLOCK });
  await world.askedForApproval(retrain);
  const { apiUrl: url } = world.running;
  visit = await visitor({ program, url, locale: 'en', width: 1440 });
  await visit.page.goto('/sign-in');
  await visit.page.locator('#token').fill(await tokenFor(world.dataDir, 'lee', 'quant-lead'));
  await visit.page.locator('form button[type=submit]').click();
  await visit.page.locator('.shell').waitFor();
}, 8 * MINUTES);
afterAll(async () => {
  if (program === null) return;
  await visit.leave();
  await world.stop();
}, MINUTES);

const detail = (): string => `**/api/v1/retrains/${encodeURIComponent(retrain.workflowId)}`;
const approve = (page: Page) => page.getByRole('button', { name: en['approval.approve'], exact: true });

async function open(page: Page): Promise<void> {
  await page.goto(`/retrains/${encodeURIComponent(retrain.workflowId)}/approval`);
  await page.locator('#reason').waitFor();
}

async function signatures(): Promise<readonly string[]> {
  return (await world.registry.approvalOf({ retrainId: retrain.workflowId }))?.approvedBy ?? [];
}

describe.skipIf(program === null)('bad input at the approval page', () => {
  it('sends no reason that the record would refuse, and says what is wrong with it', async () => {
    const { page } = visit;
    await open(page);
    for (const [reason, text] of [
      ['x'.repeat(10_000), en['reason.long']],
      ['read \u202Etcejer', en['reason.hidden']],
      ['bell \u0007', en['reason.hidden']],
      ['  ', en['reason.short']],
    ] as const) {
      await page.locator('#reason').fill(reason);
      await page.getByText(text, { exact: true }).waitFor();
      expect(await approve(page).isDisabled(), text).toBe(true);
    }
    await page.locator('#reason').fill('讀過各項證據，影響不大');
    expect(await approve(page).isDisabled()).toBe(false);
  });

  it('goes by the time of the server: a browser years ahead may still sign', async () => {
    const { apiUrl: url } = world.running;
    const ahead = await visitor({ program: program ?? '', url, locale: 'en', width: 1440 });
    try {
      await ahead.page.clock.install({ time: new Date('2099-01-01T00:00:00Z') });
      await ahead.page.goto('/sign-in');
      await ahead.page.locator('#token').fill(await tokenFor(world.dataDir, 'mia', 'quant-lead'));
      await ahead.page.locator('form button[type=submit]').click();
      await ahead.page.locator('.shell').waitFor();
      await open(ahead.page);
      await ahead.page.locator('#reason').fill('read on a machine without a clock');
      await expect.poll(() => approve(ahead.page).isDisabled(), { timeout: MINUTES }).toBe(false);
      expect(await ahead.page.getByText(en['approval.expired']).count()).toBe(0);
    } finally {
      await ahead.leave();
    }
  });

  it('lets the buttons die when the evidence changes under it', async () => {
    const { page } = visit;
    await open(page);
    await page.locator('#reason').fill('read before it changed');
    expect(await approve(page).isDisabled()).toBe(false);
    await page.route(detail(), async (route) => {
      const answer = await route.fetch();
      const body = (await answer.json()) as { approval: { evidenceHash: string } };
      body.approval.evidenceHash = 'b'.repeat(64);
      await route.fulfill({ response: answer, json: body });
    });
    await page.getByText(en['approval.changed']).waitFor();
    expect(await approve(page).isDisabled()).toBe(true);
    await page.unroute(detail());
    expect(await signatures()).toEqual([]);
  });

  it('says that it is not live as soon as nothing comes any more, and keeps no command for later', async () => {
    const { apiUrl: url } = world.running;
    const away = await visitor({ program: program ?? '', url, locale: 'en', width: 360 });
    const { page } = away;
    const live = page.locator('.top .mark');
    try {
      // A line that stays open and says nothing after the first frame.
      let silent = true;
      let frames = 0;
      await page.routeWebSocket('**/api/v1/live*', (socket) => {
        const server = socket.connectToServer();
        server.onMessage((message) => {
          frames += 1;
          if (!silent || frames === 1) socket.send(message);
        });
      });
      await page.goto('/sign-in');
      await page.locator('#token').fill(await tokenFor(world.dataDir, 'nora', 'quant-lead'));
      await page.locator('form button[type=submit]').click();
      await live.getByText(en['live.live']).waitFor();
      await live.getByText(en['live.lost']).waitFor();
      silent = false;
      await live.getByText(en['live.live']).waitFor();
      await open(page);
      await page.locator('#reason').fill('pressed in a tunnel');
      await page.context().setOffline(true);
      await live.getByText(en['live.lost']).waitFor();
      await approve(page).click();
      await page.getByText(en['state.offline'], { exact: true }).waitFor();
      await page.context().setOffline(false);
      await live.getByText(en['live.live']).waitFor();
      expect(await signatures()).toEqual([]);
    } finally {
      await away.leave();
    }
  });

  it('counts a signature once when the connection is lost in the middle of it, and says that it is not known', async () => {
    const { page } = visit;
    await open(page);
    const decision = '**/decision';
    await page.route(decision, async (route) => {
      // It arrives and is done; its answer never comes back.
      await route.fetch();
      await route.abort('connectionreset');
    });
    await page.locator('#reason').fill('signed through a bad line');
    // The page learns from the next reading that the signature is there, and would lock the button: nothing is read meanwhile.
    await page.route(detail(), (route) => route.abort('connectionreset'));
    await approve(page).click();
    await page.getByText(en['approval.unknown']).waitFor();
    await page.unroute(decision);
    await approve(page).click();
    await page.getByText(en['approval.approved']).waitFor();
    await page.unroute(detail());
    expect(await world.result(retrain)).toMatchObject({ outcome: 'promoted', epoch: 2 });
    await world.endGuard(MODEL, 2);
    expect(await signatures()).toEqual(['lee']);
    expect((await world.registry.reigns({ model: MODEL })).map(({ epoch }) => epoch)).toEqual([2, 1]);
  });

  it('says that it is over to whoever follows an old link, and where a link has expired how to go on', async () => {
    const { page } = visit;
    await page.goto(`/retrains/${encodeURIComponent(retrain.workflowId)}/approval`);
    await page.getByText(en['approval.over']).first().waitFor();
    await page.locator('#reason').fill('long after it was decided');
    expect(await approve(page).isDisabled()).toBe(true);
    const { token } = await issueToken({
      signingKeyFile: world.config.tokenSigningKeyFile,
      subject: 'lee',
      roles: ['quant-lead'],
      ttlSeconds: 60,
      now: new Date(Date.now() - 60 * MINUTES),
    });
    const { apiUrl: url } = world.running;
    const late = await visitor({ program: program ?? '', url, locale: 'en', width: 360 });
    try {
      await late.page.goto(`/sign-in#token=${token}`);
      await late.page.getByText('TOKEN_EXPIRED').waitFor();
      expect(late.page.url()).not.toContain(token);
    } finally {
      await late.leave();
    }
  });
});

it.skipIf(program !== null)('left out: no Chromium on this machine', (context) => {
  context.skip('install chromium to run the tests of the dashboard in a browser');
});
