import type { Page } from 'playwright-core';

/** Where the focus was, as a person sees it. */
export interface Stop {
  /** Place in the document among all that may be reached; -1: something that only scrolls. */
  readonly place: number;
  readonly name: string;
  /** Why a person would not see where they are; empty when they do. */
  readonly unseen: string;
  /** On the page, not on the screen. */
  readonly box: {
    readonly left: number;
    readonly right: number;
    readonly top: number;
    readonly bottom: number;
  };
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
const WHERE = `(() => {
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
    box: { left: box.left + scrollX, right: box.right + scrollX, top: box.top + scrollY, bottom: box.bottom + scrollY },
  };
})()`;

export interface Walk {
  /** Names of what may be reached, in the order of the document. */
  readonly reachable: readonly string[];
  readonly stops: readonly Stop[];
  /** It came to the end of the page. */
  readonly ended: boolean;
}

/** Goes through a page by one key alone, from its beginning, or from its end backwards. */
export async function walk(page: Page, key: 'Tab' | 'Shift+Tab' = 'Tab'): Promise<Walk> {
  await page.evaluate('document.activeElement?.blur?.()');
  const reachable = await page.evaluate<readonly string[]>(NUMBER);
  const stops: Stop[] = [];
  for (let press = 0; press < MOST_PRESSES; press += 1) {
    await page.keyboard.press(key);
    const stop = await page.evaluate<Stop | null>(WHERE);
    const [first] = stops;
    const last = stops.at(-1);
    // A field of the browser's own (a date) has stops within itself.
    if (stop !== null && last !== undefined && stop.place >= 0 && stop.place === last.place) continue;
    if (stop === null || (first !== undefined && stop.place === first.place && stop.name === first.name)) {
      if (stops.length > 0) return { reachable, stops, ended: true };
      continue;
    }
    stops.push(stop);
  }
  return { reachable, stops, ended: false };
}

/** What is wrong with a walk, in words; nothing for one that reads like the page. */
export function faultsOf({ reachable, stops, ended }: Walk): readonly string[] {
  const faults: string[] = ended ? [] : ['it does not end: the focus is trapped'];
  for (const stop of stops) if (stop.unseen !== '') faults.push(`${stop.name}: ${stop.unseen}`);
  const visited = stops.filter(({ place }) => place >= 0);
  const times = new Map<number, number>();
  for (const { place } of visited) times.set(place, (times.get(place) ?? 0) + 1);
  reachable.forEach((name, place) => {
    const count = times.get(place) ?? 0;
    if (count !== 1) faults.push(`${name}: reached ${String(count)} times`);
  });
  return [...faults, ...orderFaults(visited)];
}

/** From each stop the next is on the same line to the right, further down, or in a column to the right. */
function orderFaults(stops: readonly Stop[]): readonly string[] {
  return stops.slice(1).flatMap((next, index) => {
    const last = stops[index];
    if (last === undefined) return [];
    const inDocument = next.place > last.place;
    const back = next.box.bottom <= last.box.top && next.box.left < last.box.right;
    return inDocument && !back ? [] : [`${next.name}: comes after ${last.name}, and stands before it`];
  });
}
