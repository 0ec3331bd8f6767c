/** Mean rank IC of predictions by how long a name is held. */
export interface HorizonIc {
  /** Sessions from the entry on, 1 or more. */
  readonly sessions: number;
  /** In [-1, 1]. */
  readonly mean: number;
  /** 95 %; null: it says nothing about its own precision. It is left out of the fit then, as what is no correlation is. */
  readonly interval: readonly [number, number] | null;
}

/** How fast skill fades; null with the reason when the horizons do not tell. */
export type IcHalfLife =
  | {
      readonly identified: true;
      /** Sessions after which a prediction says half as much about the next session. */
      readonly sessions: number;
      /** 95 %, by the profile of the fit. */
      readonly interval: readonly [number, number];
    }
  | { readonly identified: false; readonly reason: string };

const FEWEST_HORIZONS = 3;
/** Sessions, in steps of 2 %: much less than a session cannot be seen in daily data, two years neither. */
const [SHORTEST, LONGEST, STEP] = [0.25, 500, 1.02];
/** 95 % of a chi-squared variable with one degree of freedom. */
const CHI_SQUARED_95 = 3.841;
/** Width of a 95 % interval in standard errors. */
const WIDTH = 2 * 1.96;

/**
 * Half-life of skill from the IC by horizon. A prediction's correlation with the return of the k-th session ahead fades by the
 * factor `g = 0.5 ^ (1 / halfLife)` from each session to the next (Grinold and Kahn, Active Portfolio Management, 2nd edition, 2000,
 * chapter 13, the information horizon); for returns without memory the IC with the return of h sessions together is then
 * `a (1 - g^h) / ((1 - g) sqrt(h))`. `a` and the half-life are fitted by least squares, weighted by the precision of each IC; the
 * interval holds the half-lives whose fit is not worse by more than 3.841. ICs of overlapping horizons are not independent, so that
 * the interval is rather too narrow. Not identified: fewer than three horizons, no skill at all, or an interval that reaches the
 * shortest or longest half-life looked at.
 */
export function icHalfLife(horizons: readonly HorizonIc[]): IcHalfLife {
  const points = horizons.flatMap(({ sessions, mean, interval }) => {
    const error = interval === null ? 0 : (interval[1] - interval[0]) / WIDTH;
    return error > 0 && sessions >= 1 && Math.abs(mean) <= 1
      ? [{ sessions, mean, weight: 1 / error ** 2 }]
      : [];
  });
  if (points.length < FEWEST_HORIZONS) {
    return unidentified(`${String(points.length)} horizons have an interval; three are needed`);
  }
  const fits = grid().map((halfLife) => ({ halfLife, ...fitOf(points, halfLife) }));
  const best = fits.reduce((one, other) => (other.misfit < one.misfit ? other : one));
  const noSkill = points.reduce((sum, { mean, weight }) => sum + weight * mean ** 2, 0);
  if (best.scale <= 0 || noSkill - best.misfit < CHI_SQUARED_95) {
    return unidentified('no skill at any horizon that chance does not explain');
  }
  const within = fits.filter(({ misfit }) => misfit - best.misfit <= CHI_SQUARED_95);
  const [low = SHORTEST, high = LONGEST] = [within[0]?.halfLife, within.at(-1)?.halfLife];
  if (within[0] === fits[0] || within.at(-1) === fits.at(-1)) {
    return unidentified(`any half-life from ${low.toFixed(1)} to ${high.toFixed(0)} sessions fits`);
  }
  return { identified: true, sessions: best.halfLife, interval: [low, high] };
}

const unidentified = (reason: string): IcHalfLife => ({ identified: false, reason });

function grid(): readonly number[] {
  const steps = Math.ceil(Math.log(LONGEST / SHORTEST) / Math.log(STEP));
  return Array.from({ length: steps + 1 }, (_, at) => SHORTEST * STEP ** at);
}

function fitOf(
  points: readonly { readonly sessions: number; readonly mean: number; readonly weight: number }[],
  halfLife: number,
): { readonly scale: number; readonly misfit: number } {
  const fade = 0.5 ** (1 / halfLife);
  const shaped = points.map((point) => ({ ...point, shape: shapeOf(fade, point.sessions) }));
  const top = shaped.reduce((sum, { mean, weight, shape }) => sum + weight * mean * shape, 0);
  const bottom = shaped.reduce((sum, { weight, shape }) => sum + weight * shape ** 2, 0);
  const scale = top / bottom;
  const misfit = shaped.reduce(
    (sum, { mean, weight, shape }) => sum + weight * (mean - scale * shape) ** 2,
    0,
  );
  return { scale, misfit };
}

/** IC with the return of `sessions` together, relative to that with the return of the first. */
const shapeOf = (fade: number, sessions: number): number =>
  (1 - fade ** sessions) / ((1 - fade) * Math.sqrt(sessions));

/** The horizons that a gate report recorded with the verdict on its rank IC; empty when it has none. */
export function recordedHorizons(report: unknown): readonly HorizonIc[] {
  const verdicts = listAt(report, 'verdicts');
  const rankIc = verdicts.find((verdict) => at(verdict, 'gate') === 'rank-ic');
  return listAt(at(at(rankIc, 'details'), 'breakdown'), 'horizons').flatMap((cell) => {
    const [sessions, mean] = [Number(at(cell, 'name')), at(cell, 'mean')];
    const [low, high] = listAt(cell, 'interval');
    if (!Number.isInteger(sessions) || sessions < 1 || typeof mean !== 'number') return [];
    const interval = typeof low === 'number' && typeof high === 'number' ? ([low, high] as const) : null;
    return [{ sessions, mean, interval }];
  });
}

const at = (value: unknown, key: string): unknown =>
  typeof value === 'object' && value !== null && key in value
    ? (value as Readonly<Record<string, unknown>>)[key]
    : undefined;

function listAt(value: unknown, key: string): readonly unknown[] {
  const found = at(value, key);
  return Array.isArray(found) ? found : [];
}
