import type uPlot from 'uplot';

/** Share of what is shown that one key press moves. */
const STEP = 0.2;
const CLOSER = 0.5;

/** The whole of the series, from its first to its last time; null without any. */
function wholeOf(plot: uPlot): readonly [number, number] | null {
  const [times = []] = plot.data;
  const [first] = times;
  const last = times[times.length - 1];
  return first === undefined || last === undefined || first === last ? null : [first, last];
}

function show(plot: uPlot, from: number, to: number): void {
  const whole = wholeOf(plot);
  if (whole === null) return;
  const [first, last] = whole;
  const width = Math.min(to - from, last - first);
  const min = Math.min(Math.max(from, first), last - width);
  plot.setScale('x', { min, max: min + width });
}

/** Moves what is shown by a share of it; never beyond the ends. */
function panBy(plot: uPlot, share: number): void {
  const { min, max } = plot.scales['x'] ?? {};
  if (typeof min !== 'number' || typeof max !== 'number') return;
  const by = (max - min) * share;
  show(plot, min + by, max + by);
}

function zoomBy(plot: uPlot, factor: number): void {
  const { min, max } = plot.scales['x'] ?? {};
  if (typeof min !== 'number' || typeof max !== 'number') return;
  const centre = (min + max) / 2;
  const half = ((max - min) / 2) * factor;
  show(plot, centre - half, centre + half);
}

const KEYS: Readonly<Record<string, (plot: uPlot) => void>> = {
  ArrowLeft: (plot) => {
    panBy(plot, -STEP);
  },
  ArrowRight: (plot) => {
    panBy(plot, STEP);
  },
  '+': (plot) => {
    zoomBy(plot, CLOSER);
  },
  '-': (plot) => {
    zoomBy(plot, 1 / CLOSER);
  },
  '0': (plot) => {
    show(plot, Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY);
  },
};

/** Arrow keys, + - 0, and a wheel that is turned sideways (or with Shift) move along a chart. Gives what undoes it. */
export function movable(plot: uPlot, element: HTMLElement): () => void {
  const onKey = (event: KeyboardEvent): void => {
    const act = KEYS[event.key];
    if (act === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    act(plot);
  };
  const onWheel = (event: WheelEvent): void => {
    const sideways = event.shiftKey && event.deltaX === 0 ? event.deltaY : event.deltaX;
    if (sideways === 0 || Math.abs(sideways) < Math.abs(event.shiftKey ? 0 : event.deltaY)) return;
    event.preventDefault();
    panBy(plot, sideways / Math.max(1, element.clientWidth));
  };
  element.addEventListener('keydown', onKey);
  element.addEventListener('wheel', onWheel, { passive: false });
  return () => {
    element.removeEventListener('keydown', onKey);
    element.removeEventListener('wheel', onWheel);
  };
}
