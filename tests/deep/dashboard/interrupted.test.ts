import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { en } from '../../../dashboards/web/src/i18n/en.ts';
import { installedBrowser, type Visitor } from './browser.ts';
import { Desk } from './desk.ts';

/** People who are interrupted: nothing happens twice, nothing that was typed is lost, and nobody signs as somebody else. */
const MINUTES = 60_000;
const DAY_MS = 86_400_000;
const program = installedBrowser();
const REASON = 'looked at the last four quarters, 讀過各項證據';

let desk: Desk;
beforeAll(async () => {
  if (program !== null) desk = await Desk.open();
}, 3 * MINUTES);
afterAll(async () => {
  if (program !== null) await desk.close();
}, MINUTES);

/** What somebody does at a phone, which is put away at the end. */
async function onPhone(story: (visit: Visitor, page: Page) => Promise<void>): Promise<void> {
  const visit = await desk.visit({ program: program ?? '', locale: 'en', width: 360 });
  try {
    await story(visit, visit.page);
  } finally {
    await visit.leave();
  }
}

const WAIVERS_ROW = `[aria-label="${en['signing.waivers']}"] tbody tr`;
/** Keeps the first row of them as it first stood there. */
const FIRST_ROW = `new MutationObserver(() => {
  const row = document.querySelector('${WAIVERS_ROW}');
  if (row !== null) window.firstRow ??= row.innerText;
}).observe(document, { subtree: true, childList: true, characterData: true })`;
const LEFT = /23 hr.* 5\d min left/u;

const agree = (page: Page) => page.getByRole('button', { name: en['proposal.agree'], exact: true });

async function openProposal(page: Page, id: number): Promise<void> {
  await page.goto(`/proposals/${String(id)}`);
  await page.locator('#reason').waitFor();
}

