import { accessSync, constants, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { type BrowserContext, chromium, type Page } from 'playwright-core';
import { PROJECT_ROOT } from '../../../config/config.ts';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome'];
/** Nothing that looks outside, which a closed network refuses many times a second. */
const FLAGS = [
  ...['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking'],
  ...['--disable-component-update', '--disable-sync', '--disable-dev-shm-usage'],
];
const PATIENCE_MS = 60_000;

/** Pictures of what a person saw; kept after the run. */
export const SCREENSHOTS = join(PROJECT_ROOT, '.contender', 'screenshots');

/** A browser installed on this machine; null when there is none. */
export function installedBrowser(): string | null {
  const folders = (process.env['PATH'] ?? '').split(delimiter);
  const candidates = folders.flatMap((folder) => NAMES.map((name) => join(folder, name)));
  return candidates.find(isProgram) ?? null;
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

export interface Visitor {
  readonly page: Page;
  readonly errors: readonly string[];
  shot(name: string): Promise<void>;
  leave(): Promise<void>;
}

export interface VisitorOptions {
  readonly program: string;
  readonly url: string;
  readonly locale: 'en' | 'zh-TW';
  readonly width: number;
  readonly dark?: boolean;
}

/** A person with a browser of their own. Whatever the page complains about in its console is kept. */
export async function visitor({
  program,
  url,
  locale,
  width,
  dark = false,
}: VisitorOptions): Promise<Visitor> {
  const profile = mkdtempSync(join(tmpdir(), 'contender-browser-'));
  const context: BrowserContext = await chromium.launchPersistentContext(profile, {
    executablePath: program,
    args: FLAGS,
    baseURL: url,
    locale,
    viewport: { width, height: width < 600 ? 780 : 900 },
    colorScheme: dark ? 'dark' : 'light',
  });
  context.setDefaultTimeout(PATIENCE_MS);
  const page = context.pages()[0] ?? (await context.newPage());
  const errors: string[] = [];
  page.on('pageerror', (error) => errors.push(error.message));
  page.on('console', (message) => {
    // Whoever is not signed in yet is told so by a 401, which the browser writes down.
    const expected = message.text().includes('401');
    if (message.type() === 'error' && !expected) errors.push(`${message.text()} ${message.location().url}`);
  });
  mkdirSync(SCREENSHOTS, { recursive: true });
  return {
    page,
    errors,
    shot: async (name) => {
      const path = join(SCREENSHOTS, `${name}-${locale}-${String(width)}${dark ? '-dark' : ''}.png`);
      await page.screenshot({ path, fullPage: true });
    },
    leave: async () => {
      await context.close();
      rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

interface Finding {
  readonly id: string;
  readonly impact: string | null;
  readonly nodes: readonly { readonly target: readonly string[]; readonly failureSummary: string }[];
}

/** What axe finds serious or critical on the page as it is shown now. */
export async function seriousFindings(page: Page): Promise<readonly string[]> {
  await page.evaluate(AXE);
  const found = await page.evaluate(async () => {
    const { axe } = globalThis as unknown as { axe: { run: () => Promise<{ violations: Finding[] }> } };
    const { violations } = await axe.run();
    return violations;
  });
  return found
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .flatMap(({ id, nodes }) =>
      nodes.map((node) => `${id} at ${node.target.join(' ')}: ${node.failureSummary}`),
    );
}
