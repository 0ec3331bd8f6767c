/** Colours of the page as it is shown now: canvas knows no style sheets. */
export interface Colours {
  readonly ink: string;
  readonly muted: string;
  readonly grid: string;
  readonly main: string;
  readonly other: string;
  readonly good: string;
  readonly bad: string;
}

export function coloursOf(element: Element): Colours {
  const style = getComputedStyle(element);
  const read = (name: string): string => style.getPropertyValue(`--${name}`).trim();
  return {
    ...{ ink: read('ink'), muted: read('muted'), grid: read('grid'), main: read('main') },
    ...{ other: read('other'), good: read('good'), bad: read('bad') },
  };
}

/** `#rrggbb` with an opacity. */
export function faded(colour: string, opacity: number): string {
  const alpha = Math.round(opacity * 255)
    .toString(16)
    .padStart(2, '0');
  return `${colour}${alpha}`;
}