describe.skipIf(program === null)('somebody who is interrupted', () => {
  it('finds what was typed again when the session ended in the middle of it, and no one else does', async () => {
    const { id, model } = await desk.proposal();
    await onPhone(async (visit, page) => {
      await desk.enter(visit, 'lee');
      await openProposal(page, id);
      await page.locator('#reason').fill(REASON);
      await page.context().clearCookies();
      await page.getByText(en['session.kept']).waitFor();
      expect(new URL(page.url()).searchParams.get('to')).toBe(`/proposals/${String(id)}`);

      await desk.enter(visit, 'mia');
      await page.locator('#reason').waitFor();
      expect(await page.locator('#reason').inputValue()).toBe('');
      await page.context().clearCookies();
      await page.getByText(en['session.kept']).waitFor();

      await desk.enter(visit, 'lee');
      await page.getByText(en['reason.kept']).waitFor();
      expect(await page.locator('#reason').inputValue()).toBe(REASON);
      await agree(page).click();
      await page.getByText(en['proposal.done.unscheduled']).waitFor();
      expect((await desk.api.registry.currentSpec({ model })).secondPerson).toBe('lee');
      // What was sent is no draft any more; signing out leaves nothing behind either.
      await openAgain(page, id);
      expect(await page.evaluate('sessionStorage.length')).toBe(0);
    });
  });

  it('keeps what was typed over a loaded page, and leaves nothing of it when they sign out', async () => {
    const { id } = await desk.proposal();
    await onPhone(async (visit, page) => {
      await desk.enter(visit, 'lee');
      await openProposal(page, id);
      await page.locator('#reason').fill(REASON);
      await page.reload();
      await page.getByText(en['reason.kept']).waitFor();
      expect(await page.locator('#reason').inputValue()).toBe(REASON);
      await page.getByRole('button', { name: en['sign-out'] }).click();
      await page.locator('#token').waitFor();
      expect(await page.evaluate('sessionStorage.length')).toBe(0);
    });
  });

  it('does not sign as whoever signed in in another tab, and is told', async () => {
    const { id, model } = await desk.proposal();
    await onPhone(async (visit, page) => {
      await desk.enter(visit, 'lee');
      await openProposal(page, id);
      await page.locator('#reason').fill(REASON);
      let pressed = false;
      // Nothing that this page reads by itself tells it before the button is pressed.
      await page.route('**/api/v1/session', async (route) =>
        pressed ? route.continue() : route.abort('connectionreset'),
      );
      const other = await page.context().newPage();
      await other.goto('/sign-in');
      await other.locator('#token').fill(await desk.api.token('mia', 'quant-lead'));
      await other.locator('form button[type=submit]').click();
      await other.locator('.shell').waitFor();
      pressed = true;
      await agree(page).click();
      await page.getByText(en['session.other'].replace('{subject}', 'mia')).waitFor();
      expect((await desk.api.registry.specProposal({ id })).state).toBe('open');
      expect((await desk.api.registry.currentSpec({ model })).number).toBe(1);
      expect(await page.locator('#reason').inputValue()).toBe('');
      await other.close();
    });
  });

  it('signs once more by itself when they signed in anew in another tab', async () => {
    const { id, model } = await desk.proposal();
    await onPhone(async (visit, page) => {
      await desk.enter(visit, 'lee');
      await openProposal(page, id);
      await page.locator('#reason').fill(REASON);
      const other = await page.context().newPage();
      await other.goto('/sign-in');
      await other.locator('#token').fill(await desk.api.token('lee', 'quant-lead'));
      await other.locator('form button[type=submit]').click();
      await other.locator('.shell').waitFor();
      await agree(page).click();
      await page.getByText(en['proposal.done.unscheduled']).waitFor();
      expect((await desk.api.registry.currentSpec({ model })).secondPerson).toBe('lee');
      await other.close();
    });
  });

  it('signs once with two tabs of the same proposal, and the other tab says what became of it', async () => {
    const { id } = await desk.proposal();
    await onPhone(async (visit, page) => {
      await desk.enter(visit, 'lee');
      const other = await page.context().newPage();
      await openProposal(other, id);
      await openProposal(page, id);
      // The second tab reads nothing that would tell it meanwhile.
      await other.route(`**/api/v1/spec-proposals/${String(id)}`, (route) => route.abort('connectionreset'));
      await other.locator('#reason').fill('in the other tab');
      await page.locator('#reason').fill(REASON);
      await agree(page).click();
      await page.getByText(en['proposal.done.unscheduled']).waitFor();
      await other.getByRole('button', { name: en['proposal.reject'], exact: true }).click();
      await other.getByText('ALREADY_DECIDED').waitFor();
      await other.unroute(`**/api/v1/spec-proposals/${String(id)}`);
      await other.getByText(en['proposal.over.agreed'].replace('{subject}', 'lee')).waitFor();
      expect(await desk.api.registry.specProposal({ id })).toMatchObject({
        ...{ state: 'agreed', decidedReason: REASON },
      });
    });
  });

  it('signs nothing again with the back button, and is shown what was signed', async () => {
    const { id } = await desk.proposal();
    await onPhone(async (visit, page) => {
      await desk.enter(visit, 'lee');
      await openProposal(page, id);
      await page.locator('#reason').fill(REASON);
      await agree(page).click();
      await page.getByText(en['proposal.done.unscheduled']).waitFor();
      const sent: string[] = [];
      page.on('request', (request) => {
        if (request.method() !== 'GET') sent.push(request.url());
      });
      await page.getByRole('link', { name: en['proposal.all'] }).click();
      await page.getByText(en['proposal.state.agreed']).first().waitFor();
      await page.goBack();
      await page.getByText(en['proposal.over.agreed'].replace('{subject}', 'lee')).waitFor();
      expect(await agree(page).count()).toBe(0);
      expect(sent.filter((url) => url.includes('spec-proposals'))).toEqual([]);
    });
  });

  it('goes by the time of the server with a clock that is a day away, either way', async () => {
    const { id } = await desk.proposal();
    for (const away of [DAY_MS * 8, -DAY_MS]) {
      await onPhone(async (visit, page) => {
        await page.clock.install({ time: new Date(Date.now() + away) });
        await desk.enter(visit, away > 0 ? 'lee' : 'mia');
        await openProposal(page, id);
        await page.locator('#reason').fill(REASON);
        await expect.poll(() => agree(page).isDisabled(), { timeout: MINUTES }).toBe(false);
        expect(await page.getByText(en['approval.expired']).count()).toBe(0);
      });
    }
  });

  it('on a slow line that breaks: presses once, hears that it is not known, presses again, and has signed once', async () => {
    const { id } = await desk.proposal();
    await onPhone(async (visit, page) => {
      await desk.enter(visit, 'lee');
      const line = await page.context().newCDPSession(page);
      await line.send('Network.enable');
      // A second each way, at the edge of a cell.
      await line.send('Network.emulateNetworkConditions', {
        ...{ offline: false, latency: 1000, downloadThroughput: 20_000, uploadThroughput: 10_000 },
      });
      await openProposal(page, id);
      await page.locator('#reason').fill(REASON);
      let answers = 0;
      await page.route('**/decision', async (route) => {
        answers += 1;
        if (answers > 1) return route.continue();
        await route.fetch();
        return route.abort('connectionreset');
      });
      // It would learn from the next reading that it was signed.
      const reading = `**/api/v1/spec-proposals/${String(id)}`;
      await page.route(reading, (route) => route.abort('connectionreset'));
      await agree(page).click();
      await page.getByText(en['signing.lost']).waitFor();
      await agree(page).click();
      await page.getByText(en['proposal.done.unscheduled']).waitFor();
      await page.unroute(reading);
      await page.getByText(en['proposal.over.agreed'].replace('{subject}', 'lee')).waitFor();
      expect(answers).toBe(2);
      const { state, decidedBy } = await desk.api.registry.specProposal({ id });
      expect([state, decidedBy]).toEqual(['agreed', 'lee']);
    });
  });

  it('reads how much time is left with the row it is about, also where no live view comes through', async () => {
    await desk.held();
    await onPhone(async (visit, page) => {
      await desk.enter(visit, 'lee');
      // Taken and never answered: what a proxy does that knows no WebSockets.
      await page.routeWebSocket('**', () => undefined);
      await page.addInitScript(FIRST_ROW);
      await page.goto('/to-sign');
      await page.locator(WAIVERS_ROW).first().waitFor();
      expect(await page.evaluate('window.firstRow')).toMatch(LEFT);
    });
  });
});

async function openAgain(page: Page, id: number): Promise<void> {
  await page.goto(`/proposals/${String(id)}`);
  await page.getByText(en['proposal.over.agreed'].replace('{subject}', 'lee')).waitFor();
}

it.skipIf(program !== null)('left out: no Chromium on this machine', (context) => {
  context.skip('install chromium to run the tests of the dashboard in a browser');
});
