/** Nodes and weights of the Gauss-Legendre rule on [-1, 1]: exact for polynomials of degree 2n - 1 (DLMF 3.5.v). */
export interface GaussRule {
  readonly nodes: Float64Array;
  readonly weights: Float64Array;
}

/** By Newton's method on the Legendre polynomial, from Tricomi's starting values. */
export function gaussLegendre(points: number): GaussRule {
  const nodes = new Float64Array(points);
  const weights = new Float64Array(points);
  for (let index = 0; index < points; index += 1) {
    let x = Math.cos((Math.PI * (index + 0.75)) / (points + 0.5));
    let slope = 1;
    for (let step = 0; step < 100; step += 1) {
      let before = 1;
      let value = x;
      for (let n = 2; n <= points; n += 1) {
        [before, value] = [value, ((2 * n - 1) * x * value - (n - 1) * before) / n];
      }
      slope = (points * (x * value - before)) / (x * x - 1);
      const change = value / slope;
      x -= change;
      if (Math.abs(change) < 1e-15) break;
    }
    nodes[index] = x;
    weights[index] = 2 / ((1 - x * x) * slope * slope);
  }
  return { nodes, weights };
}

/** Integral over [from, to], cut into equal panels, each by the rule. */
export function integrate(
  rule: GaussRule,
  from: number,
  to: number,
  panels: number,
  integrand: (x: number) => number,
): number {
  const halfWidth = (to - from) / panels / 2;
  let sum = 0;
  for (let panel = 0; panel < panels; panel += 1) {
    const centre = from + (2 * panel + 1) * halfWidth;
    rule.nodes.forEach((node, index) => {
      sum += (rule.weights[index] ?? 0) * integrand(centre + node * halfWidth);
    });
  }
  return sum * halfWidth;
}
