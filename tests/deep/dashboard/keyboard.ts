import type { Page } from 'playwright-core';

/** On the page, not on the screen. */
interface Box {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

/** Where the focus was, as a person sees it. */
export interface Stop {
  /** Place in the document among all that may be reached; -1: something that only scrolls. */
  readonly place: number;
  readonly name: string;
  /** Why a person would not see where they are; empty when they do. */
  readonly unseen: string;
  readonly box: Box;
  /** Of the stop before it, at the same moment: a page that grows between two presses is no page in the wrong order. */
  readonly before: Box | null;
}

/** More presses than any page has things to reach: who does not come round by then is trapped. */
const MOST_PRESSES = 600;

/** Run in the page: everything that may be reached, numbered in the order of the document. */
const NUMBER = `(() => {
  const all = [...document.querySelectorAll('a[href],button,input,select,textarea,summary,[tabindex]')];
  const reachable = all.filter((one) => one.tabIndex >= 0 && !one.disabled && one.checkVisibility({ visibilityProperty: true }));
  for (const one of all) one.removeAttribute('data-place');
  reachable.forEach((one, index) => one.setAttribute('data-place', String(index)));
  return reachable.map((one) => (one.getAttribute('aria-label') ?? one.textContent ?? '').trim().slice(0, 60) || one.id || one.tagName);
})()`;

/** Run in the page: where the focus is; null: nowhere, which is where the page ends. */
const whereAfter = (last: Stop | undefined): string => `(() => {
  const boxOf = (one) => {
    const { left, right, top, bottom } = one.getBoundingClientRect();
    return { left: left + scrollX, right: right + scrollX, top: top + scrollY, bottom: bottom + scrollY };
  };
  const before = document.querySelector('[data-place="${String(last?.place ?? -1)}"]');
  const here = document.activeElement;
  if (here === null || here === document.body || here === document.documentElement) return null;
  const style = getComputedStyle(here);
  const box = here.getBoundingClientRect();
  const points = [[0.5, 0.5], [0.1, 0.5], [0.9, 0.5], [0.5, 0.1], [0.5, 0.9]].map(([x, y]) => [
    Math.min(Math.max(box.left + x * box.width, 1), innerWidth - 1),
    Math.min(Math.max(box.top + y * box.height, 1), innerHeight - 1),
  ]);
  const hit = points.some(([x, y]) => {
    const there = document.elementFromPoint(x, y);
    return there !== null && (here.contains(there) || there.contains(here));
  });
  const outlined = style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2;
  const onScreen = box.width > 1 && box.height > 1 && box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth;
  return {
    place: Number(here.getAttribute('data-place') ?? -1),
    name: (here.getAttribute('aria-label') ?? here.textContent ?? '').trim().slice(0, 60) || here.id || here.tagName,
    unseen: !onScreen ? 'off the screen' : !outlined ? 'not outlined' : !hit ? 'covered' : '',
    box: boxOf(here),
    before: before === null ? null : boxOf(before),
  };
})()`;

export interface Walk {
  /** Names of what may be reached, in the order of the document. */
  readonly reachable: readonly string[];
  /** In the order in which they were reached. */
  readonly stops: readonly Stop[];
  readonly key: 'Tab' | 'Shift+Tab';
  /** It came to the end of the page. */
  readonly ended: boolean;
}

/** Goes through a page by one key alone, from its beginning, or from its end backwards. */
export async function walk(page: Page, key: Walk['key'] = 'Tab'): Promise<Walk> {
  await page.evaluate('document.activeElement?.blur?.()');
  const reachable = await page.evaluate<readonly string[]>(NUMBER);
  const stops: Stop[] = [];
  for (let press = 0; press < MOST_PRESSES; press += 1) {
    await page.keyboard.press(key);
    const [first] = stops;
    const last = stops.at(-1);
    const stop = await page.evaluate<Stop | null>(whereAfter(last));
    // A field of the browser's own (a date) has stops within itself.
    if (stop !== null && last !== undefined && stop.place >= 0 && stop.place === last.place) continue;
    if (stop === null || (first !== undefined && stop.place === first.place && stop.name === first.name)) {
      if (stops.length > 0) return { reachable, stops, key, ended: true };
      continue;
    }
    stops.push(stop);
  }
  return { reachable, stops, key, ended: false };
}

/** What is wrong with a walk, in words; nothing for one that reads like the page. */
export function faultsOf({ reachable, stops, key, ended }: Walk): readonly string[] {
  const faults: string[] = ended ? [] : ['it does not end: the focus is trapped'];
  for (const stop of stops) if (stop.unseen !== '') faults.push(`${stop.name}: ${stop.unseen}`);
  const visited = stops.filter(({ place }) => place >= 0);
  const times = new Map<number, number>();
  for (const { place } of visited) times.set(place, (times.get(place) ?? 0) + 1);
  reachable.forEach((name, place) => {
    const count = times.get(place) ?? 0;
    if (count !== 1) faults.push(`${name}: reached ${String(count)} times`);
  });
  return [...faults, ...orderFaults(visited, key)];
}

/** In the order of the document each stop is on the same line to the right of the one before, further down, or in a column to the right. */
function orderFaults(stops: readonly Stop[], key: Walk['key']): readonly string[] {
  return stops.slice(1).flatMap((now, index) => {
    const then = stops[index];
    if (then === undefined) return [];
    const met = { ...then, box: now.before ?? then.box };
    const [upper, lower] = key === 'Tab' ? [met, now] : [now, met];
    const inDocument = lower.place > upper.place;
    const back = lower.box.bottom <= upper.box.top && lower.box.left < upper.box.right;
    return inDocument && !back ? [] : [`${lower.name}: comes after ${upper.name}, and stands before it`];
  });
}
